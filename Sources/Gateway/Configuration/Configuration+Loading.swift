// From the file to the configuration; every mistake is told at once, with its place.

import Channels
package import Connectors
import Deliveries
import Foundation
import Model
import Storage
import Signing
import Transports

extension Configuration {
    /// Reads samtal.yaml, fetches what it refers to, and loads every connector folder that it names.
    /// - Parameter environment: for `${NAME}`.
    /// - Throws: all mistakes, each with file, line and column where it has one.
    package static func load(
        _ file: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationProblems) -> Configuration {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ConfigurationProblems([ConfigurationProblem(file: file, message: "can not be read as text")])
        }
        return try parse(text, file: file, environment: environment)
    }

    /// Reads the text of a samtal.yaml; `file` names it in errors and gives the place where relative paths begin.
    package static func parse(
        _ text: String, file: String, environment: [String: String]
    ) throws(ConfigurationProblems) -> Configuration {
        let root = try shape.read(text, file: file)
        guard let fields = root.fields else {
            throw ConfigurationProblems([ConfigurationProblem(file: file, message: "is no object")])
        }
        let directory = URL(fileURLWithPath: file).deletingLastPathComponent()
        var loader = ConfigurationLoader(
            fields: fields, reference: Reference(environment: environment, directory: directory),
            catalogue: ConnectorCatalogue(fields.fields("connectors"), beside: directory))
        let configuration = loader.configuration(file: file)
        guard let configuration, loader.problems.isEmpty else {
            let ordered = loader.problems.sorted { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) }
            throw ConfigurationProblems(ordered)
        }
        return configuration
    }
}

/// One walk over a checked file.
private struct ConfigurationLoader {
    let fields: Fields
    let reference: Reference
    let catalogue: ConnectorCatalogue
    var problems: [ConfigurationProblem] = []

