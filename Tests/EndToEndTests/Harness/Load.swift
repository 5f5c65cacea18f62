// Many customers who write at a steady pace and, like a network's webhooks, send a message again until it is
// acknowledged, each one's messages in order.

import Foundation
import Model
import Synchronization

/// Where the gateway is at work; nothing while it is down.
final class Doorway: Sendable {
    private let state = NSCondition()
    private let port = Mutex<(port: Int?, generation: Int)>((nil, 0))

    /// Tells all who wait that the gateway listens here now.
    func open(_ gateway: GatewayProcess) {
        state.lock()
        port.withLock { $0 = (gateway.port, $0.generation + 1) }
        state.broadcast()
        state.unlock()
    }

    /// Waits on the caller's thread for a gateway later than number `generation`; `nil` when none comes.
    func next(after generation: Int, within seconds: TimeInterval = 30) -> (port: Int, generation: Int)? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        state.lock()
        defer { state.unlock() }
        while true {
            let (port, current) = port.withLock { $0 }
            if let port, current > generation { return (port, current) }
            guard state.wait(until: deadline) else { return nil }
        }
    }
}

/// Customers that write until they are told to stop.
final class Load: Sendable {
    /// Messages that the gateway acknowledged, as they were.
    let acknowledged = Recording<String>()
    /// How each customer ended: `nil`, or what stopped it.
    private let ends = Recording<String?>()
    private let customers: Int
    private let interval: TimeInterval
    private let doorway: Doorway
    private let end = NSCondition()
    private let isOver = Mutex(false)

    /// - Parameters:
    ///   - customers: each on a thread and a connection of its own.
    ///   - rate: messages a second, of all together.
    init(customers: Int, rate: Int, through doorway: Doorway) {
        self.customers = customers
        self.doorway = doorway
        interval = Double(customers) / Double(rate)
    }

    static func author(_ customer: Int) -> String { "customer-\(customer)" }
    static func message(_ customer: Int, _ number: Int) -> String { "customer-\(customer)/\(number)" }

    func start() {
        for customer in 0..<customers {
            Thread.detachNewThread { [self] in
                do {
                    try write(as: customer)
                    ends.add(nil)
                } catch {
                    ends.add("customer \(customer): \(error)")
                }
            }
        }
    }

    /// Waits until each customer has its last message acknowledged.
    /// - Returns: what went wrong, if anything did.
    func finish() async throws -> [String] {
        tellEnd()
        let customers = customers
        return try await ends.wait(for: "all customers to finish", within: .seconds(60)) { $0.count == customers }
            .compactMap(\.self)
    }

    private func tellEnd() {
        end.lock()
        isOver.withLock { $0 = true }
        end.broadcast()
        end.unlock()
    }

    /// Waits until it is time for the next message.
    /// - Returns: `false` when the load is over.
    private func goesOn(at time: Date) -> Bool {
        end.lock()
        defer { end.unlock() }
        while !isOver.withLock(\.self) {
            guard end.wait(until: time) else { return true }
        }
        return false
    }

    private func write(as customer: Int) throws {
        var generation = 0
        var connection: WebConnection?
        var number = 0
        var due = Date()
        while !isOver.withLock(\.self) {
            if connection == nil {
                guard let next = doorway.next(after: generation) else { throw NoGateway() }
                generation = next.generation
                connection = try? WebConnection(port: next.port)
                continue
            }
            // The pace: a customer who falls behind does not catch up.
            due = max(due.addingTimeInterval(interval), Date(timeIntervalSinceNow: -interval))
            guard goesOn(at: due) else { break }
            let id = Self.message(customer, number)
            let request = try House.message(id, from: Self.author(customer), id)
            do {
                try connection?.send(request.bytes)
                guard let answer = try connection?.answer() else {
                    connection = nil
                    continue
                }
                if answer.status == 503 { continue }
                guard answer.status == 200 else { throw Refused(answer: answer) }
                acknowledged.add(id)
                number += 1
            } catch is LocalSocket.Failure {
                connection = nil
            }
        }
    }

    struct NoGateway: Error {}
    struct Refused: Error {
        let answer: WebAnswer
    }
}
