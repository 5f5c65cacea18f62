// samtal.yaml, read and checked: everything that IT decides.

package import Channels
package import Connectors
package import Deliveries
package import Model
package import Storage
package import Transports

/// What one samtal.yaml says, with secrets fetched and connector folders loaded.
package struct Configuration: Sendable {
    /// The file it came from.
    package let file: String
    /// Where the store is.
    package let store: StoreAddress
    package let host: String
    package let port: Int
    /// Where mail servers hand mails over by LMTP (RFC 2033); `nil`: nowhere.
    package let lmtp: LMTPAddress?
    /// Where the world reaches us, without a slash at the end.
    package let publicURL: String
    package let tokens: [AccessToken]
    package let channels: [EndpointConfiguration]
    /// E-mail channels.
    package let mailboxes: [MailSettings]
    package let contracts: [EndpointConfiguration]
    /// How long a closed conversation reopens when its person writes again.
    package let reopenWithin: Duration
    /// How long the journal keeps what came in; `nil`: for ever.
    package let journalKeep: Duration?
    package let schedule: Schedule
    /// How soon others take over from a node that has ended.
    package let leaseTimes: LeaseTimes
    package let limits: Limits
    /// Address ranges that requests of ours may go to though they are private.
    package let allowedRanges: [AddressRange]
    /// A file of certificate authorities for mail servers; `nil`: the system's.
    package let mailAuthorities: String?
    /// A level of swift-log.
    package let logLevel: String

    /// Sizes and counts that bound what others can make us do.
    package struct Limits: Sendable, Hashable {
        /// The longest request body, bytes.
        package let bodyBytesMax: Int
        /// The longest answer to a request of ours, bytes.
        package let responseBytesMax: Int
        /// Threads that run jq.
        package let mappingThreads: Int

        package init(bodyBytesMax: Int, responseBytesMax: Int, mappingThreads: Int) {
            self.bodyBytesMax = bodyBytesMax
            self.responseBytesMax = responseBytesMax
            self.mappingThreads = mappingThreads
        }
    }
}

extension Configuration {
    /// What all connections to mail servers share.
    var mailNetwork: MailNetwork {
        MailNetwork(guard: AddressGuard(allowing: allowedRanges), authorities: mailAuthorities)
    }

    /// Whether a contract asks for its events.
    func isPulled(contract name: String) -> Bool {
        contracts.contains { $0.endpoint.name == name && $0.isPulled }
    }
}

/// A token of our own API.
package struct AccessToken: Sendable, Hashable {
    package let name: String
    /// `sha256:` and 64 hexadecimal digits; the token itself is stored nowhere.
    package let hash: String
    package let scopes: Set<Scope>
    /// The only contract whose events it may have; `nil`: any.
    package var contract: String?
}

/// What a token may do.
package enum Scope: String, Sendable, CaseIterable {
    case readConversations = "conversations:read"
    case writeReplies = "replies:write"
    case readDeliveries = "deliveries:read"
    case writeDeliveries = "deliveries:write"
    case readEnvelopes = "envelopes:read"
    case writeEnvelopes = "envelopes:write"
    /// Events of a contract, and saying that they arrived.
    case readEvents = "events:read"
    /// Having them sent again.
    case replayEvents = "events:replay"
}

/// A channel or contract as samtal.yaml gives it.
package struct EndpointConfiguration: Sendable {
    package let endpoint: Endpoint
    package let folder: ConnectorFolder
    /// Values by setting; several for a secret in rotation.
    package let settings: [String: [String]]
    /// jq that stands in place of the folder's programs.
    package let programs: ProgramTexts
    /// For a contract: the channels whose conversations it gets; `nil`: all.
    package let channels: Set<String>?
    /// Whether samtal tells the other side itself where to call.
    package let registers: Bool
    /// Whether a contract asks for its events: nothing is sent to it then.
    package let isPulled: Bool
}
