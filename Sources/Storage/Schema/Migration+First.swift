// Step 1: the journal, people, conversations, tickets, lanes and deliveries.
// Times are milliseconds UTC. JSON columns are text in SQLite.

extension Migration {
    static let first = Migration(
        number: 1, name: "the hallway",
        statements: journal + people + conversations + tickets + deliveries + accounts)

    private static let journal = [
        """
        CREATE TABLE envelopes (
          id TEXT NOT NULL PRIMARY KEY,
          endpoint TEXT NOT NULL,
          method TEXT NOT NULL,
          target TEXT NOT NULL,
          headers {json} NOT NULL,
          body {bytes} NOT NULL,
          verified_by TEXT NOT NULL,
          received_at {int} NOT NULL,
          outcome TEXT NOT NULL CHECK (outcome IN ('applied', 'duplicate', 'filtered', 'quarantined')),
          reason TEXT,
          CHECK (outcome <> 'quarantined' OR reason IS NOT NULL)) {table}
        """,
        "CREATE INDEX envelopes_quarantined ON envelopes (endpoint, id) WHERE outcome = 'quarantined'",
    ]

    private static let people = [
        """
        CREATE TABLE people (
          id TEXT NOT NULL PRIMARY KEY,
          name TEXT, handle TEXT, phone TEXT, email TEXT,
          created_at {int} NOT NULL,
          forwarded_to TEXT REFERENCES people (id)) {clustered}
        """,
        """
        CREATE TABLE identities (
          id TEXT NOT NULL PRIMARY KEY,
          network TEXT NOT NULL, scope TEXT NOT NULL, address TEXT NOT NULL,
          name TEXT, handle TEXT, phone TEXT, email TEXT, followers {int},
          created_at {int} NOT NULL,
          UNIQUE (network, scope, address)) {clustered}
        """,
        """
        CREATE TABLE links (
          id TEXT NOT NULL PRIMARY KEY,
          identity_id TEXT NOT NULL REFERENCES identities (id),
          person_id TEXT NOT NULL REFERENCES people (id),
          evidence TEXT NOT NULL,
          strength TEXT NOT NULL CHECK (strength IN ('verified', 'probable', 'suggested')),
          made_by TEXT NOT NULL, made_at {int} NOT NULL,
          undone_at {int}) {clustered}
        """,
        "CREATE UNIQUE INDEX links_active ON links (identity_id) WHERE undone_at IS NULL",
        "CREATE INDEX links_person ON links (person_id)",
    ]

    private static let conversations = [
        """
        CREATE TABLE conversations (
          id TEXT NOT NULL PRIMARY KEY,
          person_id TEXT NOT NULL REFERENCES people (id),
          status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
          subject TEXT,
          opened_at {int} NOT NULL, closed_at {int},
          former_id TEXT REFERENCES conversations (id),
          reason TEXT NOT NULL,
          CHECK ((status = 'closed') = (closed_at IS NOT NULL))) {clustered}
        """,
        "CREATE INDEX conversations_person ON conversations (person_id)",
        """
        CREATE TABLE legs (
          id TEXT NOT NULL PRIMARY KEY,
          conversation_id TEXT NOT NULL REFERENCES conversations (id),
          channel TEXT NOT NULL, thread TEXT NOT NULL,
          identity_id TEXT NOT NULL REFERENCES identities (id),
          context {json}, context_expires_at {int}, context_at {int} NOT NULL,
          opened_at {int} NOT NULL, ended_at {int}) {clustered}
        """,
        "CREATE UNIQUE INDEX legs_open ON legs (channel, thread, identity_id) WHERE ended_at IS NULL",
        "CREATE INDEX legs_conversation ON legs (conversation_id)",
        """
        CREATE TABLE messages (
          id TEXT NOT NULL PRIMARY KEY,
          conversation_id TEXT NOT NULL REFERENCES conversations (id),
          leg_id TEXT NOT NULL REFERENCES legs (id),
          identity_id TEXT REFERENCES identities (id),
          envelope_id TEXT REFERENCES envelopes (id),
          channel TEXT NOT NULL,
          external_id TEXT,
          direction TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound')),
          author TEXT NOT NULL CHECK (author IN ('person', 'agent', 'bot', 'system')),
          author_name TEXT,
          visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private', 'internal')),
          format TEXT NOT NULL CHECK (format IN ('plain', 'html', 'markdown')),
          text TEXT,
          reply_to TEXT,
          at {int} NOT NULL, received_at {int} NOT NULL,
          state TEXT CHECK (state IN ('pending', 'sent', 'delivered', 'read', 'failed')),
          state_reason TEXT,
          edited_at {int}, deleted_at {int},
          permalink TEXT, language TEXT, fields {json},
          source_endpoint TEXT, source_id TEXT,
          UNIQUE (channel, external_id, direction),
          CHECK ((direction = 'inbound') = (identity_id IS NOT NULL)),
          CHECK ((direction = 'outbound') = (state IS NOT NULL)),
          CHECK (direction = 'outbound' OR external_id IS NOT NULL)) {table}
        """,
        "CREATE INDEX messages_timeline ON messages (conversation_id, at, id)",
        """
        CREATE UNIQUE INDEX messages_source ON messages (source_endpoint, source_id) WHERE source_endpoint IS NOT NULL
        """,
        """
        CREATE TABLE parts (
          message_id TEXT NOT NULL REFERENCES messages (id),
          part {int} NOT NULL CHECK (part >= 1),
          channel TEXT NOT NULL,
          external_id TEXT,
          state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'delivered', 'read', 'failed')),
          text TEXT NOT NULL,
          PRIMARY KEY (message_id, part)) {clustered}
        """,
        "CREATE UNIQUE INDEX parts_external ON parts (channel, external_id) WHERE external_id IS NOT NULL",
        """
        CREATE TABLE edits (
          id {sequence},
          message_id TEXT NOT NULL REFERENCES messages (id),
          replaced_at {int} NOT NULL,
          text TEXT,
          envelope_id TEXT REFERENCES envelopes (id)) {table}
        """,
        "CREATE INDEX edits_message ON edits (message_id)",
        """
        CREATE TABLE reactions (
          message_id TEXT NOT NULL REFERENCES messages (id),
          author TEXT NOT NULL,
          reaction TEXT,
          at {int} NOT NULL,
          PRIMARY KEY (message_id, author)) {clustered}
        """,
        """
        CREATE TABLE attachments (
          id TEXT NOT NULL PRIMARY KEY,
          message_id TEXT NOT NULL REFERENCES messages (id),
          position {int} NOT NULL,
          reference TEXT NOT NULL, name TEXT, type TEXT, size {int},
          UNIQUE (message_id, position)) {clustered}
        """,
        """
        CREATE TABLE parked (
          id {sequence},
          channel TEXT NOT NULL, external_id TEXT NOT NULL,
          event {json} NOT NULL,
          envelope_id TEXT NOT NULL REFERENCES envelopes (id),
          parked_at {int} NOT NULL) {table}
        """,
        "CREATE INDEX parked_message ON parked (channel, external_id)",
    ]

