// One row of the table of hostile requests.

import Model

/// What a request of the table may leave in the store.
enum Trace: Sendable {
    case nothing
    /// It was verified, so it is kept, though nothing can be made of it.
    case quarantined
    /// It was verified and fine, but asked for nothing.
    case filtered
    /// It is a message like any other.
    case message
}

/// A request with what must come of it.
struct HostileRequest: Sendable {
    let name: String
    /// Sent one after the other.
    let pieces: [[UInt8]]
    /// Any of these; empty: the gateway may close without an answer.
    let statuses: Set<Int>
    let trace: Trace

    init(_ name: String, _ pieces: [[UInt8]], _ statuses: Int..., leaves trace: Trace = .nothing) {
        self.name = name
        self.pieces = pieces
        self.statuses = Set(statuses)
        self.trace = trace
    }

    init(_ name: String, _ request: WebRequest, _ statuses: Int..., leaves trace: Trace = .nothing) {
        self.name = name
        pieces = [request.bytes]
        self.statuses = Set(statuses)
        self.trace = trace
    }

    /// Raw text.
    init(_ name: String, _ text: String, _ statuses: Int...) {
        self.name = name
        pieces = [Array(text.utf8)]
        self.statuses = Set(statuses)
        trace = .nothing
    }
}
