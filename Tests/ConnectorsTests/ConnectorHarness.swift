import Connectors
import Foundation
import Model
import Synchronization
import Transports

/// A connector's folder on disk, thrown away with the harness.
final class ConnectorHarness: Sendable {
    static let machine = JQMachine(threads: 2)
    static let now = Timestamp(milliseconds: 1_700_000_000_000)
    /// A clock that stands still.
    static let clock = WallClock { now }
    static let publicURL = "https://gw.example/channels/desk"

    /// The folder's path: `…/x`.
    let path: String

    init(_ files: [String: String], name: String = "x") throws {
        path = NSTemporaryDirectory() + "samtal-\(UUID().uuidString)/\(name)"
        for (file, text) in files {
            let whole = "\(path)/\(file)"
            let folder = (whole as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: whole))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
    }

    /// An adapter whose `receive` is `receive`, indented by two.
    convenience init(receive: String, settings: String = "secret: {secret: true, about: s}", jq: String = ".[]") throws
    {
        try self.init([
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            settings:
              \(settings)
            receive:
            \(receive)
            """,
            "receive.jq": jq,
        ])
    }

    /// An adapter that only sends; `rest` stands at the left margin, `send` inside it by two.
    convenience init(
        send: String, rest: String = "", jq: String, side: ConnectorSide = .adapter, extra: [String: String] = [:]
    ) throws {
        let files = [
            side.fileName: """
            \(side.rawValue): 1
            id: x
            title: X
            settings:
              token: {secret: true, about: t}
              extra: {optional: true, about: e}
            send:
              base_url: https://api.example.com/v1
            \(send)
            \(rest)
            """,
            "send.jq": jq,
        ]
        try self.init(files.merging(extra) { _, new in new })
    }

    func connector(
        _ settings: [String: [String]], through transport: any HTTPTransport = ScriptedTransport([]),
        credentials: any CredentialStore = MemoryCredentials(), publicURL: String = publicURL,
        clock: WallClock = clock
    ) throws -> Connector {
        try Connector(
            folder: try ConnectorFolder.load(path), settings: settings, machine: Self.machine,
            host: ConnectorHost(transport: transport, clock: clock, credentials: credentials), publicURL: publicURL)
    }

    /// A way out, the harness's time, and a place for tokens.
    static func host(
        through transport: any HTTPTransport = ScriptedTransport([]),
        credentials: any CredentialStore = MemoryCredentials()
    ) -> ConnectorHost {
        ConnectorHost(transport: transport, clock: WallClock { now }, credentials: credentials)
    }

    /// The mistakes that loading must end in; empty when it ends well.
    func mistakes() -> [String] {
        do throws(ConfigurationProblems) {
            _ = try ConnectorFolder.load(path)
            return []
        } catch {
            return error.list.map { $0.description.replacingOccurrences(of: path, with: "x") }
        }
    }
}

/// Answers requests from a list and remembers them.
final class ScriptedTransport: HTTPTransport {
    private let state: Mutex<(answers: [HTTPOutcome], requests: [HTTPRequest])>

    init(_ answers: [HTTPOutcome]) {
        state = Mutex((answers, []))
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func send(_ request: HTTPRequest) async -> HTTPOutcome {
        state.withLock { state in
            state.requests.append(request)
            guard !state.answers.isEmpty else {
                return .failure(TransportFailure(kind: .connect, sent: false, message: "no answer is left"))
            }
            return state.answers.removeFirst()
        }
    }
}

extension Connector {
    /// An attempt of a delivery whose id is `dlv_1`.
    func attempt(
        _ job: JSON = [:], done: Int = 0, saved: JSON? = nil, state: DeliveryState = .pending,
        through transport: ScriptedTransport
    ) async -> AttemptResult {
        let delivery = Delivery(
            id: DeliveryID(stored: "dlv_1"), lane: LaneID(stored: "lan_1"), destination: .channel("x"),
            conversation: ConversationID(stored: "con_1"), kind: .reply, payload: [:], state: state, attempts: 0,
            progress: done, saved: saved, correlation: "c", createdAt: ConnectorHarness.now)
        return await send(job, of: delivery, through: transport, clock: WallClock { ConnectorHarness.now })
    }
}

extension HTTPOutcome {
    static func answer(_ status: Int, _ body: String = "", _ headers: [HeaderField] = []) -> HTTPOutcome {
        .response(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
    }

    static func lost(_ kind: TransportFailure.Kind, sent: Bool) -> HTTPOutcome {
        .failure(TransportFailure(kind: kind, sent: sent, message: "the test says \(kind.rawValue)"))
    }
}

extension ReceivedRequest {
    /// A POST at the harness's time.
    static func post(
        _ body: String, _ headers: [HeaderField] = [], query: String = "", secret: String? = nil,
        at time: Timestamp = ConnectorHarness.now
    ) -> ReceivedRequest {
        ReceivedRequest(
            method: "POST", path: "/channels/desk" + (secret.map { "/\($0)" } ?? ""), pathSecret: secret,
            rawQuery: query, headers: headers, body: Array(body.utf8), receivedAt: time)
    }
}

extension Reception {
    /// The reason of a refusal; `nil` for anything else.
    var refusal: String? { if case .refused(_, let reason) = self { reason } else { nil } }
    var events: [InboundEvent]? { if case .mapped(.events(let events), _) = self { events } else { nil } }
    var quarantine: String? { if case .quarantined(let reason, _) = self { reason } else { nil } }
}
