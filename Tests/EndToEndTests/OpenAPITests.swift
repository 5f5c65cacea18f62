// The OpenAPI document against the running server: every route, every status that it names, every body by its schema.

import Model
import Testing

extension EndToEnd {
    @Suite("OpenAPI", .enabled(if: Python.isWanted, Python.missing))
    struct OpenAPI {
        /// A call with what the document must say of its answer.
        struct Call: Sendable {
            let method: String
            /// As the document writes it.
            let path: String
            let request: WebRequest
            let status: Int
        }

        /// What stands in the store, for the parameters of paths.
        struct Known: Sendable {
            let conversation: String
            let failed: String
            let delivered: String
            /// By what becomes of it.
            let attachments: [String: String]
        }

        @Test("Every route answers as the document says, in every way that it names, and none is missing")
        func document() async throws {
            // The CRM refuses one event for good, so that there is a failed delivery to look at and to retry.
            let house = try await House(
                crm: Self.answer, network: { $0.target == "/gone" ? .answer(404) : House.nameReply($0) })
            try house.place.write(house.configuration() + Self.contracts(house), to: "samtal.yaml")
            let gateway = try await house.open()
            let known = try await known(house, gateway)
            try await house.crm.requests.wait(for: 1, "a ticket") { $0.target.hasPrefix("/api/v2/tickets") }
            let fetched = try await gateway.client.send(WebRequest("GET", "/openapi.json"))
            #expect(fetched.status == 200)
            #expect(fetched.mediaType == "application/json")
            let document = fetched.json
            #expect(document["openapi"] == "3.1.0")

            var instances: [JSON] = []
            var seen: Set<String> = []
            for call in Self.calls(house, known) {
                let answer = try await gateway.client.send(call.request)
                let name = "\(call.method) \(call.path) \(call.status)"
                #expect(answer.status == call.status, "\(name): \(answer)")
                seen.insert(name)
                let content = document["paths"][call.path][call.method]["responses"][String(call.status)]["content"]
                let types = content.object ?? [:]
                let type = try #require(types.keys.first, "\(name) is not documented")
                // A file has its own type and no schema.
                if type == "*/*" { continue }
                #expect(answer.mediaType == type, "\(name)")
                let reference = try #require(content[type]["schema"]["$ref"].string)
                instances.append([
                    "name": .string(name), "schema": .string(String(reference.dropFirst())), "value": answer.json,
                ])
                let asked = document["paths"][call.path][call.method]["requestBody"]["content"]["application/json"]
                if call.status < 300, asked != .null {
                    let schema = try #require(asked["schema"]["$ref"].string)
                    instances.append([
                        "name": .string("\(name), request"), "schema": .string(String(schema.dropFirst())),
                        "value": try JSON(parsing: call.request.body),
                    ])
                }
            }
            let judged = try await Python.judge(
                "validate_json.py", ["document": document, "instances": .array(instances)])
            #expect(judged["complaints"] == [])
            #expect(seen == Self.promised(document), "what is documented is what was seen")
        }

        /// A contract that asks for its events, one that knows no event that comes again, and one that gets nothing.
        private static func contracts(_ house: House) -> String {
            """
              erp:
                contract: webhook
                deliver: pull
                settings: {secret: "\(House.key)"}
              old:
                contract: zendesk
                settings:
                  {base_url: "\(house.crm.url)", email: a@b.example, token: t, user_id: "1", webhook_secret: s}
              idle:
                contract: dynamics
                channels: []
                settings:
                  {base_url: "\(house.crm.url)", login_url: "\(house.crm.url)", tenant_id: t, client_id: c,
                   client_secret: s, user_id: u, hook_secret: s}

            """
        }

        /// One event is refused for good. The other contract's tickets are made, and nobody can say which there are.
        private static let answer: PeerServer.Script = { request in
            if request.target.hasPrefix("/api/v2/tickets/show_many") { return .answer(500) }
            if request.target.hasPrefix("/api/v2/tickets") { return .answer(201, body: ["ticket": ["id": 35]]) }
            return request.type == "samtal.person.created" ? .answer(422) : House.nameTicket(request)
        }

