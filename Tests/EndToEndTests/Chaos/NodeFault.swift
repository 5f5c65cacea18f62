// What is broken where several nodes share a database, one value for each way.

import Testing

/// One way in which things go wrong among nodes.
struct NodeFault: Sendable, CustomTestStringConvertible {
    let name: String
    /// How often it happens in the short form and in the long one.
    let times: (short: Int, long: Int)
    /// Breaks it and mends it again; the number of the time counts from 0.
    /// - Returns: how long it took until the nodes that were left had taken over, or until all was well again.
    let strike: @Sendable (_ cluster: Cluster, _ time: Int) async throws -> Duration

    var testDescription: String { name }

    /// How long a node is gone while it lives: longer than its leases.
    private static let absence = Duration.seconds(EndToEnd.Chaos.isLong ? 60 : 15)

    static let all = [
        NodeFault(name: "kill -9 of random nodes", times: (2, 20)) { cluster, time in
            try await cluster.traffic.acknowledged(more: cluster.traffic.dice.roll(100))
            return try await cluster.recovered(since: try await cluster.kill(cluster.victim(time)))
        },
        NodeFault(name: "pg_ctl restart -m immediate under load", times: (1, 10)) { cluster, _ in
            try await cluster.recovered(since: try await cluster.crash())
        },
        NodeFault(name: "network cut between one node and the database", times: (1, 4)) { cluster, time in
            // What was sent meanwhile is lost with its connection, or comes late.
            try await cluster.cut(
                cluster.victim(time), for: absence / 2, forgetting: time.isMultiple(of: 4))
        },
        NodeFault(name: "a node paused (SIGSTOP) and woken", times: (1, 4)) { cluster, time in
            try await cluster.pause(cluster.victim(time), for: absence)
        },
    ]
}
