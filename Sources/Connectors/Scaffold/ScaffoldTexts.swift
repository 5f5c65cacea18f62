// The texts of a new connector's folder: short enough to read at once, whole enough to run.

import Model

/// What a new folder begins with.
enum ScaffoldTexts {
    /// The made-up secret of the samples.
    static let secret = "sample-secret"

    /// The files that are not requests, by their path in the folder.
    static func files(_ side: ConnectorSide, _ name: String) -> [String: String] {
        var files = [
            side.fileName: yaml(side, name),
            "receive.jq": side == .adapter ? adapterReceive : contractReceive,
            "send.jq": side == .adapter ? adapterSend : contractSend,
            "README.md": readme(side, name),
            "samples/settings.yaml": settings,
        ]
        for (sample, text) in answers { files["samples/\(sample).answer.http"] = text }
        let jobs = side == .adapter ? adapterJobs : contractJobs
        for (sample, text) in jobs { files["samples/\(sample).send.json"] = text }
        return files
    }

    // MARK: - YAML

    private static func yaml(_ side: ConnectorSide, _ name: String) -> String {
        let end =
            side == .adapter
            ? """

            limits:
              text: {max: 4096, unit: characters, split: true}

            capabilities:
              files: true

            """ : "\n"
        let wanted = side == .adapter ? "" : "\n  events: [samtal.message.received]"
        let ticket = side == .adapter ? "" : "\n    ticket: .body.ticket\n    ticket_url: .body.url"
        return """
            # Every key is explained in adapters/README.md.
            \(side.rawValue): 1
            id: \(name)
            title: \(name)
            docs: https://example.com/docs

            settings:
              secret: {secret: true, about: What the other side signs its requests with}
              token: {secret: true, about: What we authorise our requests with}
              base_url:
                default: https://api.example.com
                about: Where the API lives

            receive:
              verify:
                - scheme: hmac
                  hash: sha256
                  key: "{settings.secret}"
                  signed: [body]
                  encoding: hex
                  from: "header:X-Signature-256"
                  prefix: "sha256="

            auth:
              api: {scheme: bearer, value: "{settings.token}"}

            send:
              base_url: "{settings.base_url}"
              auth: api\(wanted)
              idempotency: {header: Idempotency-Key}
              result:
                id: .body.id\(ticket)

            errors:
              - {when: .status == 429, class: throttled, wait: {default: 5s}}
              - {when: .status == 404, class: \(side == .adapter ? "recipient_unreachable" : "permanent")}
            \(end)
            """
    }

    // MARK: - jq

    private static let adapterReceive = """
        # The provider's JSON in, our events out: adapters/README.md, "receive.jq".
        .messages[]
        | {
            kind: "message",
            id: .id,
            thread: .chat,
            author: {id: .from.id, name: .from.name},
            text: .text,
            files: [.files[]? | {reference: .url, name: .name, type: .type}],
            at: .time
          }

        """

    private static let adapterSend = """
        # Our job in, the request to make out: adapters/README.md, "send.jq".
        {
          method: "POST",
          path: "/chats/\\(.thread | @uri)/messages",
          json: ({text: .text, answers: .reply_to} | with_entries(select(.value != null)))
        }

        """

    private static let contractReceive = """
        # What the CRM calls back with in, our commands out: adapters/README.md, "receive.jq".
        .comments[]
        | {
            kind: (if .public then "reply" else "note" end),
            id: .id,
            ticket: .ticket,
            text: .text,
            agent: {id: .author.id, name: .author.name},
            at: .time
          }

        """

    private static let contractSend = """
        # One of our events in, the request to make out: contracts/README.md. There is no ticket yet the first time.
        .event.data.message.text as $text
        | if .ticket == null
          then {method: "POST", path: "/tickets", json: {subject: ($text | .[0:80]), text: $text}}
          else {method: "POST", path: "/tickets/\\(.ticket.id | @uri)/comments", json: {text: $text}}
          end

        """

    private static func readme(_ side: ConnectorSide, _ name: String) -> String {
        let folder = "\(side.folderName)/\(name)"
        return """
                        # \(name)

                        Set-up:

                        1. Put the secret and the token into samtal.yaml.
                        2. Give the other side the address `PUBLIC_URL/\(side.endpoint.rawValue)s/NAME`.

                        | ours | theirs |
                        |---|---|
                        | `id` | `id` |
                        | `text` | `text` |

                        Limits and known deviations: none known yet.

                        Samples: `samtal test \(folder)`; after a change `samtal test --write \(folder)`.

            """
    }
}