        /// Every method, path and status of the document, but for a store that is down.
        private static func promised(_ document: JSON) -> Set<String> {
            var promised: Set<String> = []
            for (path, operations) in document["paths"].object ?? [:] {
                for (method, operation) in operations.object ?? [:] {
                    for status in (operation["responses"].object ?? [:]).keys where status != "503" {
                        promised.insert("\(method) \(path) \(status)")
                    }
                }
            }
            return promised
        }

        private func known(_ house: House, _ gateway: GatewayProcess) async throws -> Known {
            let conversation = try await house.converse(with: gateway)
            let events = house.crm.requests.items
            let failed = try #require(events.first { $0.type == "samtal.person.created" }).webhookID
            let delivered = try #require(events.first { $0.type == "samtal.conversation.opened" }).webhookID
            try await gateway.logged("a delivery failed", "delivery=\(failed)")
            try await gateway.logged("delivered", "delivery=\(delivered)")
            return Known(
                conversation: conversation, failed: failed, delivered: delivered,
                attachments: try await attachments(house, gateway))
        }

        /// A file that is there, one that is gone, and one that lies where nobody fetches.
        private func attachments(_ house: House, _ gateway: GatewayProcess) async throws -> [String: String] {
            let files: JSON = [
                ["reference": .string("\(house.network.url)/gone")], ["reference": "https://elsewhere.example/a"],
            ]
            let message: JSON = ["id": "with-files", "author": "ada", "files": files]
            #expect(try await gateway.client.send(try Signed.webhook("/channels/shop", message)).status == 200)
            let told = try await house.crm.requests.wait(for: 1, "the files") {
                $0.json["data"]["message"]["external_id"] == "with-files"
            }
            let shown = told[0].json["data"]["message"]["attachments"]
            let upload = try await gateway.client.send(Self.upload(house, Array("hello".utf8)))
            return [
                "kept": upload.json["id"].string ?? "", "gone": shown[0]["id"].string ?? "",
                "elsewhere": shown[1]["id"].string ?? "",
            ]
        }

        private static func upload(_ house: House, _ bytes: [UInt8]) -> WebRequest {
            var request = house.call("POST", "/v1/attachments?filename=a.txt")
            request.headers.append(HeaderField("content-type", "text/plain"))
            request.body = bytes
            return request
        }

        private static func files(_ house: House, _ known: Known) -> [Call] {
            let one = "/v1/attachments/{id}"
            let kept = "/v1/attachments/\(known.attachments["kept"] ?? "")"
            let outcomes = [("kept", 200), ("gone", 410), ("elsewhere", 502)].map { name, status in
                let target = "/v1/attachments/\(known.attachments[name] ?? "")"
                return Call(method: "get", path: one, request: house.call("GET", target), status: status)
            }
            let unknown = house.call("GET", "/v1/attachments/att_\(nobody.dropFirst(4))")
            let uploads = [("hello", 201), ("", 400), (String(repeating: "x", count: 26_300_000), 413)].map {
                Call(
                    method: "post", path: "/v1/attachments", request: upload(house, Array($0.utf8)), status: $1)
            }
            return outcomes + [Call(method: "get", path: one, request: unknown, status: 404)] + uploads
                + guards("get", one, kept, house) + guards("post", "/v1/attachments", "/v1/attachments", house)
        }

        private static func calls(_ house: House, _ known: Known) -> [Call] {
            lists(house, known) + ones(house, known) + replies(house, known) + retries(house, known)
                + files(house, known) + replays(house) + orders(house, known) + destinations(house) + events(house)
                + comparisons(house)
        }

