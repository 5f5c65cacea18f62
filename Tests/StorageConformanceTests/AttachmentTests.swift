import Model
import Storage
import TestSupport
import Testing

@Suite("Attachments and the bytes of files", .timeLimit(.minutes(2)))
struct AttachmentTests {
    private static let time = TestClock.start

    /// A store with a message and attachments of it.
    private func planted(_ backend: Backend, _ count: Int) async throws -> (FreshStore, [AttachmentID]) {
        let fresh = try await backend.make()
        let ids = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let message = seed.inbound("m1")
            try transaction.insertMessage(message)
            return try (0..<count).map { number in
                let attachment = Attachment(
                    id: AttachmentID(at: Self.time), message: message.id,
                    file: FileReference(reference: "f\(number)"), origin: "channel:shop")
                try transaction.insertAttachment(attachment, position: number)
                return attachment.id
            }
        }
        return (fresh, ids)
    }

    private static let file = CarriedFile(name: "a.pdf", type: "application/pdf", bytes: [0, 1, 255])

    @Test("A file that is kept has its bytes, and what is known of it now", arguments: Backend.allCases)
    func keep(backend: Backend) async throws {
        let (fresh, ids) = try await planted(backend, 1)
        let (attachment, bytes) = try await fresh.store.write { transaction in
            try transaction.keep(Self.file, digest: "d1", for: ids[0], at: Self.time)
            return (try transaction.attachment(ids[0]), try transaction.file("d1"))
        }
        #expect(attachment?.state == .fetched)
        #expect(attachment?.digest == "d1")
        #expect(
            attachment?.file == FileReference(reference: "f0", name: "a.pdf", type: "application/pdf", size: 3))
        #expect(bytes == [0, 1, 255])
    }

    @Test("The same bytes twice are kept once", arguments: Backend.allCases)
    func once(backend: Backend) async throws {
        let (fresh, ids) = try await planted(backend, 2)
        let count = try await fresh.store.write { transaction in
            for id in ids { try transaction.keep(Self.file, digest: "d1", for: id, at: Self.time) }
            return try transaction.row("SELECT count(*) FROM files", [])?.integer(0)
        }
        #expect(count == 1)
        let digests = try await fresh.store.read { transaction in
            try ids.map { try transaction.attachment($0)?.digest }
        }
        #expect(digests == ["d1", "d1"])
    }

    @Test(
        "A refused file keeps its reason, and a file that is here is not refused any more", arguments: Backend.allCases)
    func refuse(backend: Backend) async throws {
        let (fresh, ids) = try await planted(backend, 2)
        let found = try await fresh.store.write { transaction in
            try transaction.refuse(ids[0], reason: "is gone")
            try transaction.keep(Self.file, digest: "d1", for: ids[1], at: Self.time)
            try transaction.refuse(ids[1], reason: "is gone")
            return try ids.map { try transaction.attachment($0) }
        }
        #expect(found.map { $0?.state } == [.refused, .fetched])
        #expect(found.map { $0?.reason } == ["is gone", nil])
    }

    @Test("An upload belongs to no message, and any number may wait", arguments: Backend.allCases)
    func uploads(backend: Backend) async throws {
        let (fresh, _) = try await planted(backend, 0)
        let (written, read) = try await fresh.store.write { transaction in
            try transaction.insertFile([1], digest: "d1", at: Self.time)
            let written = (0..<2).map { _ in
                Attachment(
                    id: AttachmentID(at: Self.time), message: nil, file: FileReference(reference: "d1", size: 1),
                    origin: "api:crm", standing: (.fetched, "d1", nil))
            }
            for attachment in written { try transaction.insertAttachment(attachment, position: 0) }
            return (written, try written.compactMap { try transaction.attachment($0.id) })
        }
        #expect(written == read)
    }

    @Test(
        "A fetched attachment without bytes, and a refused one without a reason, cannot be", arguments: Backend.allCases
    )
    func constraints(backend: Backend) async throws {
        let (fresh, ids) = try await planted(backend, 1)
        for change in ["state = 'fetched'", "state = 'refused'", "digest = 'd9'", "state = 'fetched', digest = 'd9'"] {
            let error = await #expect(throws: StoreError.self) {
                try await fresh.store.write { transaction in
                    _ = try transaction.run("UPDATE attachments SET \(change) WHERE id = ?", [.id(ids[0])])
                }
            }
            #expect(error?.code == .conflict, "\(change)")
        }
    }

    @Test("The key of the links is made once", arguments: Backend.allCases)
    func linkKey(backend: Backend) async throws {
        let fresh = try await backend.make()
        #expect(try await fresh.store.read { try $0.linkKey() } == nil)
        let first = try await fresh.store.write { try $0.linkKey(making: "aa", at: Self.time) }
        let second = try await fresh.store.write { try $0.linkKey(making: "bb", at: Self.time) }
        #expect([first, second] == ["aa", "aa"])
    }
}
