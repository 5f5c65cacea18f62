// What the benchmarks need besides the gateway itself: its own client without the outbox, its own queries without
// the rest, and a sender that keeps its pace. Benchmarks/*.py call it; see Benchmarks/README.md.

import ArgumentParser
import Model
import Storage

@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Parts of the benchmarks; each prints one object of JSON.",
        subcommands: [Direct.self, Claims.self, Load.self, Lookups.self, MailReading.self])
}

extension JSON {
    /// For lists of measurements: the one in the middle, in milliseconds with three decimals.
    static func median(_ durations: [Duration]) -> JSON {
        guard !durations.isEmpty else { return .null }
        return .decimal(durations.sorted()[durations.count / 2].milliseconds)
    }

    /// A decimal number, as it is written.
    static func decimal(_ value: Double) -> JSON { .number("\(value)") }
}

extension Duration {
    /// With three decimals.
    var milliseconds: Double { (self / .microseconds(1)).rounded() / 1000 }

    /// With three decimals.
    var seconds: Double { Double(wholeMilliseconds) / 1000 }
}

extension StoreAddress: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
