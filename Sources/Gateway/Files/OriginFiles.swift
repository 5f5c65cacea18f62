// Who fetches a file: the connector of the endpoint that spoke of it.

import Channels
import Connectors
import Conversations
import Model

/// Asks the endpoint whose reference a file's is.
struct OriginFiles: FileFetching {
    /// By name.
    let channels: [String: Connector]
    /// By name.
    let contracts: [String: Connector]
    /// The files of mails, by the name of the e-mail channel.
    var mailboxes: [String: MailFiles] = [:]

    func fetch(_ file: FileReference, from origin: Endpoint) async -> FileFetch {
        if origin.side == .channel, let mails = mailboxes[origin.name] { return await mails.fetch(file, from: origin) }
        let connectors = origin.side == .channel ? channels : contracts
        guard let connector = connectors[origin.name] else {
            return .unavailable("\(origin) is no longer configured")
        }
        return await connector.fetch(file)
    }
}
