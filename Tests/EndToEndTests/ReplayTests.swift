// A connector is mended beside a running gateway, and what it did not understand is mapped again.

import Model
import Testing

extension EndToEnd {
    @Suite("samtal replay")
    struct Replay {
        private func kiosk(_ receive: String) -> String {
            """
              kiosk:
                adapter: webhook
                settings: {secret: "\(House.key)", reply_url: "http://127.0.0.1:9/"}
                receive: '\(receive)'
            """
        }

        @Test("A poison post is kept, and reaches the CRM once after its connector was mended; the account closes")
        func mended() async throws {
            let house = try await House()
            try house.place.write(house.configuration(moreChannels: kiosk(#"error("not yet")"#)), to: "samtal.yaml")
            let gateway = try await house.open()
            let post = try Signed.webhook(
                "/channels/kiosk", ["kind": "message", "id": "1", "thread": "t", "author": ["id": "ada"], "text": "Hi"])
            #expect(try await gateway.client.send(post).status == 200)
            try await gateway.logged("received", "outcome=quarantined")

            let still = try await Program.run("replay", "--outcome", "quarantined", in: house.place.path)
            #expect(still.status == 1, "\(still.output) \(still.errors)")
            #expect(still.output.contains("not yet"))

            try house.place.write(house.configuration(moreChannels: kiosk(".")), to: "samtal.yaml")
            let dry = try await Program.run("replay", "--channel", "kiosk", "--dry-run", in: house.place.path)
            #expect(dry.status == 0, "\(dry.errors)")
            #expect(dry.output.contains("quarantined -> applied  1 new"), "\(dry.output)")
            let kept = try await Program.run("quarantine", "--json", in: house.place.path)
            #expect(try JSON(parsing: kept.output).array?.count == 1)

            let done = try await Program.run("replay", "--outcome", "quarantined", "--json", in: house.place.path)
            #expect(done.status == 0, "\(done.errors)")
            #expect(try JSON(parsing: done.output)["counts"] == ["messages": 1])
            _ = try await house.crm.requests.wait(for: 1, "the message") {
                $0.json["data"]["message"]["text"] == "Hi"
            }
            let again = try await Program.run("replay", "--channel", "kiosk", in: house.place.path)
            #expect(again.output.contains("1 replayed: 1 known, 0 failing"), "\(again.output)")

            let account = try await Program.run("account", in: house.place.path)
            #expect(account.status == 0, "\(account.errors)")
            #expect(account.output.contains("channel:kiosk"))
        }

        @Test("Which envelopes are meant must be said")
        func nothing() async throws {
            let house = try await House()
            let answer = try await Program.run("replay", in: house.place.path)
            #expect(answer.status == 64)
            #expect(answer.errors.contains("say which"))
        }
    }
}
