// The sending half of one endpoint: makes HTTP requests of what send.jq asks for.

import Model
import Signing
import Transports

/// `send` of a connector with the endpoint's settings in it.
struct Sender: Sendable {
    let program: JQProgram
    let classifier: AnswerClassifier
    let redactor: Redactor
    /// In order; empty: whatever send.jq gives.
    let steps: [BoundStep]
    /// The header that takes the key; `nil`: the other side does not know a request that comes again.
    let idempotencyHeader: String?
    private let idempotencyMethods: Set<String>?
    private let base: WebAddress
    private let defaultAuth: String?
    private let auths: [String: BoundAuth]
    private let headers: [HeaderField]
    private let timeout: Duration

    /// - Throws: settings that make no address or no key.
    init(
        _ declaration: SendDeclaration, folder: ConnectorFolder, settings: [String: [String]], program: JQProgram
    ) throws(SettingProblems) {
        self.program = program
        let file = folder.file
        steps = declaration.steps.map { step in
            BoundStep(step) { snippet in
                JQProgram(
                    name: file, source: snippet.source, settings: program.settings, firstLine: snippet.line)
            }
        }
        classifier = AnswerClassifier(folder, settings: program.settings)
        let secret = Set(folder.settings.filter(\.isSecret).map(\.name))
        redactor = Redactor(settings.filter { secret.contains($0.key) })
        guard let address = declaration.baseURL.value(settings).flatMap({ WebAddress($0) }) else {
            throw SettingProblems([
                SettingProblem(
                    setting: declaration.baseURL.settings.first,
                    message: "makes no http or https address for send.base_url")
            ])
        }
        base = address
        defaultAuth = declaration.auth
        var auths: [String: BoundAuth] = [:]
        for (name, scheme) in folder.auths { auths[name] = try BoundAuth(scheme, settings: settings) }
        self.auths = auths
        headers = declaration.headers.compactMap { header in
            header.value.value(settings).map { HeaderField(header.name, $0) }
        }
        timeout = declaration.timeout
        idempotencyHeader = declaration.idempotencyHeader
        idempotencyMethods = declaration.idempotencyMethods
    }

    /// Whether the other side knows every request that comes again.
    var isRepeatable: Bool { idempotencyHeader != nil && idempotencyMethods == nil }

    /// Whether the other side knows such a request when it comes again: by the key, or because it changes nothing.
    func isRepeatable(_ method: String) -> Bool {
        if ["GET", "HEAD", "OPTIONS"].contains(method) { return true }
        return idempotencyHeader != nil && idempotencyMethods?.contains(method) ?? true
    }

    /// The request that an output of send.jq asks for.
    /// - Parameters:
    ///   - key: what marks this request, on every attempt the same.
    ///   - now: when this attempt is made.
    /// - Throws: what in the output cannot be.
    func request(_ rendered: RenderedRequest, key: String, now: Timestamp) throws(MappingError) -> HTTPRequest {
        let auth = try auth(of: rendered)
        var query = rendered.query
        var content = rendered.content
        if case .param(.query, let name, let value) = auth { query.append((name, value)) }
        if case .param(.form, let name, let value) = auth {
            switch content {
            case .none: content = .form([(name, value)])
            case .form(let pairs): content = .form(pairs + [(name, value)])
            case .json, .text:
                throw MappingError(path: ".form", problem: "is missing: the auth puts its parameter into a form")
            }
        }
        let body = Self.body(of: content)
        var fields: [String: String] = [:]
        fields["content-type"] = body.type
        for field in headers + rendered.headers { fields[field.name] = field.value }
        if let idempotencyHeader { fields[idempotencyHeader.lowercased()] = key }
        switch auth {
        case .header(let field): fields[field.name] = field.value
        case .signer(let signer):
            for field in signer.headers(id: key, at: now, body: body.bytes) { fields[field.name] = field.value }
        case .unset, .param: break
        }
        let url = try url(of: rendered.target, auth: auth, query: query)
        return HTTPRequest(
            method: rendered.method, url: url,
            headers: fields.sorted { $0.key < $1.key }.map { HeaderField($0.key, $0.value) }, body: body.bytes,
            timeout: timeout, redactedURL: redactor.redacted(url))
    }

    private func auth(of rendered: RenderedRequest) throws(MappingError) -> BoundAuth {
        guard let name = rendered.auth ?? defaultAuth else { return .unset }
        guard let auth = auths[name] else {
            let hint = NearestName.hint(name, among: Array(auths.keys).sorted())
            throw MappingError(path: ".auth", problem: "no auth is called \"\(name.prefix(40))\"\(hint)")
        }
        return auth
    }

    private static func body(of content: RenderedRequest.Content) -> (type: String?, bytes: [UInt8]) {
        switch content {
        case .none: (nil, [])
        case .json(let json): ("application/json", json.bytes)
        case .form(let pairs): ("application/x-www-form-urlencoded", Array(FormBody.text(pairs).utf8))
        case .text(let text): ("text/plain; charset=utf-8", Array(text.utf8))
        }
    }

    private func url(
        of target: RenderedRequest.Target, auth: BoundAuth, query: [(name: String, value: String)]
    ) throws(MappingError) -> String {
        var path: String
        var queries = query.isEmpty ? [] : [PercentCoding.query(query)]
        let member: String
        switch target {
        case .path(let text):
            member = ".path"
            let prefix = base.path.hasSuffix("/") ? String(base.path.dropLast()) : base.path
            path = prefix + (text.isEmpty || text.hasPrefix("/") ? "" : "/") + text
            queries = (base.query.map { [$0] } ?? []) + queries
        case .url(let text):
            member = ".url"
            guard let address = WebAddress(text) else {
                throw MappingError(path: member, problem: "is no http or https address")
            }
            guard address.origin == base.origin else {
                throw MappingError(path: member, problem: "lies on another host than base_url")
            }
            path = address.path
            queries = (address.query.map { [$0] } ?? []) + queries
        }
        path = try Self.filled(path, auth, member)
        let segments = path.lowercased().replacing("%2e", with: ".").split(separator: "/")
        guard !segments.contains("."), !segments.contains("..") else {
            throw MappingError(path: member, problem: "has a segment . or ..")
        }
        let text = queries.filter { !$0.isEmpty }.joined(separator: "&")
        return base.origin + path + (text.isEmpty ? "" : "?\(text)")
    }

    /// The path, safe to send, with the credential where `{name}` stands.
    private static func filled(_ path: String, _ auth: BoundAuth, _ member: String) throws(MappingError) -> String {
        guard case .param(.path, let name, let value) = auth else { return PercentCoding.path(path) }
        guard let place = path.firstRange(of: "{\(name)}") else {
            throw MappingError(path: member, problem: "has no {\(name)}, which the auth replaces")
        }
        return PercentCoding.path(String(path[..<place.lowerBound])) + PercentCoding.segment(value)
            + PercentCoding.path(String(path[place.upperBound...]))
    }
}
