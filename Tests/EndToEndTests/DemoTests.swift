// `make run`, seen from its page.

import Model
import Testing

extension EndToEnd {
    @Suite("The demonstration")
    struct Demonstration {
        @Test("A message on the page becomes a ticket, its answer comes back, and tomorrow both are still there")
        func page() async throws {
            let place = try Place()
            let first = try await DemonstrationProcess(in: place.path)
            let page = try await first.client.send(WebRequest("GET", "/"))
            #expect(page.status == 200)
            #expect(page.mediaType == "text/html")
            #expect(String(decoding: page.body, as: UTF8.self).contains("/demo/customer/send"))
            let written = try await first.client.send(
                WebRequest("POST", "/demo/customer/send", json: ["name": "Ada", "text": "Hello"]))
            #expect(written.json["status"] == 200, "\(written)")
            let told = try await state(first, "the CRM was told") { records in
                records.contains { $0["content"]["type"] == "samtal.message.received" }
            }
            let conversation = try #require(told["records"].array?.compactMap { $0["conversation"].string }.first)
            #expect(told["tickets"] == .object([conversation: 1]))

            let answered = try await first.client.send(
                WebRequest("POST", "/demo/crm/answer", json: ["kind": "reply", "ticket": "T-1", "text": "Hello Ada"]))
            #expect(answered.json["status"] == 200, "\(answered)")
            let whole = try await state(first, "the answer came back") { records in
                records.contains { $0["content"]["type"] == "samtal.message.sent" }
            }
            let came = whole["records"].array?.filter { $0["side"] == "customer" && $0["content"]["action"] == "reply" }
            #expect(came?.map { $0["content"]["text"].string } == ["Hello Ada"])
            #expect(try await first.stop() == 0)

            let second = try await DemonstrationProcess(in: place.path)
            #expect(try await state(second, "yesterday") { _ in true } == whole)
            _ = try await second.client.send(
                WebRequest("POST", "/demo/customer/send", json: ["name": "Ada", "text": "Me again"]))
            let later = try await state(second, "today") { records in
                records.contains { $0["content"]["data"]["message"]["text"] == "Me again" }
            }
            #expect(later["tickets"] == whole["tickets"], "the same matter, the same ticket")
            #expect(try await second.stop() == 0)
        }

        /// Asks for the page's state, as the page does, until it is as it should be.
        private func state(
            _ demo: DemonstrationProcess, _ what: String, until isMet: ([JSON]) -> Bool
        ) async throws -> JSON {
            let deadline = ContinuousClock.now + .seconds(20)
            var state = JSON.null
            while ContinuousClock.now < deadline {
                state = try await demo.client.send(WebRequest("GET", "/demo/state")).json
                if isMet(state["records"].array ?? []) { return state }
            }
            throw NotInTime(what: what, seen: [state.text])
        }
    }
}
