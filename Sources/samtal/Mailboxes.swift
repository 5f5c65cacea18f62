import ArgumentParser
import Model
import Storage

/// `samtal mailboxes`: how each folder stands.
struct Mailboxes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print how each folder of each mailbox stands; status 1 when one is not watched.",
        discussion: """
            LAG is how long the last mail had lain there when it was taken. A folder is QUIET when nothing has come \
            for twice as long as ever in the weeks before.
            """)

    @OptionGroup var access: StoreOption
    @OptionGroup var output: OutputOption

    func run() async throws {
        let store = try await access.open()
        let (records, now) = try await store.read { transaction in
            (try transaction.mailboxes(), try transaction.serverTime() ?? WallClock.system.now)
        }
        if output.json {
            print(JSON.array(records.map { Self.json($0, at: now) }).prettyText, terminator: "")
        } else {
            print(
                Table(
                    ["mailbox", "folder", "state", "looked", "last mail", "lag", "why"],
                    records.map { Self.row($0, at: now) }
                ).text)
        }
        if records.contains(where: { $0.condition.failingSince != nil }) { throw ExitCode.failure }
    }

    private static func state(_ condition: MailboxCondition, at now: Timestamp) -> String {
        if condition.failingSince != nil { return "failing" }
        return condition.unusualSilence(at: now) == nil ? "watched" : "quiet"
    }

    private static func row(_ record: MailboxRecord, at now: Timestamp) -> [String] {
        let condition = record.condition
        let next = condition.nextTry.map { ", next try \($0)" } ?? ""
        return [
            record.channel, record.folder, state(condition, at: now), condition.lookedAt?.rfc3339 ?? "never",
            condition.found.last?.rfc3339 ?? "-", condition.lag.map { "\($0.components.seconds) s" } ?? "-",
            condition.failure.map { $0 + next } ?? "",
        ]
    }

    private static func json(_ record: MailboxRecord, at now: Timestamp) -> JSON {
        let condition = record.condition
        return .members([
            "mailbox": .string(record.channel), "folder": .string(record.folder),
            "state": .string(state(condition, at: now)), "looked_at": JSON(condition.lookedAt),
            "last_mail_at": JSON(condition.found.last),
            "lag_seconds": condition.lag.map {
                .integer($0.components.seconds)
            }, "failing_since": JSON(condition.failingSince), "reason": JSON(condition.failure),
            "next_try": JSON(condition.nextTry),
        ])
    }
}
