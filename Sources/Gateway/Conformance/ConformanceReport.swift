// What the trials of a folder showed: a cell for each fault.

import Connectors
package import Model

/// What goes wrong at the other side.
package enum ConformanceFault: String, Sendable, CaseIterable {
    case twice
    case outOfOrder = "out of order"
    case overlapping = "overlapping pages"
    case slow = "slow first byte"
    case truncated
    case throttled = "429"
    case down = "5xx"
    case reset
    case redirect
    case expired = "expired token"
    case revoked = "revoked token"
    case outcome

    /// What must hold, in one line for people.
    package var promise: String {
        switch self {
        case .twice: "every event, and every page of a poll, comes twice: the second time changes nothing"
        case .outOfOrder: "the last event comes first: no message is missing, none is there twice"
        case .overlapping:
            "an item stands on two pages of a poll, or twice on one: it is taken once, and nothing is missed"
        case .slow: "the answer's first byte never comes: as for reset"
        case .truncated: "half of the answer's body comes: as for reset; half of a page is not taken"
        case .throttled:
            "429 with Retry-After in seconds, as a date, and in the provider's own words: the wait is kept, it is done "
                + "once"
        case .down: "503, 502 and 504 in a row: it is done once"
        case .reset:
            "the connection is reset once the request was sent: repeated with the same key, looked up, or left to a "
                + "person, as the connector declares; never done twice"
        case .redirect: "the provider points to another host: no credential goes there"
        case .expired:
            "the token has ended, while something is sent, polled, looked up or fetched: one new token is fetched, the "
                + "request is made once more"
        case .revoked: "no credential is taken: the outcome is `auth`; once it is mended, it is done once"
        case .outcome: "every sample's answer, over the wire: its class is the declared one"
        }
    }
}

/// What one fault came to.
package struct ConformanceCell: Sendable {
    package enum Verdict: Sendable, Hashable {
        case passed
        /// Why, each with the sample that shows it.
        case failed([String])
        /// Why it cannot happen to this connector.
        case notApplicable(String)
    }

    package let fault: ConformanceFault
    package let verdict: Verdict
    /// How often the fault was played.
    package let trials: Int
    /// Trials that show nothing: after the fault the connector looks what was done, and no sample tells what it finds.
    package let untold: [String]

    init(_ fault: ConformanceFault, _ results: [TrialResult], otherwise reason: String) {
        self.fault = fault
        let held = results.filter { !$0.isUntold }
        trials = held.count
        untold = results.filter(\.isUntold).map(\.sample)
        let failures = held.compactMap(\.failure)
        if held.isEmpty {
            verdict = .notApplicable(untold.isEmpty ? reason : "no sample tells what a look-up finds afterwards")
        } else {
            verdict = failures.isEmpty ? .passed : .failed(failures)
        }
    }

    /// As the table shows it.
    package var text: String {
        switch verdict {
        case .passed: "pass"
        case .failed: "FAIL"
        case .notApplicable: "–"
        }
    }
}

/// One trial.
struct TrialResult: Sendable {
    let fault: ConformanceFault
    let sample: String
    /// `nil`: it passed.
    let failure: String?
    let isUntold: Bool

    /// - Parameter problem: `nil`: it passed.
    init(_ fault: ConformanceFault, of sample: String, _ problem: String?) {
        self.fault = fault
        self.sample = sample
        failure = problem.map { "\(sample): \($0)" }
        isUntold = false
    }

    /// A trial that shows nothing.
    init(_ fault: ConformanceFault, untold sample: String) {
        self.fault = fault
        self.sample = sample
        failure = nil
        isUntold = true
    }
}

/// One folder's row.
package struct ConformanceReport: Sendable {
    /// `adapters/x`.
    package let folder: String
    /// In the order of ``ConformanceFault``.
    package let cells: [ConformanceCell]

    package var failures: [String] {
        cells.flatMap { cell -> [String] in
            guard case .failed(let reasons) = cell.verdict else { return [] }
            return reasons.map { "\(cell.fault.rawValue): \($0)" }
        }
    }

    package var json: JSON {
        .object([
            "folder": .string(folder),
            "faults": .object(
                Dictionary(uniqueKeysWithValues: cells.map { ($0.fault.rawValue, $0.json) })),
        ])
    }

    /// The table of a README.
    package static func markdown(_ reports: [ConformanceReport]) -> String {
        let faults = ConformanceFault.allCases
        var lines = [
            "| | \(faults.map(\.rawValue).joined(separator: " | ")) |",
            "|---\(String(repeating: "|---", count: faults.count))|",
        ]
        for report in reports {
            lines.append("| \(report.folder) | \(report.cells.map(\.text).joined(separator: " | ")) |")
        }
        lines.append("")
        lines += faults.map { "- **\($0.rawValue)**: \($0.promise)" }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension ConformanceCell {
    fileprivate var json: JSON {
        var reason: JSON?
        var reasons: JSON?
        switch verdict {
        case .passed: break
        case .failed(let told): reasons = .array(told.map { .string($0) })
        case .notApplicable(let told): reason = .string(told)
        }
        return .members([
            "verdict": .string(text), "trials": .integer(Int64(trials)), "reason": reason, "reasons": reasons,
            "untold": untold.isEmpty ? nil : .array(untold.map { .string($0) }),
        ])
    }
}
