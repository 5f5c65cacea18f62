// Customers who write at a steady pace, however long the answers take: an open loop, so a slow answer delays no post
// behind it and no wait is left out.

import ArgumentParser
import Foundation
import Model

/// `bench load`: signed posts to a generic webhook channel.
struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Post messages to a generic webhook channel at a steady pace, each when its time has come.",
        discussion: "With --out each acknowledged message is a line there: its id, and when the answer came.")

    @Option(help: "The channel.") var url: String
    @Option(help: "How many posts a second.") var rate = 1000.0
    @Option(help: "For how long.") var seconds = 5.0
    @Option(help: "How many customers write in turn.") var customers = 1000
    @Option(help: "What every id begins with; another one for each run.") var prefix = "load"
    @Option(help: "The file for what was acknowledged.") var out: String?

    /// What a customer writes.
    static let text = "Does it come in another colour? I ordered the blue one last week."
    /// How long the loop sleeps between looks at the clock.
    private static let nap = Duration.milliseconds(1)

    private struct Answer: Sendable {
        let id: String
        let status: Int?
        /// Milliseconds since 1970, with fractions.
        let at: Double
    }

    func validate() throws {
        guard rate > 0, seconds > 0, customers > 0 else {
            throw ValidationError("--rate, --seconds and --customers are more than 0")
        }
    }

    func run() async throws {
        let post = try SignedPost(url: url)
        defer { post.close() }
        let began = ContinuousClock.now
        let answers = await answers(by: post)
        let lasted = ContinuousClock.now - began
        let acknowledged = answers.filter { (200...299).contains($0.status ?? 0) }
        if let out {
            let lines = acknowledged.map { #"{"id":"\#($0.id)","at":\#($0.at)}"# + "\n" }
            try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: out))
        }
        let result: JSON = [
            "sent": .integer(Int64(answers.count)), "acknowledged": .integer(Int64(acknowledged.count)),
            "seconds": .decimal(lasted.seconds),
        ]
        print(result.text)
    }

    /// Makes every post when its time has come, and returns when all are answered.
    private func answers(by post: SignedPost) async -> [Answer] {
        let count = Int(rate * seconds)
        let began = ContinuousClock.now
        return await withTaskGroup(of: Answer.self) { group in
            var number = 0
            while number < count {
                let due = min(count, Int(rate * ((ContinuousClock.now - began) / .seconds(1))) + 1)
                while number < due {
                    let turn = number
                    group.addTask { await message(turn, by: post) }
                    number += 1
                }
                // Cut short only when all ends.
                try? await Task.sleep(for: Self.nap)
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func message(_ number: Int, by post: SignedPost) async -> Answer {
        let (id, customer) = ("\(prefix)-\(number)", "customer-\(number % customers)")
        let body: JSON = [
            "id": .string(id), "author": ["id": .string(customer), "name": .string("Customer \(customer)")],
            "text": .string(Self.text),
        ]
        let status = await post.send(body, id: id, type: "application/json")
        return Answer(id: id, status: status, at: Date().timeIntervalSince1970 * 1000)
    }
}
