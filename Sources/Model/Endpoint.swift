// Channels and contracts are the two ends of the house; the store and the courier name them in one way.

/// A configured channel or contract: `channel:support-bot`, `contract:desk`.
package struct Endpoint: Sendable, Hashable, Comparable, CustomStringConvertible {
    package enum Side: String, Sendable {
        case channel
        case contract
    }

    package let side: Side
    /// The name that the configuration gives; `[a-z0-9-]`, 1 to 63 characters.
    package let name: String

    package init(_ side: Side, _ name: String) {
        self.side = side
        self.name = name
    }

    /// Reads `channel:…` or `contract:…`; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let side = Side(rawValue: String(parts[0])) else { return nil }
        self.init(side, String(parts[1]))
    }

    package static func channel(_ name: String) -> Endpoint { Endpoint(.channel, name) }
    package static func contract(_ name: String) -> Endpoint { Endpoint(.contract, name) }

    package var description: String { "\(side.rawValue):\(name)" }

    package static func < (left: Endpoint, right: Endpoint) -> Bool { left.description < right.description }
}
