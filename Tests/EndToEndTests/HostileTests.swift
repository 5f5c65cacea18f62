// Bad input from outside: each has its status, none stops the gateway, none leaves half a row.

import Foundation
import Model
import Testing

extension EndToEnd {
    @Suite("Hostile requests")
    struct Hostile {
        @Test("Each of a table of hostile requests has its answer, and after all of them nothing is broken")
        func table() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let conversation = try await house.converse(with: gateway)
            let table = try HostileRequests.all(house, conversation: conversation)
            #expect(table.count >= 60)
            #expect(Set(table.map(\.name)).count == table.count)
            for request in table {
                let answer = try await gateway.client.send(pieces: request.pieces)
                if request.statuses.isEmpty, answer == nil { continue }
                let status = try #require(answer?.status, "\(request.name): closed without an answer")
                #expect(request.statuses.contains(status), "\(request.name): \(answer.map { "\($0)" } ?? "")")
                if status >= 400, let json = answer?.json, json != .null {
                    #expect(answer?.mediaType == "application/problem+json", "\(request.name)")
                    #expect(json["status"].integer == Int64(status), "\(request.name)")
                    #expect(json["title"].string?.isEmpty == false, "\(request.name): \(json.text)")
                    #expect(json["code"].string?.isEmpty == false, "\(request.name)")
                }
            }
            try await expectHealth(house, gateway)
            try await expectStore(house, table)
            let faults = gateway.log.items.filter { $0.contains(" error ") || $0.contains(" critical ") }
            #expect(faults.isEmpty, "what others do wrong is no error of ours: \(faults)")
            #expect(try await gateway.stop() == 0)
        }

        /// The gateway is as well as before.
        private func expectHealth(_ house: House, _ gateway: GatewayProcess) async throws {
            #expect(try await gateway.client.send(WebRequest("GET", "/healthz")).status == 200)
            #expect(try await gateway.client.send(WebRequest("GET", "/readyz")).status == 200)
            #expect(try await gateway.client.send(try House.message("after", from: "ada", "Hello?")).status == 200)
            try await house.crm.requests.wait(for: 1, "the message after the table") { request in
                request.json["data"]["message"]["external_id"] == "after"
            }
        }

        /// The store holds what it should and no more.
        private func expectStore(_ house: House, _ table: [HostileRequest]) async throws {
            let traces = Dictionary(grouping: table, by: \.trace).mapValues(\.count)
            let messages = traces[.message] ?? 0
            let store = StoreInspection(house)
            #expect(try await store.damage() == [])
            for (outcome, count) in [
                ("quarantined", traces[.quarantined] ?? 0), ("filtered", traces[.filtered] ?? 0), ("duplicate", 0),
                // Before the table ada wrote, and after it.
                ("applied", messages + 2),
            ] {
                let found = try await store.number("SELECT count(*) FROM envelopes WHERE outcome = '\(outcome)'")
                #expect(found == count, "\(outcome)")
            }
            #expect(try await store.number("SELECT count(*) FROM messages") == messages + 2)
            #expect(try await store.number("SELECT count(*) FROM people") == messages + 1)
            #expect(try await store.number("SELECT count(*) FROM deliveries") == 3 * (messages + 1) + 1)
            #expect(try await store.number("SELECT count(*) FROM calls") == 0)
            let unsaid = """
                SELECT count(*) FROM messages WHERE envelope_id IS NULL OR NOT EXISTS
                  (SELECT 1 FROM deliveries WHERE correlation = envelope_id)
                """
            #expect(try await store.number(unsaid) == 0)
        }

        @Test("A body without an end is answered at the limit and never held in memory")
        func endlessBody() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let (port, id) = (gateway.port, gateway.id)
            let before = try Self.residentBytes(of: id)
            let (status, sent) = try await onThread {
                let connection = try WebConnection(port: port)
                try connection.send(
                    Array("POST /channels/shop HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".utf8))
                let chunk = Array("10000\r\n".utf8) + Array(repeating: 0x61, count: 65_536) + [0x0D, 0x0A]
                var sent = 0
                while sent < 100_000_000, !connection.hasSomethingToRead {
                    try connection.send(chunk)
                    sent += 65_536
                }
                return (try connection.answer()?.status, sent)
            }
            #expect(status == 413)
            #expect(sent < 20_000_000, "answered after \(sent) bytes")
            #expect(try Self.residentBytes(of: id) - before < 30_000_000)
            #expect(try await gateway.client.send(WebRequest("GET", "/healthz")).status == 200)
        }

        @Test("A request that comes byte by byte is a request; one that stops in the middle is none")
        func slowly() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let request = try House.message("slow", from: "ada", "Hello").bytes
            let answer = try await gateway.client.send(pieces: request.map { [$0] })
            #expect(answer?.status == 200)
            let port = gateway.port
            try await onThread {
                for length in stride(from: 1, to: request.count, by: 7) {
                    try WebConnection(port: port).send(Array(request.prefix(length)))
                }
            }
            #expect(try await gateway.client.send(try House.message("next", from: "ada", "Hello")).status == 200)
            let store = StoreInspection(house)
            #expect(try await store.number("SELECT count(*) FROM envelopes") == 2)
            let faults = gateway.log.items.filter { $0.contains(" error ") }
            #expect(faults.isEmpty, "a caller who leaves is no error of ours: \(faults.prefix(3))")
        }

        @Test("Many connections that say nothing do not keep others out")
        func silent() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let port = gateway.port
            let silent = try await onThread { try (0..<200).map { _ in try Silence(port: port) } }
            let answers = try await gateway.client.sendAtOnce([
                try House.message("1", from: "ada", "Hello"), WebRequest("GET", "/readyz", body: [0x20]),
            ])
            #expect(answers.map { $0?.status } == [200, 200])
            #expect(silent.count == 200)
        }

        /// A connection with half a head on it, held open.
        private final class Silence: Sendable {
            private let descriptor: Int32

            init(port: Int) throws {
                descriptor = try LocalSocket.connect(to: port)
                try LocalSocket.send(Array("POST /channels/shop HT".utf8), on: descriptor)
            }

            deinit { close(descriptor) }
        }

        private static func residentBytes(of id: pid_t) throws -> Int {
            // proc(5), statm: the second number is the resident set in pages.
            let pages = try String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8).split(separator: " ")
            return (Int(pages[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
        }
    }
}
