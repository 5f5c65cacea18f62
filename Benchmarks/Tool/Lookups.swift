// What it costs to find the writer of a message and their conversation, as intake does for each message.

import ArgumentParser
import Foundation
import Model
import Storage

/// `bench lookups`: looks correspondents up, each with a message that is new, in a store that is there.
struct Lookups: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look writers up as intake does, by channel, thread and address.",
        discussion: "Prints how many were found, and the median of one query in milliseconds.")

    @Option(help: "sqlite: and a path, or postgresql://…") var store: StoreAddress
    @Option(help: "A file with an address on each line; each writes on the thread of that name.") var addresses: String
    @Option(help: "The network.") var network = "whatsapp-cloud"
    @Option(help: "The channel.") var channel = "phone"
    @Option(help: "How often the list is gone through.") var rounds = 3

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds is 1 or more") }
    }

    func run() async throws {
        let lines = try String(contentsOfFile: addresses, encoding: .utf8).split(whereSeparator: \.isNewline)
        let queries = lines.map { line in
            CorrespondentQuery(
                network: network, scope: channel, address: String(line), channel: channel, thread: String(line),
                externalID: "new.\(line)")
        }
        let store = try await store.open()
        var (found, times): (Int, [Duration]) = (0, [])
        for _ in 0..<rounds {
            let (known, durations) = try await store.read { transaction in
                var (known, durations): (Int, [Duration]) = (0, [])
                for query in queries {
                    let began = ContinuousClock.now
                    if try transaction.correspondent(query)?.conversation != nil { known += 1 }
                    durations.append(ContinuousClock.now - began)
                }
                return (known, durations)
            }
            found = known
            times += durations
        }
        await store.close()
        let result: JSON = ["found": .integer(Int64(found)), "lookup": .median(times)]
        print(result.text)
    }
}
