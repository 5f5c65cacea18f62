import Foundation
import Model
import TestSupport
import Testing

@testable import Storage

@Suite("A server that wants TLS and a password", .timeLimit(.minutes(2)), .enabled(if: PostgreSQLServer.isThere))
struct SecurityTests {
    @Test("Certificate and password file are those that the address names; without either there is no connection")
    func address() async throws {
        let server = try SecuredServer()
        let inside = try await PostgreSQLStore(server.inside, connections: 1)
        try await inside.write { _ = try $0.run("ALTER USER samtal PASSWORD '\(SecuredServer.password)'", []) }
        let directory = server.directory
        let line = "127.0.0.1:\(server.port):*:samtal:" + SecuredServer.password.replacing(":", with: "\\:") + "\n"
        let (password, open) = (try directory.write(line, to: "password"), try directory.write(line, to: "open"))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: password)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: open)
        let (trusted, other) = (directory.path("ca.crt"), directory.path("other.crt"))

        let whole = server.outside("sslmode=verify-full&sslrootcert=\(trusted)&passfile=\(password)")
        let store = try await PostgreSQLStore(whole, connections: 1)
        let isEncrypted = try await store.read { transaction in
            try transaction.row("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", [])?.integer(0)
        }
        #expect(isEncrypted == 1)
        try await store.write { _ = try Seed.plant(in: $0) }
        await store.close()

        for (address, words) in [
            (
                server.outside("sslmode=verify-full&sslrootcert=\(other)&passfile=\(password)"),
                "certificate verify failed"
            ),
            (server.outside("sslmode=verify-full&sslrootcert=\(trusted)"), "no password supplied"),
            // libpq passes over a file that others may read.
            (server.outside("sslmode=verify-full&sslrootcert=\(trusted)&passfile=\(open)"), "no password supplied"),
            (server.outside("sslmode=disable&passfile=\(password)"), "no encryption"),
        ] {
            let failure = #expect(throws: PostgreSQLFailure.self) { try PostgreSQLConnection(address) }
            #expect(failure?.text.contains(words) == true, "\(failure?.text ?? "")")
            #expect(failure?.text.contains(SecuredServer.password) == false)
        }
        await inside.close()
    }
}
