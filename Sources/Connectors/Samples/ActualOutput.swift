// What came out of a golden sample, and how it compares with the file that says what must.

import Model
import Transports

/// What came out of a sample.
enum ActualOutput {
    /// With the reason, when it is one that no sample expects: it goes before all differences.
    case json(JSON, cause: String? = nil)
    /// With the reason why there may be fewer than a sample expects.
    case requests([HTTPRequest], cause: String? = nil)

    /// The file that would expect it.
    var text: String {
        switch self {
        case .json(let json, _): json.prettyText
        case .requests(let requests, _): HTTPText.write(requests)
        }
    }

    func differences(from expected: [UInt8]) throws -> [String] {
        switch self {
        case .requests(let requests, let cause):
            let lines = try HTTPText.differences(expected: expected, got: requests)
            let isShort = try HTTPText.messages(expected).count > requests.count
            return isShort ? (cause.map { [$0] } ?? []) + lines : lines
        case .json(let got, let cause):
            do throws(JSONSyntaxError) {
                let expected = try JSON(parsing: expected)
                if let cause, SampleExpectation.isWellReceived(expected) { return [cause] }
                return JSONDifference.lines(expected: expected, got: got)
            } catch {
                throw HTTPText.Mistake(problem: error.description)
            }
        }
    }

    /// Why it must not become what is expected; `nil`: it may. A program's failure is no result, unless it is the one
    /// that the sample shows: it was expected before.
    func failure(in folder: ConnectorFolder, expected: [UInt8]?) -> String? {
        guard case .json(let got, let cause) = self else { return nil }
        let before = expected.flatMap { try? JSON(parsing: $0) }
        let mistakes = Self.failures(of: got, in: folder)
        if let before {
            if let cause, SampleExpectation.isWellReceived(before) { return cause }
            return Self.failures(of: before, in: folder).isEmpty ? mistakes.first : nil
        }
        return mistakes.first
    }

    /// The reasons in a result that blame a program of the folder. A body that cannot be read is not the program's.
    private static func failures(of result: JSON, in folder: ConnectorFolder) -> [String] {
        let place = "\(folder.side.folderName)/\(folder.id)/"
        let told = [result["quarantined"], result["reason"], result["failure"]["reason"], result["unavailable"]]
        let reasons = told + (result["quarantined"].array ?? [])
        return reasons.compactMap(\.string)
            .map { $0.replacing("\(folder.path)/", with: place) }
            .filter { $0.contains(place) }
            .filter { !$0.contains(": JSON ") && !$0.contains(": the input: ") }
    }
}
