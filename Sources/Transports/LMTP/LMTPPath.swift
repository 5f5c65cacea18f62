// Addresses in MAIL and RCPT (RFC 5321 section 4.1.2, RFC 6531).

/// Reads `FROM:<kim@shop.test> SIZE=100`.
enum LMTPPath {
    /// The address, empty for `<>`, and the parameters; `nil` for anything else.
    static func read(_ text: Substring, after keyword: String) -> (path: String, parameters: [Substring])? {
        guard text.prefix(keyword.count).uppercased() == keyword else { return nil }
        var rest = text.dropFirst(keyword.count).drop { $0 == " " }
        guard rest.popFirst() == "<", let end = end(of: rest) else { return nil }
        var path = rest[..<end]
        let parameters = rest[rest.index(after: end)...]
        guard parameters.isEmpty || parameters.first == " " else { return nil }
        // A source route is accepted and ignored (RFC 5321 appendix C).
        if path.first == "@" {
            guard let colon = path.firstIndex(of: ":") else { return nil }
            path = path[path.index(after: colon)...]
        }
        guard path.isEmpty || isMailbox(path) else { return nil }
        return (String(path), parameters.split(separator: " "))
    }

    /// The bracket that closes; those in a quoted part are part of the address.
    private static func end(of text: Substring) -> Substring.Index? {
        var (isQuoted, isEscaped) = (false, false)
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == ">", !isQuoted {
                return index
            }
        }
        return nil
    }

    /// Something, an at sign and a domain. Whether there is such a mailbox is another question.
    private static func isMailbox(_ path: Substring) -> Bool {
        guard path.utf8.count <= 320, let at = path.lastIndex(of: "@"), at != path.startIndex else { return false }
        let (local, domain) = (path[..<at], path[path.index(after: at)...])
        let isQuoted = local.first == "\"" && local.last == "\"" && local.count > 2
        return !domain.isEmpty && !domain.contains(where: { " <>\"@".contains($0) })
            && (isQuoted || !local.contains(where: { " <>\"".contains($0) }))
    }
}
