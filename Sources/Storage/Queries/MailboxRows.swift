// Queries on how the folders of mailboxes stand: told by the node that watches them, read by all.

package import Model

/// A folder with how it stands.
package struct MailboxRecord: Sendable, Hashable {
    package let channel: String
    package let folder: String
    package let condition: MailboxCondition

    package init(channel: String, folder: String, condition: MailboxCondition) {
        self.channel = channel
        self.folder = folder
        self.condition = condition
    }
}

extension Transaction {
    /// How a folder stands; a new one when it was never seen.
    package func mailbox(channel: String, folder: String) throws(StoreError) -> MailboxCondition {
        let row = try row(
            "SELECT state FROM mailboxes WHERE channel = ? AND folder = ?", [.text(channel), .text(folder)])
        guard let row else { return MailboxCondition() }
        return MailboxCondition(state: try row.json(0))
    }

    /// All folders that were ever watched, by channel and folder.
    package func mailboxes() throws(StoreError) -> [MailboxRecord] {
        var records: [MailboxRecord] = []
        for row in try rows("SELECT channel, folder, state FROM mailboxes ORDER BY channel, folder", []) {
            records.append(
                MailboxRecord(
                    channel: try row.text(0), folder: try row.text(1),
                    condition: MailboxCondition(state: try row.json(2))))
        }
        return records
    }

    package func saveMailbox(_ record: MailboxRecord) throws(StoreError) {
        try run(
            """
            INSERT INTO mailboxes (channel, folder, state) VALUES (?, ?, ?)
            ON CONFLICT (channel, folder) DO UPDATE SET state = excluded.state
            """, [.text(record.channel), .text(record.folder), .json(record.condition.state)])
    }
}
