// Commands that look into the store open it beside a running gateway; SQLite keeps them apart.

import ArgumentParser
import Connectors
import Conversations
import Foundation
import Gateway
import Model
import Storage
import Transports

/// The store that a configuration names.
struct StoreOption: ParsableArguments {
    @OptionGroup var file: ConfigurationOption

    @Option(help: "sqlite:PATH or postgresql://…, instead of the store that the configuration names.")
    var store: String?

    /// Opens the store; it must exist.
    func open() async throws -> any Store { try await existing().open() }

    /// Where the store is; it must exist.
    func existing() throws -> StoreAddress {
        let address = try store.map { StoreAddress($0) } ?? loadConfiguration(file.config).store
        if case .sqlite(let path) = address, !FileManager.default.fileExists(atPath: path) {
            printError("there is no store at \(path)")
            throw ExitCode.failure
        }
        return address
    }

    /// The version of an endpoint's connector as its files are now; `nil`: the endpoint is not configured, or the
    /// configuration can not be read.
    func connector(of endpoint: Endpoint) -> String? {
        guard let configuration = try? Configuration.load(file.config) else { return nil }
        let endpoints = configuration.channels + configuration.contracts
        return endpoints.first { $0.endpoint == endpoint }.map { $0.folder.version(with: $0.programs) }
    }

    /// Which channels and contracts the configuration names, for what a command does to a reply.
    func wiring(on store: any Store) throws -> Wiring {
        let configuration = try loadConfiguration(file.config)
        let transport = CurlTransport(
            guard: AddressGuard(allowing: configuration.allowedRanges), responseBytesMax: 1, userAgent: "samtal")
        let foundations = Foundations(
            store: store, transport: transport, machine: JQMachine(threads: 1), clock: .system)
        do {
            return try Installation(configuration, on: foundations).wiring
        } catch {
            for problem in error.list { printError("\(configuration.file): \(problem)") }
            throw ExitCode(78)
        }
    }
}
