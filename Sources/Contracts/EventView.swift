// How one of our events looks to a CRM.

import Connectors
import Conversations
import Model
import Storage

/// Shows events to one contract.
struct EventView: Sendable {
    let connector: Connector
    let files: Files
    /// CloudEvents `source`: the gateway's public address.
    let source: String
    let clock: WallClock

    /// The event of a delivery as a CloudEvent, the files of its message as the CRM takes them.
    /// - Parameter linksOnly: no bytes are fetched, and nothing is waited for.
    /// - Returns: also the files that requests may carry; `nil`: the message has none, or the CRM takes none.
    /// - Throws: ``FileDelay`` or ``StoreError``.
    func show(
        _ event: ContractEvent, of delivery: Delivery, linksOnly: Bool
    ) async throws -> (shown: JSON, carried: JobFiles?) {
        let shown = event.cloudEvent(id: delivery.key, source: source)
        let attachments = event.data["message"]["attachments"].array ?? []
        guard let limits = connector.sentFiles, !attachments.isEmpty else { return (shown, nil) }
        let isSaid = event.type == .messageReceived || event.type == .messageSent
        let wish = FileWish(
            limits: limits, wantsBytes: connector.takesBytes && isSaid && !linksOnly,
            linksEnd: (linksOnly ? clock.now : delivery.tryingSince) + FileLinks.lifetime)
        let carried = try await files.prepare(
            attachments.compactMap { AttachmentID($0["id"].string ?? "") }, as: wish,
            isPatient: !linksOnly && clock.now < delivery.tryingSince + Files.patience)
        return (shown.showing(carried.shown), carried)
    }
}

extension JSON {
    /// The event with the attachments of its message as its job shows them.
    fileprivate func showing(_ attachments: [JSON]) -> JSON {
        guard case .object(var event) = self, case .object(var data)? = event["data"],
            case .object(var message)? = data["message"]
        else { return self }
        message["attachments"] = .array(attachments)
        data["message"] = .object(message)
        event["data"] = .object(data)
        return .object(event)
    }
}

extension ContractEvent {
    /// Reads the payload of an event's delivery; `nil` when it carries something else.
    init?(_ delivery: Delivery) {
        guard delivery.kind == .event,
            let type = delivery.payload["type"].string.flatMap(ContractEventType.init(rawValue:)),
            let at = delivery.payload["at"].string.flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        self.init(
            type: type, conversation: delivery.conversation, at: at, correlation: delivery.correlation,
            data: delivery.payload["data"])
    }
}
