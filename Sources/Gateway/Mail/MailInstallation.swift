// The mailboxes of one configuration, put together.

import Channels
import Connectors
import Conversations
import Logging
import Model
import Storage
import Transports

/// The e-mail channels of an installation, by name.
struct MailInstallation: Sendable {
    let channels: [String: MailChannel]
    let destinations: [MailDestination]
    /// How each of them logs in where its mails lie.
    let access: [String: MailAccess]
    private let network: MailNetwork
    private let store: any Store

    /// No mailboxes, on a store of which nothing is asked.
    init(on store: any Store) {
        (channels, destinations, access) = ([:], [], [:])
        network = MailNetwork(guard: AddressGuard())
        self.store = store
    }

    /// - Throws: settings that do not fit together.
    init(
        _ configuration: Configuration, on foundations: Foundations, wiring: Wiring, files: Files,
        _ reading: MailReading
    ) throws(SettingProblems) {
        network = configuration.mailNetwork
        store = foundations.store
        var channels: [String: MailChannel] = [:]
        var destinations: [MailDestination] = []
        var access: [String: MailAccess] = [:]
        for settings in configuration.mailboxes {
            let name = settings.name
            guard let marks = settings.marks else {
                throw SettingProblems([
                    SettingProblem(setting: nil, message: "mailbox \(name): the secret is too short")
                ])
            }
            channels[name] = MailChannel(
                settings, marks: marks, store: foundations.store, wiring: wiring, reading: reading,
                clock: foundations.clock)
            var logins = MailLogins(of: name, foundations)
            access[name] = try logins.access(settings.mailbox?.identity ?? .none)
            destinations.append(
                MailDestination(
                    settings, marks: marks, access: try logins.access(settings.relay.identity), network: network,
                    files: files, wiring: wiring))
        }
        (self.channels, self.destinations, self.access) = (channels, destinations, access)
    }

    /// Every folder that is watched.
    func errands(pace: Pace, logger: Logger) -> [any Errand] {
        channels.values.flatMap { channel -> [any Errand] in
            guard let mailbox = channel.settings.mailbox, let access = access[channel.settings.name] else { return [] }
            return mailbox.folders.map { folder in
                MailboxLoop(
                    MailboxWatch(channel, mailbox, access, folder: folder, logger: logger), of: channel, network,
                    store: store, pace: pace, logger: logger)
            }
        }
    }
}

/// Makes the log-ins of one mailbox. One client of OAuth 2.0 has one token, for fetching and for sending: a refresh
/// token that replaces another one must not be used twice.
private struct MailLogins {
    private let name: String
    private let foundations: Foundations
    private var tokens: [OAuthClient: OAuthTokens] = [:]

    init(of name: String, _ foundations: Foundations) {
        self.name = name
        self.foundations = foundations
    }

    mutating func access(_ identity: MailSettings.Identity) throws(SettingProblems) -> MailAccess {
        guard case .oauth2(_, let client) = identity else { return MailAccess(identity, tokens: nil) }
        if let known = tokens[client] { return MailAccess(identity, tokens: known) }
        let host = ConnectorHost(
            transport: foundations.transport, clock: foundations.clock,
            credentials: StoredCredentials(
                endpoint: .channel(name), node: foundations.node, clock: foundations.clock))
        let new = try OAuthTokens("mail-\(tokens.count + 1)", client, host: host, machine: foundations.machine)
        tokens[client] = new
        return MailAccess(identity, tokens: new)
    }
}
