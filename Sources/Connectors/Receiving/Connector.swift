// A folder bound to one configured endpoint: the secrets, the address, the programs. What a wing of the house calls.

package import Model

/// A connector at work. Cheap to copy; copies share what they remember.
package struct Connector: Sendable {
    package let folder: ConnectorFolder
    /// The folder's name, `@`, and the digest of its files.
    package let version: String
    let machine: JQMachine
    var host: ConnectorHost
    /// Every setting that has a value, with all its values.
    let settings: [String: [String]]
    /// The endpoint's public address, without a secret and without a query.
    var publicURL: String
    let verifier: Verifier
    /// The keys of the other side, as far as they are known.
    var keys: KeyRing
    let receiveProgram: JQProgram
    let sender: Sender?
    var calls: BoundCalls
    /// The tokens, by the auth's name.
    var vaults: [String: CredentialVault]
    let grantSources: [GrantSource]
    let boundPolls: [BoundPoll]
    let boundStreams: [BoundStream]
    let boundRegistrations: [BoundRegistration]
    /// How files are fetched; `nil`: they are not.
    let files: BoundFiles?
    /// How the CRM is asked which tickets it has; `nil`: it is not.
    let boundReconcile: BoundReconcile?

    /// Binds a folder to the settings of one endpoint.
    /// - Parameters:
    ///   - settings: the values by name; several for a secret in rotation, the newest first.
    ///   - host: its way out, the time, and where its tokens are kept.
    ///   - programs: jq that stands in place of the folder's own.
    ///   - publicURL: where the other side calls this endpoint.
    ///   - sends: whether anything is sent to it; if not, it needs no address.
    /// - Throws: every setting that is missing, unknown, or unusable. Never a value.
    package init(
        folder: ConnectorFolder, settings: [String: [String]], machine: JQMachine,
        host: ConnectorHost, programs: ProgramTexts = ProgramTexts(), publicURL: String, sends: Bool = true
    ) throws(SettingProblems) {
        let declared = sends ? folder.settings : folder.settingsWithoutAddress
        let settings = try SettingProblems.check(settings, against: declared, of: folder)
        self.folder = folder
        version = folder.version(with: programs)
        self.settings = settings
        self.machine = machine
        self.host = host
        self.publicURL = publicURL
        keys = KeyRing(host)
        verifier = try Verifier(folder.receive?.verify ?? [], settings: settings)
        let visible = Self.visible(settings, folder, publicURL)
        receiveProgram = JQProgram(
            name: programs.receive == nil ? "\(folder.path)/receive.jq" : "receive in samtal.yaml",
            source: programs.receive ?? folder.receiveSource, settings: visible)
        let sendProgram = JQProgram(
            name: programs.send == nil ? "\(folder.path)/send.jq" : "send in samtal.yaml",
            source: programs.send ?? folder.sendSource, settings: visible)
        boundPolls = folder.polls.map { BoundPoll($0, folder: folder, settings: visible) }
        sender = try folder.send.flatMap { declaration throws(SettingProblems) in
            let isPlaced = sends || declaration.baseURL.value(settings) != nil
            return !isPlaced ? nil : try Sender(declaration, folder: folder, settings: settings, program: sendProgram)
        }
        func bound(_ snippet: Snippet) -> JQProgram {
            JQProgram(name: folder.file, source: snippet.source, settings: visible, firstLine: snippet.line)
        }
        calls = BoundCalls(folder, bind: bound)
        files = folder.files.map { BoundFiles($0, bind: bound) }
        boundReconcile = folder.reconcile.map { BoundReconcile($0, bind: bound) }
        boundStreams = folder.streams.map { BoundStream($0, bind: bound) }
        boundRegistrations = folder.registrations.map {
            BoundRegistration(declaration: $0, request: bound($0.request), ok: $0.ok.map(bound))
        }
        var sources: [GrantSource] = []
        for case (let name, .granted(let declaration)) in folder.auths {
            sources.append(
                try GrantSource(name, declaration, file: folder.file, settings: settings, machine: machine))
        }
        grantSources = sources
        vaults = Self.vaults(sources, host: host, secrets: sender?.secrets)
    }

    static func vaults(
        _ sources: [GrantSource], host: ConnectorHost, secrets: GrantedSecrets?
    ) -> [String: CredentialVault] {
        let secrets = secrets ?? GrantedSecrets([:])
        return Dictionary(
            sources.map { ($0.name, CredentialVault($0, host: host, secrets: secrets)) }
        ) { first, _ in first }
    }

    /// What every program sees: the settings that are no secrets, as texts, the folder's tables, and the endpoint.
    private static func visible(
        _ settings: [String: [String]], _ folder: ConnectorFolder, _ publicURL: String
    ) -> JQBindings {
        var members: [String: JSON] = [:]
        for setting in folder.settings where !setting.isSecret {
            members[setting.name] = JSON(settings[setting.name]?.first)
        }
        let endpoint = endpoint(of: folder, at: publicURL)
        return JQBindings(
            settings: .object(members), vocab: folder.vocab,
            endpoint: [
                "endpoint": .string(endpoint.description), "name": .string(endpoint.name), "url": .string(publicURL),
            ])
    }

    /// The endpoint whose requests come in at an address: its last segment is the name.
    static func endpoint(of folder: ConnectorFolder, at publicURL: String) -> Endpoint {
        let segments = (WebAddress(publicURL)?.path ?? "").split(separator: "/").map(String.init)
        return Endpoint(folder.side.endpoint, segments.last ?? folder.id)
    }
}

extension Connector {
    /// Deliveries at one time, at least 1.
    package var parallel: Int { folder.parallel }
    /// Runs tasks with the programs in place.
    package var executor: any TaskExecutor { machine.executor }
    package var capabilities: Capabilities { folder.capabilities }
    /// Whether a contract wants events of this type.
    package func wants(_ type: ContractEventType) -> Bool { folder.events.contains(type) }

    /// Headers that must not be stored with an envelope, in lower case: credentials and shared secrets.
    package var secretHeaders: Set<String> { verifier.secretHeaders }
    /// Query parameters that must not be stored with an envelope.
    package var secretParameters: Set<String> { verifier.secretParameters }

    /// Compiles every program of the folder: receive.jq, send.jq and each piece of jq in the YAML.
    /// - Returns: every mistake with its file and line; empty when all is well.
    package func check() async -> [ConfigurationProblem] {
        var told: [JQProgram] = calls.requestPrograms
        if folder.receives || !boundPolls.isEmpty || !boundStreams.isEmpty { told.append(receiveProgram) }
        var others: [JQProgram] = calls.programs + grantSources.flatMap(\.snippets)
        if let sender { others += [sender.program] + sender.classifier.snippets + sender.steps.flatMap(\.programs) }
        others += boundPolls.flatMap(\.programs) + boundRegistrations.flatMap(\.programs)
        others += boundStreams.flatMap(\.programs) + (files?.programs ?? [])
        others += boundReconcile?.programs ?? []
        var problems = others.compactMap { program in
            program.requestLine.map { line in
                let message = "$req is known in receive.jq and in the `with` of its look-ups only"
                return ConfigurationProblem(file: program.name, line: line, message: message)
            }
        }
        for program in told + others {
            do throws(JQError) {
                try await machine.check(program)
            } catch {
                problems.append(
                    ConfigurationProblem(
                        file: error.program, line: error.line ?? 0, message: error.problem))
            }
        }
        return problems
    }
}
