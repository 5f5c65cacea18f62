import Conversations
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Files of messages", .timeLimit(.minutes(2)))
struct FileTests {
    /// Gives what a test says, and remembers what it was asked for.
    private final class Shelf: FileFetching {
        private let state: Mutex<(answers: [FileFetch], asked: [String])>

        init(_ answers: [FileFetch]) { state = Mutex((answers, [])) }

        var asked: [String] { state.withLock { $0.asked } }

        func fetch(_ file: FileReference, from origin: Endpoint) async -> FileFetch {
            state.withLock { state in
                state.asked.append("\(origin) \(file.reference)")
                return state.answers.isEmpty ? .unavailable("no answer is left") : state.answers.removeFirst()
            }
        }
    }

    private static let photo = CarriedFile(name: "box.jpg", type: "image/jpeg", bytes: [1, 2, 3])
    private static let pdf = CarriedFile(name: "a.pdf", type: "application/pdf", bytes: [9])
    private static let any = FileLimits(bytesMax: 1000)

    /// A hall in which somebody sent files, and what gets them.
    private func sent(
        _ answers: [FileFetch], count: Int = 1, size: Int64? = nil
    ) async throws -> (Hall, Files, Shelf, [AttachmentID]) {
        let hall = try await Hall()
        let files = (0..<count).map { number -> JSON in
            .members(["reference": .string("f\(number)"), "name": "box.jpg", "size": size.map { .integer($0) }])
        }
        try await hall.receive(try .message("m1", with: ["files": .array(files)]))
        let message = try await hall.message("m1")
        let ids = try await hall.store.read { try $0.attachments(of: message.id).map(\.id) }
        let shelf = Shelf(answers)
        return (hall, Self.files(hall, shelf), shelf, ids)
    }

    private static func files(_ hall: Hall, _ shelf: any FileFetching) -> Files {
        Files(
            store: hall.store, fetching: shelf,
            links: FileLinks(store: hall.store, publicURL: "https://gw.example", clock: hall.clock.wall),
            clock: hall.clock.wall)
    }

    private func wish(_ hall: Hall, _ limits: FileLimits = any, bytes: Bool = true) -> FileWish {
        FileWish(limits: limits, wantsBytes: bytes, linksEnd: hall.clock.now + FileLinks.lifetime)
    }

    @Test("A file is fetched once, when it is needed, from the endpoint that spoke of it")
    func once() async throws {
        let (hall, files, shelf, ids) = try await sent([.fetched(Self.photo)])
        #expect(shelf.asked.isEmpty)
        for _ in 0..<2 {
            let carried = try await files.prepare(ids, as: wish(hall), isPatient: true)
            #expect(try await carried.file(ids[0].text) == Self.photo)
            #expect(carried.shown[0]["size"] == 3)
            #expect(carried.shown[0]["type"] == "image/jpeg")
            #expect(carried.refusal == nil)
        }
        #expect(shelf.asked == ["channel:shop f0"])
    }

    @Test("The same file from two people lies in the store once")
    func twice() async throws {
        let (hall, files, _, ids) = try await sent([.fetched(Self.photo), .fetched(Self.photo)], count: 2)
        _ = try await files.prepare(ids, as: wish(hall), isPatient: true)
        #expect(try await hall.count("files") == 1)
    }

    @Test("A job carries its own files and no others")
    func own() async throws {
        let (hall, files, _, ids) = try await sent([.fetched(Self.photo), .fetched(Self.pdf)], count: 2)
        _ = try await files.prepare(ids, as: wish(hall), isPatient: true)
        let carried = try await files.prepare([ids[0]], as: wish(hall), isPatient: true)
        #expect(try await carried.file(ids[0].text) != nil)
        #expect(try await carried.file(ids[1].text) == nil)
        #expect(try await carried.file("att_1") == nil)
    }

    @Test("A file that is gone is refused for good, and the job says why")
    func gone() async throws {
        let (hall, files, shelf, ids) = try await sent([.refused("status 404")])
        for _ in 0..<2 {
            let carried = try await files.prepare(ids, as: wish(hall), isPatient: true)
            #expect(carried.refusal == "status 404")
            #expect(carried.shown[0].object?["link"] == nil)
            #expect(try await carried.file(ids[0].text) == nil)
        }
        #expect(shelf.asked.count == 1)
    }

