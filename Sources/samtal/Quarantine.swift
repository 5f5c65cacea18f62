import ArgumentParser
import Model
import Storage

/// `samtal quarantine`: envelopes that could not be mapped, and why.
struct Quarantine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the envelopes that could not be mapped, the newest first.")

    @OptionGroup var access: StoreOption
    @OptionGroup var output: OutputOption
    @Option(help: "How many at most.")
    var limit = 50

    func run() async throws {
        let store = try await access.open()
        let limit = limit
        let entries = try await store.read { try $0.quarantined(limit: limit) }
        if output.json { return print(JSON.array(entries.map(\.json)).prettyText, terminator: "") }
        let rows = entries.map { entry in
            [
                entry.envelope.id.text, entry.envelope.endpoint.description, entry.envelope.receivedAt.rfc3339,
                String(entry.envelope.body.count), entry.reason ?? "",
            ]
        }
        print(Table(["envelope", "endpoint", "received", "bytes", "why"], rows).text)
    }
}

extension JournalEntry {
    fileprivate var json: JSON {
        .members([
            "id": .string(envelope.id.text), "endpoint": .string(envelope.endpoint.description),
            "received_at": JSON(envelope.receivedAt), "verified_by": .string(verifiedBy), "reason": JSON(reason),
            "body": .string(String(decoding: envelope.body, as: UTF8.self)),
        ])
    }
}
