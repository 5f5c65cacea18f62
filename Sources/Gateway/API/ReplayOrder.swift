// What a call wants replayed.

import Model
import Storage

/// The body of `POST /v1/envelopes/replay`.
struct ReplayOrder {
    /// How many envelopes one call may name or is given at most: each is a commit.
    static let envelopesMax = 100

    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    private static let members: Set<String> = [
        "envelopes", "endpoint", "outcome", "since", "until", "after", "limit", "dry_run",
    ]

    let ids: [EnvelopeID]
    let filter: JournalFilter
    /// Where the call before ended.
    let after: EnvelopeID?
    let limit: Int
    let isRehearsal: Bool
    /// What the audit says was wanted.
    let subject: String

    init(_ body: [UInt8]) throws(Mistake) {
        let json: JSON
        do {
            json = try JSON(parsing: body)
        } catch {
            throw Mistake(description: "\(error)")
        }
        guard let given = json.object else { throw Mistake(description: "an object is expected") }
        if let unknown = given.keys.filter({ !Self.members.contains($0) }).min() {
            throw Mistake(description: ".\(unknown): no such member")
        }
        filter = try JournalFilter(given)
        ids = try Self.ids(given["envelopes"])
        after = try given["after"].map { (value) throws(Mistake) in try Self.id(value, "after") }
        limit = try Self.limit(given["limit"])
        isRehearsal = try Self.flag(given["dry_run"])
        guard ids.isEmpty != filter.isOpen else {
            throw Mistake(description: "say which: envelopes, or some of endpoint, outcome, since, until")
        }
        subject = json.text
    }

    private static func ids(_ given: JSON?) throws(Mistake) -> [EnvelopeID] {
        guard let given else { return [] }
        guard let list = given.array, (1...envelopesMax).contains(list.count) else {
            throw Mistake(description: ".envelopes: a list of 1 to \(envelopesMax) ids")
        }
        var ids: [EnvelopeID] = []
        for one in list { ids.append(try id(one, "envelopes")) }
        return ids
    }

    private static func id(_ given: JSON, _ name: String) throws(Mistake) -> EnvelopeID {
        guard let id = EnvelopeID(given.string ?? "") else { throw Mistake(description: ".\(name): no envelope's id") }
        return id
    }

    private static func limit(_ given: JSON?) throws(Mistake) -> Int {
        guard let given else { return envelopesMax }
        guard let number = given.integer, (1...Int64(envelopesMax)).contains(number) else {
            throw Mistake(description: ".limit: a number from 1 to \(envelopesMax)")
        }
        return Int(number)
    }

    private static func flag(_ given: JSON?) throws(Mistake) -> Bool {
        switch given {
        case nil: return false
        case .bool(let value): return value
        default: throw Mistake(description: ".dry_run: true or false")
        }
    }
}

extension JournalFilter {
    /// Reads `endpoint`, `outcome`, `since` and `until`.
    init(_ given: [String: JSON]) throws(ReplayOrder.Mistake) {
        func read<Value>(
            _ name: String, _ expected: String, _ make: (String) -> Value?
        ) throws(ReplayOrder.Mistake) -> Value? {
            guard let json = given[name] else { return nil }
            guard let value = json.string.flatMap(make) else {
                throw ReplayOrder.Mistake(description: "\(name) is \(expected)")
            }
            return value
        }
        let outcomes = EnvelopeOutcome.allCases.map(\.rawValue).joined(separator: ", ")
        self.init(
            endpoint: try read("endpoint", "like contract:NAME or channel:NAME") { Endpoint($0) },
            outcome: try read("outcome", "one of \(outcomes)") { EnvelopeOutcome(rawValue: $0) },
            since: try read("since", "a time like 2026-01-02T03:04:05Z") { Timestamp(rfc3339: $0) },
            until: try read("until", "a time like 2026-01-02T03:04:05Z") { Timestamp(rfc3339: $0) })
    }
}
