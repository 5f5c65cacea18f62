// Where a token comes from: the requests to the token endpoint, and what its answers mean.

import Model
import Signing
import Transports

/// Fetches tokens of one auth.
struct GrantSource: Sendable {
    let name: String
    /// A digest of all that made the credential: changed settings start anew.
    let identity: String
    /// Every piece of jq, for checks.
    let snippets: [JQProgram]
    private let declaration: GrantDeclaration
    private let settings: [String: [String]]
    private let mint: TokenMint?
    private let reader: JQProgram
    private let machine: JQMachine

    static let timeout = Duration.seconds(30)

    init(
        _ name: String, _ declaration: GrantDeclaration, file: String, settings: [String: [String]],
        machine: JQMachine
    ) throws(SettingProblems) {
        self.name = name
        self.declaration = declaration
        self.settings = settings
        self.machine = machine
        mint = try TokenMint(declaration.fields.fields("assertion"), settings: settings)
        let values = declaration.fields.members.map { member in
            "\(member.name)=\((member.value.json(filling: settings) ?? member.value.json).text)"
        }
        identity = BinaryText.hex.encode(Digest.hash(.sha256, Array(values.sorted().joined(separator: "\n").utf8)))
        snippets = declaration.snippets.map {
            JQProgram(name: file, source: $0.snippet.source, firstLine: $0.snippet.line)
        }
        var lines = ["def samtal_value(f): try ([first(f)] | .[0]) catch null;"]
        for (member, snippet) in declaration.snippets { lines += ["def samtal_\(member):", snippet.source, ";"] }
        let members = declaration.snippets.map { "\"\($0.name)\": samtal_value(samtal_\($0.name))" }
        lines.append("{\(members.joined(separator: ", "))}")
        reader = JQProgram(name: "\(file) (auth \(name))", source: lines.joined(separator: "\n"))
    }

    /// Asks for a token. A session that can be refreshed is; when that is refused, it logs in again.
    func fetch(
        after old: Grant?, through transport: any HTTPTransport, now: Timestamp, redactor: Redactor
    ) async throws(SendMistake) -> Grant {
        guard declaration.isSession else {
            return try await exchange(try tokenRequest(old, now, redactor), old, transport, now)
        }
        if let old, old.refresh != nil, declaration.fields["refresh"] != nil {
            do throws(SendMistake) {
                return try await exchange(try sessionRequest("refresh", old, redactor), old, transport, now)
            } catch {
                if error.outcome != .auth { throw error }
            }
        }
        if declaration.fields["first"] != nil { return try first(after: old, now) }
        return try await exchange(try sessionRequest("login", nil, redactor), nil, transport, now)
    }

    /// The token that IT gave. It is its own refresh token: the request that renews it shows it.
    private func first(after old: Grant?, _ now: Timestamp) throws(SendMistake) -> Grant {
        guard old == nil, let token = text("first"), !token.isEmpty else {
            throw mistake("the token has ended and could not be renewed: give another one", .auth)
        }
        return Grant(token: token, refresh: token, expires: expires(token, .null, now), keep: [:])
    }

    private func mistake(_ problem: String, _ outcome: OutcomeClass) -> SendMistake {
        SendMistake(reason: "auth \(name): \(problem)", outcome: outcome)
    }

    private func text(_ member: String) -> String? {
        declaration.fields.template(member)?.value(settings)
    }

    private func request(
        _ method: String, _ url: String?, _ headers: [HeaderField], _ body: [UInt8], _ redactor: Redactor
    ) throws(SendMistake) -> HTTPRequest {
        guard let url, WebAddress(url) != nil else { throw mistake("makes no http or https address", .auth) }
        return HTTPRequest(
            method: method, url: url, headers: headers.sorted { $0.name < $1.name }, body: body,
            timeout: Self.timeout, redactedURL: redactor.redacted(url))
    }

