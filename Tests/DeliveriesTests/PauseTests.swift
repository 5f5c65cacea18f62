import Logging
import Model
import Storage
import TestSupport
import Testing

@testable import Deliveries

@Suite("A courier that stands still", .timeLimit(.minutes(2)))
struct PauseTests {
    /// A courier that has claimed a lane of two deliveries, and then stood still for longer than the lease lasts.
    private func paused(
        _ outbox: Outbox, _ desk: ScriptedDestination
    ) async throws -> (courier: Courier, claimed: (run: Courier.Run, first: Courier.Ready), ids: [DeliveryID]) {
        let ids = try await outbox.fill(1...2)
        let courier = outbox.courier()
        courier.serve([desk])
        let claimed = try #require(await courier.claim().claimed.first)
        outbox.advance(by: Courier.lease + .seconds(1))
        return (courier, claimed, ids)
    }

    private func carry(_ claimed: (run: Courier.Run, first: Courier.Ready), by courier: Courier) async {
        await courier.carry(claimed.run, from: claimed.first, claimed.run.places.draw())
    }

    @Test("It makes no attempt any more when another has carried its lane meanwhile", arguments: [true, false])
    func overtaken(isRepeatable: Bool) async throws {
        let outbox = try await Outbox()
        let (here, there) = (ScriptedDestination(isRepeatable: isRepeatable), ScriptedDestination())
        let (courier, claimed, ids) = try await paused(outbox, here)
        try await outbox.carry(there) {
            for id in ids { try await outbox.waits(for: id, toBe: .delivered) }
        }
        await carry(claimed, by: courier)
        #expect(here.attempts.isEmpty)
        #expect(there.attempts.count == 2)
        for id in ids { #expect(try await outbox.attempts(of: id).count == 1) }
    }

    @Test("It goes on when nobody took its lane, and holds it from then on")
    func unnoticed() async throws {
        let outbox = try await Outbox()
        let desk = ScriptedDestination()
        let (courier, claimed, ids) = try await paused(outbox, desk)
        #expect(try await courier.renewLease(claimed.run.lane.claim))
        let other = outbox.courier()
        other.serve([ScriptedDestination()])
        #expect(await other.claim().claimed.isEmpty)
        await carry(claimed, by: courier)
        for id in ids { try await outbox.waits(for: id, toBe: .delivered, attempts: 1) }
        #expect(desk.attempts.count == 2)
    }

    @Test("The next delivery of a lane begins with a lease that lasts, however long the one before took")
    func renewed() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...2)
        let other = outbox.courier()
        other.serve([ScriptedDestination()])
        let desk = ScriptedDestination { [clock = outbox.clock] delivery, _ in
            // The first takes longer than a lease, and nobody looks meanwhile.
            if delivery.number == 1 { clock.advance(by: Courier.lease + .seconds(1)) }
            return .done
        }
        let courier = outbox.courier()
        courier.serve([desk])
        let claimed = try #require(await courier.claim().claimed.first)
        await carry(claimed, by: courier)
        for id in ids { try await outbox.waits(for: id, toBe: .delivered, attempts: 1) }
        #expect(await other.claim().claimed.isEmpty)
    }
}
