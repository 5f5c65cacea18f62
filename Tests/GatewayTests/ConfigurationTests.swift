import Connectors
import Deliveries
import Foundation
import Gateway
import Model
import Storage
import TestSupport
import Testing

@Suite("samtal.yaml")
struct ConfigurationTests {
    @Test("A good file is read with its secrets and its defaults")
    func good() throws {
        let project = try Project()
        let configuration = try project.load()
        #expect(configuration.store == .sqlite(project.directory.path("data/samtal.db")))
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 8080)
        #expect(configuration.publicURL == "https://gw.example")
        #expect(configuration.reopenWithin == .seconds(7 * 86_400))
        #expect(configuration.schedule == .standard)
        #expect(configuration.limits == .init(bodyBytesMax: 1 << 20, responseBytesMax: 4 << 20, mappingThreads: 2))
        #expect(configuration.allowedRanges.isEmpty)
        #expect(configuration.logLevel == "info")
        let shop = try #require(configuration.channels.first)
        #expect(shop.endpoint == .channel("shop"))
        #expect(shop.folder.id == "webhook")
        #expect(shop.settings["secret"] == [Project.channelKey])
        #expect(shop.channels == nil)
        let desk = try #require(configuration.contracts.first)
        #expect(desk.endpoint == .contract("desk"))
        #expect(desk.settings["secret"] == [Project.contractKey])
        #expect(desk.channels == ["shop"])
        #expect(configuration.tokens.map(\.name) == ["crm"])
        #expect(configuration.tokens.first?.scopes == [.readConversations])
    }

    @Test("What the file says is what the configuration says")
    func whole() throws {
        let configuration = try Project().load(
            Project.yaml([
                2: """
                store: sqlite:/var/lib/samtal.db
                listen: "0.0.0.0:9000"
                conversations: {reopen_within: 48h}
                deliveries: {schedule: [1s, 2m]}
                limits: {body: 64KB, response: 2MB, mapping_threads: 7}
                network: {allow: [10.0.0.0/8, "::1"]}
                log: debug
                """
            ]))
        #expect(configuration.store == .sqlite("/var/lib/samtal.db"))
        #expect(configuration.host == "0.0.0.0")
        #expect(configuration.port == 9000)
        #expect(configuration.publicURL == "http://0.0.0.0:9000")
        #expect(configuration.reopenWithin == .seconds(48 * 3600))
        #expect(configuration.schedule == Schedule(delays: [.seconds(1), .seconds(120)]))
        #expect(configuration.limits == .init(bodyBytesMax: 64 << 10, responseBytesMax: 2 << 20, mappingThreads: 7))
        #expect(configuration.allowedRanges.count == 2)
        #expect(configuration.logLevel == "debug")
    }

    @Test("An empty file is a gateway without channels")
    func empty() throws {
        let configuration = try Project().load("")
        #expect(configuration.channels.isEmpty)
        #expect(configuration.contracts.isEmpty)
        #expect(configuration.publicURL == "http://127.0.0.1:8080")
    }

    @Test(
        "A mistake is told with its line and column, and with a cure where there is one",
        arguments: [
            (5, "    adaptor: webhook", "5:5: unknown key \"adaptor\", did you mean \"adapter\"?"),
            (2, "publicurl: https://x", "2:1: unknown key \"publicurl\", did you mean \"public_url\"?"),
            (2, "listen: localhost", "2:9: expected an address and port like 127.0.0.1:8080, got \"localhost\""),
            (2, "public_url: gw.example", "2:13: expected an http or https URL, got \"gw.example\""),
            (2, "channels: [shop]", "2:1: \"channels\" stands here more than once in one object"),
            (2, "log: loud", "2:6: \"loud\" is unknown; known are: trace, debug, info, notice, warning, error"),
            (2, "limits: {body: lots}", "2:16: expected a size like 64KB or 1MB, got \"lots\""),
            (2, "limits: {mapping_threads: 0}", "2:27: expected an integer from 1 to 64, got \"0\""),
            (
                2, "deliveries: {schedule: [5s, soon]}",
                "2:29: expected a duration like 500ms, 30s, 5m, 24h or 7d, got \"soon\""
            ),
            (
                2, "network: {allow: [everything]}",
                "2:19: expected an address range like 10.0.0.0/8, got \"everything\""
            ),
            (2, "store: postgres:x", "2:8: expected sqlite: and a path"),
            (2, "store: \"sqlite:\"", "2:8: expected sqlite: and a path"),
            (2, "log:", "2:5: \"log\" has no value"),
            (4, "  Shop:", "4:3: \"Shop\": expected a name of a-z, 0-9 and -, at most 63 long"),
            (5, "    adapter: webhok", "5:14: there is no adapter \"webhok\", did you mean \"webhook\"?"),
            (
                5, "    adapter: ../webhook",
                "5:14: expected a name of a-z, 0-9 and -, at most 63 long, got \"../webhook\""
            ),
            (13, "    settings: fast", "13:15: expected an object, got \"fast\""),
            (7, "      sekret: x", "7:7: unknown key \"sekret\", did you mean \"secret\"?"),
            (7, "      secret: \"${NOPE}\"", "7:15: environment variable NOPE is not set"),
            (7, "      secret: \"${SHOP_SECRET\"", "7:15: \"${\" has no \"}\""),
            (7, "      secret: \"file:none\"", "7:15: none can not be read as text"),
            (8, "      reply_url: [a, b]", "8:18: expected a string, got a list"),
            (12, "    channels: [shoop]", "12:16: no channel is called \"shoop\", did you mean \"shop\"?"),
            (11, "    contract: telephone", "11:15: there is no contract \"telephone\""),
            (15, "  - {name: crm, scopes: []}", "15:5: \"hash\" is missing: sha256: and the digest"),
            (
                15, "  - {name: crm, hash: \"sha256:00\", scopes: []}",
                "15:23: expected sha256: and 64 digits, as `samtal new token` prints it"
            ),
            (
                15, "  - {name: crm, hash: \"md5:\(String(repeating: "0a", count: 32))\", scopes: []}",
                "15:23: expected sha256: and 64 digits, as `samtal new token` prints it"
            ),
            (
                15, "  - {name: crm, hash: \"sha256:\(String(repeating: "0a", count: 32))\", scopes: [reed]}",
                "is unknown; known are: conversations:read, replies:write, deliveries:read, deliveries:write, "
                    + "envelopes:read, envelopes:write"
            ),
        ] as [(Int, String, String)])
    func mistakes(line: Int, text: String, expected: String) throws {
        let found = try Project().mistakes(in: Project.yaml([line: text]))
        #expect(found.contains { $0.contains(expected) }, "found: \(found)")
    }

    @Test("A setting that the connector needs and the file does not give is named with what it is for")
    func missingSetting() throws {
        let found = try Project().mistakes(in: Project.yaml([8: nil]))
        #expect(found == ["7:7: \"reply_url\" is missing: Where replies are posted to"])
        let none = try Project().mistakes(in: Project.yaml([6: nil, 7: nil, 8: nil]))
        #expect(none.count == 2)
        #expect(none.allSatisfy { $0.hasPrefix("4:3: ") })
    }

    @Test("Two tokens of one name are a mistake at the second")
    func twoTokens() throws {
        let token = Project.lines[14]
        let found = try Project().mistakes(in: Project.yaml([15: token + "\n" + token]))
        #expect(found == ["16:12: a second token is called crm"])
    }

    @Test("Every mistake is told at once, in the order of the lines")
    func several() throws {
        let shape = try Project().mistakes(
            in: Project.yaml([2: "log: loud", 5: "    adaptor: webhook", 12: "    channels: shop"]))
        #expect(shape.map { $0.prefix { $0 != ":" } } == ["2", "5", "12"])
        let references = try Project().mistakes(
            in: Project.yaml([
                5: "    adapter: webhok", 12: "    channels: [shoop]",
                13: "    settings: {secret: \"${NOPE}\", urk: x}", 15: nil, 14: nil,
            ]))
        #expect(Set(references.map { String($0.prefix { $0 != ":" }) }) == ["5", "12", "13"])
        #expect(references.count == 4)
    }

    @Test("A text that is no YAML is told with its place, and none of it is repeated")
    func noYAML() throws {
        let found = try Project().mistakes(in: "store: x\nsecret: \"hunter2\n")
        #expect(found.count == 1)
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test("No secret is in any mistake")
    func discretion() throws {
        let found = try Project().mistakes(
            in: Project.yaml([
                5: "    adapter: webhok", 12: "    channels: [shoop]",
                15: "  - {name: crm, hash: \"${SHOP_SECRET}\", scopes: []}",
            ]))
        #expect(found.count == 3)
        #expect(!found.joined().contains("c2FtcGxl"))
    }

    @Test("References are put in wherever they stand, and can be written as they are")
    func references() throws {
        let project = try Project()
        let environment = ["A": "one", "B": "two"]
        let url = { (text: String) throws in
            try project.load(
                Project.yaml([7: "      secret: x", 8: "      reply_url: \"\(text)\""]), environment: environment
            )
            .channels.first?.settings["reply_url"]
        }
        #expect(try url("https://${A}.example/${B}") == ["https://one.example/two"])
        #expect(try url("$${A} ${A}") == ["${A} one"])
        #expect(try url("$A {B}") == ["$A {B}"])
        try project.directory.write("https://x\r\n\n", to: "url.txt")
        #expect(try url("file:url.txt") == ["https://x"])
    }

    @Test("A secret may be a list: rotation")
    func rotation() throws {
        let configuration = try Project().load(Project.yaml([7: "      secret: [\"${SHOP_SECRET}\", second]"]))
        #expect(configuration.channels.first?.settings["secret"] == [Project.channelKey, "second"])
    }

    @Test("A file that is not there is told so")
    func noFile() {
        let error = #expect(throws: ConfigurationProblems.self) {
            try Configuration.load("/nowhere/samtal.yaml", environment: [:])
        }
        #expect(error?.description == "/nowhere/samtal.yaml: can not be read as text")
    }

    @Test("A mistake in a connector's folder is told with the folder's file")
    func brokenFolder() throws {
        let project = try Project()
        try project.directory.write("adapter: 1\nid: mine\n", to: "adapters/mine/adapter.yaml")
        let found = project.mistakes(
            in: "connectors: {adapters: adapters}\nchannels:\n  shop: {adapter: mine}\n")
        #expect(found.contains { $0.contains("adapters/mine/adapter.yaml") && $0.contains("title") }, "found: \(found)")
    }
}