    mutating func configuration(file: String) -> Configuration? {
        let channels = endpoints("channels", .adapter)
        let contracts = endpoints("contracts", .contract)
        let mailboxes = mailboxes()
        let names = Set(["channels", "mailboxes"].flatMap { fields.fields($0)?.members.map(\.name) ?? [] })
        checkChannels(of: fields.fields("contracts"), among: names)
        let tokens = tokens()
        guard let store = storeAddress(), let listen = fields.string("listen"),
            let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...])
        else { return nil }
        let schedule = fields.fields("deliveries")?.list("schedule").compactMap(\.duration) ?? []
        return Configuration(
            file: file, store: store, host: String(listen[..<colon]), port: port,
            lmtp: fields.fields("lmtp")?.string("listen").flatMap(Configuration.lmtpAddress),
            publicURL: publicURL(listen: listen), tokens: tokens, channels: channels, mailboxes: mailboxes,
            contracts: contracts,
            reopenWithin: fields.fields("conversations")?.duration("reopen_within") ?? .seconds(7 * 86_400),
            journalKeep: Duration(text: fields.fields("journal")?.string("keep") ?? "90d"),
            schedule: schedule.isEmpty ? .standard : Schedule(delays: schedule),
            leaseTimes: LeaseTimes(
                takeover: fields.fields("nodes")?.duration("takeover") ?? LeaseTimes.takeoverDefault),
            limits: limits(),
            allowedRanges: fields.fields("network")?.strings("allow").compactMap(AddressRange.init(_:)) ?? [],
            mailAuthorities: fields.fields("network")?.string("mail_authorities").map {
                URL(fileURLWithPath: $0, relativeTo: reference.directory).path
            },
            logLevel: fields.string("log") ?? "info")
    }

    private mutating func mailboxes() -> [MailSettings] {
        let channels = Set(fields.fields("channels")?.members.map(\.name) ?? [])
        var mailboxes: [MailSettings] = []
        for member in fields.fields("mailboxes")?.members ?? [] {
            guard let entry = member.value.fields else { continue }
            if channels.contains(member.name) {
                problems.append(
                    ConfigurationProblem(member.position, "a channel is called \(member.name) as well"))
            }
            var loader = MailLoader(entry, reference, hasDoor: fields["lmtp"] != nil)
            if let settings = loader.settings(name: member.name) { mailboxes.append(settings) }
            problems += loader.problems
        }
        return mailboxes
    }

    private func publicURL(listen: String) -> String {
        var url = fields.string("public_url") ?? "http://\(listen)"
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    private func limits() -> Configuration.Limits {
        let limits = fields.fields("limits")
        return Configuration.Limits(
            bodyBytesMax: limits?.byteSize("body")?.bytes ?? 1 << 20,
            responseBytesMax: limits?.byteSize("response")?.bytes ?? 4 << 20,
            mappingThreads: limits?.integer("mapping_threads") ?? 2)
    }

    private mutating func storeAddress() -> StoreAddress? {
        guard let value = fields["store"], let text = resolve(value) else { return nil }
        if text.hasPrefix("sqlite:"), text.count > 7 {
            return .sqlite(URL(fileURLWithPath: String(text.dropFirst(7)), relativeTo: reference.directory).path)
        }
        if text.hasPrefix("postgresql://") { return .postgresql(text) }
        problems.append(
            ConfigurationProblem(value.position, "expected sqlite: and a path, or postgresql:// and a server"))
        return nil
    }

    private mutating func tokens() -> [AccessToken] {
        var tokens: [AccessToken] = []
        for entry in fields.list("tokens") {
            guard let token = entry.fields, let name = token.string("name"), let value = token["hash"],
                let hash = resolve(value)
            else { continue }
            if !hash.hasPrefix("sha256:") || BinaryText.hex.decode(String(hash.dropFirst(7)))?.count != 32 {
                problems.append(
                    ConfigurationProblem(
                        value.position, "expected sha256: and 64 digits, as `samtal new token` prints it"))
            }
            if tokens.contains(where: { $0.name == name }) {
                problems.append(ConfigurationProblem(token.position("name"), "a second token is called \(name)"))
            }
            let scopes = Set(token.strings("scopes").compactMap(Scope.init(rawValue:)))
            checkContract(of: token, scopes)
            tokens.append(AccessToken(name: name, hash: hash, scopes: scopes, contract: token.string("contract")))
        }
        return tokens
    }

    /// A token of one contract names one, and may do nothing that goes beyond it.
    private mutating func checkContract(of token: Fields, _ scopes: Set<Scope>) {
        guard let name = token.string("contract") else { return }
        let names = fields.fields("contracts")?.members.map(\.name) ?? []
        if !names.contains(name) {
            let hint = NearestName.hint(name, among: names)
            problems.append(
                ConfigurationProblem(token.position("contract"), "no contract is called \"\(name)\"\(hint)"))
        }
        if !scopes.isSubset(of: [.readEvents, .replayEvents]) {
            problems.append(
                ConfigurationProblem(
                    token.position("scopes"), "a token of one contract may have events:read and events:replay only"))
        }
    }

    private mutating func checkChannels(of contracts: Fields?, among names: Set<String>) {
        for contract in contracts?.members ?? [] {
            for channel in contract.value.fields?.list("channels") ?? [] {
                guard let name = channel.string, !names.contains(name) else { continue }
                let hint = NearestName.hint(name, among: names.sorted())
                problems.append(ConfigurationProblem(channel.position, "no channel is called \"\(name)\"\(hint)"))
            }
        }
    }

    private mutating func endpoints(_ key: String, _ side: ConnectorSide) -> [EndpointConfiguration] {
        var endpoints: [EndpointConfiguration] = []
        for member in fields.fields(key)?.members ?? [] {
            guard let entry = member.value.fields, let id = entry[side.rawValue],
                let folder = folder(id, side)
            else { continue }
            let given = entry["settings"] ?? YAMLValue(.map([]), at: member.position)
            let isPulled = entry.string("deliver") == "pull"
            endpoints.append(
                EndpointConfiguration(
                    endpoint: Endpoint(side.endpoint, member.name), folder: folder,
                    settings: settings(given, of: folder, isPulled: isPulled),
                    programs: ProgramTexts(receive: entry.string("receive"), send: entry.string("send")),
                    channels: entry["channels"] == nil ? nil : Set(entry.strings("channels")),
                    registers: registers(entry, folder), isPulled: isPulled))
        }
        return endpoints
    }

    private mutating func registers(_ entry: Fields, _ folder: ConnectorFolder) -> Bool {
        guard entry.boolean("register") == true else { return false }
        if !folder.registers {
            problems.append(
                ConfigurationProblem(
                    entry.position("register"), "\(folder.id) has no registration of its own: see its README"))
        }
        return true
    }

    private mutating func folder(_ id: YAMLValue, _ side: ConnectorSide) -> ConnectorFolder? {
        guard let name = id.string else { return nil }
        do throws(ConfigurationProblems) {
            guard let path = catalogue.path(of: name, side) else {
                let hint = NearestName.hint(name, among: catalogue.names(side))
                throw ConfigurationProblems([
                    ConfigurationProblem(id.position, "there is no \(side.rawValue) \"\(name)\"\(hint)")
                ])
            }
            return try ConnectorFolder.load(path)
        } catch {
            problems += error.list
            return nil
        }
    }

    private mutating func settings(
        _ given: YAMLValue, of folder: ConnectorFolder, isPulled: Bool
    ) -> [String: [String]] {
        do throws(ConfigurationProblems) {
            _ = try (isPulled ? folder.settingsWithoutAddress : folder.settings).shape.check(given)
        } catch {
            problems += error.list
        }
        var settings: [String: [String]] = [:]
        for member in given.fields?.members ?? [] {
            settings[member.name] = member.value.scalars.compactMap { resolve($0) }
        }
        return settings
    }

    private mutating func resolve(_ value: YAMLValue) -> String? {
        do throws(ConfigurationProblem) {
            return try reference.resolve(value.string ?? "", at: value.position)
        } catch {
            problems.append(error)
            return nil
        }
    }
}
