// Reading a connector's folder: every mistake in it, named by file, line and column, at once.

import FoundationEssentials
import Model

extension ConnectorFolder {
    /// How long a jq program may be, in bytes.
    static let programBytesMax = 1 << 20

    /// Reads the folder at `path`: adapter.yaml or contract.yaml and the jq programs that it calls for.
    /// - Throws: every mistake. The jq programs themselves are checked by ``Connector/check()``.
    package static func load(_ path: String) throws(ConfigurationProblems) -> ConnectorFolder {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let side = try side(of: path)
        let file = "\(path)/\(side.fileName)"
        let yamlSource = try text(of: file)
        let root = try YAMLValue(parsing: yamlSource, file: file)
        let declared = root.fields?.fields("settings")?.members.map(\.name) ?? []
        var problems: [ConfigurationProblem] = []
        var checked: Fields?
        do throws(ConfigurationProblems) {
            checked = try side.shape.check(root, settings: declared).fields
        } catch {
            problems += error.list
        }
        // What the YAML calls for is looked for even when the YAML has mistakes: all at once.
        func program(_ name: String) -> String {
            let keys = name == "receive" ? ["receive", "poll", "stream"] : [name]
            guard let key = keys.first(where: { root.fields?[$0] != nil }) else { return "" }
            do throws(ConfigurationProblems) {
                return try text(of: "\(path)/\(name).jq")
            } catch {
                problems += error.list.map { problem in
                    ConfigurationProblem(
                        file: problem.file, message: "\(problem.message); \"\(key)\" in \(side.fileName) needs it")
                }
                return ""
            }
        }
        let receiveSource = program("receive")
        let sendSource = program("send")
        if let checked { problems += mistakes(in: checked, folder: path, settings: declared) }
        guard problems.isEmpty, let checked else { throw ConfigurationProblems(problems.inOrder) }
        return ConnectorFolder(checked, path, side, (yamlSource, receiveSource, sendSource))
    }

    private init(
        _ fields: Fields, _ path: String, _ side: ConnectorSide,
        _ sources: (yaml: String, receive: String, send: String)
    ) {
        self.path = path
        self.side = side
        id = fields.string("id") ?? ""
        title = fields.string("title") ?? ""
        docs = fields.string("docs")
        settings = (fields.fields("settings")?.members ?? []).compactMap { member in
            member.value.fields.map { SettingDeclaration(name: member.name, fields: $0) }
        }
        let limits = fields.fields("limits")
        self.limits = ReplyLimits(limits)
        publicLimits = limits?.fields("public").map { ReplyLimits($0) }
        rates = (limits?.list("rate") ?? []).compactMap { $0.fields.flatMap { RateLimit($0) } }
        gauges = (limits?.list("gauge") ?? []).compactMap { $0.fields.flatMap { GaugeRule($0) } }
        parallel = limits?.integer("parallel") ?? 4
        capabilities = Capabilities(fields.fields("capabilities"))
        vocab = fields["vocab"]?.json ?? .object([:])
        self.receive = fields.fields("receive").map { ReceiveDeclaration($0) }
        self.send = fields.fields("send").flatMap { SendDeclaration($0) }
        let named = (fields.fields("auth")?.members ?? []).compactMap { member in
            member.value.fields.flatMap { AuthScheme($0) }.map { (member.name, $0) }
        }
        auths = Dictionary(named) { first, _ in first }
        errors = fields.list("errors").compactMap { $0.fields.flatMap { ErrorRule($0) } }
        let declared = (fields.fields("calls")?.members ?? []).compactMap { member in
            member.value.fields.flatMap { CallDeclaration($0) }.map { (member.name, $0) }
        }
        calls = Dictionary(declared) { first, _ in first }
        polls = fields.list("poll").compactMap { $0.fields.flatMap { PollDeclaration($0) } }
        streams = fields.list("stream").compactMap { $0.fields.flatMap { StreamDeclaration($0) } }
        registrations = fields.list("register").compactMap { $0.fields.flatMap { RegisterDeclaration($0) } }
        files = fields.fields("files").flatMap { FilesDeclaration($0) }
        reconcile = fields.fields("reconcile").flatMap { ReconcileDeclaration($0) }
        yamlSource = sources.yaml
        receiveSource = sources.receive
        sendSource = sources.send
    }

