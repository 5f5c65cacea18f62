// Hostile requests that are fine as HTTP: wrong signatures, wrong JSON, wrong calls.

import Foundation
import Model
import Signing

extension HostileRequests {
    /// Signed with the right key, so they are kept; but nothing can be made of them.
    static func bodies(_ house: House) throws -> [HostileRequest] {
        func signed(_ body: [UInt8], id: String = "h") throws -> WebRequest {
            try Signed.webhook("/channels/shop", body, id: id)
        }
        func signed(_ text: String) throws -> WebRequest { try signed(Array(text.utf8)) }
        let utf16 = Array(#"{"id":"h","author":"a","text":"x"}"#.utf8).flatMap { [$0, 0 as UInt8] }
        let latin1 = Array(#"{"id":"h","author":"a","text":""#.utf8) + [0xE5] + Array(#""}"#.utf8)
        var latin = try signed(latin1)
        latin.headers[0] = HeaderField("content-type", "application/json; charset=iso-8859-1")
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        let broken: [(String, WebRequest)] = [
            ("no body", try signed("")),
            ("cut off JSON", try signed(#"{"id":"h","author":"a","te"#)),
            ("JSON 100,000 deep", try signed(deep)),
            ("JSON 100,000 deep without an end", try signed(String(repeating: #"{"a":"#, count: 100_000))),
            ("a number that is none", try signed(#"{"id":NaN,"author":"a","text":"x"}"#)),
            ("an endless number", try signed(#"{"id":"h","author":"a","text":"x","at":1e999}"#)),
            ("broken UTF-8", try signed(Array(#"{"id":""#.utf8) + [0xFF, 0xFE] + Array(#"","author":"a"}"#.utf8))),
            ("UTF-16", try signed([0xFF, 0xFE] + utf16)),
            ("Latin-1, and it says so", latin),
            ("two documents", try signed(#"{"id":"h","author":"a","text":"x"}{"id":"i","author":"a","text":"x"}"#)),
            ("a member that we do not know", try signed(#"{"id":"h","author":"a","text":"x","admin":true}"#)),
            ("a wrong type", try signed(#"{"id":{"$ne":1},"author":["a"],"text":7}"#)),
            ("no author", try signed(#"{"id":"h","text":"x"}"#)),
            ("an empty id", try signed(#"{"id":"","author":"a","text":"x"}"#)),
            ("a form instead of JSON", try signed("id=h&author=a&text=x")),
            ("one good and one bad", try signed(#"[{"id":"h","author":"a","text":"x"},{"id":"i"}]"#)),
        ]
        var all = broken.map { HostileRequest($0, $1, 200, leaves: .quarantined) }
        all.append(HostileRequest("an empty list", try signed("[]"), 200, leaves: .filtered))
        all.append(HostileRequest("an unknown update of the bot", bot(#"{"update_id":1}"#), 200, leaves: .filtered))
        let odd = #"{"id":"'; DROP TABLE messages; --","author":"mallory","text":"\u0000 <script>"}"#
        all.append(HostileRequest("SQL and zero bytes as content", try signed(odd), 200, leaves: .message))
        return all
    }

    private static func bot(_ body: String, _ words: String...) -> WebRequest {
        let fields = (words.isEmpty ? ["made-up-word"] : words)
            .map { HeaderField("x-telegram-bot-api-secret-token", $0) }
        return WebRequest("POST", "/channels/bot", headers: fields, body: Array(body.utf8))
    }

    static func signatures(_ house: House) throws -> [HostileRequest] {
        let body = Array(#"{"id":"forged","author":"mallory","text":"x"}"#.utf8)
        let good = try Signed.webhook("/channels/shop", body)
        let now = WallClock.system.now
        func with(_ name: String, _ value: String?) -> WebRequest {
            var request = good
            request.headers.removeAll { $0.name == name }
            if let value { request.headers.append(HeaderField(name, value)) }
            return request
        }
        var changed = good
        changed.body[7] ^= 1
        let other = "whsec_" + BinaryText.base64.encode(Array("not the key that we agreed about".utf8))
        let hub = Signed.hub("/channels/phone", body)
        var bare = hub
        bare.headers = [HeaderField("x-hub-signature-256", String(hub.headers[0].value.dropFirst(7)))]
        var twice = hub
        twice.headers.insert(HeaderField("x-hub-signature-256", "sha256=" + String(repeating: "0", count: 64)), at: 0)
        var sha1 = hub
        sha1.headers = [HeaderField("x-hub-signature", "sha1=" + String(repeating: "0", count: 40))]
        var contract = try Signed.webhook("/contracts/desk", body, key: other)
        contract.target = "/contracts/desk"
        return [
            HostileRequest("another body than was signed", changed, 401),
            HostileRequest("another key", try Signed.webhook("/channels/shop", body, key: other), 401),
            HostileRequest("another id than was signed", with("webhook-id", "other"), 401),
            HostileRequest("no id", with("webhook-id", nil), 401),
            HostileRequest("no signature", with("webhook-signature", nil), 401),
            HostileRequest("an empty signature", with("webhook-signature", ""), 401),
            HostileRequest("a signature of another version", with("webhook-signature", "v9,AAAA"), 401),
            HostileRequest("a signature that is no base64", with("webhook-signature", "v1,%%%"), 401),
            HostileRequest(
                "ten thousand signatures",
                with("webhook-signature", Array(repeating: "v1,AAAA", count: 10_000).joined(separator: " ")), 401),
            HostileRequest("a stale time", try Signed.webhook("/channels/shop", body, at: now - .seconds(301)), 401),
            HostileRequest("a time to come", try Signed.webhook("/channels/shop", body, at: now + .seconds(310)), 401),
            HostileRequest("a time that is none", with("webhook-timestamp", "yesterday"), 401),
            HostileRequest("a time beyond 64 bits", with("webhook-timestamp", String(repeating: "9", count: 40)), 401),
            HostileRequest("a negative time", with("webhook-timestamp", "-1"), 401),
            HostileRequest("no time", with("webhook-timestamp", nil), 401),
            HostileRequest("a contract's callback with another key", contract, 401),
            HostileRequest("the right word twice", bot("{}", "made-up-word", "made-up-word"), 401),
            HostileRequest("the right word and a wrong one", bot("{}", "wrong", "made-up-word"), 401),
            HostileRequest("a wrong word", bot("{}", "made-up-worD"), 401),
            HostileRequest("half a word", bot("{}", "made-up"), 401),
            HostileRequest("an empty word", bot("{}", ""), 401),
            HostileRequest("no word", WebRequest("POST", "/channels/bot", body: body), 401),
            HostileRequest("a signature without its prefix", bare, 401),
            HostileRequest("a wrong signature before the right one", twice, 401),
            HostileRequest("a signature of an older kind", sha1, 401),
            HostileRequest("another app's signature", Signed.hub("/channels/phone", body, key: "other"), 401),
        ]
    }

    static func handshakes() -> [HostileRequest] {
        func ask(_ query: String) -> WebRequest { WebRequest("GET", "/channels/phone?\(query)") }
        let right = "hub.mode=subscribe&hub.verify_token=made-up-token"
        return [
            HostileRequest(
                "a handshake with a wrong word",
                ask("hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1"), 403),
            HostileRequest("a handshake without a word", ask("hub.mode=subscribe&hub.challenge=1"), 403),
            HostileRequest("a handshake without a challenge", ask(right), 403),
            HostileRequest("a handshake with two words", ask(right + "&hub.verify_token=wrong&hub.challenge=1"), 403),
            HostileRequest("no handshake at all", ask("a=b"), 405),
            HostileRequest("a handshake with a right word", ask(right + "&hub.challenge=1"), 200),
        ]
    }

    static func calls(_ house: House, _ conversation: String) -> [HostileRequest] {
        let (list, one) = ("/v1/conversations", "/v1/conversations/\(conversation)")
        func get(_ target: String) -> WebRequest { house.call("GET", target) }
        func reply(_ body: String) -> WebRequest {
            var request = house.call("POST", one + "/replies", key: "hostile")
            request.body = Array(body.utf8)
            return request
        }
        var reading = get("/healthz")
        reading.body = Array("{}".utf8)
        return [
            HostileRequest("a cursor of nobody's", get(list + "?cursor=x"), 400),
            HostileRequest("a cursor with SQL", get(list + "?cursor=con_'%20OR%201=1;--"), 400),
            HostileRequest("a message cursor of a wrong form", get(one + "/messages?cursor=1.2"), 400),
            HostileRequest(
                "a message cursor beyond 64 bits",
                get(one + "/messages?cursor=99999999999999999999.msg_00000000000000000000000000"), 400),
            HostileRequest("a limit of 0", get(list + "?limit=0"), 400),
            HostileRequest("a limit of 201", get(list + "?limit=201"), 400),
            HostileRequest("a limit beyond 64 bits", get(list + "?limit=99999999999999999999"), 400),
            HostileRequest("a limit in words", get(list + "?limit=ten"), 400),
            HostileRequest("a status that is none", get(list + "?status=lost"), 400),
            HostileRequest("a state that is none", get("/v1/deliveries?state=lost"), 400),
            HostileRequest("a destination that is none", get("/v1/deliveries?destination=desk"), 400),
            HostileRequest("an id with SQL", get(list + "/con_'%20OR%20'1'='1"), 404),
            HostileRequest("an id of another kind", get(list + "/msg_00000000000000000000000000"), 404),
            HostileRequest("an id in capitals", get(list + "/" + conversation.uppercased()), 404),
            HostileRequest("an id with a way out", get(list + "/..%2f..%2fopenapi.json"), 404),
            HostileRequest("cut off JSON in a call", reply(#"{"text":"#), 400),
            HostileRequest("no JSON in a call", reply(""), 400),
            HostileRequest("a list in a call", reply(#"[{"text":"x"}]"#), 400),
            HostileRequest("an unknown member in a call", reply(#"{"text":"x","admin":true}"#), 400),
            HostileRequest("a member that is not the caller's to set", reply(#"{"text":"x","id":"y"}"#), 400),
            HostileRequest("a wrong type in a call", reply(#"{"text":{"$gt":""}}"#), 400),
            HostileRequest("no text in a call", reply(#"{"text":""}"#), 400),
            HostileRequest("a leg of a wrong form", reply(#"{"text":"x","leg":"'; --"}"#), 400),
            HostileRequest("JSON 10,000 deep in a call", reply(String(repeating: "[", count: 10_000)), 400),
            HostileRequest("300 kB in a call", reply(#"{"text":"\#(String(repeating: "x", count: 300_000))"}"#), 413),
            HostileRequest("no token", WebRequest("GET", list), 401),
            HostileRequest(
                "a token as a password", WebRequest("GET", list, headers: [HeaderField("authorization", "Basic eDp5")]),
                401),
            HostileRequest("an empty token", house.call("GET", list, token: ""), 401),
            HostileRequest("a hash as a token", house.call("GET", list, token: APIToken.hash(house.token)), 401),
            HostileRequest("changing what can only be read", house.call("PATCH", one, json: [:]), 404, 405),
            HostileRequest("reading with a body", reading, 200),
        ]
    }
}
