// How a call of the API says which deliveries it means: by query parameters, or by the members of its body.

import Deliveries
import HTTPTypes
import Model
import Storage

/// The filters on deliveries, the same words in a query and in a body.
enum DeliveryFilter {
    static let parameters: [APIRoute.Parameter] = [
        ("state", "Only these"), ("destination", "Only to this channel or contract"),
        ("conversation", "Only of this conversation"), ("kind", "Only events, or only replies"),
        ("type", "Only events of this type"), ("outcome", "Only those whose last attempt came to this"),
        ("reason", "Only those whose reason holds these words"),
        ("since", "Only what ended (or, not at its end, was made) then or later"),
        ("until", "Only what ended (or, not at its end, was made) before"),
    ].map { name, about in .init(name, .query, about, schema: properties[name] ?? [:]) }

    /// The members of a body, as JSON Schema.
    static let properties: [String: JSON] = [
        "state": words(DeliveryState.self), "destination": ["type": "string"],
        "conversation": ["type": "string", "pattern": "^con_[0-9a-z]{26}$"], "kind": words(DeliveryKindName.self),
        "type": words(ContractEventType.self), "outcome": words(OutcomeClass.self),
        "reason": ["type": "string", "minLength": 1], "since": ["type": "string", "format": "date-time"],
        "until": ["type": "string", "format": "date-time"],
    ]

    private static func words<Word: RawRepresentable & CaseIterable>(
        _ type: Word.Type
    ) -> JSON where Word.RawValue == String {
        ["enum": .array(type.allCases.map { .string($0.rawValue) })]
    }

    /// Reads the filters.
    /// - Parameter code: of the problem when one of them is none.
    static func query(_ words: [String: String], orThrow code: String) throws -> DeliveryQuery {
        func value<Value>(_ name: String, _ form: String, _ read: (String) -> Value?) throws -> Value? {
            guard let text = words[name] else { return nil }
            guard let value = read(text) else { throw Problem(.badRequest, code, "\(name) is \(form)") }
            return value
        }
        func choice<Word: RawRepresentable & CaseIterable>(
            _ name: String, of type: Word.Type
        ) throws -> Word? where Word.RawValue == String {
            let known = type.allCases.map(\.rawValue).joined(separator: ", ")
            return try value(name, "one of \(known)") { Word(rawValue: $0) }
        }
        var query = DeliveryQuery()
        query.states = try choice("state", of: DeliveryState.self).map { [$0] }
        query.destination = try value("destination", "like contract:NAME or channel:NAME") { Endpoint($0) }
        query.conversation = try value("conversation", "an id like con_…") { ConversationID($0) }
        query.kind = try choice("kind", of: DeliveryKindName.self)
        query.type = try choice("type", of: ContractEventType.self)
        query.outcome = try choice("outcome", of: OutcomeClass.self)
        query.reason = try value("reason", "not empty") { $0.isEmpty ? nil : $0 }
        query.since = try value("since", "a time of RFC 3339") { Timestamp(rfc3339: $0) }
        query.until = try value("until", "a time of RFC 3339") { Timestamp(rfc3339: $0) }
        return query
    }
}

/// The body of a call that retries or cancels many deliveries.
struct DeliveryOrder: Sendable {
    let query: DeliveryQuery
    /// Only count.
    let isDryRun: Bool

    /// Its JSON Schema.
    static let schema: JSON = [
        "type": "object", "additionalProperties": false,
        "properties": .object(
            DeliveryFilter.properties.merging([
                "ids": [
                    "type": "array", "minItems": 1, "maxItems": .integer(Int64(DeliveryQuery.idsMax)),
                    "items": ["type": "string", "pattern": "^dlv_[0-9a-z]{26}$"],
                ],
                "all": ["type": "boolean"], "dry_run": ["type": "boolean"],
            ]) { $1 }),
    ]

    /// - Throws: ``Problem``: a member that is none of these, or neither a filter nor `all`.
    init(_ body: [UInt8]) throws {
        let json: JSON
        do {
            json = try JSON(parsing: body)
        } catch {
            throw Problem(.badRequest, "bad-body", "\(error)")
        }
        guard let members = json.object else { throw Problem(.badRequest, "bad-body", "the body is no object") }
        var words: [String: String] = [:]
        var (ids, all, dryRun): ([DeliveryID], Bool, Bool) = ([], false, false)
        for (name, value) in members {
            switch (name, value) {
            case ("ids", .array(let texts)) where (1...DeliveryQuery.idsMax).contains(texts.count):
                ids = texts.compactMap { $0.string.flatMap { DeliveryID($0) } }
                guard ids.count == texts.count else { throw Problem(.badRequest, "bad-body", ".ids: dlv_… each") }
            case ("all", .bool(let flag)): all = flag
            case ("dry_run", .bool(let flag)): dryRun = flag
            case (_, .string(let text)) where DeliveryFilter.properties[name] != nil: words[name] = text
            default: throw Problem(.badRequest, "bad-body", ".\(name): no such member, or not of this form")
            }
        }
        var query = try DeliveryFilter.query(words, orThrow: "bad-body")
        query.ids = ids
        guard all || !query.isEmpty else {
            throw Problem(.badRequest, "bad-body", "give a filter, ids, or \"all\": true")
        }
        self.query = query
        isDryRun = dryRun
    }
}
