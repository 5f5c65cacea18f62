// What is broken on a chaotic day, one value for each way. The checks afterwards are the same for all.

import Testing

/// One way in which things go wrong.
struct Fault: Sendable, CustomTestStringConvertible {
    /// What it takes to break it so.
    enum Need: Sendable { case nothing, levers, smallDisk, fewDescriptors }

    let name: String
    var need = Need.nothing
    /// How often it happens in the short form and in the long one.
    let times: (short: Int, long: Int)
    /// How the CRM answers all the while.
    var mood = Mood.well
    /// Refusals that it brings beside 503; networks send again after them.
    var refusals: Set<Int> = []
    /// Breaks it and mends it again; the number of the time counts from 0.
    /// - Returns: when the rest was up to samtal.
    let strike: @Sendable (_ stage: Stage, _ time: Int) async throws -> ContinuousClock.Instant

    var testDescription: String { name }

    static let all = processes + others + machines

    private static let processes = [
        Fault(name: "kill -9 at random moments", times: (10, 100), mood: .flaky) { stage, _ in
            try await stage.traffic.acknowledged(more: stage.traffic.dice.roll(100))
            return try await stage.kill()
        },
        Fault(name: "SIGTERM under load", times: (2, 10)) { stage, _ in
            try await stage.stop()
        },
        Fault(name: "SIGHUP under load", times: (3, 10)) { stage, _ in
            try await stage.reload()
        },
    ]

    private static let others = [
        Fault(name: "CRM answers 500", times: (1, 4)) { stage, _ in
            try await stage.moody(.failing)
        },
        Fault(name: "CRM takes requests and never answers", times: (1, 4)) { stage, _ in
            try await stage.moody(.mute)
        },
        Fault(name: "CRM resets connections after reading", times: (1, 4)) { stage, _ in
            try await stage.moody(.resetting)
        },
    ]

    private static let machines = [
        Fault(name: "disk full", need: .smallDisk, times: (1, 4)) { stage, _ in
            try stage.disk?.fill()
            try await stage.traffic.refused(more: 50)
            try stage.disk?.clear()
            return .now
        },
        Fault(name: "disk slow: 300 ms more for each sync", need: .levers, times: (1, 4)) { stage, _ in
            try stage.levers?.delaySync(by: .milliseconds(300))
            try await stage.traffic.acknowledged(more: 100)
            try stage.levers?.delaySync(by: .zero)
            return .now
        },
        // What is signed with the time is refused while the clock is wrong, as it must be.
        Fault(name: "clock an hour forth, an hour back", need: .levers, times: (2, 8), refusals: [401]) {
            stage, time in
            try stage.levers?.shiftClock(by: time.isMultiple(of: 2) ? .seconds(3600) : .zero)
            return .now
        },
        Fault(name: "more visitors than file descriptors", need: .fewDescriptors, times: (1, 4), mood: .curt) {
            stage, _ in
            try await stage.flood()
        },
        Fault(name: "file descriptors taken away", times: (1, 4)) { stage, _ in
            try await stage.takeDescriptors()
        },
    ]
}
