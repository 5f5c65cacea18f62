import Connectors
import Model
import Testing
import Transports

@testable import Connectors

@Suite("Asking a CRM which of our tickets it has")
struct ReconcileTests {
    private static let range = (
        since: ConnectorHarness.now, until: ConnectorHarness.now + .seconds(3600)
    )

    private static func harness(_ reconcile: String, send: String = "result: {ticket: .body.id}") throws
        -> ConnectorHarness
    {
        try ConnectorHarness([
            "contract.yaml": """
            contract: 1
            id: x
            title: X
            settings: {token: {secret: true, about: t}}
            auth: {api: {scheme: bearer, value: "{settings.token}"}}
            send:
              base_url: https://crm.example
              auth: api
              events: ["*"]
              \(send)
            reconcile:
            \(reconcile.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
            errors: [{when: .status == 420, class: throttled, wait: {seconds: .body.wait}}]
            """,
            "send.jq": "empty",
        ])
    }

    private static let byTickets = """
        by: tickets
        batch: 2
        request: '{path: "/t", query: {ids: ([.tickets[].id] | join(","))}}'
        found: '.body[] | {id, state: .s}'
        missing: .status == 404
        """
    private static let byRange = """
        by: range
        request: '{path: (.page // "/t"), query: {since: .since, until: .until}}'
        found: .body.ids[]
        next: .body.next
        pages: 2
        """

    private func search(
        _ reconcile: String, _ ids: [String], through transport: ScriptedTransport
    ) throws -> TicketSearch {
        let connector = try Self.harness(reconcile).connector(["token": ["s3cr3t"]], through: transport)
        let tickets = ids.map { id in
            SoughtTicket(
                conversation: ConversationID(at: ConnectorHarness.now),
                ticket: Ticket(externalID: id, url: nil, context: nil))
        }
        return try #require(connector.search(for: tickets, in: Self.range))
    }

    @Test("Tickets are asked for a batch at a time, with the contract's credential")
    func batches() async throws {
        let transport = ScriptedTransport([.answer(200, #"[{"id":1,"s":"open"},{"id":"9"}]"#), .answer(404)])
        var search = try search(Self.byTickets, ["1", "2", "3"], through: transport)
        #expect(await search.step() == nil)
        #expect(search.asked == 2)
        #expect(!search.isOver)
        #expect(await search.step() == nil)
        #expect(search.isOver)
        #expect(search.found["1"] == "open")
        #expect(search.found["2"] == nil)
        #expect(search.found["3"] == nil)
        #expect(transport.requests.map(\.url) == ["https://crm.example/t?ids=1%2C2", "https://crm.example/t?ids=3"])
        #expect(transport.requests.allSatisfy { $0.method == "GET" })
        #expect(
            transport.requests.allSatisfy { $0.headers.contains(HeaderField("authorization", "Bearer s3cr3t")) })
    }

    @Test("A failure moves nothing: the next step asks the same")
    func failure() async throws {
        let transport = ScriptedTransport([.answer(420, #"{"wait":7}"#), .answer(200, #"[{"id":"1"}]"#)])
        var search = try search(Self.byTickets, ["1"], through: transport)
        let failure = try #require(await search.step())
        #expect(failure.outcome == .throttled)
        #expect(failure.wait == .seconds(7))
        #expect(search.asked == 0)
        #expect(await search.step() == nil)
        #expect(search.isOver)
        #expect(search.found == ["1": ""])
        #expect(Set(transport.requests.map(\.url)).count == 1)
    }

    @Test("A range is asked for page by page, ten minutes wider than it is")
    func pages() async throws {
        let transport = ScriptedTransport([
            .answer(200, #"{"ids":["1"],"next":"/t/2"}"#), .answer(200, #"{"ids":[2],"next":null}"#),
        ])
        var search = try search(Self.byRange, ["1", "2", "3"], through: transport)
        while !search.isOver { #expect(await search.step() == nil) }
        #expect(search.found.keys.sorted() == ["1", "2"])
        #expect(search.asked == 3)
        #expect(
            transport.requests.map(\.url) == [
                "https://crm.example/t?since=2023-11-14T22%3A03%3A20.000Z&until=2023-11-14T23%3A23%3A20.000Z",
                "https://crm.example/t/2?since=2023-11-14T22%3A03%3A20.000Z&until=2023-11-14T23%3A23%3A20.000Z",
            ])
    }

    @Test("More pages than are allowed are a failure, and so is a page that leads to itself")
    func endless() async throws {
        let more = ScriptedTransport([
            .answer(200, #"{"ids":[],"next":"/t/2"}"#), .answer(200, #"{"ids":[],"next":"/t/3"}"#),
        ])
        var long = try search(Self.byRange, ["1"], through: more)
        #expect(await long.step() == nil)
        #expect(await long.step()?.reason == "there are more than 2 pages of tickets: ask for a shorter time")
        let same = ScriptedTransport(
            [.answer(200, #"{"ids":[],"next":"/t/2"}"#), .answer(200, #"{"ids":[],"next":"/t/2"}"#)])
        var circle = try search(Self.byRange, ["1"], through: same)
        #expect(await circle.step() == nil)
        let failure = try #require(await circle.step())
        #expect(failure.reason.hasSuffix("next leads to the same page again"))
        #expect(failure.outcome == .permanent)
    }

    @Test("Nothing is asked for when there are no tickets")
    func none() async throws {
        let transport = ScriptedTransport([])
        let search = try search(Self.byTickets, [], through: transport)
        #expect(search.isOver)
        #expect(transport.requests.isEmpty)
    }

    @Test("What is no id is a mistake of the connector, and tells no secret", arguments: ["null", "[1]", "{s: 1}"])
    func noID(output: String) async throws {
        let reconcile = """
            by: tickets
            request: '{path: "/t"}'
            found: '\(output)'
            """
        var search = try search(reconcile, ["1"], through: ScriptedTransport([.answer(200, "{}")]))
        let failure = try #require(await search.step())
        #expect(failure.outcome == .permanent)
        #expect(failure.reason.contains("not the id of a ticket"))
        #expect(!search.isOver)
    }

    @Test("It stands in contracts only, and only beside a result that names tickets")
    func mistakes() throws {
        let bare = try Self.harness(Self.byTickets, send: "timeout: 5s")
        let problems = #expect(throws: ConfigurationProblems.self) { try ConnectorFolder.load(bare.path) }
        #expect(try #require(problems).description.contains("\"reconcile\" needs \"send.result.ticket\""))
        let adapter = try ConnectorHarness([
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            send: {base_url: "https://a.example"}
            reconcile: {by: tickets, request: ".", found: "."}
            """,
            "send.jq": "empty",
        ])
        let unknown = #expect(throws: ConfigurationProblems.self) { try ConnectorFolder.load(adapter.path) }
        #expect(try #require(unknown).description.contains("reconcile"))
        let misspelt = try Self.harness(Self.byTickets + "\npages: 3")
        let third = #expect(throws: ConfigurationProblems.self) { try ConnectorFolder.load(misspelt.path) }
        #expect(try #require(third).description.contains("pages"))
    }

    @Test("Its jq is checked like all other")
    func checked() async throws {
        let broken = Self.byTickets.replacing("'.body[] | {id, state: .s}'", with: "'.body[] | {id'")
        let connector = try Self.harness(broken).connector(["token": ["s"]], through: ScriptedTransport([]))
        #expect(await connector.check().count == 1)
    }
}
