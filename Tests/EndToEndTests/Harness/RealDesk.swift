// A gateway with one channel and a real CRM behind it.

import Glibc
import Model
import Signing
import TestSupport
import Testing

/// A CRM that a test serves by itself, wired by its contract's folder alone.
protocol RealCRM: Sendable {
    /// The folder under contracts/.
    static var contract: String { get }
    /// Whether it answers 429 to one who asks as fast as a gateway does.
    static var isThrottling: Bool { get }
    /// What ends it at once, with all that it started.
    static var stopSignal: Int32 { get }
    /// Makes it, with a hook that calls `hook`; nothing is served yet.
    init(in place: Place, hook: String) async throws
    /// What samtal.yaml says of it.
    var settings: [String: String] { get }
    /// Serves it until the returned process is told to stop.
    func serve() async throws -> ChildProcess
    /// What was said so far, by ticket.
    func texts() async throws -> [String: [String]]
    /// The files of a ticket by their names.
    func files(of ticket: String) async throws -> [String: [UInt8]]
    /// An agent answers, with a file or without.
    func answer(_ text: String, with file: DeskFile?, on ticket: String) async throws
    /// An agent settles the matter.
    func close(_ ticket: String) async throws
    /// Whether the CRM shows the ticket as open.
    func isOpen(_ ticket: String) async throws -> Bool
    /// An agent deletes the ticket.
    func remove(_ ticket: String) async throws
}

/// A file that one side gives the other.
struct DeskFile: Sendable {
    let name: String
    let type: String
    let bytes: [UInt8]

    /// Every byte there is, so that nothing on the way may take it for a text.
    static let photo = DeskFile(
        name: "box.png", type: "image/png", bytes: (0..<4096).map { UInt8(truncatingIfNeeded: $0 * 7) })
    static let list = DeskFile(name: "list.txt", type: "text/plain", bytes: Array("två\n📦\n".utf8))
    static let invoice = DeskFile(
        name: "invoice.pdf", type: "application/pdf",
        bytes: Array("%PDF-1.4\n".utf8) + (0..<2048).map { UInt8(truncatingIfNeeded: $0 * 13) })
    /// Those that lie on the network.
    static let all = [photo, list]
}

/// The surroundings of one CRM.
struct RealDesk<CRM: RealCRM> {
    static var hookSecret: String { "made-up-hook-word" }

    let network: PeerServer
    let crm: CRM
    let gateway: GatewayProcess
    private let place: Place
    private let token = APIToken.mint()

    init() async throws {
        place = try Place()
        network = try PeerServer { request in
            let file = DeskFile.all.first { request.target == "/files/\($0.name)" }
            return file.map { .file($0.type, $0.bytes) } ?? House.nameReply(request)
        }
        let port = try LocalSocket.freePort()
        crm = try await CRM(in: place, hook: "http://127.0.0.1:\(port)/contracts/desk")
        let settings = crm.settings.sorted { $0.key < $1.key }.map { "      \($0.key): \"\($0.value)\"" }
        try place.write(
            """
            store: sqlite:samtal.db
            listen: 127.0.0.1:\(port)
            log: debug
            connectors: {adapters: "\(Repository.path)/adapters", contracts: "\(Repository.path)/contracts"}
            network: {allow: [127.0.0.0/8]}
            tokens:
              - {name: test, hash: "\(APIToken.hash(token))", scopes: ["conversations:read"]}
            deliveries: {schedule: [200ms, 500ms, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s]}
            channels:
              shop:
                adapter: webhook
                settings: {secret: "\(House.key)", reply_url: "\(network.url)/replies"}
            contracts:
              desk:
                contract: \(CRM.contract)
                settings:
            \(settings.joined(separator: "\n"))
                  hook_secret: "\(Self.hookSecret)"

            """, to: "samtal.yaml")
        gateway = try await GatewayProcess(configuration: "samtal.yaml", in: place.path)
    }

    /// The customer Ada writes on the channel.
    func write(_ id: String, _ text: String, with file: DeskFile? = nil) async throws {
        let files = file.map { file -> JSON in
            [
                [
                    "reference": .string("\(network.url)/files/\(file.name)"), "name": .string(file.name),
                    "type": .string(file.type),
                ]
            ]
        }
        let message = JSON.members(["id": .string(id), "author": "ada", "text": .string(text), "files": files])
        let taken = try await gateway.client.send(try Signed.webhook("/channels/shop", message))
        #expect(taken.status == 200)
    }

    /// What was sent to the customer so far.
    var replies: [JSON] { network.requests.items.filter { $0.method == "POST" }.map(\.json) }

