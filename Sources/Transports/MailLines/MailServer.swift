// Where a mail server is, and what a connection to it must be like.

/// How a connection is encrypted. Peers are always verified where there is encryption; nothing falls back to less.
package enum MailSecurity: String, Sendable, CaseIterable {
    /// TLS from the first byte (RFC 8314): `imaps`, `submissions`.
    case tls
    /// STARTTLS before anything else (RFC 3501 section 6.2.1, RFC 3207); a server without it is not used.
    case startTLS = "starttls"
    /// No encryption, secrets included. Only for servers of one's own on the same machine or network.
    case plain
}

/// A server of one protocol.
package struct MailServer: Sendable, Hashable {
    /// A name or an address, without brackets.
    package var host: String
    package var port: UInt16
    package var security: MailSecurity

    package init(host: String, port: UInt16, security: MailSecurity) {
        self.host = host
        self.port = port
        self.security = security
    }

    /// Why it cannot be used; `nil` when it can. The host becomes part of a URL: it must not end one.
    var problem: String? {
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
                true
            default: byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
        }
        guard !host.isEmpty, isName || IPAddress(host) != nil else { return "the host is no name and no address" }
        return port == 0 ? "the port is 0" : nil
    }

    /// As a URL has it: IPv6 addresses in brackets.
    var authority: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// What all mail connections of a gateway share.
package struct MailNetwork: Sendable {
    /// Where connections may go.
    package var addressGuard: AddressGuard
    /// A file of certificate authorities (PEM) in place of the system's; `nil`: the system's.
    package var authorities: String?
    /// From the look-up to the end of the log-in.
    package var openTimeout = Duration.seconds(40)
    /// How long a server may say nothing while something is expected of it.
    package var answerTimeout = Duration.seconds(90)
    /// The same after the last dot of a mail: who gives up too early does not know whether it was taken (RFC 5321
    /// section 4.5.3.2.6).
    package var storeTimeout = Duration.seconds(600)

    package init(guard addressGuard: AddressGuard, authorities: String? = nil) {
        self.addressGuard = addressGuard
        self.authorities = authorities
    }
}