    private static func side(of path: String) throws(ConfigurationProblems) -> ConnectorSide {
        let sides = ConnectorSide.allCases.filter { FileManager.default.fileExists(atPath: "\(path)/\($0.fileName)") }
        guard let side = sides.first, sides.count == 1 else {
            let message =
                sides.isEmpty ? "has neither adapter.yaml nor contract.yaml" : "has both adapter.yaml and contract.yaml"
            throw ConfigurationProblems([ConfigurationProblem(file: path, message: message)])
        }
        return side
    }

    private static func text(of file: String) throws(ConfigurationProblems) -> String {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ConfigurationProblems([ConfigurationProblem(file: file, message: "is missing or cannot be read")])
        }
        guard data.count <= programBytesMax, let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationProblems([ConfigurationProblem(file: file, message: "is no UTF-8 text of at most 1 MB")])
        }
        return text
    }

    /// What no shape can see.
    private static func mistakes(in fields: Fields, folder: String, settings: [String]) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        let name = folder.split(separator: "/").last.map(String.init) ?? folder
        if let id = fields.string("id"), id != name, name != ".", name != ".." {
            problems.append(.init(fields.position("id"), "\"\(id)\" is not the folder's name, \"\(name)\""))
        }
        problems += pollMistakes(in: fields) + registerMistakes(in: fields) + fileMistakes(in: fields)
        problems += reconcileMistakes(in: fields)
        if fields["receive"] == nil, fields["send"] == nil, fields.list("poll").isEmpty,
            fields.list("stream").isEmpty
        {
            problems.append(.init(fields.position, "neither \"receive\" nor \"send\" stands here"))
        }
        for setting in fields.fields("settings")?.members ?? [] {
            guard let setting = setting.value.fields, setting.boolean("secret") == true else { continue }
            if setting["default"] != nil {
                problems.append(.init(setting.position("default"), "a secret cannot have a default"))
            }
        }
        problems += unknownNames(in: fields)
        for limits in [fields.fields("limits"), fields.fields("limits")?.fields("public")] {
            if let text = limits?.fields("text") { problems += TextLimit.mistakes(in: text) }
        }
        problems += idempotencyMistakes(in: fields)
        let auths = fields.fields("auth")?.members.map(\.name) ?? []
        if let send = fields.fields("send"), let auth = send.string("auth"), !auths.contains(auth) {
            let hint = NearestName.hint(auth, among: auths)
            problems.append(.init(send.position("auth"), "no auth is called \"\(auth)\"\(hint)"))
        }
        problems += grantMistakes(in: fields)
        for block in fields.fields("receive")?.list("verify") ?? [] {
            for part in block.fields?.list("signed") ?? [] {
                guard case .setting(let name) = part.string.flatMap({ Part($0) }), !settings.contains(name) else {
                    continue
                }
                let hint = NearestName.hint(name, among: settings)
                problems.append(.init(part.position, "no setting is called \"\(name)\"\(hint)"))
            }
            if let signed = block.fields?["signed"], signed.list?.isEmpty == true {
                problems.append(.init(signed.position, "nothing is signed"))
            }
        }
        problems += verificationMistakes(in: fields, settings: settings)
        problems += handshakeMistakes(in: fields)
        if let receive = fields.fields("receive"), let form = BodyDecoding(receive["decode"]), form.isForm {
            for handshake in receive.list("handshake") where handshake.fields?.string("scheme") == "challenge_sign" {
                // A challenge `a=b` would come back as the signature of a form.
                problems.append(.init(handshake.position, "challenge_sign cannot stand beside bodies that are forms"))
            }
        }
        if let verify = fields.fields("receive")?["verify"], verify.list?.isEmpty == true {
            problems.append(.init(verify.position, "no block stands here; {scheme: none} lets anybody post"))
        }
        return problems
    }
}
