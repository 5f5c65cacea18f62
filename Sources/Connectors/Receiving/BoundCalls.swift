// The look-ups of one endpoint, ready to be made, with what they found lately.

import Model
import Synchronization

/// A connector's look-ups.
final class BoundCalls: Sendable {
    /// How many results are kept at one time.
    static let resultsMax = 10_000

    struct Call: Sendable {
        let request: JQProgram
        let result: JQProgram?
        let missing: JQProgram?
        let cache: Duration?
    }

    /// By name.
    let calls: [String: Call]
    /// The arguments of each use, in the order of the YAML.
    let receiving: [(use: CallUse, with: JQProgram)]
    let sending: [(use: CallUse, with: JQProgram)]
    /// Those of one poll or stream, by its id.
    private let polling: [String: [(use: CallUse, with: JQProgram)]]
    /// What is read again in place of a body; `nil`: the body is mapped.
    let confirming: (use: CallUse, with: JQProgram)?
    private let kept = Mutex<[String: (result: JSON, until: Timestamp)]>([:])

    init(_ folder: ConnectorFolder, bind: (Snippet) -> JQProgram) {
        calls = folder.calls.mapValues { call in
            Call(
                request: bind(call.request), result: call.result.map(bind), missing: call.missing.map(bind),
                cache: call.cache)
        }
        receiving = (folder.receive?.calls ?? []).map { ($0, bind($0.with)) }
        sending = (folder.send?.calls ?? []).map { ($0, bind($0.with)) }
        let asked = folder.polls.map { ($0.id, $0.calls) } + folder.streams.map { ($0.id, $0.calls) }
        polling = Dictionary(asked.map { id, uses in (id, uses.map { ($0, bind($0.with)) }) }) { first, _ in first }
        confirming = (folder.receive?.confirmation).map { ($0, bind($0.with)) }
    }

    private init(_ other: BoundCalls) {
        calls = other.calls
        receiving = other.receiving
        sending = other.sending
        polling = other.polling
        confirming = other.confirming
    }

    /// The same look-ups with nothing remembered.
    var withoutResults: BoundCalls { BoundCalls(self) }

    /// The look-ups before receive.jq sees an item of a poll or a stream.
    func receiving(of poll: String) -> [(use: CallUse, with: JQProgram)] { receiving + (polling[poll] ?? []) }

    /// The programs that know no request, for checks.
    var programs: [JQProgram] {
        calls.values.flatMap { [$0.request, $0.result, $0.missing].compactMap(\.self) } + sending.map(\.with)
    }

    /// The programs that see `$req`, for checks.
    var requestPrograms: [JQProgram] {
        receiving.map(\.with) + polling.values.flatMap { $0.map(\.with) } + [confirming?.with].compactMap(\.self)
    }

    /// What is still good of an earlier look-up.
    func known(_ name: String, _ arguments: JSON, at now: Timestamp) -> JSON? {
        let found = kept.withLock { $0["\(name) \(arguments.text)"] }
        guard let found, now < found.until else { return nil }
        return found.result
    }

    /// Keeps a result for as long as its call says. When there are too many, all are forgotten: they come again.
    func keep(_ result: JSON, of name: String, _ arguments: JSON, at now: Timestamp) {
        guard let cache = calls[name]?.cache else { return }
        kept.withLock { kept in
            if kept.count >= Self.resultsMax { kept.removeAll() }
            kept["\(name) \(arguments.text)"] = (result, now + cache)
        }
    }
}
