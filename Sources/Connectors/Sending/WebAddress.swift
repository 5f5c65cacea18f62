// The addresses that requests go to, read narrowly: what this reader and libcurl could read in two ways is refused.

import Model

/// An absolute http or https address.
struct WebAddress: Sendable, Hashable {
    /// Scheme, host and port in their plainest form: `https://api.example:8443`. Two addresses on one host are equal
    /// here.
    let origin: String
    /// What stands behind the host, without a query; begins with `/` or is empty.
    let path: String
    /// What stands behind the question mark; `nil`: there is none.
    let query: String?

    /// Reads an address. `nil` for another scheme, user names, fragments, blanks, backslashes, or letters beyond ASCII.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C && $0 != 0x23 }),
            let colon = text.firstRange(of: "://")
        else { return nil }
        let scheme = text[..<colon.lowerBound].lowercased()
        guard ["http", "https"].contains(scheme) else { return nil }
        let rest = text[colon.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let host = Self.host(authority, scheme) else { return nil }
        origin = "\(scheme)://\(host)"
        let target = rest[authority.endIndex...]
        let mark = target.firstIndex(of: "?")
        path = String(target[..<(mark ?? target.endIndex)])
        query = mark.map { String(target[target.index(after: $0)...]) }
    }

    /// The whole address, as it is sent.
    var text: String { origin + (path.isEmpty ? "/" : path) + (query.map { "?\($0)" } ?? "") }

    /// Whether it is reached by https and the usual port on one of these hosts: `api.example.com`, or `*.example.com`
    /// for every host below it.
    func isHTTPS(on hosts: [String]) -> Bool {
        guard origin.hasPrefix("https://") else { return false }
        let host = origin.dropFirst("https://".count)
        return hosts.map { $0.lowercased() }.contains { pattern in
            pattern.hasPrefix("*.") ? host.hasSuffix(pattern.dropFirst()) : host == pattern
        }
    }

    private static func host(_ authority: Substring, _ scheme: String) -> String? {
        let isPlain = authority.utf8.allSatisfy { byte in
            Shape.TextRule.isTokenByte(byte) && ![0x25, 0x27, 0x2A].contains(byte) || [0x3A, 0x5B, 0x5D].contains(byte)
        }
        guard isPlain, let first = authority.first, first != ":" else { return nil }
        var host = authority.lowercased()
        let usual = scheme == "https" ? ":443" : ":80"
        if host.hasSuffix(usual) { host.removeLast(usual.count) }
        if host.hasSuffix(":") { host.removeLast() }
        return host
    }
}
