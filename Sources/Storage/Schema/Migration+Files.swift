// Step 8: the bytes of files, once for each content, and how far each attachment has come.

extension Migration {
    static let files = Migration(
        number: 8, name: "files",
        statements: [
            """
            CREATE TABLE files (
              digest TEXT NOT NULL PRIMARY KEY,
              size {int} NOT NULL,
              bytes {bytes} NOT NULL,
              created_at {int} NOT NULL) {table}
            """,
            // An upload has no message, so the column must take NULL: the table is made anew.
            """
            CREATE TABLE attachments_with_files (
              id TEXT NOT NULL PRIMARY KEY,
              message_id TEXT REFERENCES messages (id),
              position {int} NOT NULL,
              origin TEXT NOT NULL,
              reference TEXT NOT NULL, name TEXT, type TEXT, size {int},
              state TEXT NOT NULL DEFAULT 'referenced' CHECK (state IN ('referenced', 'fetched', 'refused')),
              digest TEXT REFERENCES files (digest),
              reason TEXT,
              UNIQUE (message_id, position),
              CHECK ((state = 'fetched') = (digest IS NOT NULL)),
              CHECK ((state = 'refused') = (reason IS NOT NULL))) {clustered}
            """,
            """
            INSERT INTO attachments_with_files (id, message_id, position, origin, reference, name, type, size)
            SELECT a.id, a.message_id, a.position, 'channel:' || m.channel, a.reference, a.name, a.type, a.size
            FROM attachments a JOIN messages m ON m.id = a.message_id
            """,
            "DROP TABLE attachments",
            "ALTER TABLE attachments_with_files RENAME TO attachments",
            // NULL: the part is a text.
            "ALTER TABLE parts ADD COLUMN attachment_id TEXT REFERENCES attachments (id)",
        ])
}
