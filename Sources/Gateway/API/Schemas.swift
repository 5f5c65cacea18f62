// The schemas of what the API takes and gives, by name.

import Deliveries
import Model

/// JSON Schemas (2020-12) for the OpenAPI document.
enum Schemas {
    static let all: [String: JSON] = [
        "Problem": object(
            [
                "type": string, "title": string, "status": integer, "code": string, "detail": string,
            ], required: ["type", "title", "status", "code"]),
        "Conversation": object(conversation, required: ["id", "status", "opened_at"]),
        "ConversationDetail": object(
            conversation.merging([
                "person": OpenAPI.reference("Person"), "legs": list(OpenAPI.reference("Leg")),
                "tickets": list(OpenAPI.reference("Ticket")),
            ]) { $1 }, required: ["id", "status", "opened_at", "person", "legs", "tickets"]),
        "ConversationPage": page("conversations", of: "Conversation"),
        "Person": object(
            ["id": id("per"), "name": string, "handle": string, "phone": string, "email": string], required: ["id"]),
        "Leg": object(
            ["id": id("leg"), "channel": string, "thread": string, "last_inbound_at": time],
            required: ["id", "channel", "thread", "last_inbound_at"]),
        "Ticket": object(["contract": string, "id": string, "url": string], required: ["contract", "id"]),
        "Message": object(
            message,
            required: [
                "id", "direction", "author", "visibility", "format", "channel", "leg", "at", "received_at",
            ]),
        "MessagePage": page("messages", of: "Message"),
        "Reply": object(
            [
                "text": ["type": "string", "minLength": 1], "leg": id("leg"), "reply_to": string,
                "files": list(object(["reference": id("att")], required: ["reference"], isOpen: false)),
                "visibility": word(Visibility.allCases.map(\.rawValue)),
                "agent": object(["id": string, "name": string, "email": string], required: ["id"]),
            ], required: [], isOpen: false),
        "Attachment": object(attachment, required: ["id"]),
        "ReplyAccepted": object(
            ["message": id("msg"), "conversation": id("con"), "state": string, "correlation": string],
            required: ["message", "conversation", "state", "correlation"]),
        "Delivery": object(delivery, required: deliveryRequired),
        "DeliveryDetail": object(
            delivery.merging(["payload": ["type": "object"], "attempt_log": list(attempt)]) { $1 },
            required: deliveryRequired + ["payload", "attempt_log"]),
        "DeliveryPage": page("deliveries", of: "Delivery"),
        "DeliveryOrder": DeliveryOrder.schema,
        "DeliveryReport": object(
            ["matched": integer, "changed": integer, "busy": integer, "passed": integer, "unknown": list(id("dlv"))],
            required: ["matched", "changed", "busy", "passed", "unknown"]),
        "Event": object(
            [
                "specversion": string, "id": id("dlv"), "source": string,
                "type": word(ContractEventType.allCases.map(\.rawValue)), "subject": id("con"), "time": time,
                "datacontenttype": string, "correlationid": string, "ticket": string, "data": ["type": "object"],
            ], required: ["specversion", "id", "source", "type", "subject", "time", "data"]),
        "EventPage": object(
            ["events": list(OpenAPI.reference("Event")), "next": string], required: ["events", "next"]),
        "EventReplay": object(
            [
                "since": time, "until": time, "types": list(word(ContractEventType.allCases.map(\.rawValue))),
                "conversation": id("con"), "dry_run": ["type": "boolean"],
            ], required: ["since"], isOpen: false),
        "EventReplayReport": object(
            ["matched": integer, "queued": integer, "waiting": integer], required: ["matched", "queued", "waiting"]),
        "DestinationList": object(["destinations": list(destination)], required: ["destinations"]),
        "EnvelopeLine": object(
            envelope, required: ["id", "endpoint", "method", "received_at", "verified_by", "outcome", "bytes"]),
        "EnvelopePage": page("envelopes", of: "EnvelopeLine"),
        "Replay": object(
            [
                "envelopes": list(id("env")), "endpoint": string, "outcome": outcome, "since": time, "until": time,
                "after": id("env"), "limit": integer, "dry_run": ["type": "boolean"],
            ], required: [], isOpen: false),
        "ReplayReport": object(
            [
                "dry_run": ["type": "boolean"], "envelopes": list(OpenAPI.reference("Replayed")), "failing": integer,
                "next": string,
            ], required: ["dry_run", "envelopes", "failing"]),
        "Replayed": object(
            [
                "envelope": id("env"), "endpoint": string, "received_at": time, "before": outcome, "after": outcome,
                "counts": ["type": "object", "additionalProperties": integer], "failing": ["type": "boolean"],
                "reason": string,
            ], required: ["envelope", "endpoint", "received_at", "before", "after", "counts", "failing"]),
        "ReconcileOrder": object(["since": time, "until": time], required: ["since"], isOpen: false),
        "Reconciliation": object(
            [
                "contract": string, "since": time, "until": time, "ours": integer, "missed": integer,
                "counts": ["type": "object", "additionalProperties": integer],
                "conversations": list(
                    object(
                        [
                            "conversation": id("con"), "ticket": string, "url": string, "standing": string,
                            "detail": string,
                        ],
                        required: ["conversation", "standing"])),
            ], required: ["contract", "since", "until", "ours", "missed", "counts", "conversations"]),
        "RetryAccepted": object(["delivery": id("dlv"), "state": string], required: ["delivery", "state"]),
    ]

