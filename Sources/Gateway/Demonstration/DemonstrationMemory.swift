// What the demonstration's customer and CRM have seen: a file of lines, read again at the next start.

import Foundation
import Model
import Synchronization

/// An append-only file of JSON lines with its content in memory. A record with a key that came before is not added.
package final class DemonstrationMemory: Sendable {
    fileprivate struct State {
        var records: [JSON] = []
        var keys: Set<String> = []
        var tickets: [String: Int] = [:]
    }

    private let state: Mutex<State>
    private let file: FileHandle
    private let clock: WallClock

    init(file url: URL, clock: WallClock) throws {
        self.clock = clock
        if !FileManager.default.fileExists(atPath: url.path) {
            try Data().write(to: url)
        }
        var state = State()
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
            // A line cut short by a crash was never confirmed to anybody.
            if let record = try? JSON(parsing: String(line)) { state.add(record) }
        }
        self.state = Mutex(state)
        file = try FileHandle(forWritingTo: url)
        try file.seekToEnd()
    }

    /// Keeps a record; the file has it before this returns.
    /// - Returns: the number of the ticket that stands for the record's conversation.
    func add(_ side: String, key: String, conversation: String?, _ content: JSON) throws -> Int? {
        try state.withLock { state in
            let record = JSON.members([
                "side": .string(side), "key": .string(key), "conversation": JSON(conversation),
                "at": JSON(clock.now), "content": content,
            ])
            if !state.keys.contains(key) {
                try file.write(contentsOf: Data((record.text + "\n").utf8))
                state.add(record)
            }
            return conversation.flatMap { state.tickets[$0] }
        }
    }

    /// Everything so far, for the page.
    var json: JSON {
        state.withLock { state in
            [
                "records": .array(state.records),
                "tickets": .object(state.tickets.mapValues { .integer(Int64($0)) }),
            ]
        }
    }
}

extension DemonstrationMemory.State {
    fileprivate mutating func add(_ record: JSON) {
        guard let key = record["key"].string, keys.insert(key).inserted else { return }
        records.append(record)
        if let conversation = record["conversation"].string, record["side"] == "crm", tickets[conversation] == nil {
            tickets[conversation] = tickets.count + 1
        }
    }
}