    /// The status of the only conversation, once the gateway has carried out `count` commands of the CRM.
    func status(after count: Int) async throws -> String? {
        try await gateway.log.wait(for: "\(count) commands to be carried out") { lines in
            lines.count { $0.contains("endpoint=contract:desk") && $0.contains("outcome=applied") } >= count
        }
        let request = WebRequest(
            "GET", "/v1/conversations", headers: [HeaderField("authorization", "Bearer \(token)")])
        return try await gateway.client.send(request).json["conversations"][0]["status"].string
    }

    /// Waits until `text` stands on a ticket: looks after each delivery that the gateway made.
    /// - Returns: the ticket.
    func said(_ text: String) async throws -> String {
        var seen = 0
        while true {
            let found = try await crm.texts().first { $0.value.contains { $0.contains(text) } }
            if let found { return found.key }
            let known = seen
            let lines = try await gateway.log.wait(for: "\"\(text)\" to be delivered", within: .seconds(60)) {
                $0.count(where: Self.isDelivery) > known
            }
            seen = lines.count(where: Self.isDelivery)
        }
    }

    private static var isDelivery: @Sendable (String) -> Bool {
        { $0.contains(" delivered ") && $0.contains("destination=contract:desk") }
    }
}

extension RealDesk {
    /// The CRM has the ticket; once an agent has deleted it, it is what the CRM misses.
    private func reconcile(_ ticket: String) async throws {
        let command = ["reconcile", "desk", "--since", "1h"]
        let before = try await Program.run(Program.path, command + ["--all"], in: place.path)
        #expect(before.status == 0, "\(before)")
        #expect(before.output.hasSuffix("1 ours: 1 there"), "\(before)")
        try await crm.remove(ticket)
        let after = try await Program.run(Program.path, command + ["--json"], in: place.path)
        #expect(after.status == 1, "\(after)")
        let report = try JSON(parsing: Array(after.output.utf8))
        #expect(report["missed"] == 1)
        #expect(report["conversations"][0]["ticket"] == .string(ticket))
        #expect(report["conversations"][0]["standing"] == "missing")
    }

    /// The whole way with this CRM: a ticket is made, grows, is answered, is closed and open again, and waits while
    /// the CRM is down.
    static func roundTrip() async throws {
        let desk = try await RealDesk<CRM>()
        var server = try await desk.crm.serve()
        defer { server.signal(CRM.stopSignal) }

        // The customer's first message makes a ticket, the second goes to the same one.
        try await desk.write("m-1", "Where is my parcel?", with: .photo)
        let ticket = try await desk.said("Where is my parcel?")
        try await desk.write("m-2", "It has been två weeks 📦", with: .list)
        #expect(try await desk.said("It has been två weeks 📦") == ticket)
        let files = Dictionary(DeskFile.all.map { ($0.name, $0.bytes) }) { $1 }
        #expect(try await desk.crm.files(of: ticket) == files)

        // The agent answers there; the customer gets it where they wrote, and the file after it.
        try await desk.crm.answer("It left today. Grüße", with: .invoice, on: ticket)
        try await desk.network.requests.wait(for: "the reply") { $0.count { $0.method == "POST" } == 2 }
        let (reply, file) = (desk.replies[0], desk.replies[1])
        #expect(reply["text"] == "It left today. Grüße")
        #expect(reply["thread"] == "ada")
        #expect(file["action"] == "file")
        #expect(file["file"]["name"] == .string(DeskFile.invoice.name))
        #expect(file["file"]["content"].string.flatMap(BinaryText.base64.decode) == DeskFile.invoice.bytes)

        // The agent settles it: the conversation is closed. The customer writes again: it is open on both sides.
        try await desk.crm.close(ticket)
        #expect(try await desk.status(after: 2) == "closed")
        try await desk.write("m-3", "It came. Thank you!")
        #expect(try await desk.said("It came. Thank you!") == ticket)
        #expect(try await desk.crm.isOpen(ticket))
        #expect(try await desk.status(after: 2) == "open")

        // The CRM goes down, the customer writes, it comes back: nothing is lost or doubled.
        server.signal(CRM.stopSignal)
        _ = try await server.exit()
        try await desk.write("m-4", "One more thing")
        try await desk.gateway.logged("outcome=transient")
        server = try await desk.crm.serve()
        #expect(try await desk.said("One more thing") == ticket)
        let texts = try await desk.crm.texts()
        #expect(texts.count == 1)
        #expect(texts[ticket]?.count { $0.contains("One more thing") } == 1)
        #expect(desk.replies.count == 2)
        if CRM.isThrottling { try await desk.gateway.logged("outcome=throttled") }
        try await desk.reconcile(ticket)
        #expect(try await desk.gateway.stop() == 0)
    }
}
