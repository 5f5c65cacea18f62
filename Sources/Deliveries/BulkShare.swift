// How bulk work (backfill, replay) and live deliveries share a destination: neither
// starves the other.

import Model

/// The turns that bulk work gets at one destination.
///
/// Live lanes go first. Bulk work gets what they leave, but never more than half of the lanes that may be carried at
/// one time, so that a live one that comes finds a place at once; its turn is one delivery. When live lanes leave
/// nothing, one of `turns` lanes that are claimed is a bulk one all the same.
struct BulkShare: Sendable {
    /// Every so many claimed lanes one is bulk, if one is due.
    static let turns = 8
    /// How many deliveries of a bulk lane are carried in a row.
    static let deliveriesInARowMax = 1

    /// How many live lanes were claimed since the last bulk one.
    private var live = 0

    /// How many bulk lanes may be carried at one time, of `parallel` lanes.
    static func lanes(of parallel: Int) -> Int { max(1, parallel / 2) }

    /// After how many live lanes it is the turn of a bulk one.
    var bulkAfter: Int { max(0, Self.turns - 1 - live) }

    mutating func count(_ urgency: Urgency) {
        live = urgency == .bulk ? 0 : live + 1
    }
}
