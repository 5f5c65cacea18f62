// Judges that we did not write: Python with the libraries of Tests/requirements.txt.

import Foundation
import Model
import TestSupport
import Testing

/// Runs the scripts beside these tests.
enum Python {
    /// Set by `make test`.
    private static let path = ProcessInfo.processInfo.environment["SAMTAL_PYTHON"]
    /// Without it these tests are skipped, loudly; in CI they fail.
    static let isWanted = path != nil || ProcessInfo.processInfo.environment["CI"] != nil
    static let missing: Comment =
        "SAMTAL_PYTHON is not set: a Python with Tests/requirements.txt (`make test` makes one) judges what we send"

    struct Refusal: Error {
        let errors: String
    }

    /// Runs a script of this folder with `input` as JSON on its standard input.
    /// - Returns: what it printed, as JSON.
    /// - Throws: ``Refusal`` with its complaint when it did not end well.
    static func judge(_ script: String, _ input: JSON) async throws -> JSON {
        guard let path else { throw Refusal(errors: missing.rawValue) }
        let directory = Repository.path + "/Tests/EndToEndTests"
        let result = try await Program.run(path, [script], in: directory, input: input.bytes)
        guard result.status == 0 else { throw Refusal(errors: result.errors) }
        return try JSON(parsing: result.output)
    }
}
