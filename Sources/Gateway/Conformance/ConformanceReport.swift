// What the trials of a folder showed: a cell for each fault.

import Connectors
package import Model

/// What goes wrong at the other side.
package enum ConformanceFault: String, Sendable, CaseIterable {
    case twice
    case outOfOrder = "out of order"
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
        case .expired: "the token has ended: one new token is fetched, the request is made once more"
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

    init(_ fault: ConformanceFault, _ results: [TrialResult], otherwise reason: String) {
        self.fault = fault
        trials = results.count
        let failures = results.compactMap(\.failure)
        if results.isEmpty {
            verdict = .notApplicable(reason)
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
    /// `nil`: it passed.
    let failure: String?

    /// - Parameter problem: `nil`: it passed.
    init(_ fault: ConformanceFault, of sample: String, _ problem: String?) {
        self.fault = fault
        failure = problem.map { "\(sample): \($0)" }
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
        let trials = JSON.integer(Int64(trials))
        switch verdict {
        case .passed: return ["verdict": "pass", "trials": trials]
        case .failed(let reasons):
            return ["verdict": "FAIL", "trials": trials, "reasons": .array(reasons.map { .string($0) })]
        case .notApplicable(let reason): return ["verdict": "–", "reason": .string(reason)]
        }
    }
}
