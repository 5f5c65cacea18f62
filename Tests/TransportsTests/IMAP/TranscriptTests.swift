// Golden conversations with IMAP servers: what each of them said, and what becomes of it.

import Foundation
import TestSupport
import Testing

@testable import Transports

/// Lines of a transcript: `> command` of ours, `C: ` what goes out for it, `S: ` what the server says, `= ` what that
/// means, `# ` a remark. Line breaks between lines of the server are CRLF; `\r` and the like stand for themselves.
struct Transcript: Sendable, CustomTestStringConvertible {
    static let directory = "Tests/TransportsTests/IMAP/Transcripts"
    static let all = Repository.names(in: directory).map { Transcript(name: $0) }

    /// Whether the transcripts are to be written anew; then their difference is to be read.
    static let isRecording = ProcessInfo.processInfo.environment["SAMTAL_TRANSCRIPTS"] == "record"

    let name: String
    var testDescription: String { name }

    /// Plays it, with the server's bytes in pieces of so many; what is said and meant comes out as a transcript.
    func played(pieces: Int) throws -> String {
        var lines: [String] = []
        var player = TranscriptPlayer(pieces: pieces)
        for line in try Repository.text("\(Self.directory)/\(name)").split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            let content = String(line.dropFirst(3))
            switch line.prefix(2) {
            case "C:", "= ": continue
            case "S:": player.pending.append(content)
            case "> ": lines += player.heard()
            default: lines += player.heard()
            }
            lines.append(String(line))
            if line.hasPrefix("> ") { lines += player.begin(String(line.dropFirst(2))) }
        }
        lines += player.heard()
        return lines.joined(separator: "\n")
    }
}

extension Transcript {
    /// All that the server says in it.
    func served() throws -> [UInt8] {
        let lines = try Repository.text("\(Self.directory)/\(name)").split(separator: "\n")
        return Array(lines.filter { $0.hasPrefix("S:") }.map { $0.dropFirst(3) + "\r\n" }.joined().utf8)
    }
}

/// A conversation and a fetch, as a session holds them.
private struct TranscriptPlayer {
    let pieces: Int
    var pending: [String] = []
    private var conversation: IMAPConversation
    private var fetch: IMAPFetch?

    init(pieces: Int) {
        self.pieces = pieces
        var limits = IMAPLimits()
        (limits.mailBytesMax, limits.cutBytesMax) = (1000, 10)
        conversation = IMAPConversation(limits)
    }

    mutating func begin(_ text: String) -> [String] {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        let argument = words.count > 1 ? words[1] : ""
        let uids = UIDSet(argument) ?? UIDSet([])
        switch words[0] {
        case "capability": _ = conversation.begin(.capability)
        case "noop": _ = conversation.begin(.noop)
        case "idle": _ = conversation.begin(.idle)
        case "done": conversation.endIdle()
        case "logout": _ = conversation.begin(.logout)
        case "select": _ = conversation.begin(.select(argument, readOnly: false, parameters: []))
        case "examine": _ = conversation.begin(.select(argument, readOnly: true, parameters: ["CONDSTORE"]))
        case "search": _ = conversation.begin(.search(argument, extended: conversation.has("ESEARCH")))
        case "move": _ = conversation.begin(.move(uids, to: "Done"))
        case "seen": _ = conversation.begin(.store(uids, "+", ["\\Seen"]))
        case "append":
            _ = conversation.begin(
                .append(Array(argument.utf8), to: "INBOX", flags: ["\\Seen"], literals: conversation.has("LITERAL+")))
        case "fetch":
            fetch = IMAPFetch(Array(uids.numbers), perCommand: 2)
            sendFetches()
        default: Issue.record("\(text) is no command of a transcript")
        }
        return output()
    }

    private mutating func sendFetches() {
        while let uids = fetch?.next() {
            fetch?.began(tag: conversation.begin(.fetch(uids, "(UID FLAGS BODY.PEEK[])")))
        }
    }

    private mutating func output() -> [String] {
        let output = String(decoding: conversation.takeOutput(), as: UTF8.self)
        return output.split(separator: "\r\n").map { "C: \($0)" }
    }

    /// Gives the server's pending lines to the conversation.
    mutating func heard() -> [String] {
        guard !pending.isEmpty else { return [] }
        let bytes = Array(pending.map { "\($0)\r\n" }.joined().utf8)
        pending = []
        var events: [IMAPConversation.Event] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { piece in
                conversation.receive(piece) { events.append($0) }
            }
        }
        var lines = events.flatMap { describe($0) }.map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
        sendFetches()
        if let folder = conversation.folder {
            lines.append(
                "= folder \(folder.uidValidity) next \(folder.uidNext ?? 0) exists \(folder.exists)"
                    + " modseq \(folder.highestModificationSequence ?? 0)"
                    + (folder.isReadOnly ? " read-only" : "") + (conversation.hasNews ? " news" : ""))
        }
        return lines + output()
    }

    private mutating func describe(_ event: IMAPConversation.Event) -> [String] {
        switch event {
        case .done(let tag, let status):
            let mails = fetch?.done(tag: tag, status) ?? []
            return ["= done \(tag) \(status.described)"] + mails.map(\.described)
        case .told(.fetch(let items)):
            if let mail = fetch?.take(items) { return [mail.described] }
            return ["= news of \(items.uid ?? 0) \(items.flags ?? []) modseq \(items.modificationSequence ?? 0)"]
        case .told(let response): return ["= \(response.described)"]
        case .idling: return ["= idling"]
        case .bye(let status):
            let kind = MailFailure.Kind(transient: status)?.rawValue ?? "none"
            return ["= bye \(kind) \(status.described)"]
        }
    }
}

extension IMAPStatus {
    fileprivate var described: String {
        "\(word.rawValue)\(code.map { " [\($0.name)]" } ?? "") \(text)"
    }
}

extension FetchedMail {
    fileprivate var described: String {
        let what =
            switch content {
            case .whole(let bytes): "whole \(bytes.count)"
            case .cut(let bytes, let size): "cut \(bytes.count) of \(size)"
            case .gone: "gone"
            case .refused(let words): "refused \(words)"
            }
        return "= mail \(uid) \(what) \(flags.joined(separator: ","))"
    }
}

extension IMAPResponse {
    fileprivate var described: String {
        switch self {
        case .search(let uids): "found \(uids.text)"
        case .vanished(let uids, let earlier): "vanished \(uids.text)\(earlier ? " earlier" : "")"
        case .status(let status): "status \(status.described)"
        case .capability(let names): "capability \(names.count)"
        default: "\(self)"
        }
    }
}

@Suite("Conversations with IMAP servers")
struct TranscriptTests {
    @Test("Each is understood as its transcript says, in pieces of any size", arguments: Transcript.all)
    func transcripts(_ transcript: Transcript) throws {
        let path = "\(Transcript.directory)/\(transcript.name)"
        if Transcript.isRecording {
            try transcript.played(pieces: 1 << 20).write(
                to: Repository.root.appendingPathComponent(path), atomically: true, encoding: .utf8)
        }
        let expected = try Repository.text(path)
        for pieces in [1, 7, 1 << 20] {
            #expect(try transcript.played(pieces: pieces) == expected)
        }
    }

    @Test("There are transcripts of many servers")
    func present() {
        #expect(Transcript.all.count >= 8)
    }
}
