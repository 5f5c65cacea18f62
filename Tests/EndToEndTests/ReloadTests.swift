// SIGHUP: a good file is at work at once, a bad one changes nothing and says why.

import Glibc
import Model
import Testing

extension EndToEnd {
    @Suite("SIGHUP")
    struct Reload {
        private let kiosk = """
              kiosk:
                adapter: webhook
                settings: {secret: "\(House.key)", reply_url: "http://127.0.0.1:9/"}
            """

        @Test("A good file is put to work; a bad one changes nothing and is told by file, line and column")
        func reload() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let message = try Signed.webhook("/channels/kiosk", ["id": "1", "author": "ada", "text": "Hello"])
            #expect(try await gateway.client.send(message).status == 404)

            let good = house.configuration(moreChannels: kiosk)
            try house.place.write(good, to: "samtal.yaml")
            gateway.signal(SIGHUP)
            try await gateway.logged("notice reloaded", "channels=4")
            #expect(try await gateway.client.send(message).status == 200)

            let mistakes = good.replacing("  kiosk:", with: "  kiosk: {}\n  counter:").replacing("log:", with: "lgo:")
            try house.place.write(mistakes, to: "samtal.yaml")
            let before = gateway.log.items.count
            gateway.signal(SIGHUP)
            let line = mistakes.split(separator: "\n", omittingEmptySubsequences: false)
            let place = try #require(line.firstIndex { $0.hasPrefix("lgo:") }) + 1
            let told = try await gateway.logged("not reloaded", "samtal.yaml:\(place):1:", after: before)
            #expect(told.contains("log"), "the nearest name is a hint: \(told)")
            #expect(!gateway.log.items.dropFirst(before).contains { $0.contains("notice reloaded") })
            let another = try Signed.webhook("/channels/kiosk", ["id": "2", "author": "ada", "text": "Still there?"])
            #expect(try await gateway.client.send(another).status == 200)
            let counter = try Signed.webhook("/channels/counter", ["id": "3", "author": "ada", "text": "Hello"])
            #expect(try await gateway.client.send(counter).status == 404)
            #expect(try await gateway.client.send(WebRequest("GET", "/readyz")).status == 200)
        }

        @Test("A jq program with a mistake is not put to work either")
        func program() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let broken = kiosk + "\n    receive: '.messages[] | nonsense('"
            try house.place.write(house.configuration(moreChannels: broken), to: "samtal.yaml")
            gateway.signal(SIGHUP)
            try await gateway.logged("not reloaded", "samtal.yaml")
            #expect(try await gateway.client.send(try House.message("1", from: "ada", "Hello")).status == 200)
        }

        @Test("A secret is changed without a gap: both are taken while both stand in the list")
        func rotation() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let new = "whsec_c2FtcGxlIGtleSB0d28sIHRoaXJ0eS10d28gYnl0ZXM="
            let body = Array(#"{"kind":"note","id":"n","ticket":"T-0","text":"x"}"#.utf8)
            let signedNew = try Signed.webhook("/contracts/desk", body, key: new)
            let signedOld = try Signed.webhook("/contracts/desk", body)
            #expect(try await gateway.client.send(signedNew).status == 401)
            // Verified, and then refused because the ticket is unknown.
            #expect(try await gateway.client.send(signedOld).status == 404)
            let both = house.configuration(contractKeys: "[\"\(new)\", \"\(House.key)\"]")
            try house.place.write(both, to: "samtal.yaml")
            gateway.signal(SIGHUP)
            try await gateway.logged("notice reloaded")
            #expect(try await gateway.client.send(signedNew).status == 404)
            #expect(try await gateway.client.send(signedOld).status == 404)
        }
    }
}
