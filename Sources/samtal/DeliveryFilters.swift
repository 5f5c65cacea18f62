import ArgumentParser
import Connectors
import Model
import Storage

/// Which deliveries a command means: the same options for listing, retrying and cancelling.
struct DeliveryFilters: ParsableArguments {
    @Option(help: "pending, sending, delivered, snoozed, failed or cancelled.")
    var state: DeliveryState?
    @Option(help: "contract:NAME or channel:NAME.")
    var to: Endpoint?
    @Option(help: "con_…")
    var conversation: ConversationID?
    @Option(help: "event or reply.")
    var kind: DeliveryKindName?
    @Option(help: "An event's type, like samtal.message.received.")
    var type: ContractEventType?
    @Option(name: .customLong("class"), help: "What the last attempt came to, like permanent or unknown_outcome.")
    var outcome: OutcomeClass?
    @Option(help: "Words that the reason holds.")
    var reason: String?
    @Option(help: "Ended (or, not at its end, made) then or later: 2026-07-01T08:00:00Z, or 2h for two hours ago.")
    var since: Timestamp?
    @Option(help: "Ended (or, not at its end, made) before.")
    var until: Timestamp?

    /// What the options say together.
    var query: DeliveryQuery {
        var query = DeliveryQuery()
        query.states = state.map { [$0] }
        query.destination = to
        query.conversation = conversation
        query.kind = kind
        query.type = type
        query.outcome = outcome
        query.reason = reason
        query.since = since
        query.until = until
        return query
    }
}

extension DeliveryState: ExpressibleByArgument {}
extension DeliveryKindName: ExpressibleByArgument {}
extension ContractEventType: ExpressibleByArgument {}
extension OutcomeClass: ExpressibleByArgument {}

extension Endpoint: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Identifier: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
