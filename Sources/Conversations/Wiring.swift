// What the hall must know of the two wings: which channels and contracts there are, and what they can do.

package import Model

/// A configured channel as the hall sees it.
package struct ChannelProfile: Sendable {
    package let name: String
    /// The adapter's id: the network of the identities that write here.
    package let adapter: String
    /// The files that a reply may carry; `nil`: none.
    package let files: FileLimits?
    /// Whether text and files of a reply go out as one, as in a mail.
    package let joinsFiles: Bool
    private let limits: @Sendable (Visibility) -> ReplyLimits

    package init(
        name: String, adapter: String, files: FileLimits? = nil, joinsFiles: Bool = false,
        limits: @escaping @Sendable (Visibility) -> ReplyLimits
    ) {
        self.name = name
        self.adapter = adapter
        self.files = files
        self.joinsFiles = joinsFiles
        self.limits = limits
    }

    /// What a reply of this visibility may be.
    func limits(of visibility: Visibility) -> ReplyLimits { limits(visibility) }
}

/// A configured contract as the hall sees it.
package struct ContractProfile: Sendable {
    package let name: String
    /// The events that it wants.
    package let events: Set<ContractEventType>
    /// The channels whose conversations it gets; `nil`: all.
    package let channels: Set<String>?

    package init(name: String, events: Set<ContractEventType>, channels: Set<String>?) {
        self.name = name
        self.events = events
        self.channels = channels
    }
}

/// The channels and contracts of one configuration. A reload makes another one.
package struct Wiring: Sendable {
    package let channels: [String: ChannelProfile]
    package let contracts: [ContractProfile]
    /// How long a closed conversation reopens when its person writes again.
    package let reopenWithin: Duration
    /// How urgent the deliveries are that come of it.
    private(set) var urgency = Urgency.live

    package init(channels: [ChannelProfile], contracts: [ContractProfile], reopenWithin: Duration) {
        self.channels = Dictionary(channels.map { ($0.name, $0) }) { _, last in last }
        self.contracts = contracts
        self.reopenWithin = reopenWithin
    }

    /// The same for work that nobody waits for: whatever somebody waits for goes first.
    var forBulk: Wiring {
        var wiring = self
        wiring.urgency = .bulk
        return wiring
    }
}
