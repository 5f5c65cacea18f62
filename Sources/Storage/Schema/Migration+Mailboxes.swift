// Step 19: how the folders of mailboxes stand, and who was let into a conversation by somebody else.

extension Migration {
    static let mailboxes = Migration(
        number: 19, name: "mailboxes",
        statements: [
            """
            CREATE TABLE mailboxes (
              channel TEXT NOT NULL,
              folder TEXT NOT NULL,
              state {json} NOT NULL,
              PRIMARY KEY (channel, folder)) {table}
            """,
            "ALTER TABLE legs ADD COLUMN is_guest {int} NOT NULL DEFAULT 0",
        ])
}
