// Randomness for secrets: the kernel's generator, which Swift's system generator reads.

/// Bytes that nobody can guess.
package enum RandomBytes {
    /// `count` random bytes; `count` is at least 0. Never fails: the kernel's generator does not run dry.
    package static func make(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in generator.next() }
    }
}