    private static let tickets = [
        """
        CREATE TABLE tickets (
          id TEXT NOT NULL PRIMARY KEY,
          contract TEXT NOT NULL,
          conversation_id TEXT NOT NULL REFERENCES conversations (id),
          external_id TEXT NOT NULL,
          url TEXT, context {json},
          created_at {int} NOT NULL, updated_at {int} NOT NULL,
          UNIQUE (contract, conversation_id),
          UNIQUE (contract, external_id)) {clustered}
        """
    ]

    private static let deliveries = [
        """
        CREATE TABLE lanes (
          id TEXT NOT NULL PRIMARY KEY,
          destination TEXT NOT NULL,
          conversation_id TEXT NOT NULL REFERENCES conversations (id),
          urgency {int} NOT NULL,
          due_at {int},
          lease_owner TEXT, lease_until {int},
          UNIQUE (destination, conversation_id),
          CHECK ((lease_owner IS NULL) = (lease_until IS NULL))) {clustered}
        """,
        "CREATE INDEX lanes_due ON lanes (destination, urgency, due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX lanes_leased ON lanes (lease_owner) WHERE lease_owner IS NOT NULL",
        """
        CREATE TABLE deliveries (
          sequence {sequence},
          id TEXT NOT NULL UNIQUE,
          lane_id TEXT NOT NULL REFERENCES lanes (id),
          kind TEXT NOT NULL CHECK (kind IN ('event', 'reply')),
          payload {json} NOT NULL,
          correlation TEXT NOT NULL,
          state TEXT NOT NULL
            CHECK (state IN ('pending', 'sending', 'delivered', 'snoozed', 'failed', 'cancelled')),
          attempts {int} NOT NULL DEFAULT 0,
          failures {int} NOT NULL DEFAULT 0,
          progress {int} NOT NULL DEFAULT 0,
          created_at {int} NOT NULL, trying_since {int} NOT NULL, due_at {int} NOT NULL, ended_at {int},
          outcome TEXT, reason TEXT,
          external_id TEXT) {table}
        """,
        """
        CREATE INDEX deliveries_waiting ON deliveries (lane_id, sequence)
          WHERE state IN ('pending', 'sending', 'snoozed')
        """,
        "CREATE INDEX deliveries_failed ON deliveries (sequence) WHERE state = 'failed'",
        "CREATE INDEX deliveries_external ON deliveries (external_id) WHERE external_id IS NOT NULL",
        """
        CREATE TABLE attempts (
          id TEXT NOT NULL PRIMARY KEY,
          delivery_id TEXT NOT NULL REFERENCES deliveries (id),
          number {int} NOT NULL,
          started_at {int} NOT NULL,
          outcome TEXT NOT NULL, reason TEXT,
          exchanges {json} NOT NULL) {clustered}
        """,
        "CREATE INDEX attempts_delivery ON attempts (delivery_id, number)",
    ]

    private static let accounts = [
        """
        CREATE TABLE balances (
          endpoint TEXT NOT NULL, counter TEXT NOT NULL, count {int} NOT NULL,
          PRIMARY KEY (endpoint, counter)) {clustered}
        """,
        """
        CREATE TABLE calls (
          token TEXT NOT NULL, idempotency_key TEXT NOT NULL,
          digest TEXT NOT NULL,
          status {int} NOT NULL, answer {json} NOT NULL,
          made_at {int} NOT NULL,
          PRIMARY KEY (token, idempotency_key)) {clustered}
        """,
        """
        CREATE TABLE commands (
          source_endpoint TEXT NOT NULL, source_id TEXT NOT NULL,
          conversation_id TEXT NOT NULL REFERENCES conversations (id),
          carried_out_at {int} NOT NULL,
          PRIMARY KEY (source_endpoint, source_id)) {clustered}
        """,
        """
        CREATE TABLE audit (
          id {sequence},
          at {int} NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, details {json}) {table}
        """,
    ]
}
