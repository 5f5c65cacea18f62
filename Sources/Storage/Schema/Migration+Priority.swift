// Step 6: how urgent a conversation is, as a CRM or a person says.

extension Migration {
    static let priority = Migration(
        number: 6, name: "priority",
        statements: [
            """
            ALTER TABLE conversations ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal'
              CHECK (priority IN ('low', 'normal', 'high', 'urgent'))
            """
        ])
}
