// Queries on lanes: who carries which, and when it is due again.

package import Model

/// A lane that a courier may carry until its lease ends.
package struct ClaimedLane: Sendable {
    package let id: LaneID
    /// Names this claim; whoever shows it holds the lane as long as nobody else claimed it.
    package let claim: String
    package let urgency: Urgency
    package let head: Delivery
}

/// How many lanes may be claimed at one time, and how many of them carry bulk work.
package struct ClaimLimit: Sendable, ExpressibleByIntegerLiteral {
    let lanes: Int
    let places: Int
    let bulk: Int
    let bulkAfter: Int?
    let carried: Set<String>

    /// - Parameters:
    ///   - places: how many of the lanes need not wait for a place: what live lanes leave of these is for bulk work.
    ///   - bulk: how many lanes of bulk work at most.
    ///   - bulkAfter: after how many live lanes it is the turn of one of bulk work; `nil`: when no live ones are left.
    ///   - carried: claims whose lanes the courier carries. They are not claimed again, whatever their leases say: the
    ///     clock may have jumped, or the store was out of reach for longer than a lease. The leases begin anew.
    package init(
        _ lanes: Int, places: Int = .max, bulk: Int = .max, bulkAfter: Int? = nil, carried: Set<String> = []
    ) {
        self.lanes = lanes
        self.places = min(places, lanes)
        self.bulk = bulk
        self.bulkAfter = bulkAfter
        self.carried = carried
    }

    package init(integerLiteral lanes: Int) {
        self.init(lanes)
    }
}

/// Who claims lanes, and for how long.
private struct Claimant {
    let owner: String
    let lease: Duration
    let now: Timestamp
    let carried: Set<String>

    var until: Timestamp { now + lease }
}

extension Transaction {
    /// Claims lanes of a destination that are due: urgent ones first, then by due time. A claimed lane is due again
    /// when its lease ends, so nobody else finds it before.
    /// - Parameters:
    ///   - owner: the courier; it holds no `/`.
    ///   - lease: for how long nobody else may claim them.
    package func claimLanes(
        of destination: Endpoint, owner: String, limit: ClaimLimit, lease: Duration, now: Timestamp
    ) throws(StoreError) -> [ClaimedLane] {
        let claimant = Claimant(owner: owner, lease: lease, now: now, carried: limit.carried)
        let bulkMax = min(limit.bulk, limit.lanes)
        var claimed: [ClaimedLane] = []
        if let turn = limit.bulkAfter, turn < limit.lanes {
            claimed += try claimLanes(of: destination, .live, limit: turn, claimant)
            let isTurn = claimed.count == turn
            claimed += try claimLanes(of: destination, .bulk, limit: isTurn ? min(1, bulkMax) : 0, claimant)
        }
        let bulk = claimed.count { $0.urgency == .bulk }
        claimed += try claimLanes(of: destination, .live, limit: limit.lanes - claimed.count, claimant)
        let rest = min(bulkMax - bulk, limit.places - claimed.count)
        claimed += try claimLanes(of: destination, .bulk, limit: rest, claimant)
        return claimed
    }

    private func claimLanes(
        of destination: Endpoint, _ urgency: Urgency, limit: Int,
        _ claimant: Claimant
    ) throws(StoreError) -> [ClaimedLane] {
        var claimed: [ClaimedLane] = []
        // A lane that turns out to have nothing to carry now takes nobody's place: the next one is looked for.
        while claimed.count < limit {
            let due = try rows(
                """
                SELECT id, lease_owner FROM lanes WHERE destination = ? AND urgency = ? AND due_at <= ?
                ORDER BY due_at LIMIT ?
                \(dialect.skipLocked)
                """,
                [
                    .text(destination.description), .integer(urgency.rawValue), .time(claimant.now),
                    .integer(Int64(limit - claimed.count)),
                ])
            if due.isEmpty { break }
            for row in due {
                let lane = try row.id(0, LaneID.self)
                if let owner = row.optionalText(1), claimant.carried.contains(owner) {
                    try renewLeases(of: [owner], until: claimant.until)
                    continue
                }
                guard let (claim, head) = try claim(lane, claimant) else { continue }
                claimed.append(ClaimedLane(id: lane, claim: claim, urgency: urgency, head: head))
            }
        }
        return claimed
    }

    /// Claims a lane that looked due.
    /// - Returns: `nil` when it has nothing to carry now; it is due later then, or not at all.
    private func claim(
        _ lane: LaneID, _ claimant: Claimant
    ) throws(StoreError) -> (claim: String, head: Delivery)? {
        let head = try head(of: lane)
        guard let head, head.dueAt <= claimant.now else {
            // Its turn ended with its last delivery, or a person woke it and what stands first in it still waits.
            try run("UPDATE lanes SET due_at = ? WHERE id = ?", [.optional(head?.dueAt), .id(lane)])
            return nil
        }
        let claim = "\(claimant.owner)/\(LaneID(at: claimant.now))"
        try run(
            "UPDATE lanes SET lease_owner = ?, lease_until = ?, due_at = ? WHERE id = ?",
            [.text(claim), .time(claimant.until), .time(claimant.until), .id(lane)])
        return (claim, head.delivery)
    }

