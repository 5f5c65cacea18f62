// The installation that is at work now. A reload changes it between two requests, or not at all.

package import Connectors
import Contracts
package import Deliveries
import Foundation
package import Logging
import Model
import Synchronization

/// Holds the present installation and replaces it.
package final class LiveInstallation: Sendable {
    private let present: Mutex<Installation>
    private let foundations: Foundations
    private let courier: Courier
    /// What runs without being asked.
    package let errands: ErrandRunner
    private let logger: Logger

    package init(_ installation: Installation, on foundations: Foundations, courier: Courier, logger: Logger) {
        present = Mutex(installation)
        self.foundations = foundations
        self.courier = courier
        self.logger = logger
        errands = ErrandRunner(on: foundations.node)
        courier.serve(installation.destinations)
        serveErrands(of: installation)
    }

    private func serveErrands(of installation: Installation) {
        errands.serve(
            installation.errands(clock: foundations.clock, pace: .system, logger: logger)
                + installation.housekeeping(on: foundations, pace: .system, logger: logger))
    }

    /// What is at work now.
    package var current: Installation { present.withLock { $0 } }

    /// How each channel and contract stands as a place to send to, sorted by name.
    var destinations: [(endpoint: Endpoint, condition: DestinationCondition)] {
        let pulled = current.feeds.values.map { ($0.endpoint, DestinationCondition(state: .pulled, since: nil)) }
        return (courier.conditions + pulled).sorted { $0.0.description < $1.0.description }
    }

    /// Reads the file again and puts what it says to work. A file with mistakes changes nothing. Store, listen
    /// addresses, limits, network, schedule and log level are those of the start; when the file changes them, the log
    /// says that a restart is needed.
    /// - Returns: every mistake; empty when the new configuration is at work.
    @discardableResult
    package func reload() async -> [ConfigurationProblem] {
        let old = current
        do {
            let configuration = try Configuration.load(
                old.configuration.file, environment: ProcessInfo.processInfo.environment)
            let installation = try Installation(configuration, on: foundations)
            let problems = await installation.checkPrograms()
            guard problems.isEmpty else { throw ConfigurationProblems(problems) }
            try await installation.resumeSending(in: foundations.store, at: foundations.clock.now)
            present.withLock { $0 = installation }
            courier.serve(installation.destinations)
            serveErrands(of: installation)
            logger.notice(
                "reloaded",
                metadata: [
                    "channels": "\(installation.channels.count)", "contracts": "\(installation.contracts.count)",
                    "restart_needed": "\(old.configuration.needsRestart(for: configuration))",
                ])
            return []
        } catch let problems as ConfigurationProblems {
            return refuse(problems.list)
        } catch let problems as SettingProblems {
            let file = old.configuration.file
            return refuse(problems.list.map { ConfigurationProblem(file: file, message: $0.description) })
        } catch {
            return refuse([ConfigurationProblem(file: old.configuration.file, message: "\(error)")])
        }
    }

    private func refuse(_ problems: [ConfigurationProblem]) -> [ConfigurationProblem] {
        for problem in problems {
            logger.error("not reloaded, everything stays as it was", metadata: ["problem": "\(problem)"])
        }
        return problems
    }
}

extension Configuration {
    /// Whether `other` changes something that is fixed at the start.
    func needsRestart(for other: Configuration) -> Bool {
        (host, port) != (other.host, other.port) || lmtp != other.lmtp || store != other.store || limits != other.limits
            || allowedRanges != other.allowedRanges || schedule != other.schedule || leaseTimes != other.leaseTimes
            || logLevel != other.logLevel
    }
}
