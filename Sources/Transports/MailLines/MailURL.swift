// A mail server as libcurl is told of it.

/// The protocol and the server.
struct MailURL {
    enum Scheme: String {
        case imap
        case smtp
    }

    let scheme: Scheme
    let server: MailServer
    /// The name that we greet with (RFC 5321 section 4.1.1.1); SMTP only.
    var greeting = ""

    var text: String { "\(scheme)\(server.security == .tls ? "s" : "")://\(server.authority)/\(greeting)" }
    /// For people.
    var name: String { server.authority }
}