        private static func lists(_ house: House, _ known: Known) -> [Call] {
            let messages = "/v1/conversations/\(known.conversation)/messages"
            let lists = [
                ("/v1/conversations", "/v1/conversations", "?limit=1&status=open"),
                ("/v1/conversations/{id}/messages", messages, "?limit=1"),
                ("/v1/deliveries", "/v1/deliveries", "?limit=2&state=failed&destination=contract:desk"),
                ("/v1/envelopes", "/v1/envelopes", "?limit=1&outcome=applied&endpoint=channel:shop"),
            ]
            return lists.flatMap { path, target, query in
                [
                    Call(method: "get", path: path, request: house.call("GET", target + query), status: 200),
                    Call(method: "get", path: path, request: house.call("GET", target), status: 200),
                    Call(method: "get", path: path, request: house.call("GET", target + "?limit=0"), status: 400),
                    Call(method: "get", path: path, request: house.call("GET", target + "?cursor=x"), status: 400),
                ] + guards("get", path, target, house)
            } + [
                Call(
                    method: "get", path: "/v1/conversations/{id}/messages",
                    request: house.call("GET", "/v1/conversations/\(Self.nobody)/messages"), status: 404)
            ]
        }

        private static func ones(_ house: House, _ known: Known) -> [Call] {
            let ones = [
                ("/v1/conversations/{id}", "/v1/conversations/\(known.conversation)", "/v1/conversations/\(nobody)"),
                ("/v1/deliveries/{id}", "/v1/deliveries/\(known.failed)", "/v1/deliveries/dlv_\(nobody.dropFirst(4))"),
            ]
            return ones.flatMap { path, target, other in
                [
                    Call(method: "get", path: path, request: house.call("GET", target), status: 200),
                    Call(method: "get", path: path, request: house.call("GET", other), status: 404),
                    Call(method: "get", path: path, request: house.call("GET", target + "x"), status: 404),
                ] + guards("get", path, target, house)
            }
        }

        private static func replies(_ house: House, _ known: Known) -> [Call] {
            let path = "/v1/conversations/{id}/replies"
            let target = "/v1/conversations/\(known.conversation)/replies"
            func call(_ status: Int, _ key: String?, _ json: JSON, at place: String? = nil) -> Call {
                Call(
                    method: "post", path: path, request: house.call("POST", place ?? target, key: key, json: json),
                    status: status)
            }
            let whole: JSON = [
                "text": "Hello", "reply_to": "first-of-ada", "visibility": "private",
                "agent": ["id": "7", "name": "Kim", "email": "kim@example.org"],
            ]
            return [
                call(202, "a", whole), call(202, "b", ["text": "Hello"]), call(400, nil, ["text": "Hello"]),
                call(400, "c", ["txt": "Hello"]), call(409, "a", ["text": "Other"]),
                call(404, "d", ["text": "Hello"], at: "/v1/conversations/\(nobody)/replies"),
                call(404, "e", ["text": "Hello", "leg": .string("leg_" + nobody.dropFirst(4))]),
                call(422, "f", ["text": "Hello", "visibility": "public"]),
                call(413, "g", ["text": .string(String(repeating: "x", count: 300_000))]),
            ] + guards("post", path, target, house)
        }

        private static func retries(_ house: House, _ known: Known) -> [Call] {
            let path = "/v1/deliveries/{id}/retry"
            func call(_ status: Int, _ id: String) -> Call {
                Call(
                    method: "post", path: path, request: house.call("POST", "/v1/deliveries/\(id)/retry"),
                    status: status)
            }
            return [call(202, known.failed), call(409, known.delivered), call(404, "dlv_" + nobody.dropFirst(4))]
                + guards("post", path, "/v1/deliveries/\(known.failed)/retry", house)
        }

