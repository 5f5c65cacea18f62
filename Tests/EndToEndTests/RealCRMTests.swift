// Real CRMs, each wired by its contract's folder alone.

import Testing

extension EndToEnd {
    @Suite("Real CRMs")
    struct RealCRMs {
        @Test(
            "Request Tracker 5: a ticket is made, grows, is answered, closed, opened again, and waits while it is down")
        func requestTracker() async throws {
            try await RealDesk<RequestTracker>.roundTrip()
        }

        @Test(
            "Roundup: the same, while it answers 429 again and again",
            .enabled(if: Python.isWanted, Python.missing))
        func roundup() async throws {
            try await RealDesk<Roundup>.roundTrip()
        }
    }
}
