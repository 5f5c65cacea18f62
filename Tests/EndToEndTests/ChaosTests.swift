// The promises of docs/delivery.md under the worst. One run for each fault: customers write on three channels, agents
// answer, things break; afterwards everything that was acknowledged is looked for on the other side. `make test` runs a
// short form, `make chaos` (SAMTAL_CHAOS=long) a long one.

import Foundation
import Model
import Storage
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Chaos")
    struct Chaos {
        static let isLong = ProcessInfo.processInfo.environment["SAMTAL_CHAOS"] == "long"

        @Test(
            "Whatever breaks, what was acknowledged arrives, once in effect, in order, and the account closes",
            arguments: Fault.all)
        func strike(_ fault: Fault) async throws {
            let stage: Stage
            do {
                stage = try await Stage(for: fault)
            } catch let error as SmallDisk.NotMounted {
                try Test.cancel("chaos: \(fault.name) is SKIPPED, this machine mounts nothing for us: \(error.why)")
            }
            var recoveries: [Duration] = []
            do {
                for time in 0..<(Self.isLong ? fault.times.long : fault.times.short) {
                    try await stage.traffic.acknowledged(more: 50)
                    let mended = try await fault.strike(stage, time)
                    recoveries.append(try await stage.traffic.recovered(since: mended))
                }
            } catch {
                print("chaos: \(fault.name): \(stage.condition)")
                throw error
            }
            let outcome = try await stage.finish()
            let record = ChaosRecord(fault.name, stage.traffic, outcome, recoveries)
            try ChaosReport.alone.add(record)
            record.expectWhole(stage.traffic, outcome)
            let file = stage.house.place.file("samtal.db")
            try await ChaosRecord.expectAccount(of: .sqlite(file), named: file, in: stage.house.place, outcome)
            if case .flaky = fault.mood {
                #expect(record.repeats > 0, "the CRM has to see repeats for this to prove anything")
            }
        }

        @Test(
            "Whatever happens to nodes and their database, what was acknowledged arrives, once in effect, in order",
            .enabled(if: PostgreSQLServer.isThere), arguments: NodeFault.all)
        func strikeNodes(_ fault: NodeFault) async throws {
            let cluster = try await Cluster()
            var recoveries: [Duration] = []
            do {
                for time in 0..<(Self.isLong ? fault.times.long : fault.times.short) {
                    try await cluster.traffic.acknowledged(more: 50)
                    recoveries.append(try await fault.strike(cluster, time))
                    // Also with the node that is back.
                    _ = try await cluster.recovered(since: .now)
                }
            } catch {
                print("chaos: \(fault.name): \(cluster.condition)")
                throw error
            }
            let outcome = try await cluster.finish()
            let record = ChaosRecord(fault.name, cluster.traffic, outcome, recoveries)
            try ChaosReport.cluster.add(record)
            record.expectWhole(cluster.traffic, outcome, writers: Cluster.writers)
            let house = cluster.house
            try await ChaosRecord.expectAccount(
                of: house.store, named: house.storeText, in: house.place, outcome, writers: Cluster.writers)
        }
    }
}
