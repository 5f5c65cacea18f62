// The journal's copy of a request: everything but the credentials in it.

package import Model

extension Connector {
    /// Makes the envelope of a request that was verified. Headers, parameters and path segments that are shared
    /// secrets are left out of it.
    package func envelope(of request: ReceivedRequest, endpoint: Endpoint) -> Envelope {
        let hidden = secretHeaders
        let hiddenParameters = secretParameters
        var target = request.path
        if request.pathSecret != nil, let slash = target.lastIndex(of: "/") {
            target = target[...slash] + "‹secret›"
        }
        let query = request.rawQuery.split(separator: "&").map { pair in
            let name = FormBody.pairs(lenient: String(pair)).first?.name ?? ""
            return hiddenParameters.contains(name) ? "\(name)=‹secret›" : String(pair)
        }
        if !query.isEmpty { target += "?" + query.joined(separator: "&") }
        return Envelope(
            id: EnvelopeID(at: request.receivedAt), endpoint: endpoint, method: request.method, target: target,
            headers: request.headers.filter { !hidden.contains($0.name) }, body: request.body,
            receivedAt: request.receivedAt)
    }

    /// The schemes of which one let a request in, for the journal: "hmac", "equals or secret_path".
    package var verification: String { verifier.schemes.joined(separator: " or ") }

    /// Whether a secret may stand in the path behind the endpoint's name.
    package var takesPathSecret: Bool { verifier.takesPathSecret }

    /// The HTTP methods that are taken.
    package var methods: [String] {
        guard let receive = folder.receive else { return [] }
        return Set(receive.methods + Handshake.methods(of: receive.handshakes)).sorted()
    }

    /// Whether the other side knows every request that it got before, so that one whose answer was lost may be made
    /// again.
    package var isRepeatable: Bool { sender?.isRepeatable ?? true }
}
