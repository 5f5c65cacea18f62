// What `samtal test` prints for people: the file, the line, the cause, and what would be right.

/// Writes results as lines for the author of a connector.
package enum SampleReport {
    /// The lines for one folder: one when all is well, else every mistake below the file that shows it.
    package static func text(of folder: String, _ results: [SampleResult]) -> String {
        let failed = results.filter { !$0.isFine }
        let count = "\(results.count) sample\(results.count == 1 ? "" : "s")"
        var lines = [
            failed.isEmpty ? "ok    \(folder)  \(count)" : "FAIL  \(folder)  \(failed.count) of \(count) fail"
        ]
        // A mistake of the folder itself: no sample was run.
        if results.allSatisfy({ !$0.isFine && !$0.file.contains("/samples") }) {
            lines = ["FAIL  \(folder)  no sample was run"]
        }
        for result in results {
            switch result.outcome {
            case .passed: break
            case .written(let changes): lines += changes.split(separator: "\n").map { "      \($0)" }
            case .failed(let reason):
                let reasons = reason.split(separator: "\n").map(String.init)
                // Mistakes that name their own place need no heading.
                if reasons.allSatisfy({ $0.hasPrefix(result.file) }) {
                    lines += reasons.map { "      \($0)" }
                } else {
                    lines.append("      \(result.file)")
                    lines += reasons.map { "        \($0)" }
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
