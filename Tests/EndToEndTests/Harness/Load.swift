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
    func next(after generation: Int, within seconds: TimeInterval) -> (port: Int, generation: Int)? {
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

/// The pace of a load, and its end.
final class Pace: Sendable {
    private let end = NSCondition()
    private let isOver = Mutex(false)

    func stop() {
        end.lock()
        isOver.withLock { $0 = true }
        end.broadcast()
        end.unlock()
    }

    var goesOn: Bool { !isOver.withLock(\.self) }

    /// Waits on the caller's thread until it is time for the next message.
    /// - Returns: `false` when the load is over.
    func goesOn(at time: Date) -> Bool {
        end.lock()
        defer { end.unlock() }
        while goesOn {
            guard end.wait(until: time) else { return true }
        }
        return false
    }
}

/// One who posts to the gateway, wherever it is at work, on a connection that is made anew when it breaks. Where there
/// are several nodes each post goes to the next one, as a plain load balancer has it.
struct Caller {
    private var doors: [Door]
    private var turn: Int

    /// - Parameter turn: the node that the first post goes to.
    init(_ doorways: [Doorway], turn: Int = 0) {
        doors = doorways.map { Door($0, isOnly: doorways.count == 1) }
        self.turn = turn
    }

    /// Posts once, on the caller's thread.
    /// - Returns: `nil` when there was no answer: the gateway died, or its connection, or it says nothing.
    mutating func post(_ request: WebRequest) throws -> WebAnswer? {
        defer { turn += 1 }
        return try doors[turn % doors.count].post(request)
    }

    struct NoGateway: Error {}
}

/// The way to one node.
private struct Door {
    /// How long one of several nodes may say nothing before the next one is asked, seconds.
    private static let patience = 2

    let doorway: Doorway
    /// Whether there is no other: then who finds it closed waits.
    let isOnly: Bool
    private var generation = 0
    private var port = 0
    private var connection: WebConnection?

    init(_ doorway: Doorway, isOnly: Bool) {
        self.doorway = doorway
        self.isOnly = isOnly
    }

    mutating func post(_ request: WebRequest) throws -> WebAnswer? {
        guard let connection = try connection ?? connect() else { return nil }
        do {
            try connection.send(request.bytes)
            guard let answer = try connection.answer() else {
                self.connection = nil
                return nil
            }
            return answer
        } catch is LocalSocket.Failure {
            self.connection = nil
            return nil
        }
    }

    private mutating func connect() throws -> WebConnection? {
        let patience = isOnly ? LocalSocket.readSecondsMax : Self.patience
        if generation > 0, let known = try? WebConnection(port: port, patience: patience) {
            connection = known
            return known
        }
        guard let next = doorway.next(after: generation, within: isOnly ? 30 : 0) else {
            guard isOnly else { return nil }
            throw Caller.NoGateway()
        }
        (port, generation) = next
        connection = try? WebConnection(port: port, patience: patience)
        return connection
    }
}

/// Customers that write until they are told to stop.
final class Load: Sendable {
    /// Messages that the gateway acknowledged, as they were.
    let acknowledged = Recording<String>()
    /// Statuses of answers that acknowledged nothing.
    let refused = Recording<Int>()
    /// How each customer ended: `nil`, or what stopped it.
    private let ends = Recording<String?>()
    private let customers: [Customer]
    private let interval: TimeInterval
    private let doorways: [Doorway]
    private let patience: Set<Int>
    private let pace = Pace()

    /// - Parameters:
    ///   - customers: each on a thread and a connection of its own.
    ///   - rate: messages a second, of all together.
    ///   - patience: the statuses after which a message is sent again; any other but 200 stops its customer.
    ///   - doorways: one for each node.
    init(customers: Int, rate: Int, patience: Set<Int>, through doorways: [Doorway]) {
        self.customers = (0..<customers).map { Customer(number: $0) }
        self.doorways = doorways
        self.patience = patience
        interval = Double(customers) / Double(rate)
    }

    func start() {
        for customer in customers {
            Thread.detachNewThread { [self] in
                do {
                    try write(as: customer)
                    ends.add(nil)
                } catch {
                    ends.add("\(customer.name): \(error)")
                }
            }
        }
    }

    /// Waits until no customer writes any more.
    /// - Returns: what went wrong, if anything did.
    func finish() async throws -> [String] {
        pace.stop()
        let count = customers.count
        return try await ends.wait(for: "all customers to finish", within: .seconds(60)) { $0.count == count }
            .compactMap(\.self)
    }

    private func write(as customer: Customer) throws {
        var caller = Caller(doorways, turn: customer.number)
        var number = 0
        var due = Date()
        while pace.goesOn {
            // A customer who falls behind does not catch up.
            due = max(due.addingTimeInterval(interval), Date(timeIntervalSinceNow: -interval))
            guard pace.goesOn(at: due) else { break }
            guard let answer = try caller.post(try customer.request(number)) else { continue }
            guard answer.status == 200 else {
                refused.add(answer.status)
                guard patience.contains(answer.status) else { throw Refused(answer: answer) }
                continue
            }
            acknowledged.add(customer.text(number))
            number += 1
        }
    }

    struct Refused: Error {
        let answer: WebAnswer
    }
}
