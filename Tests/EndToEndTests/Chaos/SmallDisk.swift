// A disk that can be filled: a tmpfs in a name space of its own, kept by a process that does nothing else.

import Foundation
import Glibc

/// A file system of some megabytes; gone with the object.
final class SmallDisk: Sendable {
    static let megabytes = 128

    /// Where it lies for those who were started by the launcher.
    let path: String
    /// What puts a program into the name space.
    let launcher: [String]
    /// Where everybody else finds it. SQLite would not: it follows the links of a path by itself.
    private let outside: String
    private let keeper: ChildProcess
    private let place: Place

    /// Mounts it, which needs no privilege where user name spaces are allowed (user_namespaces(7)).
    /// - Throws: ``NotMounted`` where they are not.
    init() async throws {
        place = try Place()
        let script = "mount -t tmpfs -o size=\(Self.megabytes)m tmpfs \"$1\" && echo mounted && exec sleep infinity"
        let keeper = try ChildProcess(
            "/usr/bin/unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", place.path],
            in: "/")
        self.keeper = keeper
        path = place.path
        outside = "/proc/\(keeper.id)/root\(place.path)"
        launcher = [
            "/usr/bin/nsenter", "--target", "\(keeper.id)", "--user", "--mount", "--preserve-credentials",
        ]
        let lines = try await keeper.output.wait(for: "a small disk") { !$0.isEmpty || !keeper.isRunning }
        guard lines == ["mounted"] else { throw NotMounted(why: keeper.errors.items.joined(separator: " ")) }
    }

    deinit { keeper.signal(SIGKILL) }

    /// Takes all the room that is left.
    func fill() throws {
        let descriptor = open("\(outside)/ballast", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ChildProcess.Failure(call: "open", code: errno) }
        defer { close(descriptor) }
        let block = [UInt8](repeating: 0x2E, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
        guard errno == ENOSPC else { throw ChildProcess.Failure(call: "write", code: errno) }
    }

    /// Gives it back.
    func clear() throws { try FileManager.default.removeItem(atPath: "\(outside)/ballast") }

    /// Copies the store to where everybody can look at it.
    func copyStore(to place: Place) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: outside) where name.hasPrefix("samtal.db") {
            try FileManager.default.copyItem(atPath: "\(outside)/\(name)", toPath: place.file(name))
        }
    }

    struct NotMounted: Error {
        let why: String
    }
}
