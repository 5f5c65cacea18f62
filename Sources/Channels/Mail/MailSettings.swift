// A mailbox as samtal.yaml gives it.

package import Connectors
package import Mail
package import Transports

/// What an e-mail channel is told.
package struct MailSettings: Sendable {
    /// The channel's name.
    package let name: String
    /// Where customers write to, and what we send from.
    package let address: String
    /// The name beside the address in what we send.
    package let displayName: String?
    /// Other addresses of the same mailbox: what they send is our own, and an answer to them is one to us.
    package let aliases: [String]
    /// What our addresses and ids are signed with: the first signs, all are good.
    package let secrets: [String]
    /// The names under which our own mail server tells of its checks (RFC 8601 section 2.5).
    package let trusted: [String]
    /// Kinds of automatic mail that become messages all the same.
    package let tickets: Set<String>
    package let mailbox: Mailbox?
    package let relay: Relay

    /// The part of the address behind the `@`.
    package var domain: String { address.split(separator: "@").last.map { String($0) } ?? address }

    /// Whether mails to this address are this mailbox's: by any of its addresses, with or without a detail (RFC 5233).
    package func receives(_ recipient: String) -> Bool {
        let plain = Self.withoutDetail(recipient.lowercased())
        return ([address] + aliases).contains { $0.lowercased() == recipient.lowercased() || $0.lowercased() == plain }
    }

    private static func withoutDetail(_ address: String) -> String {
        guard let at = address.lastIndex(of: "@"), let plus = address[..<at].firstIndex(of: "+") else { return address }
        return String(address[..<plus] + address[at...])
    }

    /// What mails are signed with; `nil`: the secrets are too short.
    package var marks: ThreadMarks? {
        ThreadSigner(keys: secrets.map { Array($0.utf8) }, channel: name).flatMap { signer in
            ThreadMarks(
                signer: signer, address: address,
                otherDomains: Set(aliases.compactMap { $0.split(separator: "@").last.map { String($0) } }))
        }
    }

    package init(
        name: String, address: String, displayName: String?, aliases: [String], secrets: [String], trusted: [String],
        tickets: Set<String>, mailbox: Mailbox?, relay: Relay
    ) {
        self.name = name
        self.address = address
        self.displayName = displayName
        self.aliases = aliases
        self.secrets = secrets
        self.trusted = trusted
        self.tickets = tickets
        self.mailbox = mailbox
        self.relay = relay
    }

    /// Who we are to a mail server.
    package enum Identity: Sendable {
        case none
        case password(user: String, secret: String)
        case oauth2(user: String, OAuthClient)
    }

    /// Where mails lie.
    package struct Mailbox: Sendable {
        /// What becomes of a mail there once it is committed here.
        package enum After: Sendable, Hashable {
            case leave
            /// It is marked as read.
            case flag
            case move(to: String)
        }

        package let server: MailServer
        package let identity: Identity
        package let folders: [String]
        package let after: After
        /// Whether mails that were there before the first connection are taken too.
        package let takesOld: Bool

        package init(server: MailServer, identity: Identity, folders: [String], after: After, takesOld: Bool) {
            self.server = server
            self.identity = identity
            self.folders = folders
            self.after = after
            self.takesOld = takesOld
        }
    }

    /// Who carries our mails.
    package struct Relay: Sendable {
        package let server: MailServer
        package let identity: Identity

        package init(server: MailServer, identity: Identity) {
            self.server = server
            self.identity = identity
        }
    }
}
