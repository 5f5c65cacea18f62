// Why a connection did not come about, from libcurl's code and the last words of the server.

import CCurl

extension MailFailure {
    init(opening code: CURLcode, _ url: MailURL, _ gate: MailGate) {
        switch code {
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR:
            self = Self.refusedLogin(url, gate.lastLine)
        case CURLE_OPERATION_TIMEDOUT:
            self.init(.timeout, "\(url.name) gave no answer in time")
        case CURLE_COULDNT_RESOLVE_HOST:
            self.init(.dns, "\(url.name): the host has no address")
        case CURLE_COULDNT_CONNECT where gate.socketsOpened == 0 && gate.socketsRefused > 0:
            self.init(.refused, "\(url.name): the address guard refuses the host's address")
        case CURLE_COULDNT_CONNECT:
            self.init(.connect, "nobody answers at \(url.name)")
        case CURLE_USE_SSL_FAILED:
            self.init(.tls, "\(url.name) offers no STARTTLS")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            self.init(.tls, "\(url.name): \(String(cString: curl_easy_strerror(code)))")
        default:
            self =
                Self.unwilling(url, gate.lastLine)
                ?? Self(.broken, "\(url.name): \(String(cString: curl_easy_strerror(code)))")
        }
    }

    /// Nothing was refused: we could not even try.
    static func noMechanism(_ url: MailURL) -> Self {
        Self(.login, "\(url.name) offers no way to log in that is known here")
    }

    private static func refusedLogin(_ url: MailURL, _ line: String) -> Self {
        if let unwilling = unwilling(url, line) { return unwilling }
        let words = words(line)
        switch url.scheme {
        case .imap:
            guard words.count > 1, ["NO", "BAD"].contains(words[1].uppercased()) else {
                return noMechanism(url)
            }
        case .smtp:
            guard line.first == "5" else {
                return noMechanism(url)
            }
        }
        return Self(.login, "\(url.name) refuses the log-in: \(quoted(line))")
    }

    /// The server cannot now, whoever asks: `BYE`, `421`, a code of RFC 5530 that time mends.
    private static func unwilling(_ url: MailURL, _ line: String) -> Self? {
        let words = words(line)
        let says = "\(url.name) says \(quoted(line))"
        switch url.scheme {
        case .smtp:
            guard line.first == "4" else { return nil }
            return Self(.unavailable, says)
        case .imap:
            guard words.count > 1 else { return nil }
            var parser = IMAPParser(literalBytesMax: 0, cutBytesMax: 0)
            var status: IMAPStatus?
            Array("\(line)\r\n".utf8).withUnsafeBytes { bytes in
                parser.take(bytes) { raw in
                    switch IMAPResponse(raw) {
                    case .tagged(_, let told), .status(let told): status = told
                    default: break
                    }
                }
            }
            guard let status, status.word != .ok, let kind = Kind(transient: status) else { return nil }
            return Self(kind, says)
        }
    }

    private static func words(_ line: String) -> [Substring] { line.split(separator: " ", maxSplits: 2) }
}

extension MailFailure.Kind {
    /// What a status says that time will mend; `nil`: it says no such thing (RFC 5530, and the words of servers that
    /// know no codes).
    init?(transient status: IMAPStatus) {
        switch status.code?.name {
        case "UNAVAILABLE", "INUSE", "SERVERBUG": self = .unavailable
        case "LIMIT", "THROTTLED": self = .throttled
        case nil, "ALERT":
            let text = status.text.lowercased()
            if Self.throttlingWords.contains(where: { text.contains($0) }) {
                self = .throttled
            } else if status.word == .bye || Self.unavailableWords.contains(where: { text.contains($0) }) {
                self = .unavailable
            } else {
                return nil
            }
        default:
            guard status.word == .bye else { return nil }
            self = .unavailable
        }
    }

    private static let throttlingWords = ["too many", "throttl", "rate limit", "bandwidth"]
    private static let unavailableWords = [
        "temporar", "try again later", "unavailable", "not connected", "busy", "internal error",
    ]
}
