// The body of a request: what send.jq asked for as bytes, with the files that it names in their places.

import Model

/// Bytes with their type.
struct RequestBody {
    let type: String?
    let bytes: [UInt8]

    /// - Parameters:
    ///   - key: marks the request.
    ///   - files: those that the content names, by id.
    init(of content: RenderedRequest.Content, key: String, files: [String: CarriedFile]) {
        switch content {
        case .none: (type, bytes) = (nil, [])
        case .json(let json):
            (type, bytes) = ("application/json", (files.isEmpty ? json : json.carrying(files)).bytes)
        case .form(let pairs):
            (type, bytes) = ("application/x-www-form-urlencoded", Array(FormBody.text(pairs).utf8))
        case .text(let text, let type): (self.type, bytes) = (type ?? "text/plain; charset=utf-8", Array(text.utf8))
        case .file(let id, let type, let slice):
            (self.type, bytes) = (type ?? files[id]?.type, files[id].map { $0.bytes(of: slice) } ?? [])
        case .multipart(let fields):
            let form = MultipartForm(fields, key: key, files: files)
            (type, bytes) = (form.contentType, form.bytes)
        }
    }
}
