// A bad day of IT: the CRM refuses what a connector sends, the connector is edited, and nothing was lost.

import Foundation
import Glibc
import Model
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Dead letters")
    struct DeadLetters {
        /// A gateway whose contract lies in a folder of its own, with the mistake that the CRM refuses.
        private func mistaken(_ house: House) throws {
            let folder = "contracts/webhook"
            try house.place.makeDirectory("contracts")
            try FileManager.default.copyItem(
                atPath: "\(Repository.path)/\(folder)", toPath: house.place.file(folder))
            try program(house) { $0.replacing(#"path: "","#, with: #"path: "/old","#) }
            let configuration = house.configuration().replacing(
                "contracts: \"\(Repository.path)/contracts\"", with: "contracts: \"\(house.place.file("contracts"))\"")
            try house.place.write(configuration, to: "samtal.yaml")
        }

        private func program(_ house: House, _ edit: (String) -> String) throws {
            let file = "contracts/webhook/send.jq"
            let text = try String(contentsOfFile: house.place.file(file), encoding: .utf8)
            let edited = edit(text)
            #expect(edited != text)
            try house.place.write(edited, to: file)
        }

        private func run(_ house: House, _ arguments: String...) async throws -> Program.Result {
            try await Program.run(Program.path, ["deliveries"] + arguments, in: house.place.path)
        }

        @Test("A connector is edited, and all that failed since is delivered once and in order")
        func edited() async throws {
            let house = try await House(crm: { request in
                request.target == "/events" ? House.nameTicket(request) : .answer(422, body: ["error": "no such path"])
            })
            try mistaken(house)
            let gateway = try await house.open()
            for number in 1...3 {
                let message = try House.message("m\(number)", from: "ada", "word \(number)")
                #expect(try await gateway.client.send(message).status == 200)
            }
            // Person, conversation and three messages make five events at least; the last one is the third message.
            let refused = try await house.crm.requests.wait(for: "the third message") { requests in
                requests.contains { $0.json["data"]["message"]["external_id"] == "m3" }
            }
            let last = try #require(refused.last?.webhookID)
            try await gateway.logged("waits for a person", "delivery=\(last)")

            let shown = try await run(house, "show", last)
            #expect(shown.output.contains("-> 422"), "\(shown.output)")
            #expect(shown.output.contains("no such path"), "\(shown.output)")
            #expect(shown.output.contains("as at the last attempt"), "\(shown.output)")

            try program(house) { $0.replacing(#"path: "/old","#, with: #"path: "","#) }
            #expect(try await run(house, "show", last).output.contains("edited since the last attempt"))
            gateway.signal(SIGHUP)
            try await gateway.logged("notice reloaded")

            let dry = try await run(house, "retry", "--since", "1h", "--class", "permanent", "--dry-run")
            #expect(dry.output.hasPrefix("\(refused.count) match"), "\(dry.output)\(dry.errors)")
            let retried = try await run(house, "retry", "--since", "1h", "--class", "permanent")
            #expect(retried.status == 0, "\(retried.errors)")
            #expect(retried.output == "\(refused.count) of \(refused.count) retried")
            #expect(retried.errors.isEmpty, "a bar is for terminals")

            let all = try await house.crm.requests.wait(for: "all of it again") { $0.count == 2 * refused.count }
            let second = all.dropFirst(refused.count)
            #expect(second.map(\.webhookID) == refused.map(\.webhookID), "in order, each once, known by its id")
            #expect(second.allSatisfy { $0.target == "/events" })
            try await gateway.logged("delivered", "delivery=\(last)")
            let again = try await run(house, "retry", "--all", "--json")
            #expect(try JSON(parsing: again.output)["matched"] == 0)
            let attempts = try JSON(parsing: try await run(house, "show", last, "--json").output)["attempt_log"]
            #expect(attempts.array?.map { $0["outcome"].string } == ["permanent", "ok"])
            #expect(attempts[0]["connector"] != attempts[1]["connector"])
        }

        @Test("A reply that waits is cancelled: it is never sent, and the CRM is told that the message failed")
        func cancelled() async throws {
            let house = try await House(schedule: "[1h]", network: { _ in .answer(503) })
            let gateway = try await house.open()
            #expect(try await gateway.client.send(try House.message("m1", from: "ada", "Hello")).status == 200)
            let listed = try await gateway.client.send(house.call("GET", "/v1/conversations"))
            let conversation = try #require(listed.json["conversations"][0]["id"].string)
            let reply = house.call(
                "POST", "/v1/conversations/\(conversation)/replies", key: "k", json: ["text": "Good day"])
            #expect(try await gateway.client.send(reply).status == 202)
            try await gateway.logged("an attempt failed and will be made again", "channel:shop")

            let nothing = try await run(house, "cancel")
            #expect(nothing.status != 0)
            #expect(nothing.errors.contains("give ids, a filter, or --all"))
            let cancelled = try await run(house, "cancel", "--to", "channel:shop")
            #expect(cancelled.output == "1 of 1 cancelled", "\(cancelled.errors)")
            let told = try await house.crm.requests.wait(for: "the failure") { requests in
                requests.contains { $0.type == "samtal.message.failed" }
            }
            let event = try #require(told.first { $0.type == "samtal.message.failed" })
            #expect(event.json["data"]["message"]["reason"] == "cancelled by command line")
            #expect(house.network.requests.items.count == 1)
        }
    }
}