    private static let destination = object(
        [
            "destination": string, "state": word(DestinationCondition.State.allCases.map(\.rawValue)), "since": time,
            "next_attempt": time, "reason": string,
        ], required: ["destination", "state"])
    private static let string: JSON = ["type": "string"]
    private static let integer: JSON = ["type": "integer"]
    private static let time: JSON = ["type": "string", "format": "date-time"]

    private static func id(_ prefix: String) -> JSON {
        ["type": "string", "pattern": .string("^\(prefix)_[0-9a-z]{26}$")]
    }

    private static func word(_ words: [String]) -> JSON { ["enum": .array(words.map { .string($0) })] }
    private static func list(_ element: JSON) -> JSON { ["type": "array", "items": element] }

    /// An object. Answers are open (members may be added); what we take is closed.
    private static func object(_ members: [String: JSON], required: [String], isOpen: Bool = true) -> JSON {
        .members([
            "type": "object", "properties": .object(members), "required": .array(required.map { .string($0) }),
            "additionalProperties": isOpen ? nil : false,
        ])
    }

    private static func page(_ name: String, of element: String) -> JSON {
        object([name: list(OpenAPI.reference(element)), "next": string], required: [name])
    }

    private static let outcome = word(EnvelopeOutcome.allCases.map(\.rawValue))

    private static let envelope: [String: JSON] = [
        "id": id("env"), "endpoint": string, "method": string, "received_at": time, "verified_by": string,
        "outcome": outcome, "reason": string, "bytes": integer, "emptied_at": time,
    ]

    private static let conversation: [String: JSON] = [
        "id": id("con"), "status": word(ConversationStatus.allCases.map(\.rawValue)),
        "priority": word(Priority.allCases.map(\.rawValue)), "subject": string,
        "opened_at": time, "closed_at": time, "former": id("con"),
    ]

    private static let message: [String: JSON] = [
        "id": id("msg"), "external_id": string, "direction": word(Direction.allCases.map(\.rawValue)),
        "author": object(["kind": word(AuthorKind.allCases.map(\.rawValue)), "name": string], required: ["kind"]),
        "visibility": word(Visibility.allCases.map(\.rawValue)), "text": string,
        "format": word(TextFormat.allCases.map(\.rawValue)), "channel": string, "adapter": string, "leg": id("leg"),
        "thread": string, "reply_to": string, "at": time, "received_at": time,
        "state": word(MessageState.allCases.map(\.rawValue)), "reason": string, "edited_at": time,
        "deleted_at": time, "permalink": string, "language": string, "fields": [:],
        "source": object(["endpoint": string, "id": string], required: ["endpoint", "id"]),
        "attachments": list(OpenAPI.reference("Attachment")),
    ]

    private static let attachment: [String: JSON] = [
        "id": id("att"), "name": string, "type": string, "size": integer, "refused": string,
    ]

    private static let deliveryRequired = [
        "id", "destination", "conversation", "kind", "state", "attempts", "correlation", "created_at", "due_at",
    ]

    private static let delivery: [String: JSON] = [
        "id": id("dlv"), "destination": string, "conversation": id("con"),
        "kind": word(DeliveryKindName.allCases.map(\.rawValue)), "type": string,
        "state": word(DeliveryState.allCases.map(\.rawValue)), "attempts": integer, "correlation": string,
        "created_at": time, "due_at": time, "ended_at": time, "outcome": string, "reason": string,
        "external_id": string, "original": id("dlv"),
    ]

    private static let attempt = object(
        [
            "number": integer, "started_at": time, "outcome": string, "reason": string,
            "connector": string, "exchanges": list(["type": "object"]),
        ],
        required: ["number", "started_at", "outcome", "exchanges"])
}
