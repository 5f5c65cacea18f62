// The sending half of one endpoint: makes HTTP requests of what send.jq asks for.

import Model
import Signing
import Transports

/// `send` of a connector with the endpoint's settings in it. A class: it is handed on many times for each request.
final class Sender: Sendable {
    let program: JQProgram
    let classifier: AnswerClassifier
    /// In order; empty: whatever send.jq gives.
    let steps: [BoundStep]
    let secrets: GrantedSecrets
    /// The auths of which base_url, hosts or headers use something.
    let needed: Set<String>
    /// The header that takes the key; `nil`: none does.
    let idempotencyHeader: String?
    /// Whether a request that comes again does no harm.
    private let isKnownAgain: Bool
    private let idempotencyMethods: Set<String>?
    private let baseURL: Template
    /// What base_url makes, when it uses nothing of the auths.
    private let fixedBase: WebAddress?
    private let hosts: [Template]
    /// Hosts that files lie on.
    private let fileHosts: [Template]
    private let settings: [String: [String]]
    private let proofs: [String: DerivedParameter]
    private let defaultAuth: String?
    private let auths: [String: BoundAuth]
    private let headers: [(name: String, value: Template)]
    private let timeout: Duration
    /// As whom leave is asked for, and with which rate; `nil`: it is not.
    let leave: (origin: String, rate: Int?)?

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
        secrets = GrantedSecrets(settings.filter { secret.contains($0.key) })
        let isGranted = !declaration.baseURL.granted.isEmpty
        fixedBase = isGranted ? nil : declaration.baseURL.value(settings).flatMap { WebAddress($0) }
        guard isGranted || fixedBase != nil else {
            throw SettingProblems([
                SettingProblem(
                    setting: declaration.baseURL.settings.first,
                    message: "makes no http or https address for send.base_url")
            ])
        }
        baseURL = declaration.baseURL
        hosts = declaration.hosts
        fileHosts = folder.files?.hosts ?? []
        self.settings = settings
        proofs = DerivedParameter.all(folder.auths, settings: settings)
        let templates = [declaration.baseURL] + declaration.hosts + fileHosts + declaration.headers.map(\.value)
        let kept = folder.auths.compactMap { name, scheme in scheme.keepsSomething ? name : nil }
        needed = Set(templates.flatMap(\.granted).map(\.auth)).union(kept)
        defaultAuth = declaration.auth
        var auths: [String: BoundAuth] = [:]
        for (name, scheme) in folder.auths { auths[name] = try BoundAuth(scheme, settings: settings) }
        self.auths = auths
        headers = declaration.headers
        timeout = declaration.timeout
        let origin = declaration.leave?.origin.value(settings).flatMap { $0.isEmpty ? nil : $0 }
        leave = origin.map { ($0, declaration.leave?.rate) }
        idempotencyHeader = declaration.idempotencyHeader
        isKnownAgain = declaration.idempotencyHeader != nil || declaration.isRepeatable
        idempotencyMethods = declaration.idempotencyMethods
    }

    /// Keeps secrets out of what is stored or shown, tokens that were fetched among them.
    var redactor: Redactor { secrets.redactor }

    /// The auth that a request uses; `nil`: none.
    func authName(of rendered: RenderedRequest) -> String? {
        if rendered.auth == "none" { return nil }
        return rendered.auth ?? (rendered.isForeignFetch ? nil : defaultAuth)
    }

    /// Whether the other side knows every request that comes again.
    var isRepeatable: Bool { isKnownAgain && idempotencyMethods == nil }

    /// Whether the other side knows such a request when it comes again: by the key, or because it changes nothing.
    func isRepeatable(_ method: String) -> Bool {
        if Self.reads(method) { return true }
        return isKnownAgain && idempotencyMethods?.contains(method) ?? true
    }

    /// Whether a method changes nothing (RFC 9110 section 9.2.1).
    private static func reads(_ method: String) -> Bool { ["GET", "HEAD", "OPTIONS"].contains(method) }

    /// The request that an output of send.jq asks for.
    /// - Parameters:
    ///   - key: what marks this request, on every attempt the same.
    ///   - now: when this attempt is made.
    ///   - files: those that the request carries, by id.
    /// - Throws: what in the output cannot be.
    func request(
        _ rendered: RenderedRequest, key: String, now: Timestamp, grants: Grants = Grants(),
        files: [String: CarriedFile] = [:]
    ) throws(MappingError) -> HTTPRequest {
        let auth = try ready(try auth(of: rendered), authName(of: rendered), now, grants)
        let granted = grants.texts
        let values = granted.isEmpty ? settings : settings.merging(granted) { first, _ in first }
        var query = rendered.query
        let proof = authName(of: rendered).flatMap { proofs[$0] }
        if let proof, proof.place == .query { query.append((proof.name, proof.value)) }
        var content = rendered.content
        if case .param(.query, let name, let value) = auth { query.append((name, value)) }
        if case .param(.form, let name, let value) = auth {
            switch content {
            case .none: content = .form([(name, value)])
            case .form(let pairs): content = .form(pairs + [(name, value)])
            case .json, .text, .file, .multipart:
                throw MappingError(path: ".form", problem: "is missing: the auth puts its parameter into a form")
            }
        }
        if let proof, proof.place == .form, case .form(let pairs) = content {
            content = .form(pairs + [(proof.name, proof.value)])
        }
        let body = RequestBody(of: content, key: key, files: files)
        var fields: [String: String] = [:]
        fields["content-type"] = body.type
        for header in rendered.isForeignFetch ? [] : headers {
            if let value = header.value.value(values) { fields[header.name.lowercased()] = value }
        }
        // CloudEvents HTTP webhooks 1.0.2 section 4.1.2: on every request, not only on the one that asks for leave.
        if let leave, !rendered.isForeignFetch { fields["webhook-request-origin"] = leave.origin }
        for field in rendered.headers { fields[field.name] = field.value }
        let isMinded = !rendered.isFetch && !Self.reads(rendered.method)
        if let idempotencyHeader, isMinded { fields[idempotencyHeader.lowercased()] = key }
        switch auth {
        case .header(let field): fields[field.name] = field.value
        case .signer(let signer):
            for field in signer.headers(id: key, at: now, body: body.bytes) { fields[field.name] = field.value }
        case .unset, .param, .granted, .minted: break
        }
        let url = try url(of: rendered, auth: auth, query: query, values)
        return HTTPRequest(
            method: rendered.method, url: url,
            headers: fields.sorted { $0.key < $1.key }.map { HeaderField($0.key, $0.value) }, body: body.bytes,
            timeout: timeout, redactedURL: redactor.redacted(url))
    }

    private func auth(of rendered: RenderedRequest) throws(MappingError) -> BoundAuth {
        guard let name = authName(of: rendered) else { return .unset }
        guard let auth = auths[name] else {
            let hint = NearestName.hint(name, among: Array(auths.keys).sorted())
            throw MappingError(path: ".auth", problem: "no auth is called \"\(name.prefix(40))\"\(hint)")
        }
        return auth
    }

    /// The auth with the token in it, for those that have one.
    private func ready(
        _ auth: BoundAuth, _ name: String?, _ now: Timestamp, _ grants: Grants
    ) throws(MappingError) -> BoundAuth {
        switch auth {
        case .granted(let place):
            guard let grant = name.flatMap({ grants.byName[$0] }) else {
                throw MappingError(path: ".auth", problem: "has no token yet")
            }
            return place.auth(grant.token)
        case .minted(let mint, let place):
            guard let token = mint.token(now: now) else {
                throw MappingError(path: ".auth", problem: "makes no token")
            }
            secrets.learn(token, as: "\(name ?? "auth") token")
            return place.auth(token)
        default: return auth
        }
    }

    private func url(
        of rendered: RenderedRequest, auth: BoundAuth, query: [(name: String, value: String)],
        _ values: [String: [String]]
    ) throws(MappingError) -> String {
        guard let base = fixedBase ?? baseURL.value(values).flatMap({ WebAddress($0) }) else {
            throw MappingError(path: ".path", problem: "has no base_url: it makes no http or https address")
        }
        var origin = base.origin
        var path: String
        var queries = query.isEmpty ? [] : [PercentCoding.query(query)]
        let member: String
        switch rendered.target {
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
            origin = address.origin
            guard
                origin == base.origin || address.isHTTPS(on: hosts.compactMap { $0.value(values) })
                    || rendered.isFetch && allowsFiles(of: address, rendered, base, values)
            else {
                let place = rendered.isFetch ? "on no host of files.hosts" : "on another host than base_url"
                throw MappingError(path: member, problem: "lies \(place)")
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
        return origin + path + (text.isEmpty ? "" : "?\(text)")
    }

    /// Whether `files.hosts` lets a file be fetched there. `*` is any host, and none that a credential goes to.
    private func allowsFiles(
        of address: WebAddress, _ rendered: RenderedRequest, _ base: WebAddress, _ values: [String: [String]]
    ) -> Bool {
        let named = fileHosts.compactMap { $0.value(values) }
        if address.isHTTPS(on: named.filter { $0 != "*" }) { return true }
        guard named.contains("*") else { return false }
        return authName(of: rendered) == nil && (address.isEncrypted || !base.isEncrypted)
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
