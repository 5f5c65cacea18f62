import Model
import Testing

@testable import Transports

@Suite("The IMAP parser")
struct ParserTests {
    private func responses(
        _ bytes: [UInt8], pieces: Int, literalBytesMax: Int = 1 << 20, cutBytesMax: Int = 100
    ) -> [IMAPResponse] {
        var parser = IMAPParser(literalBytesMax: literalBytesMax, cutBytesMax: cutBytesMax)
        var responses: [IMAPResponse] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { piece in
                parser.take(piece) { responses.append(IMAPResponse($0)) }
            }
        }
        return responses
    }

    private func fetched(_ bytes: [UInt8]) -> [UInt8] {
        Array("* 1 FETCH (UID 7 BODY[] {\(bytes.count)}\r\n".utf8) + bytes + Array(" FLAGS (\\Seen))\r\n".utf8)
    }

    @Test("A literal is the same bytes however the stream is cut", arguments: [1, 2, 3, 5, 64, 4096])
    func literals(pieces: Int) throws {
        let content = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
        var items = IMAPFetchItems()
        (items.uid, items.flags, items.body) = (7, ["\\Seen"], .bytes(content, size: 3000))
        #expect(responses(fetched(content), pieces: pieces) == [.fetch(items)])
    }

    @Test("Of a literal over the limit only the beginning is kept, and what follows it is read")
    func tooLarge() throws {
        let content = [UInt8](repeating: 0x41, count: 20 << 20)
        let bytes = fetched(content) + Array("* 9 EXISTS\r\n".utf8)
        let responses = responses(bytes, pieces: 65_536, literalBytesMax: 1 << 20, cutBytesMax: 100)
        guard case .fetch(let items) = responses.first else {
            Issue.record("no mail")
            return
        }
        #expect(items.body == .bytes(Array(content.prefix(100)), size: 20 << 20))
        #expect(responses.last == .exists(9))
    }

    @Test("Literals of one response share the limit")
    func shared() throws {
        let part = "{60}\r\n" + String(repeating: "x", count: 60)
        let bytes = Array("* 1 FETCH (UID 7 X \(part) BODY[] \(part))\r\n".utf8)
        let responses = responses(bytes, pieces: 9, literalBytesMax: 100, cutBytesMax: 100)
        guard case .fetch(let items) = responses.first else {
            Issue.record("no mail")
            return
        }
        #expect(items.body == .bytes(Array(repeating: 0x78, count: 40), size: 60))
    }

    @Test("A line without an end is not kept without an end")
    func longLine() throws {
        let bytes = Array("* SEARCH".utf8) + [UInt8](repeating: 0x20, count: IMAPParser.textBytesMax + 10)
        let responses = responses(bytes + Array("\r\n* 4 EXISTS\r\n".utf8), pieces: 1 << 16)
        #expect(responses == [.unreadable("a response is too long"), .exists(4)])
    }

    @Test("A literal that no machine could send ends the stream", arguments: ["99999999999999999999", "1099511627777"])
    func absurd(size: String) throws {
        var parser = IMAPParser(literalBytesMax: 100, cutBytesMax: 100)
        Array("* 1 FETCH (BODY[] {\(size)}\r\n* 1 EXISTS\r\n".utf8).withUnsafeBytes { bytes in
            parser.take(bytes) { _ in Issue.record("a response came") }
        }
        #expect(parser.isBroken)
    }

    @Test("No mutation of a conversation makes it trap, and a good line after it is read")
    func mutations() throws {
        let seedText = Transcript.all.map { (try? $0.served()) ?? [] }
        var random = SystemRandomNumberGenerator()
        for seed in seedText {
            for _ in 0..<300 {
                var bytes = seed
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    let at = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[at] = .random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: at)
                    case 2: bytes.insert(contentsOf: "\r\n(\"{[]})~+5*".utf8.shuffled(using: &random).prefix(3), at: at)
                    default: bytes.swapAt(at, Int.random(in: 0..<bytes.count, using: &random))
                    }
                }
                let pieces = Int.random(in: 1...50, using: &random)
                let whole = responses(bytes, pieces: 1 << 20)
                #expect(responses(bytes, pieces: pieces) == whole)
            }
        }
    }

    @Test("Folder names go out in modified UTF-7, quoted")
    func folderNames() {
        #expect(IMAPFolderName.quoted("INBOX") == "\"INBOX\"")
        #expect(IMAPFolderName.quoted("Entwürfe") == "\"Entw&APw-rfe\"")
        #expect(IMAPFolderName.quoted("a\"b\\c & d") == "\"a\\\"b\\\\c &- d\"")
        // RFC 3501 section 5.1.3.
        #expect(IMAPFolderName.encoded("~peter/mail/台北/日本語") == "~peter/mail/&U,BTFw-/&ZeVnLIqe-")
        #expect(IMAPFolderName.encoded("x\r\ny😀") == "x&AA0ACg-y&2D3eAA-")
    }

    @Test("Sets of UIDs are written short and read back")
    func sets() {
        let set = UIDSet([5, 1, 2, 3, 9, 8, 0, 5, .max])
        #expect(set.text == "1:3,5,8:9,4294967295")
        #expect(UIDSet(set.text) == set)
        #expect(Array(set.numbers) == [1, 2, 3, 5, 8, 9, .max])
        #expect(set.contains(2) && set.contains(.max) && !set.contains(4) && !set.contains(0))
        #expect(UIDSet("9:7,8") == UIDSet([7, 8, 9]))
        for text in ["", "0", "1:", "1,,2", "*", "x", "1:2:3"] { #expect(UIDSet(text) == nil, "\(text)") }
    }

    @Test("Dates of servers are read, whatever their zone")
    func dates() {
        let time = IMAPDate.timestamp(" 1-Feb-2026 09:05:00 +0130")
        #expect(time?.rfc3339 == "2026-02-01T07:35:00.000Z")
        #expect(IMAPDate.timestamp("25-NOV-2026 17:23:36 -0000")?.rfc3339 == "2026-11-25T17:23:36.000Z")
        for text in ["", "1-Feb-2026", "32-Feb-2026 09:05:00 +0000", "1-Fex-2026 09:05:00 +0000", "a b c"] {
            #expect(IMAPDate.timestamp(text) == nil)
        }
        if let time { #expect(IMAPDate.dayBefore(time) == "31-Jan-2026") }
    }
}

@Suite("A fetch of many mails")
struct FetchTests {
    private let okay = IMAPStatus(word: .ok, code: nil, text: "done")
    private let refused = IMAPStatus(word: .no, code: nil, text: "broken")

    private func items(_ uid: UInt32) -> IMAPFetchItems {
        var items = IMAPFetchItems()
        (items.uid, items.body) = (uid, .bytes([1], size: 1))
        return items
    }

    @Test("A thousand mails take ten commands, two of them at one time")
    func commands() throws {
        var fetch = IMAPFetch(Array(1...1000), perCommand: 100)
        var (tag, texts) = (0, [String]())
        while !fetch.isOver {
            while let uids = fetch.next() {
                tag += 1
                texts.append(uids.text)
                fetch.began(tag: tag)
            }
            #expect(fetch.owns(tag) && fetch.next() == nil)
            let oldest = (1...tag).first { fetch.owns($0) } ?? 0
            let answered = fetch.done(tag: oldest, okay)
            #expect(answered.count == 100 && answered.allSatisfy { $0.content == .gone })
        }
        #expect(texts.count == 10 && texts[9] == "901:1000")
    }

    @Test("One mail that the server cannot give costs only itself")
    func bisected() throws {
        var fetch = IMAPFetch(Array(1...100), perCommand: 100)
        var answers: [UInt32: FetchedMail.Content] = [:]
        var commands = 0
        while let uids = fetch.next() {
            commands += 1
            fetch.began(tag: commands)
            for uid in uids.numbers where uid < 42 {
                if let mail = fetch.take(items(uid)) { answers[mail.uid] = mail.content }
            }
            if !uids.contains(42) {
                for uid in uids.numbers where uid > 42 {
                    if let mail = fetch.take(items(uid)) { answers[mail.uid] = mail.content }
                }
            }
            for mail in fetch.done(tag: commands, uids.contains(42) ? refused : okay) {
                answers[mail.uid] = mail.content
            }
        }
        #expect(fetch.isOver)
        #expect(answers.count == 100)
        #expect(answers.filter { $0.value != .whole([1]) } == [42: .refused("“broken”")])
        #expect(commands < 16)
    }

    @Test("A UID is answered once, whatever the server repeats or makes up")
    func once() throws {
        var fetch = IMAPFetch([3, 3, 4, 0], perCommand: 10)
        #expect(fetch.next()?.text == "3:4")
        fetch.began(tag: 1)
        #expect(fetch.take(items(9)) == nil)
        #expect(fetch.take(IMAPFetchItems(uid: 3, flags: ["\\Seen"])) == nil)
        #expect(fetch.take(items(3))?.content == .whole([1]))
        #expect(fetch.take(items(3)) == nil)
        #expect(fetch.done(tag: 7, okay).isEmpty)
        #expect(fetch.done(tag: 1, okay).map(\.uid) == [4])
        #expect(fetch.isOver)
    }
}
