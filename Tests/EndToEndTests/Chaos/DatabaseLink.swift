// The network between one node and the database, in the hands of a test.

import Foundation
import Glibc
import Synchronization

/// A port of 127.0.0.1 that leads to a database server, until it is cut. It ends with the object.
final class DatabaseLink: Sendable {
    let port: Int
    private let listener: Int32
    private let cable: Cable

    /// - Parameter socket: where the server listens, in the file system.
    init(to socket: String) throws {
        (listener, port) = try LocalSocket.listen()
        let (listener, cable) = (listener, Cable())
        self.cable = cable
        Thread.detachNewThread {
            while let near = LocalSocket.accept(on: listener) {
                Thread.detachNewThread { Self.carry(near, to: socket, through: cable) }
            }
            close(listener)
        }
    }

    deinit {
        cable.mend(forgetting: true)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// From now on nothing passes, and nobody is told: neither side sees anything but silence.
    func cut() { cable.cut() }

    /// Lets everything pass again.
    /// - Parameter forgetting: whether the connections of before are reset at their next word, as by a router that was
    ///   started anew; else what was sent meanwhile arrives late.
    func mend(forgetting: Bool) { cable.mend(forgetting: forgetting) }

    /// Carries bytes both ways until one side ends.
    private static func carry(_ near: Int32, to socket: String, through cable: Cable) {
        let birth = cable.birth()
        guard let far = try? LocalSocket.connect(toFile: socket) else {
            // The server is down.
            LocalSocket.resetOnClose(near)
            close(near)
            return
        }
        var entries = [near, far].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        defer { for end in [near, far] { close(end) } }
        while poll(&entries, 2, -1) > 0 || errno == EINTR {
            for (from, to) in [(0, far), (1, near)] where entries[from].revents != 0 {
                guard cable.lets(birth) else { return LocalSocket.resetOnClose(near) }
                guard let bytes = try? LocalSocket.receive(on: entries[from].fd), !bytes.isEmpty,
                    (try? LocalSocket.send(bytes, on: to)) != nil
                else { return }
            }
        }
    }
}

/// Whether anything passes.
private final class Cable: Sendable {
    private let change = NSCondition()
    private let state = Mutex((isCut: false, generation: 0))

    func cut() { set { $0.isCut = true } }

    func mend(forgetting: Bool) {
        set { state in
            state.isCut = false
            if forgetting { state.generation += 1 }
        }
    }

    private func set(_ body: (inout (isCut: Bool, generation: Int)) -> Void) {
        change.lock()
        state.withLock { body(&$0) }
        change.broadcast()
        change.unlock()
    }

    /// Waits while it is cut.
    /// - Returns: the generation of connections that begin now.
    func birth() -> Int {
        change.lock()
        defer { change.unlock() }
        while state.withLock(\.isCut) { change.wait() }
        return state.withLock(\.generation)
    }

    /// Waits while it is cut.
    /// - Returns: whether connections of this generation still live.
    func lets(_ generation: Int) -> Bool { birth() == generation }
}
