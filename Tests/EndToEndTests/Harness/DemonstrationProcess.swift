// `samtal demo`, as `make run` starts it.

import Glibc

/// A running demonstration. It is killed when the object goes.
final class DemonstrationProcess: Sendable {
    let client: WebClient
    private let child: ChildProcess

    /// Starts it on a free port, with its data in the folder `data` of a directory.
    init(in directory: String) async throws {
        let (descriptor, port) = try LocalSocket.listen()
        close(descriptor)
        client = WebClient(port: port)
        child = try ChildProcess(Program.path, ["demo", "--port", String(port), "--data", "data"], in: directory)
        do {
            try await child.output.wait(for: "the demonstration's address") { lines in
                lines.contains { $0.contains("Samtal is here:  http://127.0.0.1:\(port)") }
            }
        } catch {
            child.signal(SIGKILL)
            throw error
        }
    }

    deinit { child.signal(SIGKILL) }

    /// Ends it as Ctrl-C does.
    /// - Returns: its exit status.
    func stop() async throws -> Int32 {
        child.signal(SIGINT)
        return try await child.exit()
    }
}
