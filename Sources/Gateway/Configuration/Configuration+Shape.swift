// Every key of samtal.yaml, once: it checks the file, fills in defaults and becomes the JSON Schema of `samtal schema`.

package import Connectors
import Transports

extension Configuration {
    /// The shape of samtal.yaml. Settings of connectors are checked against their folders.
    package static let shape = Shape.object([
        .init(
            "store", .string, default: "sqlite:data/samtal.db",
            about: "Where everything is kept: sqlite: and a path, relative to this file; or postgresql://…"),
        .init(
            "listen", .text(address), default: "127.0.0.1:8080", about: "Address and port of the HTTP server",
            example: "0.0.0.0:8080"),
        .init(
            "public_url", .text(url), about: "Where the world reaches this server; default http:// and `listen`",
            example: "https://samtal.example.com"),
        .init(
            "connectors",
            .object([
                .init(
                    "adapters", .string, about: "The folder of adapters; default adapters, beside this file or above"),
                .init("contracts", .string, about: "The folder of contracts; default contracts, likewise"),
            ]), about: "Where the connector folders are"),
        .init("tokens", .list(of: token), about: "Who may use the API"),
        .init("channels", .map(of: .object(channelKeys), names: .name), about: "Connected accounts, by name"),
        .init("mailboxes", .map(of: .object(mailKeys), names: .name), about: "E-mail channels, by name"),
        .init(
            "lmtp",
            .object([
                .init(
                    "listen", .text(lmtpListen), required: true,
                    about: "127.0.0.1 and a port, or the path of a socket: who may write to it may hand mails over")
            ]),
            about: "Where your mail server hands mails over by LMTP, for all mailboxes",
            example: "{ listen: 127.0.0.1:2424 }"),
        .init("contracts", .map(of: .object(contractKeys), names: .name), about: "CRMs, by name"),
        .init(
            "conversations",
            .object([
                .init(
                    "reopen_within", .duration, default: "7d",
                    about: "How long a closed conversation reopens when its person writes again")
            ]), about: "How conversations go on"),
        .init(
            "journal",
            .object([
                .init(
                    "keep", .text(keep), default: "90d",
                    about: "How long what came in is kept as it came; none: for ever")
            ]), about: "The journal of all that came in"),
        .init(
            "deliveries",
            .object([
                .init(
                    "schedule", .list(of: .duration),
                    about: "The waits between attempts; after the last one a delivery is a dead letter",
                    example: "[5s, 30s, 5m, 1h]")
            ]), about: "How deliveries are tried again"),
        .init(
            "nodes",
            .object([
                .init(
                    "takeover", .text(takeover), default: "15s",
                    about: "How soon other nodes have taken over what a node did that has ended; the same on each")
            ]), about: "Several gateways on one PostgreSQL"),
        .init("limits", .object(limitKeys), about: "Bounds on what others can make us do"),
        .init(
            "network",
            .object([
                .init(
                    "allow", .list(of: .text(range)),
                    about: "Private address ranges that requests of ours may go to; all others are refused",
                    example: "[10.0.0.0/8]"),
                .init(
                    "mail_authorities", .string,
                    about: "A file of certificate authorities (PEM) for mail servers, in place of the system's"),
            ]), about: "Where requests of ours may go"),
        .init(
            "log", .enumeration(["trace", "debug", "info", "notice", "warning", "error"]), default: "info",
            about: "The lowest level that is logged"),
    ])

    private static let token = Shape.object([
        .init("name", .text(.name), required: true, about: "Who uses it"),
        .init("hash", .string, required: true, about: "sha256: and the digest, as `samtal new token` prints it"),
        .init(
            "scopes", .list(of: .enumeration(Scope.allCases.map(\.rawValue))), required: true,
            about: "What it may do"),
        .init(
            "contract", .text(.name),
            about: "The only contract whose events it may have; its scopes are of events: alone then"),
    ])

    private static let programKeys: [Shape.Key] = [
        .init("settings", .map(of: .scalarOrList(.string), names: .identifier), about: "What the connector asks for"),
        .init("receive", .string, about: "jq in place of the folder's receive.jq"),
        .init("send", .string, about: "jq in place of the folder's send.jq"),
        .init(
            "register", .boolean, default: "false",
            about: "samtal tells the other side itself where to call, where the connector can"),
    ]

    private static let channelKeys =
        [Shape.Key("adapter", .text(.name), required: true, about: "The folder under adapters")] + programKeys

    private static let contractKeys =
        [
            Shape.Key("contract", .text(.name), required: true, about: "The folder under contracts"),
            Shape.Key(
                "channels", .list(of: .text(.name)),
                about: "The channels and mailboxes whose conversations it gets; default all"),
            Shape.Key(
                "deliver", .enumeration(["push", "pull"]), default: "push",
                about: "push: events are sent; pull: the CRM asks for them, and the folder's address may be left out"),
        ] + programKeys

    private static let limitKeys: [Shape.Key] = [
        .init("body", .byteSize, default: "1MB", about: "The longest request body"),
        .init("response", .byteSize, default: "4MB", about: "The longest answer to a request of ours"),
        .init("mapping_threads", .integer(1...64), default: "2", about: "Threads that run jq"),
    ]

    static let address = Shape.TextRule("an address and port like 127.0.0.1:8080") { text in
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex else { return false }
        return UInt16(text[text.index(after: colon)...]) != nil
    }

    static let url = Shape.TextRule("an http or https URL", pattern: "^https?://.+") { text in
        text.hasPrefix("https://") || text.hasPrefix("http://")
    }

    private static let keep = Shape.TextRule(
        "none or a duration like 90d, at least 1h", pattern: "^(none|[0-9]+(ms|s|m|h|d))$"
    ) { text in
        text == "none" || Duration(text: text).map { $0 >= .seconds(3600) } ?? false
    }

    private static let takeover = Shape.TextRule(
        "a duration like 15s, from 5s to 10m", pattern: "^[0-9]+(ms|s|m)$"
    ) { text in
        Duration(text: text).map { (.seconds(5) ... .seconds(600)).contains($0) } ?? false
    }

    private static let range = Shape.TextRule("an address range like 10.0.0.0/8") { AddressRange($0) != nil }
}