    /// Lengthens the leases of these claims: what takes longer than a lease is not claimed by another meanwhile. A
    /// claim that is not named runs out, so a lane that nobody carries any more comes free.
    /// - Parameter waits: whether to wait for lanes that another transaction works on; for one claim only, so that
    ///   nobody waits in a circle. Without it they are left out.
    /// - Returns: the claims that were renewed; the others were left out, or hold their lanes no more.
    @discardableResult
    package func renewLeases(
        of claims: [String], until time: Timestamp, waits: Bool = false
    ) throws(StoreError) -> Set<String> {
        guard !claims.isEmpty else { return [] }
        let marks = Array(repeating: "?", count: claims.count).joined(separator: ", ")
        let found = try rows(
            """
            SELECT id, lease_owner FROM lanes WHERE lease_owner IN (\(marks)) ORDER BY id
            \(waits ? dialect.forUpdate : dialect.skipLocked)
            """, claims.map { .text($0) })
        for row in found {
            try run(
                "UPDATE lanes SET lease_until = ?, due_at = ? WHERE id = ?",
                [.time(time), .time(time), .text(try row.text(0))])
        }
        return Set(found.compactMap { $0.optionalText(1) })
    }

    /// Goes on with a lane after its head came to an end. Only for who holds the lane.
    /// - Returns: the next delivery; `nil` when the lane is given back.
    package func advance(_ lane: LaneID, claim: String, now: Timestamp) throws(StoreError) -> Delivery? {
        guard let head = try head(of: lane) else {
            try release(lane, claim: claim, dueAt: nil)
            return nil
        }
        guard head.dueAt <= now else {
            try release(lane, claim: claim, dueAt: head.dueAt)
            return nil
        }
        return head.delivery
    }

    /// Whether the lane is still held by this claim, which is its fence: a courier whose lease ran out, and whose lane
    /// another has claimed, must not record anything. Nobody claims the lane until the transaction ends.
    package func holds(_ lane: LaneID, claim: String) throws(StoreError) -> Bool {
        try row(
            "SELECT 1 FROM lanes WHERE id = ? AND lease_owner = ?\(dialect.forUpdate)", [.id(lane), .text(claim)])
            != nil
    }

    /// Gives a lane back; it is due at `dueAt`, or not at all until something is enqueued.
    package func release(_ lane: LaneID, claim: String, dueAt: Timestamp?) throws(StoreError) {
        try run(
            "UPDATE lanes SET lease_owner = NULL, lease_until = NULL, due_at = ? WHERE id = ? AND lease_owner = ?",
            [.optional(dueAt), .id(lane), .text(claim)])
    }

    /// Gives back every lane that `owner` holds: at the end of a courier's work.
    package func releaseLanes(of owner: String, at time: Timestamp) throws(StoreError) {
        try run(
            "UPDATE lanes SET lease_owner = NULL, lease_until = NULL, due_at = ? WHERE lease_owner LIKE ?",
            [.time(time), .text("\(owner)/%")])
    }

    /// The lanes that `owner` holds, each with its claim.
    package func lanes(of owner: String) throws(StoreError) -> [(id: LaneID, claim: String)] {
        var lanes: [(LaneID, String)] = []
        let found = try rows(
            "SELECT id, lease_owner FROM lanes WHERE lease_owner LIKE ? ORDER BY id", [.text("\(owner)/%")])
        for row in found { lanes.append((try row.id(0, LaneID.self), try row.text(1))) }
        return lanes
    }

    /// Gives back every lane, whoever holds it: at the start of the only courier of a store.
    package func releaseAllLanes(at time: Timestamp) throws(StoreError) {
        try run(
            "UPDATE lanes SET lease_owner = NULL, lease_until = NULL, due_at = ? WHERE lease_owner IS NOT NULL",
            [.time(time)])
    }

    /// Whether a courier carries the lane: nobody else knows which of its deliveries is on the way.
    package func isCarried(_ lane: LaneID, at time: Timestamp) throws(StoreError) -> Bool {
        let lease = try row("SELECT lease_until FROM lanes WHERE id = ?\(dialect.forUpdate)", [.id(lane)])
        guard let until = lease?.optionalTime(0) else { return false }
        return until > time
    }

    /// Takes a lane from a courier whose lease ran out: what it records later changes nothing.
    package func takeExpired(_ lane: LaneID, at time: Timestamp) throws(StoreError) {
        try run(
            "UPDATE lanes SET lease_owner = NULL, lease_until = NULL WHERE id = ? AND lease_until <= ?",
            [.id(lane), .time(time)])
    }

    /// Makes a lane due, because a person wants one of its deliveries tried again. A lane that is being carried comes
    /// to it by itself.
    package func wake(_ lane: LaneID, at time: Timestamp) throws(StoreError) {
        // Whoever carries it sees what is new in it, or has let it go.
        _ = try row("SELECT 1 FROM lanes WHERE id = ?\(dialect.forUpdate)", [.id(lane)])
        try run("UPDATE lanes SET due_at = ? WHERE id = ? AND lease_owner IS NULL", [.time(time), .id(lane)])
        raise(.deliveries)
    }

    /// When the next lane of these destinations is due, after `now`; `nil`: none waits.
    package func nextDue(of destinations: [Endpoint], after now: Timestamp) throws(StoreError) -> Timestamp? {
        var next: Timestamp?
        for destination in destinations {
            for urgency in Urgency.allCases {
                let row = try row(
                    "SELECT min(due_at) FROM lanes WHERE destination = ? AND urgency = ? AND due_at > ?",
                    [.text(destination.description), .integer(urgency.rawValue), .time(now)])
                guard let time = row?.optionalTime(0) else { continue }
                next = min(next ?? time, time)
            }
        }
        return next
    }
}
