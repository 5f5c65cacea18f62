// What a network asks before it sends, and what it is told when the keys that it signs with cannot be had.

import Model
import Signing
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Leave to send, and keys that cannot be had")
    struct Verification {
        /// A gateway with a channel whose tokens are checked by keys at `keys`, and a contract that one sender may use.
        private func open(_ place: Place, keys: String) async throws -> GatewayProcess {
            try place.makeDirectory("adapters/keyed")
            try place.write(
                """
                adapter: 1
                id: keyed
                title: Keyed
                settings: {keys: {about: Where the keys are}}
                receive:
                  verify:
                    - scheme: jwt_jwks
                      from: bearer
                      jwks: "{settings.keys}"
                      algorithms: [ES256]
                      issuer: [me]
                      audience: us
                """, to: "adapters/keyed/adapter.yaml")
            try place.write(
                #"{kind: "message", id, thread: "t", author: {id: "a"}, text}"#, to: "adapters/keyed/receive.jq")
            try place.write(
                """
                store: sqlite:samtal.db
                listen: 127.0.0.1:0
                public_url: https://samtal.example.com
                log: debug
                connectors: {adapters: adapters, contracts: "\(Repository.path)/contracts"}
                network: {allow: [127.0.0.0/8]}
                channels:
                  keyed: {adapter: keyed, settings: {keys: "\(keys)"}}
                contracts:
                  desk:
                    contract: webhook
                    settings: {secret: "\(House.key)", url: "http://127.0.0.1:9/", origin: crm.example.com}
                """, to: "samtal.yaml")
            return try await GatewayProcess(configuration: "samtal.yaml", in: place.path)
        }

        @Test("A sender that is listed gets leave by OPTIONS; another, and one at a channel that gives none, does not")
        func leave() async throws {
            let place = try Place()
            let gateway = try await open(place, keys: "https://127.0.0.1:9/keys")
            func ask(_ target: String, _ origin: String) async throws -> WebAnswer {
                let headers = [HeaderField("webhook-request-origin", origin)]
                return try await gateway.client.send(WebRequest("OPTIONS", target, headers: headers))
            }
            let leave = try await ask("/contracts/desk", "crm.example.com")
            #expect(leave.status == 200)
            #expect(leave.headers["webhook-allowed-origin"] == "crm.example.com")
            #expect(leave.headers["webhook-allowed-rate"] == "*")
            #expect(leave.headers["allow"] == "OPTIONS, POST")
            let none = try await ask("/contracts/desk", "evil.example.com")
            #expect(none.status == 403)
            #expect(none.headers["webhook-allowed-origin"] == nil)
            #expect(try await ask("/channels/keyed", "crm.example.com").status == 405)
            #expect(try await ask("/channels/nowhere", "crm.example.com").status == 404)
        }

        @Test("A token whose keys cannot be had is answered with 503 and its own code, a wrong one with 401")
        func noKeys() async throws {
            let place = try Place()
            // It speaks no TLS.
            let server = try PeerServer { _ in .answer(200, body: ["keys": []]) }
            let gateway = try await open(place, keys: "https://127.0.0.1:\(server.port)/keys")
            func post(_ claims: JSON) async throws -> WebAnswer {
                let texts = [#"{"alg":"ES256","kid":"k"}"#, claims.text, "no signature"]
                let token = texts.map { BinaryText.base64url.encode(Array($0.utf8)) }.joined(separator: ".")
                let headers = [HeaderField("authorization", "Bearer \(token)")]
                return try await gateway.client.send(
                    WebRequest("POST", "/channels/keyed", headers: headers, body: Array("{}".utf8)))
            }
            let answer = try await post(["iss": "me", "aud": "us", "exp": 32_503_680_000])
            #expect(answer.status == 503)
            #expect(answer.json["code"] == "keys-unavailable")
            #expect(answer.headers["retry-after"] == "30")
            try await gateway.logged("no keys to verify with", "endpoint=channel:keyed")
            let expired = try await post(["iss": "me", "aud": "us", "exp": 1_000_000_000])
            #expect(expired.status == 401)
            #expect(expired.json["code"] == "not-verified")
        }
    }
}