    @Test("A file that may come is waited for, and in the end the message goes on without it")
    func later() async throws {
        let (hall, files, _, ids) = try await sent([
            .later("status 503", wait: .seconds(9)), .later("status 503", wait: nil), .fetched(Self.photo),
        ])
        let delay = await #expect(throws: FileDelay.self) {
            try await files.prepare(ids, as: wish(hall), isPatient: true)
        }
        #expect(delay?.reason == "status 503")
        #expect(delay?.wait == .seconds(9))
        let without = try await files.prepare(ids, as: wish(hall), isPatient: false)
        #expect(without.refusal == "status 503")
        #expect(try await files.prepare(ids, as: wish(hall), isPatient: true).refusal == nil)
    }

    @Test("A file behind a dead credential is left where it is, for a later need")
    func unavailable() async throws {
        let (hall, files, _, ids) = try await sent([.unavailable("status 401"), .fetched(Self.photo)])
        #expect(try await files.prepare(ids, as: wish(hall), isPatient: true).refusal == "status 401")
        #expect(try await files.prepare(ids, as: wish(hall), isPatient: true).refusal == nil)
    }

    @Test("A file that the other side does not take is not fetched, and has a link all the same")
    func tooLarge() async throws {
        let (hall, files, shelf, ids) = try await sent([], size: 2 << 20)
        let carried = try await files.prepare(ids, as: wish(hall, FileLimits(bytesMax: 1 << 20)), isPatient: true)
        #expect(carried.refusal == "is larger than 1 MB")
        #expect(carried.shown[0]["link"].string?.hasPrefix("https://gw.example/files/att_") == true)
        #expect(shelf.asked.isEmpty)
    }

    @Test("Where links are wanted nothing is fetched")
    func links() async throws {
        let (hall, files, shelf, ids) = try await sent([])
        let carried = try await files.prepare(ids, as: wish(hall, bytes: false), isPatient: true)
        #expect(carried.refusal == nil)
        #expect(carried.shown[0]["link"].string != nil)
        #expect(shelf.asked.isEmpty)
    }

    @Test("A link is the same for the same end, good until then, and nothing when a sign of it is changed")
    func signed() async throws {
        let (hall, files, _, ids) = try await sent([])
        func link() async throws -> String {
            let carried = try await files.prepare(ids, as: wish(hall, bytes: false), isPatient: true)
            return try #require(carried.shown[0]["link"].string)
        }
        let first = try await link()
        #expect(try await link() == first)
        #expect(first.hasSuffix("/box.jpg"))
        let parts = first.split(separator: "/").suffix(4).map(String.init)
        func opened(_ id: String, _ expires: String, _ signature: String) async throws -> AttachmentID? {
            try await files.link(id, expires: expires, signature: signature)
        }
        #expect(try await opened(parts[0], parts[1], parts[2]) == ids[0])
        #expect(try await opened(parts[0], String((Int64(parts[1]) ?? 0) + 1), parts[2]) == nil)
        #expect(try await opened(parts[0], "0\(parts[1])", parts[2]) == nil)
        #expect(try await opened(parts[0], parts[1], String(parts[2].dropLast())) == nil)
        #expect(try await opened(parts[0], parts[1], "") == nil)
        #expect(try await opened(AttachmentID(at: hall.clock.now).text, parts[1], parts[2]) == nil)
        #expect(try await opened("att_1", parts[1], parts[2]) == nil)
        hall.clock.advance(by: FileLinks.lifetime)
        #expect(try await opened(parts[0], parts[1], parts[2]) == nil)
    }

    @Test("A withdrawn message's file is shown to nobody any more, fetched or not")
    func withdrawn() async throws {
        let (hall, files, shelf, ids) = try await sent([.fetched(Self.photo), .fetched(Self.photo)], count: 2)
        _ = try await files.prepare([ids[0]], as: wish(hall), isPatient: true)
        try await hall.receive(.deletion("m1"))
        let carried = try await files.prepare(ids, as: wish(hall), isPatient: true)
        #expect(carried.shown.map { $0["refused"] } == ["its message was withdrawn", "its message was withdrawn"])
        #expect(carried.shown.allSatisfy { $0.object?["link"] == nil })
        #expect(try await carried.file(ids[0].text) == nil)
        #expect(shelf.asked.count == 1)
    }

    @Test("Where addresses soon end, files are fetched without anybody needing them, and tried again in time")
    func eager() async throws {
        let (hall, files, shelf, ids) = try await sent(
            [.later("status 503", wait: nil), .refused("status 404"), .fetched(Self.photo)], count: 2)
        var fetch = EagerFetch(files: files, clock: hall.clock.wall)
        #expect(try await fetch.turn(of: ["channel:forum"]) == nil)
        #expect(shelf.asked.isEmpty)
        let due = try #require(try await fetch.turn(of: ["channel:shop"]))
        #expect(due == hall.clock.now + .seconds(15))
        #expect(try await fetch.turn(of: ["channel:shop"]) == due)
        #expect(shelf.asked == ["channel:shop f0", "channel:shop f1"])
        hall.clock.advance(by: .seconds(15))
        #expect(try await fetch.turn(of: ["channel:shop"]) == nil)
        let states = try await hall.store.read { transaction in try ids.map { try transaction.attachment($0)?.state } }
        #expect(states == [.fetched, .refused])
    }

    @Test("A file that is a day old is not fetched eagerly any more")
    func old() async throws {
        let (hall, files, shelf, _) = try await sent([.fetched(Self.photo)])
        hall.clock.advance(by: EagerFetch.ageMax + .seconds(1))
        var fetch = EagerFetch(files: files, clock: hall.clock.wall)
        #expect(try await fetch.turn(of: ["channel:shop"]) == nil)
        #expect(shelf.asked.isEmpty)
    }

    @Test("A link outlives the process that made it")
    func restart() async throws {
        let (hall, files, shelf, ids) = try await sent([])
        let carried = try await files.prepare(ids, as: wish(hall, bytes: false), isPatient: true)
        let parts = try #require(carried.shown[0]["link"].string).split(separator: "/").suffix(4).map(String.init)
        let again = Self.files(hall, shelf)
        #expect(try await again.link(parts[0], expires: parts[1], signature: parts[2]) == ids[0])
    }
}

