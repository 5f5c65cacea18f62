// What becomes of a request that came in, before anything is stored.

package import Model

/// What `receive` decided.
package enum Reception: Sendable {
    /// Not for us or not trusted: answer with `status`, store nothing. `reason` is safe for a log and a counter.
    case refused(status: Int, reason: String)
    /// Nothing can be decided now: answer 503, store nothing, and the network sends again.
    case postponed(Postponement, reason: String)
    /// A handshake: answer, store nothing.
    case answered(Answer)
    /// Read: store, then answer.
    case mapped(Mapped, Answer)
    /// Trusted but not readable: keep the envelope for a mended connector, then answer.
    case quarantined(reason: String, Answer)
}

/// What could not be had, so that a request has to come again.
package enum Postponement: Sendable {
    /// The answer to a look-up that the mapping needs.
    case lookUp
    /// The keys that the request is checked by.
    case keys
    /// A confirmation that the request asks us for.
    case confirmation
}

/// What a request said, in our vocabulary.
package enum Mapped: Sendable, Hashable {
    /// Of an adapter, in order.
    case events([InboundEvent])
    /// Of a contract, in order.
    case commands([Command])
}

/// An answer to give.
package struct Answer: Sendable, Hashable {
    package let status: Int
    package let contentType: String
    package let body: [UInt8]
    /// Besides the content's own.
    package let headers: [HeaderField]

    package init(status: Int, contentType: String, body: [UInt8], headers: [HeaderField] = []) {
        self.headers = headers
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}
