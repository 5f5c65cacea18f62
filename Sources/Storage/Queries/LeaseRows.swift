// Queries on leases: which node does what only one may do, until when, and the fence that keeps all others out.

package import Model

/// One lease as it stands.
package struct Lease: Sendable, Hashable {
    package let name: String
    /// `nil`: nobody's; it was given back.
    package let holder: String?
    package let token: Int64
    /// When another node may take it; `nil`: when it was given back.
    package let expiresAt: Timestamp?

    package func isFree(at now: Timestamp) -> Bool {
        holder == nil || expiresAt.map { $0 <= now } ?? false
    }

    package var json: JSON {
        .members([
            "name": .string(name), "holder": JSON(holder), "token": .integer(token), "expires_at": JSON(expiresAt),
        ])
    }
}

extension Transaction {
    /// The time by the server's clock; `nil`: the engine has none but the machine's. Nodes whose clocks differ agree on
    /// it.
    package func serverTime() throws(StoreError) -> Timestamp? {
        guard let now = dialect.serverTime else { return nil }
        return try row("SELECT \(now)", [])?.time(0)
    }

    /// All leases that ever were, sorted by name.
    package func leases() throws(StoreError) -> [Lease] {
        var leases: [Lease] = []
        for row in try rows("SELECT name, holder, token, expires_at FROM leases ORDER BY name", []) {
            leases.append(
                Lease(
                    name: try row.text(0), holder: row.optionalText(1), token: try row.integer(2),
                    expiresAt: row.optionalTime(3)))
        }
        return leases
    }

    /// Takes a lease that is free, has run out, or is the holder's own from before. Who takes several takes them sorted
    /// by name, so that nobody waits in a circle.
    /// - Parameters:
    ///   - holder: a name that no other node and no other run of this one has.
    ///   - end: `nil`: held until it is released.
    /// - Returns: `nil`: another holds it.
    package func acquireLease(
        _ name: String, by holder: String, until end: Timestamp?, now: Timestamp
    ) throws(StoreError) -> LeaseClaim? {
        let row = try row(
            """
            INSERT INTO leases (name, holder, token, expires_at) VALUES (?, ?, 1, ?)
            ON CONFLICT (name) DO UPDATE
            SET holder = excluded.holder, token = leases.token + 1, expires_at = excluded.expires_at
            WHERE leases.holder IS NULL OR leases.holder = excluded.holder OR leases.expires_at <= ?
            RETURNING token
            """, [.text(name), .text(holder), .optional(end), .time(now)])
        guard let token = try row?.integer(0) else { return nil }
        return LeaseClaim(name: name, holder: holder, token: token)
    }

    /// Lengthens leases of one holder, all at once; they are locked sorted by name. One that ran out is
    /// lengthened too, as long as nobody took it.
    /// - Returns: those that the holder still has.
    package func renewLeases(_ claims: Set<LeaseClaim>, until end: Timestamp) throws(StoreError) -> Set<LeaseClaim> {
        guard let holder = claims.first?.holder else { return [] }
        let marks = Array(repeating: "?", count: claims.count).joined(separator: ", ")
        let own = "holder = ? AND name IN (\(marks))"
        let names = claims.map { SQLValue.text($0.name) }
        let found = try rows(
            "SELECT name, token FROM leases WHERE \(own) ORDER BY name\(dialect.forUpdate)", [.text(holder)] + names)
        var held: Set<LeaseClaim> = []
        for row in found {
            held.insert(LeaseClaim(name: try row.text(0), holder: holder, token: try row.integer(1)))
        }
        try run("UPDATE leases SET expires_at = ? WHERE \(own)", [.time(end), .text(holder)] + names)
        return held.intersection(claims)
    }

    /// Gives a lease back: another node may take it at once. Nothing happens when it is another's already.
    package func releaseLease(_ claim: LeaseClaim) throws(StoreError) {
        try run(
            "UPDATE leases SET holder = NULL, expires_at = NULL WHERE name = ? AND holder = ? AND token = ?",
            [.text(claim.name), .text(claim.holder), .integer(claim.token)])
    }

    /// Gives back every lease, whoever holds it: at the start of the only node of a store.
    package func releaseAllLeases() throws(StoreError) {
        try run("UPDATE leases SET holder = NULL, expires_at = NULL WHERE holder IS NOT NULL", [])
    }

    /// Gives back leases that have no end. Where a store has many nodes there are none, but those that a process left
    /// that was killed when this was an embedded store: it was moved here since.
    package func releaseEndlessLeases() throws(StoreError) {
        try run("UPDATE leases SET holder = NULL WHERE holder IS NOT NULL AND expires_at IS NULL", [])
    }

    /// The fence: ends the unit unless the lease is held under this very token. Nobody can take the lease until the
    /// transaction ends. What a unit writes under a lease is safe when this is asked anywhere in it; asked last, others
    /// wait the least.
    /// - Throws: `leaseLost`.
    package func assertHeld(_ claim: LeaseClaim) throws(StoreError) {
        let found = try row(
            "SELECT 1 FROM leases WHERE name = ? AND holder = ? AND token = ?\(dialect.forUpdate)",
            [.text(claim.name), .text(claim.holder), .integer(claim.token)])
        guard found != nil else {
            throw StoreError(.leaseLost, "the lease \(claim.name) with token \(claim.token) is another's now")
        }
    }

    /// Forgets leases that began with these words and ran out, or were given back, before `time`. Only for names that
    /// never come again: a token that is forgotten could.
    package func forgetLeases(named prefix: String, endedBefore time: Timestamp) throws(StoreError) {
        try run(
            "DELETE FROM leases WHERE name LIKE ? AND (holder IS NULL OR expires_at < ?)",
            [.text("\(prefix)%"), .time(time)])
    }
}
