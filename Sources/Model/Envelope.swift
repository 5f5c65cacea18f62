// Step 1 of the hallway: bytes as they came in, before anybody has understood them.

/// What a channel or contract received, untouched, with what is needed to read it again later.
package struct Envelope: Sendable, Hashable {
    package let id: EnvelopeID
    /// Who received it.
    package let endpoint: Endpoint
    package let method: String
    /// The path and query as they came. A secret in them is replaced before the envelope is made.
    package let target: String
    /// Header fields in order; names in lower case. Credentials (authorization, cookie, shared secrets) are left out.
    package let headers: [HeaderField]
    /// The body as received.
    package let body: [UInt8]
    package let receivedAt: Timestamp

    package init(
        id: EnvelopeID, endpoint: Endpoint, method: String, target: String, headers: [HeaderField], body: [UInt8],
        receivedAt: Timestamp
    ) {
        self.id = id
        self.endpoint = endpoint
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }
}

/// One header field of HTTP or of a mail.
package struct HeaderField: Sendable, Hashable {
    /// In lower case.
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name.lowercased()
        self.value = value
    }
}

/// What became of an envelope; the journal shows it.
package enum EnvelopeOutcome: String, Sendable, CaseIterable {
    /// At least one of its events changed something.
    case applied
    /// All of its events were known already.
    case duplicate
    /// It held nothing that a conversation takes (typing, a ping, an unknown kind).
    case filtered
    /// It could not be read or mapped; it waits for a mended connector.
    case quarantined
}
