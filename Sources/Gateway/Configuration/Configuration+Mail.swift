// The keys of an e-mail channel.

import Channels
import Connectors
import Foundation
import Model
import Transports

extension Configuration {
    /// The keys of a mailbox.
    static let mailKeys: [Shape.Key] = [
        .init(
            "address", .text(mailAddress), required: true,
            about: "Where customers write to, and what replies come from",
            example: "support@shop.example"),
        .init("name", .string, about: "The name beside the address in what is sent", example: "Shop support"),
        .init("aliases", .list(of: .text(mailAddress)), about: "Other addresses of the same mailbox"),
        .init(
            "secret", .scalarOrList(.string), required: true,
            about:
                "What reply addresses and message ids are signed with, at least 32 bytes; the first of several signs",
            example: "file:secrets/mail-signing"),
        .init(
            "trust", .list(of: .string),
            about: "The names that your own mail server puts into Authentication-Results; none: no sender is believed"),
        .init(
            "tickets", .list(of: .enumeration(mailKinds)),
            about: "Kinds of automatic mail that open tickets all the same; default none"),
        .init("imap", .object(imapKeys), about: "Where mails are fetched"),
        .init("smtp", .object(smtpKeys), required: true, about: "Where mails are sent"),
    ]

    /// Kinds of automatic mail, as `tickets` names them.
    static let mailKinds = [
        "auto-reply", "out-of-office", "list", "bulk", "bounce", "complaint", "calendar", "receipt",
    ]

    private static func serverKeys(port: String, login: Bool) -> [Shape.Key] {
        [
            .init("host", .string, required: true, about: "The server"),
            .init("port", .integer(1...65_535), default: port, about: "Its port"),
            .init(
                "security", .enumeration(MailSecurity.allCases.map(\.rawValue)), default: "tls",
                about: "tls from the first byte, starttls before anything else; plain is for servers of your own"),
            .init("user", .string, required: login, about: "Who logs in"),
            .init("password", .string, about: "The password", example: "file:secrets/mail"),
            .init("oauth2", .object(oauthKeys), about: "In place of the password: a token that is renewed"),
        ]
    }

    private static let oauthKeys: [Shape.Key] = [
        .init(
            "grant", .enumeration(OAuthClient.Grant.allCases.map(\.rawValue)), default: "refresh_token",
            about: "What tokens are asked for with"),
        .init("token_url", .text(url), required: true, about: "Where tokens are asked for"),
        .init("client_id", .string, required: true, about: "The client, as the provider names it"),
        .init("client_secret", .string, about: "Its secret"),
        .init("refresh_token", .string, about: "The first one; those that replace it are kept in the store"),
        .init("scope", .string, about: "What the token is for"),
    ]

    private static let imapKeys: [Shape.Key] =
        serverKeys(port: "993", login: true) + [
            .init("folders", .list(of: .string), default: "[INBOX]", about: "The folders that are watched"),
            .init(
                "after", .enumeration(["leave", "flag", "move"]), default: "leave",
                about: "What becomes of a mail there once it is taken: nothing, marked as read, or moved"),
            .init("move_to", .string, about: "The folder for `after: move`; made when it is missing"),
            .init(
                "start", .enumeration(["new", "all"]), default: "new",
                about: "Whether the mails are taken that are there when a folder is seen for the first time"),
        ]

    private static let smtpKeys = serverKeys(port: "465", login: false)

    static let lmtpListen = Shape.TextRule("127.0.0.1 and a port, or the whole path of a socket") {
        lmtpAddress($0) != nil
    }

    /// Reads where LMTP is spoken; other machines never reach it, for it knows no log-in.
    static func lmtpAddress(_ text: String) -> LMTPAddress? {
        if text.hasPrefix("/") { return .socket(path: text, mode: 0o660) }
        guard text.hasPrefix("127.0.0.1:"), let port = UInt16(text.dropFirst("127.0.0.1:".count)) else { return nil }
        return .loopback(port: port)
    }

    private static let mailAddress = Shape.TextRule(
        "an address like support@shop.example", pattern: "^[^@\\s]+@[^@\\s]+$"
    ) {
        text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && !"<>,;:\"()[]\\".unicodeScalars.contains($0) }
    }
}

/// Reads one mailbox.
struct MailLoader {
    /// Shorter secrets can be guessed.
    static let secretBytesMin = 32

