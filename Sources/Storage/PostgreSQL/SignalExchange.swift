// Nodes wake each other: what one committed, the others need not look for.
// https://www.postgresql.org/docs/15/sql-notify.html

import Dispatch
import Glibc
import Synchronization

/// Tells other nodes of signals and raises theirs. A signal that is lost on the way is made good by the looks that
/// everybody takes now and then.
///
/// Notifications go out on a connection of their own, gathered and outside of transactions: one that notifies holds a
/// lock on the whole server while it commits. Behind a pooler there is no listening.
final class SignalExchange: Sendable {
    private static let channel = "samtal"
    /// For how long signals are gathered.
    private static let gathering = DispatchTimeInterval.milliseconds(10)
    private static let pauseMax = 5

    private struct State {
        var connection: PostgreSQLConnection?
        var source: (any DispatchSourceRead)?
        var isClosed = false
        var pause = 1
        /// Whether there was a time in which nothing was heard.
        var isDeaf = false

        mutating func leave() {
            source?.cancel()
            (source, connection) = (nil, nil)
        }
    }

    private let address: String
    private let signals: StoreSignals
    private let queue = DispatchQueue(label: "samtal.store.signals")
    private let state = Mutex(State())
    private let gathered = Mutex<Set<StoreSignal>>([])

    init(address: String, signals: StoreSignals) {
        self.address = address
        self.signals = signals
    }

    /// Begins to listen, and goes on whatever happens to the connection.
    func open() {
        queue.async { self.connect() }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.leave()
        }
    }

    /// Tells the other nodes, soon.
    func tell(_ raised: Set<StoreSignal>) {
        guard !raised.isEmpty else { return }
        let isFirst = gathered.withLock { gathered in
            defer { gathered.formUnion(raised) }
            return gathered.isEmpty
        }
        if isFirst { queue.asyncAfter(deadline: .now() + Self.gathering) { self.send() } }
    }

    private func send() {
        let signals = gathered.withLock { gathered in
            defer { gathered = [] }
            return gathered
        }
        let isLost = state.withLock { state -> Bool? in
            guard let connection = state.connection else { return nil }
            for signal in signals {
                do {
                    _ = try connection.run("SELECT pg_notify(?, ?)", [.text(Self.channel), .text("\(signal)")])
                } catch {
                    return true
                }
            }
            return false
        }
        // Told once there is a connection again.
        if isLost != false { gathered.withLock { $0.formUnion(signals) } }
        switch isLost {
        case true: reconnect()
        // The answers may have brought what others told; the socket is quiet then.
        case false: hear()
        case nil: break
        }
    }

    private func connect() {
        let hasMissed = state.withLock { state -> Bool? in
            guard !state.isClosed else { return nil }
            do {
                let connection = try PostgreSQLConnection(address)
                // A pooler keeps no session that could listen.
                guard !connection.isPooled else { return nil }
                try connection.command("LISTEN \(Self.channel)")
                let source = try watch(connection.socket)
                (state.connection, state.source, state.pause) = (connection, source, 1)
                source.resume()
                defer { state.isDeaf = false }
                return state.isDeaf ? true : nil
            } catch {
                return false
            }
        }
        switch hasMissed {
        case true:
            // What was told meanwhile was not heard, and what was to be told waits.
            for signal in StoreSignal.allCases { signals.raise(signal) }
            send()
        case false: reconnect()
        case nil: send()
        }
    }

    /// Watches a duplicate of the socket: libpq closes its own as soon as the connection is lost, and a number that is
    /// closed while it is watched may be another file's by then (dispatch_source_cancel(3)).
    private func watch(_ socket: Int32) throws(PostgreSQLFailure) -> any DispatchSourceRead {
        let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { throw PostgreSQLFailure(.unavailable, "there is no file descriptor left") }
        let source = DispatchSource.makeReadSource(fileDescriptor: duplicate, queue: queue)
        source.setEventHandler { [weak self] in self?.hear() }
        source.setCancelHandler { Glibc.close(duplicate) }
        return source
    }

    private func hear() {
        let heard = state.withLock { state -> [StoreSignal]? in
            guard let connection = state.connection else { return [] }
            let own = connection.backend
            guard let notes = try? connection.notifications() else { return nil }
            return notes.filter { $0.backend != own }.compactMap { StoreSignal(name: $0.text) }
        }
        guard let heard else { return reconnect() }
        for signal in Set(heard) { signals.raise(signal) }
    }

    private func reconnect() {
        let pause = state.withLock { state -> Int? in
            state.leave()
            state.isDeaf = true
            defer { state.pause = min(state.pause * 2, Self.pauseMax) }
            return state.isClosed ? nil : state.pause
        }
        guard let pause else { return }
        queue.asyncAfter(deadline: .now() + .seconds(pause)) { [weak self] in self?.connect() }
    }
}

extension StoreSignal {
    fileprivate init?(name: String) {
        guard let signal = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
        self = signal
    }
}