        private static func events(_ house: House) -> [Call] {
            let (pull, replay) = ("/v1/contracts/{name}/events", "/v1/contracts/{name}/replay")
            let (erp, desk) = ("/v1/contracts/erp", "/v1/contracts/desk")
            let order: JSON = [
                "since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z", "types": ["samtal.message.received"],
                "conversation": .string(nobody), "dry_run": false,
            ]
            let asked = [("erp", "?limit=2", 200), ("erp", "?after=x", 400), ("none", "", 404), ("desk", "", 409)]
            let ordered = [("erp", order, 200), ("erp", [:], 400), ("none", order, 404), ("old", order, 409)]
            let long: JSON = ["since": .string(String(repeating: "x", count: 300_000))]
            return asked.map { name, query, status in
                let target = "/v1/contracts/\(name)/events\(query)"
                return Call(method: "get", path: pull, request: house.call("GET", target), status: status)
            }
                + (ordered + [("erp", long, 413)]).map { name, json, status in
                    let target = "/v1/contracts/\(name)/replay"
                    return Call(
                        method: "post", path: replay, request: house.call("POST", target, json: json), status: status)
                } + guards("get", pull, "\(erp)/events", house) + guards("post", replay, "\(desk)/replay", house)
        }

        /// Many deliveries at once. What is cancelled comes last: it is not there for others any more.
        private static func orders(_ house: House, _ known: Known) -> [Call] {
            ["retry", "cancel"].flatMap { act -> [Call] in
                let path = "/v1/deliveries/\(act)"
                func call(_ status: Int, _ json: JSON) -> Call {
                    Call(method: "post", path: path, request: house.call("POST", path, json: json), status: status)
                }
                return [
                    call(200, ["destination": "contract:desk", "all": true, "dry_run": true]),
                    call(200, ["ids": [.string(known.failed), .string("dlv_" + nobody.dropFirst(4))]]),
                    call(400, [:]), call(400, ["state": "delivered"]),
                    call(413, ["reason": .string(String(repeating: "x", count: 300_000))]),
                ] + guards("post", path, path, house)
            }
        }

        private static func destinations(_ house: House) -> [Call] {
            let path = "/v1/destinations"
            return [Call(method: "get", path: path, request: house.call("GET", path), status: 200)]
                + guards("get", path, path, house)
        }

        private static func comparisons(_ house: House) -> [Call] {
            let path = "/v1/contracts/{name}/reconcile"
            func call(_ status: Int, _ contract: String, _ json: JSON) -> Call {
                let target = "/v1/contracts/\(contract)/reconcile"
                return Call(
                    method: "post", path: path, request: house.call("POST", target, json: json), status: status)
            }
            let span: JSON = ["since": "2026-01-01T00:00:00Z"]
            return [
                call(200, "idle", span), call(400, "old", [:]), call(404, "nobody", span), call(422, "desk", span),
                call(502, "old", span),
                call(413, "old", ["since": .string(String(repeating: "x", count: 300_000))]),
            ] + guards("post", path, "/v1/contracts/old/reconcile", house)
        }

        private static func replays(_ house: House) -> [Call] {
            let path = "/v1/envelopes/replay"
            func call(_ status: Int, _ json: JSON) -> Call {
                Call(method: "post", path: path, request: house.call("POST", path, json: json), status: status)
            }
            let unknown = JSON.string("env_" + nobody.dropFirst(4))
            return [
                call(200, ["endpoint": "channel:shop", "dry_run": true]),
                call(200, ["outcome": "applied", "limit": 2]),
                call(400, [:]), call(400, ["outcome": "lost"]), call(404, ["envelopes": [unknown]]),
                call(413, ["endpoint": .string(String(repeating: "x", count: 300_000))]),
            ] + guards("post", path, path, house)
        }

        /// Without a token, and with one that may not.
        private static func guards(_ method: String, _ path: String, _ target: String, _ house: House) -> [Call] {
            let name = method.uppercased()
            // The reader may read conversations; for what it may read the token of nothing stands in.
            let others = ["deliveries", "destinations", "envelopes", "events"]
            let isReaders = method == "get" && !others.contains { path.contains($0) }
            let token = isReaders ? house.idleToken : house.readerToken
            return [
                Call(method: method, path: path, request: WebRequest(name, target), status: 401),
                Call(method: method, path: path, request: house.call(name, target, token: token), status: 403),
            ]
        }

        private static let nobody = "con_00000000000000000000000000"
    }
}
