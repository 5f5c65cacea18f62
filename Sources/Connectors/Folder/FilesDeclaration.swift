// `files` of a connector's YAML: how files that the other side speaks of are fetched; `send.files`: what it takes.

import Model

/// How files are fetched.
struct FilesDeclaration: Sendable {
    /// The bound where the YAML says none, bytes.
    static let bytesMaxDefault = 25 << 20

    /// jq over the file: the request that gives its bytes.
    let fetch: Snippet
    /// jq over the file: a request whose answer `fetch` needs; `nil`: none.
    let locate: Snippet?
    /// jq over the answer: the bytes in base64; `nil`: the body is the file.
    let content: Snippet?
    /// Hosts besides base_url's and `send.hosts`; `*.` at the beginning stands for any name before, `*` for any host.
    let hosts: [Template]
    let limits: FileLimits

    init?(_ fields: Fields) {
        guard let fetch = Snippet(fields["fetch"]) else { return nil }
        self.fetch = fetch
        locate = Snippet(fields["locate"])
        content = Snippet(fields["content"])
        hosts = fields.strings("hosts").compactMap { try? Template($0) }
        limits = FileLimits(fields)
    }
}

/// What a side takes of files.
struct SentFiles: Sendable {
    let limits: FileLimits
    /// Whether it takes bytes; else links only.
    let wantsBytes: Bool

    init(_ fields: Fields) {
        limits = FileLimits(fields)
        wantsBytes = fields.string("as") != "link"
    }
}

extension FileLimits {
    init(_ fields: Fields) {
        self.init(
            bytesMax: fields.byteSize("max")?.bytes ?? FilesDeclaration.bytesMaxDefault, types: fields.strings("types"))
    }
}
