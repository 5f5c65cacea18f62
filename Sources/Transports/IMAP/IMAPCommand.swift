// The commands that are used here, as they are written (RFC 9051 section 6, with RFC 2177, 4315, 6851, 7162).

/// A command without its tag.
struct IMAPCommand {
    enum Kind {
        case ordinary
        /// Its answers describe the folder.
        case select
        /// Ends only when `DONE` is said.
        case idle
        case logout
    }

    let kind: Kind
    /// For people: the first words.
    let name: String
    /// The pieces between which the server is waited for; each but the last ends with the announcement of a literal.
    let pieces: [[UInt8]]

    private init(_ name: String, _ arguments: String..., kind: Kind = .ordinary) {
        self.kind = kind
        self.name = name
        pieces = [Array(([name] + arguments.filter { !$0.isEmpty }).joined(separator: " ").utf8)]
    }

    static let capability = Self("CAPABILITY")
    static let noop = Self("NOOP")
    static let logout = Self("LOGOUT", kind: .logout)
    static let idle = Self("IDLE", kind: .idle)

    static func enable(_ names: [String]) -> Self { Self("ENABLE", names.joined(separator: " ")) }

    /// `parameters`: `CONDSTORE` where the server has it, so that it tells modification sequences.
    static func select(_ folder: String, readOnly: Bool, parameters: [String]) -> Self {
        let list = parameters.isEmpty ? "" : "(\(parameters.joined(separator: " ")))"
        return Self(readOnly ? "EXAMINE" : "SELECT", IMAPFolderName.quoted(folder), list, kind: .select)
    }

    static func create(_ folder: String) -> Self { Self("CREATE", IMAPFolderName.quoted(folder)) }
    static func delete(_ folder: String) -> Self { Self("DELETE", IMAPFolderName.quoted(folder)) }
    static func list() -> Self { Self("LIST", "\"\"", "\"*\"") }

    /// `extended`: the answer as ranges (RFC 4731).
    static func search(_ criteria: String, extended: Bool) -> Self {
        Self("UID SEARCH", extended ? "RETURN (ALL)" : "", criteria)
    }

    static func fetch(_ uids: UIDSet, _ items: String, modifier: String = "") -> Self {
        Self("UID FETCH", uids.text, items, modifier)
    }

    /// `.SILENT`: what was set is not told back.
    static func store(_ uids: UIDSet, _ sign: String, _ flags: [String]) -> Self {
        Self("UID STORE", uids.text, "\(sign)FLAGS.SILENT", "(\(flags.joined(separator: " ")))")
    }

    static func move(_ uids: UIDSet, to folder: String) -> Self {
        Self("UID MOVE", uids.text, IMAPFolderName.quoted(folder))
    }

    static func copy(_ uids: UIDSet, to folder: String) -> Self {
        Self("UID COPY", uids.text, IMAPFolderName.quoted(folder))
    }

    static func expunge(_ uids: UIDSet) -> Self { Self("UID EXPUNGE", uids.text) }

    /// `literals`: whether the server takes a literal of any size unasked (`LITERAL+`, RFC 7888).
    static func append(_ mail: [UInt8], to folder: String, flags: [String], literals: Bool) -> Self {
        let list = flags.isEmpty ? "" : "(\(flags.joined(separator: " "))) "
        let start = "APPEND \(IMAPFolderName.quoted(folder)) \(list){\(mail.count)\(literals ? "+" : "")}\r\n"
        let pieces = literals ? [Array(start.utf8) + mail] : [Array(start.utf8), mail]
        return Self(kind: .ordinary, name: "APPEND", pieces: pieces)
    }

    private init(kind: Kind, name: String, pieces: [[UInt8]]) {
        (self.kind, self.name, self.pieces) = (kind, name, pieces)
    }
}
