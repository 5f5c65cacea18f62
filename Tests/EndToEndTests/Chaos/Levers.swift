// The machine's clock and disk as a gateway sees them, in the hands of a test.

import Foundation
import Model
import TestSupport

/// Shifts the wall clock of the processes that run with its environment and slows down their disk, by a small library
/// that is loaded into them (levers.c).
final class Levers: Sendable {
    /// What a process must be started with.
    let environment: [String: String]
    private let place: Place

    /// Compiles the library.
    init() async throws {
        place = try Place()
        let (source, library) = ("\(Repository.path)/Tests/EndToEndTests/Chaos/levers.c", place.file("levers.so"))
        let built = try await Program.run(
            "/usr/bin/cc", ["-shared", "-fPIC", "-O2", "-Wall", "-o", library, source], in: place.path)
        guard built.status == 0 else { throw NotBuilt(errors: built.errors) }
        environment = ["LD_PRELOAD": library, "SAMTAL_LEVERS": place.file("levers")]
        guard FileManager.default.createFile(atPath: place.file("levers"), contents: Data(count: 16)) else {
            throw NotBuilt(errors: "the levers' file can not be made")
        }
    }

    /// Sets the wall clock; whole seconds.
    func shiftClock(by shift: Duration) throws { try set(shift.components.seconds * 1000, at: 0) }

    /// Every sync of the disk takes so much longer.
    func delaySync(by delay: Duration) throws { try set(delay.wholeMilliseconds, at: 8) }

    private func set(_ number: Int64, at offset: UInt64) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: place.file("levers")))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: withUnsafeBytes(of: number) { Data($0) })
        try file.close()
    }

    struct NotBuilt: Error {
        let errors: String
    }
}
