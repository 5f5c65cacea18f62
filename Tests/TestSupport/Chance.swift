// The dice of tests that play many cases.

/// Chance that comes again with its seed (SplitMix64, Steele et al. 2014).
package struct Chance {
    private var state: UInt64
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Mixed, for the sequences of neighbouring seeds are else one sequence, a step apart.
    package init(seed: UInt64) {
        state = Self.mixed((seed &+ 1) &* Self.step)
    }

    /// A number from 0 to `bound` - 1.
    package mutating func below(_ bound: Int) -> Int {
        state &+= Self.step
        return Int(Self.mixed(state) % UInt64(bound))
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
