// From the value that `receive` produced to an event, or to an error that names the member.

extension InboundEvent {
    /// Reads one mapped event.
    /// - Throws: when a member is missing, of the wrong type, or unknown.
    package init(mapping json: JSON) throws(MappingError) {
        var object = try MappedObject(json)
        let kind = try object.required(try object.choice("kind", of: Kind.self), "kind")
        self.kind = kind
        id = try object.required(try object.identifier("id"), "id")
        thread = try object.identifier("thread")
        author = if let author = object.value("author") { try Author(mapping: author, path: ".author") } else { nil }
        text = try object.string("text")
        format = try object.choice("format", of: TextFormat.self) ?? .plain
        files = try object.files()
        replyTo = try object.identifier("reply_to")
        context = object.value("context")
        contextExpires = try object.time("context_expires")
        isContextOnce = try object.bool("context_once") ?? false
        visibility = try object.choice("visibility", of: Visibility.self) ?? .private
        at = try object.time("at")
        receipt = try object.choice("receipt", of: Receipt.self)
        upTo = try object.time("up_to")
        reason = try object.string("reason")
        reaction = try object.string("reaction")
        permalink = try object.string("permalink")
        language = try object.string("language")
        fields = object.value("fields")?.withoutNulls
        try object.finish()
        try Self.checkPresence(of: self, in: object)
    }

    private static let threadIs = "the place where an answer goes"
    private static let authorIs = "who wrote, as {id: …}"

    private static func checkPresence(of event: InboundEvent, in object: MappedObject) throws(MappingError) {
        switch event.kind {
        case .message:
            _ = try object.required(event.thread, "thread", Self.threadIs)
            _ = try object.required(event.author, "author", Self.authorIs)
            if event.text == nil, event.files.isEmpty {
                throw object.wrong("text", "a message needs a text or a file")
            }
        case .echo:
            _ = try object.required(event.thread, "thread", Self.threadIs)
        case .edit:
            _ = try object.required(event.text, "text")
        case .receipt:
            let receipt = try object.required(event.receipt, "receipt")
            guard event.upTo != nil else { break }
            _ = try object.required(event.thread, "thread")
            if receipt == .failed { throw object.wrong("up_to", "a failure is of one message") }
        case .reaction:
            _ = try object.required(event.author, "author", Self.authorIs)
        case .delete, .typing, .contact, .notice:
            break
        }
    }

    /// The event in the form that ``init(mapping:)`` reads: golden samples and parked events use it.
    package var json: JSON {
        .members([
            "kind": .string(kind.rawValue), "id": .string(id), "thread": JSON(thread), "author": author?.json,
            "text": JSON(text), "format": format == .plain ? nil : .string(format.rawValue),
            "files": files.isEmpty ? nil : .array(files.map(\.json)), "reply_to": JSON(replyTo), "context": context,
            "context_expires": JSON(contextExpires), "context_once": isContextOnce ? true : nil,
            "visibility": .string(visibility.rawValue), "at": JSON(at),
            "receipt": JSON(receipt?.rawValue), "up_to": JSON(upTo), "reason": JSON(reason), "reaction": JSON(reaction),
            "permalink": JSON(permalink), "language": JSON(language), "fields": fields,
        ])
    }
}

extension Author {
    package init(mapping json: JSON, path: String) throws(MappingError) {
        var object = try MappedObject(json, path: path)
        id = try object.required(try object.identifier("id"), "id")
        name = try object.string("name")
        handle = try object.string("handle")
        phone = try object.identifier("phone")
        email = try object.string("email")
        followers = try object.integer("followers")
        try object.finish()
    }

    package var json: JSON {
        .members([
            "id": .string(id), "name": JSON(name), "handle": JSON(handle), "phone": JSON(phone), "email": JSON(email),
            "followers": followers.map { .integer($0) },
        ])
    }
}

extension MappedObject {
    /// The member `files`; empty when there is none.
    package mutating func files() throws(MappingError) -> [FileReference] {
        var files: [FileReference] = []
        for (index, file) in try list("files").enumerated() {
            files.append(try FileReference(mapping: file, path: ".files[\(index)]"))
        }
        return files
    }
}

extension FileReference {
    package init(mapping json: JSON, path: String) throws(MappingError) {
        var object = try MappedObject(json, path: path)
        reference = try object.required(try object.identifier("reference"), "reference")
        name = FileName.safe(try object.string("name"))
        type = try object.string("type")
        size = try object.integer("size")
        try object.finish()
    }

    package var json: JSON {
        .members([
            "reference": .string(reference), "name": JSON(name), "type": JSON(type), "size": size.map { .integer($0) },
        ])
    }
}
