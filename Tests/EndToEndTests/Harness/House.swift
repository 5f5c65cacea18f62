// What most tests stand in: a directory with a samtal.yaml, a CRM and a network played by the test, and tokens.

import Glibc
import Model
import Signing
import Storage
import TestSupport

/// A gateway's surroundings. The gateway itself is started by `open` and may be killed and started again.
final class House: Sendable {
    static let key = "whsec_" + BinaryText.base64.encode(Array("sample key one, thirty-two bytes".utf8))
    static let hubSecret = "made-up app secret"
    static let phoneNumber = "106540352242922"
    /// What the network of the channel `bot` shows with each post.
    static let botWord = "made-up-word"

    let place: Place
    let crm: PeerServer
    let network: PeerServer
    /// May do everything.
    let token = APIToken.mint()
    /// May read conversations only.
    let readerToken = APIToken.mint()
    /// May do nothing.
    let idleToken = APIToken.mint()
    let store: StoreAddress
    /// Gone with the house; `nil`: the store is a file.
    private let database: TestDatabase?
    private let adapters: String
    private let logLevel: String
    private let schedule: String
    private let contracts: String
    private let environment: [String: String]
    private let launcher: [String]

    /// - Parameters:
    ///   - backend: the engine of the store.
    ///   - database: where the store lies; by default in a database or a file of its own.
    ///   - schedule: the waits between attempts, as samtal.yaml says them.
    ///   - storeDirectory: where a store of SQLite lies; by default in the place.
    ///   - adapters: the folder of the adapter folders.
    ///   - contracts: the folder of the contract folders.
    ///   - environment: added to the gateway's own.
    ///   - launcher: a program that becomes the gateway, with its arguments.
    ///   - crm: how the CRM answers events; by default it names a ticket for each conversation.
    ///   - network: how the network answers replies; by default it names each reply.
    init(
        on backend: Backend = .chosenDurable, in database: TestDatabase? = nil, logLevel: String = "debug",
        schedule: String = "[50ms, 100ms, 200ms, 400ms, 800ms, 1s, 1s, 1s, 1s, 1s]", storeDirectory: String? = nil,
        adapters: String = Repository.path + "/adapters", contracts: String = Repository.path + "/contracts",
        environment: [String: String] = [:], launcher: [String] = [],
        crm: @escaping PeerServer.Script = House.nameTicket, network: @escaping PeerServer.Script = House.nameReply
    ) async throws {
        place = try Place()
        self.crm = try PeerServer(crm)
        self.network = try PeerServer(network)
        self.logLevel = logLevel
        self.schedule = schedule
        self.adapters = adapters
        self.contracts = contracts
        self.environment = environment
        self.launcher = launcher
        let needed = database == nil && backend == .postgresql
        self.database = needed ? try await PostgreSQLServer.shared.database() : database
        store =
            self.database.map { .postgresql($0.address) } ?? .sqlite((storeDirectory ?? place.path) + "/samtal.db")
        try place.write(configuration(), to: "samtal.yaml")
    }

    /// The ticket of a conversation at our CRM.
    static func ticket(of conversation: String) -> String { "T-" + conversation.dropFirst(4) }

    static let nameTicket: PeerServer.Script = { request in
        let ticket = ticket(of: request.json["subject"].string ?? "")
        return .answer(200, body: ["ticket": .string(ticket), "url": .string("https://crm.example.com/\(ticket)")])
    }

    static let nameReply: PeerServer.Script = { request in
        .answer(200, body: ["id": .string("net-\(request.json["message"].string ?? "")")])
    }

    private func start(_ file: String) -> GatewayStart {
        GatewayStart(configuration: file, directory: place.path, environment: environment, launcher: launcher)
    }

    /// Starts a gateway.
    /// - Parameter file: its configuration, in the place.
    func open(_ file: String = "samtal.yaml") async throws -> GatewayProcess { try await GatewayProcess(start(file)) }

    /// Starts the gateway and kills it after so long, whether it listens by then or not.
    func openAndKill(after time: Duration) async throws {
        let child = try start("samtal.yaml").spawn()
        // It does not end by itself.
        let status = try? await child.exit(within: time)
        child.signal(SIGKILL)
        guard status == nil, try await child.exit() == 128 + SIGKILL else { throw Ended(log: child.errors.items) }
    }

    /// A gateway ended that nobody had told to.
    struct Ended: Error {
        let log: [String]
    }

    /// samtal.yaml; `more` stands under `channels`.
    /// - Parameter address: where this gateway finds the store, if not where it is.
    func configuration(
        moreChannels more: String = "", contractKeys: String? = nil, store address: String? = nil
    ) -> String {
        """
        store: "\(address ?? storeText)"
        listen: 127.0.0.1:0
        public_url: https://samtal.example.com
        log: \(logLevel)
        connectors: {adapters: "\(adapters)", contracts: "\(contracts)"}
        network: {allow: [127.0.0.0/8]}
        deliveries: {schedule: \(schedule)}
        tokens:
          - name: everything
            hash: "\(APIToken.hash(token))"
            scopes:
              - "conversations:read"
              - "replies:write"
              - "deliveries:read"
              - "deliveries:write"
              - "envelopes:read"
              - "envelopes:write"
              - "events:read"
              - "events:replay"
          - {name: reader, hash: "\(APIToken.hash(readerToken))", scopes: ["conversations:read"]}
          - {name: idle, hash: "\(APIToken.hash(idleToken))", scopes: []}
        channels:
          shop:
            adapter: webhook
            settings: {secret: "\(Self.key)", reply_url: "\(network.url)/replies"}
          bot:
            adapter: telegram
            settings: {bot_token: "1:made-up", secret_token: \(Self.botWord), base_url: "\(network.url)"}
          phone:
            adapter: whatsapp-cloud
            settings:
              app_secret: \(Self.hubSecret)
              verify_token: made-up-token
              access_token: made-up-access
              phone_number_id: "\(Self.phoneNumber)"
              base_url: "\(network.url)"
        \(more)
        contracts:
          desk:
            contract: webhook
            settings: {secret: \(contractKeys ?? "\"\(Self.key)\""), url: "\(crm.url)/events"}

        """
    }

    /// The store as samtal.yaml and `--store` name it.
    var storeText: String {
        switch store {
        case .sqlite(let path): "sqlite:\(path)"
        case .postgresql(let address): address
        }
    }

    /// A customer's message on the channel `shop`.
    static func message(_ id: String, from author: String, _ text: String) throws -> WebRequest {
        try Signed.webhook("/channels/shop", ["id": .string(id), "author": .string(author), "text": .string(text)])
    }

    /// A call of the API with the token that may do everything.
    func call(
        _ method: String, _ target: String, token: String? = nil, key: String? = nil, json: JSON? = nil
    ) -> WebRequest {
        var headers = [HeaderField("authorization", "Bearer \(token ?? self.token)")]
        if let key { headers.append(HeaderField("idempotency-key", key)) }
        if json != nil { headers.append(HeaderField("content-type", "application/json")) }
        return WebRequest(method, target, headers: headers, body: json?.bytes ?? [])
    }
}
