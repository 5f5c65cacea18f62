// What send.jq asked for, read from its output.

import Model

/// One request as send.jq describes it.
struct RenderedRequest: Sendable {
    enum Target: Sendable {
        /// Put behind `base_url`.
        case path(String)
        /// A whole address on the host of `base_url`.
        case url(String)
    }

    enum Content: Sendable {
        case none
        case json(JSON)
        case form([(name: String, value: String)])
        case text(String)
    }

    let method: String
    let target: Target
    /// Sorted by name; a list gives its name again and again.
    let query: [(name: String, value: String)]
    let headers: [HeaderField]
    let content: Content
    /// The name of the auth; `nil`: the connector's own.
    let auth: String?

    /// - Throws: when a member is missing, of the wrong type, or unknown.
    init(mapping json: JSON, defaultMethod: String = "POST") throws(MappingError) {
        var object = try MappedObject(json)
        method = try object.string("method")?.uppercased() ?? defaultMethod
        guard Shape.TextRule.headerName.accepts(method) else { throw object.wrong("method", "is no HTTP method") }
        let path = try object.string("path")
        let url = try object.string("url")
        switch (path, url) {
        case (let path?, nil): target = .path(path)
        case (nil, let url?): target = .url(url)
        case (nil, nil): throw object.wrong("path", "either path or url must be given")
        case (_?, _?): throw object.wrong("url", "path and url are given, one must be enough")
        }
        query = try Self.pairs(object.value("query"), ".query")
        headers = try Self.pairs(object.value("headers"), ".headers").map { HeaderField($0.name, $0.value) }
        let json = object.value("json")
        let form = object.value("form")
        let text = try object.string("text")
        switch (json, form, text) {
        case (nil, nil, nil): content = .none
        case (let json?, nil, nil): content = .json(json)
        case (nil, let form?, nil): content = .form(try Self.pairs(form, ".form"))
        case (nil, nil, let text?): content = .text(text)
        default: throw object.wrong("json", "only one of json, form and text can be given")
        }
        auth = try object.string("auth")
        try object.finish()
        try checkHeaders()
    }

    /// Names and values of an object, sorted; `null` members are left out, lists are spread.
    private static func pairs(_ json: JSON?, _ path: String) throws(MappingError) -> [(name: String, value: String)] {
        guard let json else { return [] }
        guard let members = json.object else {
            throw MappingError(path: path, problem: "expected an object, got \(json.kindName)")
        }
        var pairs: [(name: String, value: String)] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            for element in value.array ?? [value] {
                switch element {
                case .string(let text): pairs.append((name, text))
                case .integer, .number, .bool: pairs.append((name, element.text))
                case .null: break
                case .array, .object:
                    let problem = "expected a text, a number or a list of them, got \(element.kindName)"
                    throw MappingError(path: "\(path).\(name)", problem: problem)
                }
            }
        }
        return pairs
    }

    private func checkHeaders() throws(MappingError) {
        for field in headers {
            guard Shape.TextRule.headerName.accepts(field.name),
                field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else { throw MappingError(path: ".headers", problem: "a name or value cannot stand in a header") }
        }
    }
}