    private func tokenRequest(
        _ old: Grant?, _ now: Timestamp, _ redactor: Redactor
    ) throws(SendMistake) -> HTTPRequest {
        var pairs: [(name: String, value: String)] = []
        func add(_ name: String, _ value: String?) { if let value { pairs.append((name, value)) } }
        let grant = declaration.fields.string("grant") ?? ""
        add("grant_type", grant == "jwt_bearer" ? "urn:ietf:params:oauth:grant-type:jwt-bearer" : grant)
        var headers = [HeaderField("accept", "application/json")]
        let (id, secret) = (text("client_id"), text("client_secret"))
        switch declaration.fields.string("client") {
        case "basic":
            // RFC 6749 section 2.3.1: both are written as in a form before they are joined.
            let words = [id ?? "", secret ?? ""].map { String(FormBody.text([($0, "")]).dropLast()) }
            let encoded = BinaryText.base64.encode(Array(words.joined(separator: ":").utf8))
            headers.append(HeaderField("authorization", "Basic \(encoded)"))
        case "none": add("client_id", id)
        case "assertion":
            // RFC 7523 section 2.2: the client shows a token that it has signed.
            guard let assertion = mint?.token(now: now) else { throw mistake("the assertion has no key", .auth) }
            add("client_id", id)
            add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            add("client_assertion", assertion)
        default:
            add("client_id", id)
            add("client_secret", secret)
        }
        switch grant {
        case "refresh_token": add("refresh_token", old?.refresh ?? text("refresh_token"))
        case "password":
            add("username", text("username"))
            add("password", text("password"))
        case "jwt_bearer":
            guard let assertion = mint?.token(now: now) else { throw mistake("the assertion has no key", .auth) }
            add("assertion", assertion)
        default: break
        }
        add("scope", text("scope"))
        for member in declaration.fields.fields("parameters")?.members ?? [] {
            add(member.name, member.value.json(filling: settings)?.string)
        }
        let isJSON = declaration.fields.string("body") == "json"
        headers.append(
            HeaderField("content-type", isJSON ? "application/json" : "application/x-www-form-urlencoded"))
        let object = JSON.object(Dictionary(pairs.map { ($0.name, JSON.string($0.value)) }) { _, last in last })
        let body = isJSON ? object.bytes : Array(FormBody.text(pairs).utf8)
        return try request("POST", text("token_url"), headers, body, redactor)
    }

    private func sessionRequest(
        _ member: String, _ old: Grant?, _ redactor: Redactor
    ) throws(SendMistake) -> HTTPRequest {
        let values = settings.merging(old?.texts(name) ?? [:]) { first, _ in first }
        guard let fields = declaration.fields.fields(member),
            let filled = declaration.fields[member]?.json(filling: values)
        else { throw mistake("\(member) uses something that is not given", .auth) }
        var headers = (filled["headers"].object ?? [:]).map { HeaderField($0.key.lowercased(), $0.value.string ?? "") }
        var body: [UInt8] = []
        if let json = filled["json"].unlessNull {
            body = json.bytes
            headers.append(HeaderField("content-type", "application/json"))
        } else if let form = filled["form"].object {
            let pairs = form.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value.string ?? $0.value.text) }
            body = Array(FormBody.text(pairs).utf8)
            headers.append(HeaderField("content-type", "application/x-www-form-urlencoded"))
        }
        return try request(fields.string("method") ?? "POST", filled["url"].string, headers, body, redactor)
    }

    private func exchange(
        _ request: HTTPRequest, _ old: Grant?, _ transport: any HTTPTransport, _ now: Timestamp
    ) async throws(SendMistake) -> Grant {
        switch await transport.send(request) {
        case .failure(let failure):
            let outcome: OutcomeClass = failure.kind == .refused ? .auth : .transient
            throw mistake("no token: \(failure.kind.rawValue)", outcome)
        case .response(let response):
            guard (200..<300).contains(response.status) else {
                let isPassing = response.status >= 500 || [408, 425, 429].contains(response.status)
                throw mistake("no token: status \(response.status)", isPassing ? .transient : .auth)
            }
            return try await read(response, old, now)
        }
    }

    private func read(_ response: HTTPResponse, _ old: Grant?, _ now: Timestamp) async throws(SendMistake) -> Grant {
        let found: JSON
        do throws(JQError) {
            found = try await machine.run(reader, .bytes(response.body), request: [:], now: now).first ?? .null
        } catch {
            throw mistake("the answer cannot be read", .transient)
        }
        guard let token = found["token"].string, !token.isEmpty else {
            throw mistake("the answer holds no token", .auth)
        }
        var keep = old?.keep ?? [:]
        for (member, value) in found.object ?? [:] where member.hasPrefix("keep_") && !value.isNull {
            keep[String(member.dropFirst("keep_".count))] = value
        }
        return Grant(
            token: token, refresh: found["refresh"].string ?? old?.refresh, expires: expires(token, found, now),
            keep: keep)
    }

    private func expires(_ token: String, _ found: JSON, _ now: Timestamp) -> Timestamp? {
        if declaration.isSession {
            guard let text = declaration.fields.string("expires") else { return nil }
            if text != "jwt" { return Duration(text: text).map { now + $0 } }
            return JWS(compact: token)?.payload["exp"].double.map { Timestamp(seconds: $0) }
        }
        if let told = RetryAfter.duration(found["expires_in"]), told > .zero { return now + told }
        return declaration.fields.duration("lifetime").map { now + $0 }
    }
}
