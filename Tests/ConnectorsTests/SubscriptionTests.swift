import Model
import Testing
import Transports

@testable import Connectors

@Suite("Handshakes of subscriptions")
struct SubscriptionTests {
    private static let receive = """
          verify: [{scheme: secret_path, value: '{settings.secret}'}]
          handshake:
            - scheme: static_reply
              when: {"body:.type": confirmation, "body:.group_id": "7"}
              body: "{settings.code}"
            - {scheme: options_origin, origins: ["{settings.origin}", eventgrid.example.net], rate: 120}
            - scheme: confirm_url
              method: OPTIONS
              when: {"header:WebHook-Request-Callback": present}
              url: "header:WebHook-Request-Callback"
              hosts: ["*.example.com"]
              status: 204
        """
    private static let settings = """
        secret: {secret: true, about: s}
          code: {optional: true, about: c}
          origin: {optional: true, about: o}
        """

    private func reception(
        _ request: ReceivedRequest, _ settings: [String: [String]] = [:],
        through transport: ScriptedTransport = .init([])
    ) async throws -> Reception {
        let harness = try ConnectorHarness(receive: Self.receive, settings: Self.settings, jq: "empty")
        let settings = settings.merging(["secret": ["word"]]) { $1 }
        return await (try harness.connector(settings, through: transport)).receive(request)
    }

    private static func options(_ headers: [HeaderField], secret: String? = nil) -> ReceivedRequest {
        ReceivedRequest(
            method: "OPTIONS", path: "/channels/desk", pathSecret: secret, headers: headers, body: [],
            receivedAt: ConnectorHarness.now)
    }

    @Test("A fixed text is given to whoever asks for it, and to nobody else")
    func staticReply() async throws {
        let body = #"{"type":"confirmation","group_id":7}"#
        guard case .answered(let answer) = try await reception(.post(body), ["code": ["ab12"]]) else {
            Issue.record("expected an answer")
            return
        }
        #expect(answer == Answer(status: 200, contentType: "text/plain", body: Array("ab12".utf8)))
        #expect(try await reception(.post(body)).refusal == "no text is set that could be given")
        let other = #"{"type":"confirmation","group_id":8}"#
        #expect(
            try await reception(.post(other), ["code": ["ab12"]]).refusal == "the secret of the path is missing")
    }

    @Test(
        "A sender that is listed gets leave to send, at a rate",
        arguments: ["EventGrid.example.NET", "crm.example.org"])
    func permission(origin: String) async throws {
        let headers = [
            HeaderField("webhook-request-origin", origin), HeaderField("webhook-request-rate", "1000"),
        ]
        guard case .answered(let answer) = try await reception(Self.options(headers), ["origin": ["crm.example.org"]])
        else {
            Issue.record("expected leave")
            return
        }
        #expect(answer.status == 200)
        #expect(
            answer.headers == [
                HeaderField("allow", "OPTIONS, POST"), HeaderField("webhook-allowed-origin", origin.lowercased()),
                HeaderField("webhook-allowed-rate", "120"),
            ])
    }

    @Test(
        "A sender that is not listed gets none, nor does one that names itself twice or not at all",
        arguments: [
            (["crm.example.org"], 403), (["*"], 403), ([""], 403), (["a.eventgrid.example.net"], 403),
            (["eventgrid.example.net", "eventgrid.example.net"], 400), ([], 401),
        ])
    func noLeave(origins: [String], status: Int) async throws {
        let headers = origins.map { HeaderField("webhook-request-origin", $0) }
        guard case .refused(status, _) = try await reception(Self.options(headers)) else {
            Issue.record("expected \(status)")
            return
        }
    }

    @Test("Leave that is given by a call: verified, on a listed host, and its outcome is the answer")
    func callback() async throws {
        let headers = [HeaderField("webhook-request-callback", "https://hub.example.com/confirm?id=1&key=k")]
        let transport = ScriptedTransport([.answer(200), .answer(500), .lost(.timeout, sent: true)])
        guard
            case .answered(let answer) = try await reception(Self.options(headers, secret: "word"), through: transport)
        else {
            Issue.record("expected an answer")
            return
        }
        #expect(answer.status == 204)
        #expect(transport.requests.map(\.url) == ["https://hub.example.com/confirm?id=1&key=k"])
        #expect(transport.requests.map(\.redactedURL) == ["https://hub.example.com"])
        for _ in 0..<2 {
            guard
                case .postponed(.confirmation, let reason) = try await reception(
                    Self.options(headers, secret: "word"), through: transport)
            else {
                Issue.record("expected that it must come again")
                return
            }
            #expect(!reason.contains("key=k"))
        }
        #expect(try await reception(Self.options(headers, secret: "guess")).refusal != nil)
        #expect(transport.requests.count == 3)
    }

    @Test(
        "An address on another host, or not by https, is not called",
        arguments: [
            "https://example.com/", "http://hub.example.com/", "https://hub.example.com:8443/",
            "https://hub.example.com@10.0.0.1/", "https://10.0.0.1/?hub.example.com", "https://hubexample.com/", "x",
        ])
    func otherHost(address: String) async throws {
        let headers = [HeaderField("webhook-request-callback", address)]
        let transport = ScriptedTransport([.answer(200)])
        guard case .refused(403, _) = try await reception(Self.options(headers, secret: "word"), through: transport)
        else {
            Issue.record("expected a refusal")
            return
        }
        #expect(transport.requests.isEmpty)
    }

    @Test("A method that a handshake alone takes is no way to post")
    func noPost() async throws {
        guard case .refused(405, _) = try await reception(Self.options([], secret: "word")) else {
            Issue.record("expected 405")
            return
        }
    }

    @Test("A handshake that gives away a secret, gives leave to nobody, or lets anybody make us call is a mistake")
    func mistakes() throws {
        func mistakes(_ handshake: String, verify: String = "{scheme: equals, from: bearer, value: x}") throws
            -> [String]
        {
            try ConnectorHarness(receive: "  verify: [\(verify)]\n  handshake: [\(handshake)]").mistakes()
        }
        let reply = "{scheme: static_reply, when: {'body:.a': b}, body: '{settings.secret}'}"
        #expect(try mistakes(reply).first?.contains("\"secret\" is a secret") == true)
        #expect(try mistakes("{scheme: options_origin, origins: ['*']}").first?.contains("is no sender's name") == true)
        let call = "{scheme: confirm_url, when: {'body:.a': b}, url: 'body:.u', hosts: [a.example.com]}"
        #expect(try mistakes(call).isEmpty)
        #expect(try mistakes(call, verify: "{scheme: none}").first?.contains("needs a verification") == true)
    }
}
