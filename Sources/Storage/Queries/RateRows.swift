// Queries on rates: how much of each budget is used up, for all nodes together.

package import Model

/// The row that says until when an endpoint is left alone.
private let pauseName = "pause"

extension Transaction {
    /// When the next delivery of each of these buckets would go at an even pace; one that is not there is full.
    package func rates(of endpoint: Endpoint, _ names: [String]) throws(StoreError) -> [String: Timestamp] {
        var times: [String: Timestamp] = [:]
        for name in names {
            let row = try row(
                "SELECT at FROM rates WHERE endpoint = ? AND name = ?", [.text(endpoint.description), .text(name)])
            times[name] = try row?.time(0)
        }
        return times
    }

    /// Replaces what ``rates(of:_:)`` tells. Whoever does holds the lock of the endpoint's rates.
    package func saveRates(_ times: [String: Timestamp], of endpoint: Endpoint) throws(StoreError) {
        for (name, time) in times.sorted(by: { $0.key < $1.key }) {
            try run(
                """
                INSERT INTO rates (endpoint, name, at) VALUES (?, ?, ?)
                ON CONFLICT (endpoint, name) DO UPDATE SET at = excluded.at
                """, [.text(endpoint.description), .text(name), .time(time)])
        }
    }

    /// Leaves an endpoint alone until then. An earlier end never shortens a pause.
    package func pause(_ endpoint: Endpoint, until end: Timestamp) throws(StoreError) {
        try run(
            """
            INSERT INTO rates (endpoint, name, at) VALUES (?, ?, ?)
            ON CONFLICT (endpoint, name) DO UPDATE SET at = excluded.at WHERE rates.at < excluded.at
            """, [.text(endpoint.description), .text(pauseName), .time(end)])
    }

    /// Until when these endpoints are left alone, those that are.
    package func pauses(
        of endpoints: [Endpoint], at now: Timestamp
    ) throws(StoreError) -> [Endpoint: Timestamp] {
        guard !endpoints.isEmpty else { return [:] }
        let marks = Array(repeating: "?", count: endpoints.count).joined(separator: ", ")
        let found = try rows(
            "SELECT endpoint, at FROM rates WHERE endpoint IN (\(marks)) AND name = ? AND at > ?",
            endpoints.map { .text($0.description) } + [.text(pauseName), .time(now)])
        var pauses: [String: Timestamp] = [:]
        for row in found { pauses[try row.text(0)] = try row.time(1) }
        return Dictionary(endpoints.compactMap { endpoint in pauses[endpoint.description].map { (endpoint, $0) } }) {
            first, _ in first
        }
    }

    /// Endpoints that have something here.
    package func ratedEndpoints() throws(StoreError) -> [String] {
        var names: [String] = []
        for row in try rows("SELECT DISTINCT endpoint FROM rates ORDER BY endpoint", []) {
            names.append(try row.text(0))
        }
        return names
    }

    /// Forgets buckets of an endpoint that are full again, and pauses that are over.
    package func forgetRates(of endpoint: String, at now: Timestamp) throws(StoreError) {
        try lock([.rates(endpoint)])
        try run("DELETE FROM rates WHERE endpoint = ? AND at <= ?", [.text(endpoint), .time(now)])
    }
}
