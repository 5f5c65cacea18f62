// Queries for a wall clock that was set back: times that lie ahead only because of it come nearer.

package import Model

extension Transaction {
    /// When the newest delivery was made; `nil`: there is none. The clock showed this time once.
    package func newestDeliveryTime() throws(StoreError) -> Timestamp? {
        try row("SELECT created_at FROM deliveries ORDER BY sequence DESC LIMIT 1", [])?.time(0)
    }

    /// Moves what is due after `now` to an earlier time: the clock was set back by `step`, so it would wait for so
    /// much longer than it was meant to. Leases of lanes and rates move too.
    package func bringForward(by step: Duration, after now: Timestamp) throws(StoreError) {
        let (step, now) = (SQLValue.integer(step.wholeMilliseconds), SQLValue.time(now))
        try run(
            """
            UPDATE deliveries SET due_at = due_at - ? WHERE due_at > ?
              AND lane_id IN (SELECT id FROM lanes WHERE due_at > ?) AND \(waits("deliveries"))
            """, [step, now, now])
        try run(
            "UPDATE lanes SET due_at = due_at - ?, lease_until = lease_until - ? WHERE due_at > ?", [step, step, now])
        try run("UPDATE rates SET at = at - ? WHERE at > ?", [step, now])
        raise(.deliveries)
    }
}
