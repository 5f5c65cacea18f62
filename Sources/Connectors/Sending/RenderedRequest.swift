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
        /// `nil`: plain text.
        case text(String, type: String?)
        /// The bytes of a file, by its id, all of them or a slice; `nil`: of the file's own type.
        case file(String, type: String?, FileSlice?)
        case multipart([MultipartField])
    }

    let method: String
    let target: Target
    /// Sorted by name; a list gives its name again and again.
    let query: [(name: String, value: String)]
    let headers: [HeaderField]
    let content: Content
    /// The name of the auth, or `none`; `nil`: the connector's own.
    let auth: String?
    /// Whether it asks for a file: then it may go where files lie, and an address gets no auth but the one it names.
    var isFetch = false

    /// The ids of the files that it carries.
    var fileIDs: [String] {
        switch content {
        case .json(let json): json.fileIDs.sorted()
        case .file(let id, _, _): [id]
        case .multipart(let fields): fields.compactMap { if case .file(let id, _) = $0.content { id } else { nil } }
        case .none, .form, .text: []
        }
    }

    /// The slices of files that it carries, with the files' ids.
    var slices: [(id: String, slice: FileSlice)] {
        switch content {
        case .file(let id, _, let slice?): [(id, slice)]
        case .multipart(let fields):
            fields.compactMap { if case .file(let id, let slice?) = $0.content { (id, slice) } else { nil } }
        case .none, .json, .form, .text, .file: []
        }
    }

    /// Whether it goes to a whole address to ask for a file.
    var isForeignFetch: Bool { if case .url = target { isFetch } else { false } }

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
        content = try Self.content(&object)
        auth = try object.string("auth")
        try object.finish()
        try checkHeaders()
    }

    private static func content(_ object: inout MappedObject) throws(MappingError) -> Content {
        var contents: [Content] = []
        let type = try object.string("content_type")
        if let type, MediaType.essence(type) == nil { throw object.wrong("content_type", "is no media type") }
        if let json = object.value("json") { contents.append(.json(json)) }
        if let form = object.value("form") { contents.append(.form(try pairs(form, ".form"))) }
        if let text = try object.string("text") { contents.append(.text(text, type: type)) }
        let slice = try FileSlice(object.value("slice"), path: ".slice")
        if let file = try object.string("body_file") { contents.append(.file(file, type: type, slice)) }
        if let parts = object.value("multipart") {
            guard let parts = parts.array else { throw object.wrong("multipart", "expected a list of fields") }
            var fields: [MultipartField] = []
            for (index, part) in parts.enumerated() {
                fields.append(try MultipartField(mapping: part, path: ".multipart[\(index)]"))
            }
            contents.append(.multipart(fields))
        }
        guard contents.count <= 1 else {
            throw object.wrong("json", "only one of json, form, text, multipart and body_file can be given")
        }
        let isFile = if case .file? = contents.first { true } else { false }
        if slice != nil, !isFile { throw object.wrong("slice", "goes with body_file, and in a field of multipart") }
        switch contents.first {
        case .text, .file: break
        default: if type != nil { throw object.wrong("content_type", "goes with text and body_file only") }
        }
        return contents.first ?? .none
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
