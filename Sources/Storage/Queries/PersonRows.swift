// Queries on people, identities and links.

package import Model

/// What the store knows about the writer of a message, and the place they wrote on.
package struct Correspondent: Sendable {
    package let identity: IdentityID
    package let person: Person
    /// The open leg of this identity on this thread, with its conversation; `nil` on a first message here.
    package let leg: LegID?
    package let conversation: Conversation?
    /// Whether a message with this external id is known on this channel.
    package let isDuplicate: Bool
    /// Whether edits, receipts or the like wait for this message.
    package let hasParked: Bool
}

/// What one needs to look a correspondent up.
package struct CorrespondentQuery: Sendable {
    package let network: String
    package let scope: String
    package let address: String
    package let channel: String
    package let thread: String
    package let externalID: String

    package init(
        network: String, scope: String, address: String, channel: String, thread: String, externalID: String
    ) {
        self.network = network
        self.scope = scope
        self.address = address
        self.channel = channel
        self.thread = thread
        self.externalID = externalID
    }
}

extension Transaction {
    /// Everything that intake asks about a writer, in one statement; `nil`: this identity is new.
    package func correspondent(_ query: CorrespondentQuery) throws(StoreError) -> Correspondent? {
        let found = try row(
            """
            SELECT i.id, p.id, p.name, p.handle, p.phone, p.email, l.id,
              \(conversationColumns),
              EXISTS (SELECT 1 FROM messages m
                WHERE m.channel = ? AND m.external_id = ? AND m.direction = 'inbound'),
              EXISTS (SELECT 1 FROM parked q WHERE q.channel = ? AND q.external_id = ?)
            FROM identities i
            JOIN links k ON k.identity_id = i.id AND k.undone_at IS NULL
            JOIN people p ON p.id = k.person_id
            LEFT JOIN legs l ON l.identity_id = i.id AND l.channel = ? AND l.thread = ? AND l.ended_at IS NULL
            LEFT JOIN conversations c ON c.id = l.conversation_id
            WHERE i.network = ? AND i.scope = ? AND i.address = ?
            """,
            [
                .text(query.channel), .text(query.externalID), .text(query.channel), .text(query.externalID),
                .text(query.channel), .text(query.thread), .text(query.network), .text(query.scope),
                .text(query.address),
            ])
        guard let row = found else { return nil }
        return Correspondent(
            identity: try row.id(0, IdentityID.self), person: try row.person(1),
            leg: row.optionalID(6, LegID.self),
            conversation: row.optionalText(7) == nil ? nil : try row.conversation(7),
            isDuplicate: try row.integer(16) != 0, hasParked: try row.integer(17) != 0)
    }

    package func insertPerson(_ person: Person, at time: Timestamp) throws(StoreError) {
        try run(
            "INSERT INTO people (id, name, handle, phone, email, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            [
                .id(person.id), .optional(person.name), .optional(person.handle), .optional(person.phone),
                .optional(person.email), .time(time),
            ])
    }

    /// Fills what is not known of a person yet; what is known stays.
    package func complete(_ person: Person) throws(StoreError) {
        try run(
            """
            UPDATE people SET name = coalesce(name, ?), handle = coalesce(handle, ?), phone = coalesce(phone, ?),
              email = coalesce(email, ?) WHERE id = ?
            """,
            [
                .optional(person.name), .optional(person.handle), .optional(person.phone), .optional(person.email),
                .id(person.id),
            ])
    }

    /// - Throws: `conflict` when the address exists already in its network and scope.
    package func insertIdentity(_ identity: Identity, author: Author, at time: Timestamp) throws(StoreError) {
        try run(
            """
            INSERT INTO identities
              (id, network, scope, address, name, handle, phone, email, followers, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .id(identity.id), .text(identity.network), .text(identity.scope), .text(identity.address),
                .optional(author.name), .optional(author.handle), .optional(author.phone), .optional(author.email),
                .optional(author.followers), .time(time),
            ])
    }

    package func insertLink(
        _ id: LinkID, identity: IdentityID, person: PersonID, evidence: String, at time: Timestamp
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO links (id, identity_id, person_id, evidence, strength, made_by, made_at)
            VALUES (?, ?, ?, ?, 'verified', 'intake', ?)
            """, [.id(id), .id(identity), .id(person), .text(evidence), .time(time)])
    }

    package func person(_ id: PersonID) throws(StoreError) -> Person? {
        guard let row = try row("SELECT id, name, handle, phone, email FROM people WHERE id = ?", [.id(id)]) else {
            return nil
        }
        return try row.person(0)
    }

    /// The identity and how its network described it.
    package func author(of identity: IdentityID) throws(StoreError) -> Author? {
        let found = try row(
            "SELECT address, name, handle, phone, email, followers FROM identities WHERE id = ?", [.id(identity)])
        guard let row = found else { return nil }
        return Author(
            id: try row.text(0), name: row.optionalText(1), handle: row.optionalText(2), phone: row.optionalText(3),
            email: row.optionalText(4), followers: row.optionalInteger(5))
    }
}

extension Row {
    /// A person from five columns beginning at `index`: id, name, handle, phone, email.
    func person(_ index: Int) throws(StoreError) -> Person {
        Person(
            id: try id(index, PersonID.self), name: optionalText(index + 1), handle: optionalText(index + 2),
            phone: optionalText(index + 3), email: optionalText(index + 4))
    }
}