@Suite("Replies with files", .timeLimit(.minutes(2)))
struct FileReplyTests {
    private static let invoice = FileReference(reference: "57", name: "a.pdf", type: "application/pdf", size: 9)

    private func command(
        _ files: [FileReference], _ text: String? = "Here it is", _ kind: Command.Kind = .reply,
        to conversation: Conversation
    ) -> Command {
        Command(kind: kind, id: "c1", conversation: conversation.id, text: text, files: files)
    }

    @Test("Each file goes out as a part of its own, after the text")
    func parts() async throws {
        let hall = try await Hall(
            textLimit: TextLimit(max: 10, unit: .characters, splits: true), files: FileLimits(bytesMax: 100))
        let conversation = try await hall.greeted()
        let reply = command([Self.invoice, FileReference(reference: "58")], "one two three four", to: conversation)
        let id = try #require(try await hall.command(reply).only?.made)
        let (parts, attachments) = try await hall.store.read { transaction in
            (try transaction.parts(of: id), try transaction.attachments(of: id))
        }
        #expect(parts.map(\.text) == ["one two", "three four", "", ""])
        #expect(parts.map(\.attachment) == [nil, nil] + attachments.map(\.id))
        #expect(attachments.map(\.file.reference) == ["57", "58"])
        #expect(attachments.map(\.origin) == ["contract:desk", "contract:desk"])
        #expect(try await hall.deliveries(to: .channel("shop")).count == 4)
        for part in 1...4 { try await hall.sent(id, part: Int64(part), of: 4, as: "x\(part)") }
        #expect(try await hall.message("x1").state == .sent)
        try await hall.checkAlways()
    }

