// The shapes of `files` and `send.files`, and the mistakes in them that no shape can see.

import Model

extension ConnectorSide {
    static var files: Shape {
        .object([
            .init("fetch", .text(.anything), required: true, about: "jq over the file: the request that gives it"),
            .init("locate", .text(.anything), about: "jq over the file: a request whose answer fetch needs"),
            .init("content", .text(.anything), about: "jq over the answer: the file in base64; default the body"),
            .init("hosts", .list(of: .template), default: "[]", about: "further hosts that files lie on"),
            max, types,
        ])
    }

    /// `send.files`.
    var sentFiles: Shape {
        var keys = [Self.max, Self.types]
        if self == .contract {
            keys.append(
                .init("as", .enumeration(["content", "link"]), default: "content", about: "bytes, or links only"))
        }
        return .object(keys)
    }

    private static var max: Shape.Key {
        .init("max", .byteSize, default: "25MB", about: "the largest file")
    }

    private static var types: Shape.Key {
        .init("types", .list(of: .text(.mediaTypes)), default: "[]", about: "media types that are taken; default any")
    }
}

extension Shape.TextRule {
    /// `application/pdf`, or `image/*` for every image.
    static let mediaTypes = Shape.TextRule("a media type like application/pdf or image/*") { text in
        MediaType.essence(text.hasSuffix("/*") ? "\(text.dropLast())any" : text) != nil
    }
}

extension ConnectorFolder {
    static func fileMistakes(in fields: Fields) -> [ConfigurationProblem] {
        guard let files = fields["files"], fields["send"] == nil else { return [] }
        return [.init(files.position, "files are fetched behind send.base_url, but \"send\" does not stand here")]
    }
}
