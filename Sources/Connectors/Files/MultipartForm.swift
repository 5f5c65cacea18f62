// Forms with files (RFC 7578): each field a part of its own.

import Model
import Signing

/// One field of such a form.
struct MultipartField: Sendable {
    enum Content: Sendable {
        case text(String)
        /// A file by its id; `nil`: all of it.
        case file(String, FileSlice?)
    }

    let name: String
    let content: Content
    /// What stands in place of the file's own name.
    let filename: String?
    /// Media type; `nil`: the file's own, and none for a text.
    let type: String?

    /// - Throws: when a member is missing, of the wrong type, or unknown.
    init(mapping json: JSON, path: String) throws(MappingError) {
        var object = try MappedObject(json, path: path)
        name = try object.required(try object.string("name"), "name")
        let value = object.value("value")
        let file = try object.string("file")
        let slice = try FileSlice(object.value("slice"), path: "\(path).slice")
        filename = try object.string("filename")
        var type = try object.string("type")
        switch (value, file) {
        case (let value?, nil):
            if value.array != nil || value.object != nil { type = type ?? "application/json" }
            content = .text(value.text(orOf: value.string))
        case (nil, let file?): content = .file(file, slice)
        default: throw object.wrong("value", "either value or file must be given")
        }
        if file == nil, slice != nil { throw object.wrong("slice", "is of a file") }
        if let type, MediaType.essence(type) == nil { throw object.wrong("type", "is no media type") }
        self.type = type
        try object.finish()
    }
}

extension JSON {
    /// A text as it is, anything else as JSON writes it.
    fileprivate func text(orOf string: String?) -> String { string ?? text }
}

/// The form as bytes.
struct MultipartForm {
    let contentType: String
    let bytes: [UInt8]

    /// - Parameters:
    ///   - key: what the request is known by; the boundary is made of it, so a request that comes again is the same.
    ///   - files: those that the fields name.
    init(_ fields: [MultipartField], key: String, files: [String: CarriedFile]) {
        let boundary = "samtal-" + BinaryText.hex.encode(Array(Digest.hash(.sha256, Array(key.utf8)).prefix(16)))
        contentType = "multipart/form-data; boundary=\(boundary)"
        var bytes: [UInt8] = []
        for field in fields {
            var head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(Self.quoted(field.name))\""
            let content: [UInt8]
            var type = field.type
            switch field.content {
            case .text(let text):
                content = Array(text.utf8)
                if let name = field.filename { head += "; filename=\"\(Self.quoted(name))\"" }
            case .file(let id, let slice):
                content = files[id].map { $0.bytes(of: slice) } ?? []
                head += "; filename=\"\(Self.quoted(field.filename ?? files[id]?.name ?? "file"))\""
                type = type ?? files[id]?.type
            }
            if let type { head += "\r\nContent-Type: \(type)" }
            bytes += Array("\(head)\r\n\r\n".utf8) + content + Array("\r\n".utf8)
        }
        bytes += Array("--\(boundary)--\r\n".utf8)
        self.bytes = bytes
    }

    /// A name inside quotes, as browsers write it (RFC 7578 section 4.2).
    private static func quoted(_ text: String) -> String {
        text.replacing("\"", with: "%22").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }
}