    @Test("A reply may be nothing but files", arguments: [nil, "", " \n"])
    func onlyFiles(text: String?) async throws {
        let hall = try await Hall(files: FileLimits(bytesMax: 100))
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.command(command([Self.invoice], text, to: conversation)).only?.made)
        #expect(try await hall.store.read { try $0.parts(of: id).count } == 1)
        try await hall.sent(id, as: "x1")
        try await hall.checkAlways()
    }

    @Test("A channel that takes no files, or not such ones, refuses the whole reply")
    func refused() async throws {
        let limits: [FileLimits?] = [nil, FileLimits(bytesMax: 8), FileLimits(bytesMax: 100, types: ["image/*"])]
        for limit in limits {
            let hall = try await Hall(files: limit)
            let conversation = try await hall.greeted()
            let outcome = try await hall.command(command([Self.invoice], to: conversation))
            #expect(outcome.refusal == .filesRefused)
            #expect(try await hall.deliveries(to: .channel("shop")).isEmpty)
            #expect(try await hall.count("attachments") == 0)
            try await hall.checkAlways()
        }
    }

    @Test("Twenty files make a reply, one more makes none")
    func tooMany() async throws {
        let hall = try await Hall(files: FileLimits(bytesMax: 100))
        let conversation = try await hall.greeted()
        let many = Array(repeating: Self.invoice, count: 21)
        #expect(try await hall.command(command(many, to: conversation)).refusal == .filesRefused)
        #expect(try await hall.deliveries(to: .channel("shop")).isEmpty)
    }

    @Test("A refusal names the channel, the file and what is wrong with it")
    func words() async throws {
        let hall = try await Hall(files: FileLimits(bytesMax: 8))
        let conversation = try await hall.greeted()
        let reply = command([Self.invoice], to: conversation)
        let outcome = try await hall.command(reply)
        guard case .failure(let refusal) = outcome.results[0] else { return }
        #expect(refusal.message == "channel shop does not take a.pdf: it is larger than 8 bytes")
    }

    @Test("A note keeps its files in the timeline, whatever the channel takes")
    func note() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.command(command([Self.invoice], "n", .note, to: conversation)).only?.made)
        #expect(try await hall.store.read { try $0.attachments(of: id).map(\.file) } == [Self.invoice])
        #expect(try await hall.deliveries(to: .channel("shop")).isEmpty)
        let told = try await hall.deliveries(to: .contract("archive")).last?.delivery.payload
        #expect(told?["data"]["message"]["attachments"][0]["name"] == "a.pdf")
        try await hall.checkAlways()
    }

    @Test("An uploaded file may be sent by the token that uploaded it, as often as it likes, and by no other")
    func uploads() async throws {
        let hall = try await Hall(files: FileLimits(bytesMax: 100))
        let conversation = try await hall.greeted()
        let files = Files(
            store: hall.store, fetching: Nobody(),
            links: FileLinks(store: hall.store, publicURL: "", clock: hall.clock.wall), clock: hall.clock.wall)
        let upload = try await files.upload(
            CarriedFile(name: "a.pdf", type: "application/pdf", bytes: [9]), from: "api:crm")
        let reference = FileReference(reference: upload.id.text)
        for number in 1...2 {
            let reply = Command(kind: .reply, id: "c\(number)", conversation: conversation.id, files: [reference])
            let id = try #require(try await hall.order(reply).made)
            let attachment = try #require(try await hall.store.read { try $0.attachments(of: id).first })
            #expect(attachment.id != upload.id)
            #expect(attachment.state == .fetched)
            #expect(try await files.carried(attachment).bytes == [9])
        }
        let reply = Command(kind: .reply, id: "c3", conversation: conversation.id, files: [reference])
        let other = await #expect(throws: CommandRefusal.self) { try await hall.order(reply, as: "other") }
        #expect(other?.code == .unknownFile)
        let theirs = try #require(try await hall.store.read { try $0.attachment(upload.id) })
        #expect(theirs.message == nil)
    }

    private struct Nobody: FileFetching {
        func fetch(_ file: FileReference, from origin: Endpoint) async -> FileFetch { .unavailable("nobody") }
    }
}
