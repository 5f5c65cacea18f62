// The parts of a request that a connector's YAML names: `body`, `header:X-Time`, `lit:v0:` …

/// One part of a request.
enum Part: Sendable, Hashable {
    /// The raw body.
    case body
    /// A header's value; the name in lower case.
    case header(String)
    /// A query parameter's value, decoded.
    case query(String)
    /// A member of the decoded body: `.path.to.member`.
    case member([String])
    case method
    case path
    /// The public URL and the query, as the sender called it.
    case url
    case literal(String)
    /// A setting's value.
    case setting(String)
    /// What stands behind `Authorization: Bearer`.
    case bearer
    /// One part of a signature header that says several things: `t=…,s=…`.
    case signature(String)
    /// `user:password` out of `Authorization: Basic`.
    case basic

    /// Reads a part as the YAML names it; `nil` when it names none.
    init?(_ text: String) {
        switch text {
        case "body": self = .body
        case "method": self = .method
        case "path": self = .path
        case "url": self = .url
        case "bearer": self = .bearer
        case "basic": self = .basic
        default:
            guard let part = Self.withName(text) else { return nil }
            self = part
        }
    }

    private static func withName(_ text: String) -> Part? {
        if text.hasPrefix("lit:") { return .literal(String(text.dropFirst(4))) }
        if text.hasPrefix("settings.") {
            let name = String(text.dropFirst("settings.".count))
            return Shape.TextRule.identifier.accepts(name) ? .setting(name) : nil
        }
        if text.hasPrefix("body:.") {
            let steps = text.dropFirst("body:.".count).split(separator: ".", omittingEmptySubsequences: false)
            return steps.contains("") ? nil : .member(steps.map(String.init))
        }
        let pieces = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard pieces.count == 2, !pieces[1].contains(where: \.isWhitespace) else { return nil }
        return switch pieces[0] {
        case "header": .header(pieces[1].lowercased())
        case "query": .query(pieces[1])
        case "sig": .signature(pieces[1])
        default: nil
        }
    }

    /// Whether a value of the sender's can stand here: header, query, body member, bearer, basic.
    var isSource: Bool {
        switch self {
        case .header, .query, .member, .signature, .bearer, .basic: true
        case .body, .method, .path, .url, .literal, .setting: false
        }
    }

    /// How a reason names it: never its value.
    var name: String {
        switch self {
        case .body: "the body"
        case .header(let name): "header \(name)"
        case .query(let name): "query parameter \(name)"
        case .member(let steps): "body member .\(steps.joined(separator: "."))"
        case .method: "the method"
        case .path: "the path"
        case .url: "the url"
        case .literal: "a literal"
        case .setting(let name): "setting \(name)"
        case .signature(let name): "signature part \(name)"
        case .bearer: "the bearer token"
        case .basic: "the basic credential"
        }
    }
}

extension Shape.TextRule {
    /// A part that can be signed.
    static let part = Shape.TextRule(
        "a part: body, header:NAME, query:NAME, body:.path, method, path, url, lit:TEXT or settings.NAME"
    ) { text in
        switch Part(text) {
        case nil, .bearer, .basic: false
        default: true
        }
    }

    /// A part that the sender gives by itself.
    static let source = Shape.TextRule("header:NAME, query:NAME, body:.path, bearer or basic") { text in
        Part(text)?.isSource ?? false
    }

    /// What a claim can be held against.
    static let claim = Shape.TextRule("header:NAME, query:NAME, body:.path, settings.NAME or lit:TEXT") { text in
        switch Part(text) {
        case .header, .query, .member, .setting, .literal: true
        default: false
        }
    }
}
