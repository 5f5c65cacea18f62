// Authentication-Results (RFC 8601): what a mail server found out about a mail that it took in.

/// One field, read.
package struct AuthenticationResults: Sendable, Hashable {
    /// What one method came to.
    package struct Result: Sendable, Hashable {
        /// `spf`, `dkim`, `dmarc`, …; in lower case.
        package let method: String
        /// `pass`, `fail`, `none`, …; in lower case.
        package let value: String
        /// By `type.property`, in lower case, such as `header.d`; the first of two equal ones counts.
        package let properties: [String: String]
    }

    /// Who says so, in lower case.
    package let authority: String
    package let results: [Result]

    /// How many results of one field are read.
    static let resultsMax = 50

    /// Reads the value of a field; `nil` for what is none.
    package init?(_ value: String) {
        var words = AuthenticationWords(value)
        guard let authority = words.token(until: ";"), !authority.isEmpty else { return nil }
        self.authority = authority.lowercased()
        var results: [Result] = []
        // A version may stand behind the authority, RFC 8601 2.2: no other than 1 is known.
        if let version = words.token(until: ";"), version != "1" { return nil }
        while words.skip(past: ";"), results.count < Self.resultsMax {
            if let result = Self.result(&words) { results.append(result) }
        }
        self.results = results
    }

    /// `method[/version] = value [reason=…] (type.property=value)*`.
    private static func result(_ words: inout AuthenticationWords) -> Result? {
        guard let method = words.token(until: "=;"), words.skip("="), let value = words.token(until: ";=") else {
            return nil
        }
        var properties: [String: String] = [:]
        while let name = words.token(until: "=;") {
            guard words.skip("="), let property = words.token(until: ";") else { continue }
            let key = name.lowercased()
            if properties[key] == nil { properties[key] = property }
        }
        let name = method.prefix { $0 != "/" }.lowercased()
        return Result(method: name, value: value.lowercased(), properties: properties)
    }
}

/// The words of one field, without its comments.
private struct AuthenticationWords {
    private let scalars: [Unicode.Scalar]
    private var at = 0

    init(_ value: String) {
        scalars = Array(value.unicodeScalars)
    }

    /// Past white space and comments, which may hold others (RFC 5322 3.2.2).
    private mutating func skipSpace() {
        var depth = 0
        while at < scalars.count {
            switch scalars[at] {
            case "(": depth += 1
            case ")" where depth > 0: depth -= 1
            case "\\" where depth > 0: at += 1
            case " ", "\t", "\r", "\n": break
            default: if depth == 0 { return }
            }
            at += 1
        }
        at = min(at, scalars.count)
    }

    /// The next word or quoted text; `nil` when one of `ends` comes first, or nothing.
    mutating func token(until ends: String) -> String? {
        skipSpace()
        guard at < scalars.count, !ends.unicodeScalars.contains(scalars[at]), scalars[at] != ";" else { return nil }
        var text = String.UnicodeScalarView()
        if scalars[at] == "\"" {
            at += 1
            while at < scalars.count, scalars[at] != "\"" {
                if scalars[at] == "\\", at + 1 < scalars.count { at += 1 }
                text.append(scalars[at])
                at += 1
            }
            at = min(at + 1, scalars.count)
            return String(text)
        }
        let stops = ends.contains("=")
        while at < scalars.count, !" \t\r\n;(".unicodeScalars.contains(scalars[at]), !stops || scalars[at] != "=" {
            text.append(scalars[at])
            at += 1
        }
        // A sign that no word begins with.
        if text.isEmpty { at += 1 }
        return String(text)
    }

    /// Whether `sign` came next; it is passed over.
    mutating func skip(_ sign: Unicode.Scalar) -> Bool {
        skipSpace()
        guard at < scalars.count, scalars[at] == sign else { return false }
        at += 1
        return true
    }

    /// Past the next `sign`; whether there was one.
    mutating func skip(past sign: Unicode.Scalar) -> Bool {
        while at < scalars.count {
            skipSpace()
            if skip(sign) { return true }
            if token(until: "") == nil { return false }
        }
        return false
    }
}