    let fields: Fields
    let reference: Reference
    /// Whether mails may come by LMTP.
    let hasDoor: Bool
    var problems: [ConfigurationProblem] = []

    init(_ fields: Fields, _ reference: Reference, hasDoor: Bool) {
        self.fields = fields
        self.reference = reference
        self.hasDoor = hasDoor
    }

    mutating func settings(name: String) -> MailSettings? {
        let secrets = secrets()
        let (mailbox, relay) = (mailbox(), relay())
        if mailbox == nil, !hasDoor, problems.isEmpty {
            problem("imap", "a mailbox needs imap, unless mails come by lmtp: nothing comes in otherwise")
        }
        guard let address = fields.string("address"), let relay, problems.isEmpty else { return nil }
        return MailSettings(
            name: name, address: address, displayName: fields.string("name"), aliases: fields.strings("aliases"),
            secrets: secrets, trusted: fields.strings("trust"), tickets: Set(fields.strings("tickets")),
            mailbox: mailbox, relay: relay)
    }

    private mutating func secrets() -> [String] {
        let secrets = fields["secret"]?.scalars.compactMap { resolve($0) } ?? []
        if secrets.contains(where: { $0.utf8.count < Self.secretBytesMin }) {
            problem("secret", "is shorter than \(Self.secretBytesMin) bytes: `openssl rand -hex 32` makes a good one")
        }
        return secrets
    }

    private mutating func mailbox() -> MailSettings.Mailbox? {
        guard let imap = fields.fields("imap"), let server = server(imap), let identity = identity(imap) else {
            return nil
        }
        var after = MailSettings.Mailbox.After.leave
        switch imap.string("after") {
        case "flag": after = .flag
        case "move":
            guard let folder = imap.string("move_to") else {
                problems.append(ConfigurationProblem(imap.position("after"), "`after: move` needs move_to"))
                return nil
            }
            after = .move(to: folder)
        default: break
        }
        let folders = imap.strings("folders")
        if case .move(let folder) = after, folders.contains(folder) {
            problems.append(ConfigurationProblem(imap.position("move_to"), "\(folder) is one of the folders watched"))
        }
        return MailSettings.Mailbox(
            server: server, identity: identity, folders: folders, after: after, takesOld: imap.string("start") == "all")
    }

    private mutating func relay() -> MailSettings.Relay? {
        guard let smtp = fields.fields("smtp"), let server = server(smtp), let identity = identity(smtp) else {
            return nil
        }
        return MailSettings.Relay(server: server, identity: identity)
    }

    private mutating func server(_ fields: Fields) -> MailServer? {
        guard let value = fields["host"], let host = resolve(value),
            let port = fields.integer("port").flatMap(UInt16.init(exactly:)),
            let security = fields.choice("security", of: MailSecurity.self)
        else { return nil }
        return MailServer(host: host, port: port, security: security)
    }

    private mutating func identity(_ fields: Fields) -> MailSettings.Identity? {
        guard let value = fields["user"] else {
            guard fields["password"] == nil, fields["oauth2"] == nil else {
                problems.append(ConfigurationProblem(fields.position, "user is missing"))
                return nil
            }
            return MailSettings.Identity.none
        }
        guard let user = resolve(value) else { return nil }
        switch (fields["password"], fields.fields("oauth2")) {
        case (let password?, nil):
            return resolve(password).map { .password(user: user, secret: $0) }
        case (nil, let oauth?):
            return client(oauth).map { .oauth2(user: user, $0) }
        default:
            problems.append(ConfigurationProblem(fields.position("user"), "needs a password or oauth2, one of them"))
            return nil
        }
    }

    private mutating func client(_ fields: Fields) -> OAuthClient? {
        func given(_ name: String) -> String? { fields[name].flatMap { resolve($0) } }
        guard let grant = fields.choice("grant", of: OAuthClient.Grant.self), let url = given("token_url"),
            let id = given("client_id")
        else { return nil }
        let first = given("refresh_token")
        if grant == .refreshToken, first == nil {
            problems.append(ConfigurationProblem(fields.position("grant"), "needs refresh_token"))
        }
        return OAuthClient(
            grant: grant, tokenURL: url, id: id, secret: given("client_secret"), refreshToken: first,
            scope: given("scope"))
    }

    private mutating func problem(_ key: String, _ message: String) {
        problems.append(ConfigurationProblem(fields.position(key), message))
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
