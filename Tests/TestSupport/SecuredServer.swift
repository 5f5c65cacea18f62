// A PostgreSQL server that wants TLS and a password, as one on another machine would.

import Foundation

/// A server of one test, on a port of 127.0.0.1 and on a socket. Who comes by the port needs TLS and the password.
package final class SecuredServer: Sendable {
    package let directory: TemporaryDirectory
    package let port: Int
    private let running: PostgreSQLServer.Running

    package static let password = "made-up: with a colon"

    package init() throws {
        directory = try TemporaryDirectory()
        port = try Self.freePort()
        let path = directory.url.path
        let maker = Process()
        maker.executableURL = URL(fileURLWithPath: "/bin/sh")
        maker.arguments = [
            Repository.root.appendingPathComponent("Tests/TestSupport/Servers/certificates.sh").path, path,
        ]
        try maker.run()
        maker.waitUntilExit()
        guard maker.terminationStatus == 0 else {
            throw PostgreSQLServer.Failure(description: "openssl makes no certificates")
        }
        try directory.write("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n", to: "hba.conf")
        let settings = [
            "fsync=off", "listen_addresses=127.0.0.1", "port=\(port)", "ssl=on", "ssl_cert_file=\(path)/server.crt",
            "ssl_key_file=\(path)/server.key", "hba_file=\(path)/hba.conf",
        ]
        running = try PostgreSQLServer.launch(in: directory, settings.flatMap { ["-c", $0] })
    }

    /// Its database by the socket, where nothing is asked.
    package var inside: String { "postgresql:///postgres?host=\(directory.url.path)&port=\(port)&user=samtal" }

    /// The same by the port.
    package func outside(_ parameters: String) -> String {
        "postgresql://samtal@127.0.0.1:\(port)/postgres?\(parameters)"
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &size) == 0
            }
        }
        guard isBound else { throw PostgreSQLServer.Failure(description: "no port is free") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
