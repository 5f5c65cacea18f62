// Whether the From address of a mail may be believed: what our own mail server found out about it, and nothing that the
// sender could have written.

/// How far a From address is believed, with the reason for people.
package enum FromTrust: Sendable, Hashable {
    /// The domain of the address vouches for the mail.
    case verified(String)
    /// Nobody vouches for it and nobody speaks against it.
    case unverified(String)
    /// Our server found that the mail is not what it says.
    case failed(String)

    /// Whether the mail may link to the person that the address belongs to.
    package var isVerified: Bool { if case .verified = self { true } else { false } }

    package var reason: String {
        switch self {
        case .verified(let reason), .unverified(let reason), .failed(let reason): reason
        }
    }
}

/// Whose findings are believed.
package struct TrustPolicy: Sendable, Hashable {
    /// The authserv-ids of our own servers, in lower case.
    package let authorities: Set<String>
    /// How many `Received` fields our own servers put on top; `nil`: as many as there are.
    ///
    /// A server that writes no finding for some mail would let the sender's own field be the topmost: with this number
    /// a field below the last `Received` of ours and the next is not looked at.
    package let ownHops: Int?

    package init(authorities: Set<String>, ownHops: Int? = nil) {
        self.authorities = Set(authorities.map { $0.lowercased() })
        self.ownHops = ownHops
    }

    /// Judges the From address of a mail.
    ///
    /// Only the topmost field of a configured authority counts. Servers write their fields above what they received
    /// (RFC 8601 4.1), so whatever a sender wrote under such a name stands below it and is not looked at, and neither
    /// is a field of anybody else.
    package func judge(_ headers: MailHeaders) -> FromTrust {
        guard !authorities.isEmpty else { return .unverified("no authserv-id is configured") }
        let froms = headers.fields("From")
        // RFC 5322 3.6: exactly one. With two, the server may have judged the other (RFC 7489 6.6.1).
        guard froms.count == 1 else { return .failed("the mail has \(froms.count) From fields") }
        let addresses = MailAddress.list(headers, "From")
        guard addresses.count == 1, let domain = addresses.first?.domain?.lowercased(), !domain.isEmpty else {
            return .unverified("the From field has not one address")
        }
        guard let found = topmost(headers) else {
            return .unverified("no Authentication-Results of \(authorities.sorted().joined(separator: ", "))")
        }
        return Self.judge(found, from: domain)
    }

    private func topmost(_ headers: MailHeaders) -> AuthenticationResults? {
        var hops = 0
        for field in headers.fields {
            if field.isNamed("Received") {
                hops += 1
                if let ownHops, hops > ownHops { return nil }
            }
            guard field.isNamed("Authentication-Results"), let results = AuthenticationResults(field.value),
                authorities.contains(results.authority)
            else { continue }
            return results
        }
        return nil
    }

    private static func judge(_ found: AuthenticationResults, from domain: String) -> FromTrust {
        let by = found.authority
        let dmarc = found.results.filter { $0.method == "dmarc" }
        if dmarc.contains(where: { $0.value == "fail" }) { return .failed("\(by): DMARC failed") }
        for result in dmarc where result.value == "pass" {
            let judged = result.properties["header.from"].map(bareDomain)
            if judged == nil || judged == domain { return .verified("\(by): DMARC passed") }
            return .unverified("\(by): DMARC passed for \(judged ?? ""), which is not the From address's domain")
        }
        for result in found.results where result.method == "dkim" && result.value == "pass" {
            guard let signer = (result.properties["header.d"] ?? result.properties["header.i"]).map(bareDomain),
                isAligned(signer, with: domain)
            else { continue }
            return .verified("\(by): DKIM passed for \(signer)")
        }
        let envelope = found.results.filter {
            $0.method == "spf" && ($0.properties["smtp.mailfrom"].map(bareDomain) ?? "") == domain
        }
        if envelope.contains(where: { $0.value == "pass" }) { return .verified("\(by): SPF passed for \(domain)") }
        if envelope.contains(where: { $0.value == "fail" || $0.value == "hardfail" }) {
            return .failed("\(by): SPF failed for \(domain)")
        }
        return .unverified("\(by): nothing passed for \(domain)")
    }

    /// The domain of `user@domain`, `@domain` or `domain`, in lower case.
    private static func bareDomain(_ value: String) -> String {
        let rest = value.lastIndex(of: "@").map { value[value.index(after: $0)...] } ?? value[...]
        return rest.lowercased().filter { $0 != ">" }
    }

    /// RFC 7489 3.1 without a list of public suffixes: the signer is the domain or one above it, never one below, for
    /// `shop.hosting.example` need not speak for `hosting.example`.
    private static func isAligned(_ signer: String, with domain: String) -> Bool {
        signer == domain || signer.contains(".") && domain.hasSuffix("." + signer)
    }
}
