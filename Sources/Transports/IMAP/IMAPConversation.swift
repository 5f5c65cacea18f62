// The client's side of IMAP without a socket: commands go in, bytes come out; bytes go in, events come out.

/// Tags, pipelining, continuations, IDLE, capabilities and the selected folder.
struct IMAPConversation {
    enum Event {
        /// A command is over.
        case done(tag: Int, IMAPStatus)
        /// Something that the server tells; often unasked.
        case told(IMAPResponse)
        /// The server waits for `DONE`.
        case idling
        /// The server ends the session, with its reason.
        case bye(IMAPStatus)
    }

    private struct Command {
        let tag: Int
        let kind: IMAPCommand.Kind
        /// Pieces that wait for the server's `+`.
        var waiting: ArraySlice<[UInt8]>
    }

    /// In upper case.
    private(set) var capabilities: Set<String> = []
    /// The selected folder; `nil`: none.
    private(set) var folder: IMAPFolder?
    /// Whether mails came to the folder since somebody last looked.
    var hasNews = false
    /// Bytes for the server, in order.
    private(set) var output: [UInt8] = []
    /// Nothing comes after it.
    private(set) var isOver = false

    private var parser: IMAPParser
    private var lastTag = 0
    /// Commands that are sent, oldest first.
    private var running: [Command] = []
    /// Commands that wait until a literal or IDLE is through.
    private var held: [(tag: Int, command: IMAPCommand)] = []
    /// What is told of a folder that is being opened.
    private var draft: IMAPFolder?

    private static let unknownFolder = IMAPFolder(
        uidValidity: 0, exists: 0, isReadOnly: false, permanentFlags: [])

    init(_ limits: IMAPLimits) {
        parser = IMAPParser(literalBytesMax: limits.mailBytesMax, cutBytesMax: limits.cutBytesMax)
    }

    /// What is an extension of IMAP4rev1 and part of IMAP4rev2 (RFC 9051 appendix E).
    private static let secondRevision: Set = ["ENABLE", "ESEARCH", "IDLE", "MOVE", "UIDPLUS"]

    func has(_ capability: String) -> Bool {
        capabilities.contains(capability)
            || capabilities.contains("IMAP4REV2") && Self.secondRevision.contains(capability)
    }

    /// Whether a command is under way that was begun.
    var isBusy: Bool { !running.isEmpty || !held.isEmpty }
    var isIdling: Bool { running.contains { $0.kind == .idle } }
    /// Whether what was read cannot be followed any further.
    var isLost: Bool { parser.isBroken }

    // MARK: Going out

    /// Begins a command, as soon as those before it allow. Its tag is told again when it is over.
    mutating func begin(_ command: IMAPCommand) -> Int {
        lastTag += 1
        held.append((lastTag, command))
        release()
        return lastTag
    }

    /// Ends IDLE; the command is over when the server says so.
    mutating func endIdle() {
        if isIdling { output += Array("DONE\r\n".utf8) }
    }

    /// What is to be sent is taken out.
    mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    /// Sends what is held back, up to a command that has to wait for the server.
    private mutating func release() {
        while let next = held.first, running.allSatisfy({ $0.waiting.isEmpty && $0.kind != .idle }) {
            held.removeFirst()
            let command = next.command
            if command.kind == .select {
                draft = Self.unknownFolder
            }
            running.append(Command(tag: next.tag, kind: command.kind, waiting: command.pieces.dropFirst()))
            output += Array("\(Self.text(of: next.tag)) ".utf8) + command.pieces[0]
            if command.pieces.count == 1 { output += [0x0D, 0x0A] }
        }
    }

    private static func text(of tag: Int) -> String { "S\(tag)" }

    // MARK: Coming in

    /// Takes what the server sent and hands over what it means, in order.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, _ each: (Event) -> Void) {
        var responses: [IMAPResponse] = []
        parser.take(bytes) { responses.append(IMAPResponse($0)) }
        for response in responses {
            for event in events(of: response) { each(event) }
        }
        release()
    }

    private mutating func events(of response: IMAPResponse) -> [Event] {
        switch response {
        case .tagged(let tag, let status):
            guard let index = running.firstIndex(where: { Self.text(of: $0.tag) == tag }) else {
                return [.told(.unreadable("an answer to nothing that was asked"))]
            }
            let command = running.remove(at: index)
            note(status)
            finish(command, status)
            return [.done(tag: command.tag, status)]
        case .status(let status) where status.word == .bye:
            isOver = true
            return running.contains { $0.kind == .logout } ? [] : [.bye(status)]
        case .continuation:
            return proceed()
        default:
            note(response)
            return [.told(response)]
        }
    }

    /// The server is ready for the next piece, or idles. Unasked for, it means nothing.
    private mutating func proceed() -> [Event] {
        guard let index = running.firstIndex(where: { !$0.waiting.isEmpty || $0.kind == .idle }) else { return [] }
        guard let piece = running[index].waiting.popFirst() else { return [.idling] }
        output += piece
        if running[index].waiting.isEmpty { output += [0x0D, 0x0A] }
        return []
    }

    private mutating func finish(_ command: Command, _ status: IMAPStatus) {
        guard command.kind == .select else { return }
        // RFC 9051 section 6.3.2: after a failed SELECT no folder is selected.
        folder = nil
        if status.word == .ok, var opened = draft {
            if status.code?.name == "READ-ONLY" { opened.isReadOnly = true }
            folder = opened
        }
        (draft, hasNews) = (nil, false)
    }

    private mutating func note(_ response: IMAPResponse) {
        switch response {
        case .capability(let names):
            capabilities = Set(names)
        case .status(let status):
            note(status)
        case .exists(let count):
            // Numbers that are told while a folder is opened are its beginning, no news.
            if draft == nil, let folder, folder.exists != count { hasNews = true }
            change { $0.exists = count }
        case .expunge:
            change { $0.exists -= min($0.exists, 1) }
        case .vanished(let uids, earlier: false):
            change { $0.exists -= min($0.exists, UInt32(clamping: uids.count)) }
        default:
            break
        }
    }

    private mutating func note(_ status: IMAPStatus) {
        guard let code = status.code else { return }
        switch code.name {
        case "CAPABILITY":
            capabilities = Set(code.values.compactMap { $0.text?.uppercased() })
        case "CLOSED":
            // RFC 7162 section 3.2.11: what came before was of the folder that was open.
            if draft != nil { draft = Self.unknownFolder }
        case "UIDVALIDITY":
            if let number = code.number { change { $0.uidValidity = UInt32(truncatingIfNeeded: number) } }
        case "UIDNEXT":
            if let number = code.number { change { $0.uidNext = UInt32(exactly: number) } }
        case "HIGHESTMODSEQ":
            if let number = code.number { change { $0.highestModificationSequence = number } }
        case "NOMODSEQ":
            change { $0.highestModificationSequence = nil }
        case "PERMANENTFLAGS":
            let flags = code.values.first?.list?.compactMap(\.text) ?? []
            change { $0.permanentFlags = flags }
        default:
            break
        }
    }

    private mutating func change(_ body: (inout IMAPFolder) -> Void) {
        if var opening = draft {
            body(&opening)
            draft = opening
        } else if var opened = folder {
            body(&opened)
            folder = opened
        }
    }
}
