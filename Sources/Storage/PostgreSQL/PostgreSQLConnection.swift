// One connection to PostgreSQL through libpq: statements are prepared once, values and rows travel in binary form.
// https://www.postgresql.org/docs/15/libpq.html

import CPostgres
import Foundation
import Model

/// A connection in the hands of one thread at a time.
final class PostgreSQLConnection {
    /// How many statements stay prepared; queries with lists of ids come in many lengths.
    private static let statementsMax = 500
    /// What holds unless the address says otherwise: a dead network is noticed within half a minute.
    /// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    private static let defaults = [
        ("application_name", "samtal"), ("connect_timeout", "5"), ("keepalives_idle", "5"),
        ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "20000"),
        ("target_session_attrs", "read-write"),
    ]

    private let pointer: OpaquePointer
    /// Whether something stands between us and the server that may give each transaction another session.
    let isPooled: Bool
    private var statements: [String: String] = [:]

    /// - Parameter address: a connection URI or keywords, as libpq reads them; it may name a password file.
    init(_ address: String) throws(PostgreSQLFailure) {
        let parameters = Self.defaults + [("dbname", address), ("client_encoding", "UTF8")]
        let pointer = Self.withCStrings(parameters) { PQconnectdbParams($0, $1, 1) }
        guard let pointer else { throw PostgreSQLFailure(.lost, "there is no memory for a connection") }
        // libpq would print them; what fails is told by its result.
        _ = PQsetNoticeReceiver(pointer, { _, _ in }, nil)
        guard PQstatus(pointer) == CONNECTION_OK else {
            defer { PQfinish(pointer) }
            throw PostgreSQLFailure(.lost, String(cString: PQerrorMessage(pointer)))
        }
        let isPooled: Bool
        do {
            isPooled = try Self.isPooled(pointer)
            if !isPooled { try Self.prepareSession(pointer) }
        } catch {
            PQfinish(pointer)
            throw error
        }
        // Only now: from here on `deinit` ends the connection.
        (self.pointer, self.isPooled) = (pointer, isPooled)
    }

    /// Connects to a server that may be about to come back.
    /// - Throws: `lost`, after ten seconds.
    static func patient(_ address: String) throws(PostgreSQLFailure) -> PostgreSQLConnection {
        let end = ContinuousClock.now + PostgreSQLWorker.patience
        var tries = 0
        while true {
            do {
                return try PostgreSQLConnection(address)
            } catch {
                tries += 1
                guard error.kind == .lost, ContinuousClock.now < end else { throw error }
                PostgreSQLWorker.rest(tries)
            }
        }
    }

    deinit {
        PQfinish(pointer)
    }

    /// The server's process behind this connection, as notifications name it.
    var backend: Int32 { PQbackendPID(pointer) }
    var socket: Int32 { PQsocket(pointer) }
    var isLost: Bool { PQstatus(pointer) != CONNECTION_OK }

    /// A pooler (PgBouncer) makes up the number that it gives at the start; the server's own is another one.
    private static func isPooled(_ pointer: OpaquePointer) throws(PostgreSQLFailure) -> Bool {
        let result = try checked(PQexec(pointer, "SELECT pg_backend_pid()"), on: pointer)
        defer { PQclear(result) }
        return String(cString: PQgetvalue(result, 0, 0)) != String(PQbackendPID(pointer))
    }

    /// A session that hangs inside a transaction gives its locks back, and a commit that was answered is on disk.
    private static func prepareSession(_ pointer: OpaquePointer) throws(PostgreSQLFailure) {
        let commands = [
            "SET idle_in_transaction_session_timeout = '15s'",
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
        ]
        for command in commands { PQclear(try checked(PQexec(pointer, command), on: pointer)) }
    }

    /// Runs a command without values, like `BEGIN`.
    /// - Returns: the server's word for what was done: `COMMIT`, or `ROLLBACK` in place of it.
    @discardableResult
    func command(_ sql: String) throws(PostgreSQLFailure) -> String {
        let result = try Self.checked(PQexec(pointer, sql), on: pointer)
        defer { PQclear(result) }
        return String(cString: PQcmdStatus(result))
    }

    /// Runs a statement in portable SQL.
    func run(_ sql: String, _ values: [SQLValue]) throws(PostgreSQLFailure) -> PostgreSQLResult {
        let result = try isPooled ? unprepared(sql, values) : prepared(sql, values)
        return PostgreSQLResult(try Self.checked(result, on: pointer))
    }

    /// A prepared statement belongs to a session, and behind a pooler the next transaction may get another one.
    private func unprepared(_ sql: String, _ values: [SQLValue]) -> OpaquePointer? {
        let sql = NumberedParameters.numbered(sql)
        return Parameters(values).with { count, pointers, lengths, formats in
            PQexecParams(self.pointer, sql, count, nil, pointers, lengths, formats, 1)
        }
    }

    private func prepared(_ sql: String, _ values: [SQLValue]) throws(PostgreSQLFailure) -> OpaquePointer? {
        let name = try statement(sql)
        return Parameters(values).with { count, pointers, lengths, formats in
            PQexecPrepared(self.pointer, name, count, pointers, lengths, formats, 1)
        }
    }

    private func statement(_ sql: String) throws(PostgreSQLFailure) -> String {
        if let name = statements[sql] { return name }
        if statements.count == Self.statementsMax {
            try command("DEALLOCATE ALL")
            statements = [:]
        }
        let name = "s\(statements.count)"
        PQclear(try Self.checked(PQprepare(pointer, name, NumberedParameters.numbered(sql), 0, nil), on: pointer))
        statements[sql] = name
        return name
    }

    /// What other sessions told on channels that this one listens to, since the last look.
    /// - Throws: `lost`.
    func notifications() throws(PostgreSQLFailure) -> [(backend: Int32, text: String)] {
        // Twice: the server's last words and the end of the stream may be there at once, and a socket that is hung up
        // is told of once only.
        guard PQconsumeInput(pointer) == 1, PQconsumeInput(pointer) == 1 else {
            throw PostgreSQLFailure(.lost, String(cString: PQerrorMessage(pointer)))
        }
        var told: [(backend: Int32, text: String)] = []
        while let note = PQnotifies(pointer) {
            told.append((note.pointee.be_pid, String(cString: note.pointee.extra)))
            PQfreemem(note)
        }
        return told
    }

    private static func checked(
        _ result: OpaquePointer?, on pointer: OpaquePointer
    ) throws(PostgreSQLFailure) -> OpaquePointer {
        guard let result else { throw PostgreSQLFailure(.lost, String(cString: PQerrorMessage(pointer))) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return result
        default:
            defer { PQclear(result) }
            throw PostgreSQLFailure(of: result, isLost: PQstatus(pointer) != CONNECTION_OK)
        }
    }

    private static func withCStrings<Value>(
        _ parameters: [(String, String)],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Value
    ) -> Value {
        let names = parameters.map { strdup($0.0) }
        let values = parameters.map { strdup($0.1) }
        defer { for text in names + values { free(text) } }
        return body(names.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil])
    }
}

/// Values as libpq takes them: numbers and texts as text, so that the server finds their types; bytes as they are.
private struct Parameters {
    private var bytes: [UInt8] = []
    /// Where each value begins in `bytes`; `nil`: NULL.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    init(_ values: [SQLValue]) {
        for value in values {
            starts.append(value == .null ? nil : bytes.count)
            switch value {
            case .null: add([], format: 0)
            case .integer(let number): add(String(number).utf8, format: 0)
            // The one character that a text of PostgreSQL can not hold.
            case .text(let text):
                let isWhole = !text.utf8.contains(0)
                add((isWhole ? text : text.replacing("\0", with: "\u{FFFD}")).utf8, format: 0)
            case .bytes(let value): add(value, format: 1)
            }
        }
    }

    private mutating func add(_ value: some Collection<UInt8>, format: Int32) {
        bytes += value
        // Texts end with a zero.
        bytes.append(0)
        lengths.append(Int32(value.count))
        formats.append(format)
    }

    func with<Value>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> Value
    ) -> Value {
        bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers = starts.map { start in start.flatMap { base?.advanced(by: $0) } }
            return body(Int32(starts.count), pointers, lengths, formats)
        }
    }
}
