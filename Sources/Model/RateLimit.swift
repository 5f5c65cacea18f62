// How often a destination may be sent to: what a connector declares and the courier keeps.

/// What a rate is counted for.
package enum RateScope: String, Sendable, CaseIterable {
    /// Everything that goes to the endpoint.
    case account
    /// What goes to one place on the network: a chat, a thread; for a CRM one conversation.
    case thread
    /// What goes to one person's address on the network; for a CRM one conversation.
    case recipient
}

/// At most `count` deliveries in each span of `every`, evenly spaced, of which `burst` may go at once after a pause.
/// In no span of `every` do more than `count + burst - 1` go out.
package struct RateLimit: Sendable, Hashable {
    package let scope: RateScope
    /// At least 1.
    package let count: Int
    package let every: Duration
    /// At least 1.
    package let burst: Int

    package init(_ scope: RateScope, count: Int, every: Duration, burst: Int = 1) {
        self.scope = scope
        self.count = count
        self.every = every
        self.burst = burst
    }

    /// The time between two deliveries that are evenly spaced, in whole milliseconds: rounded up, never too fast.
    package var interval: Duration {
        let whole = Int64(count)
        return .milliseconds((every.wholeMilliseconds + whole - 1) / whole)
    }
}
