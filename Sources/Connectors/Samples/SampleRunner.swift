// Runs a folder's golden samples: what came in, what must come of it. The same code as in production, with the clock of
// the samples and made-up secrets.

import Model
import Transports

/// Runs golden samples.
package struct SampleRunner: Sendable {
    private let machine: JQMachine

    package init(machine: JQMachine) {
        self.machine = machine
    }

    /// Runs every sample of the connector's folder at `path`.
    /// - Parameter write: whether to write what comes out now instead of comparing.
    /// - Returns: a result for each sample, sorted; failed ones for mistakes of the folder itself. Never empty.
    package func run(_ path: String, write: Bool = false) async -> [SampleResult] {
        do throws(ConfigurationProblems) {
            let folder = try ConnectorFolder.load(path)
            let samples = try SampleFolder(connector: folder.path)
            do throws(SettingProblems) {
                let connector = try Connector(
                    folder: folder, settings: samples.settings, machine: machine,
                    host: ConnectorHost(
                        transport: SampleTransport(), clock: WallClock { samples.now },
                        credentials: MemoryCredentials(samples.credentials)),
                    publicURL: "https://samtal.example.com/\(folder.side.endpoint.rawValue)s/\(folder.id)")
                return await run(samples, connector, write: write)
            } catch {
                return [SampleResult(file: "\(samples.path)/settings.yaml", outcome: .failed(error.description))]
            }
        } catch {
            return [SampleResult(file: path, outcome: .failed(error.description))]
        }
    }

    private func run(_ samples: SampleFolder, _ connector: Connector, write: Bool) async -> [SampleResult] {
        var results: [SampleResult] = await connector.check().map { problem in
            SampleResult(file: problem.file, outcome: .failed(problem.description))
        }
        results += samples.strays.map { name in
            SampleResult(file: "\(samples.path)/\(name)", outcome: .failed("belongs to no sample"))
        }
        if samples.samples.isEmpty {
            results.append(SampleResult(file: samples.path, outcome: .failed("the folder has no samples")))
        }
        for sample in samples.samples {
            let outcome = await run(sample, samples, connector, write: write)
            results.append(SampleResult(file: samples.outputFile(sample), outcome: outcome))
        }
        return results
    }

    private func run(
        _ sample: SampleFolder.Sample, _ samples: SampleFolder, _ connector: Connector, write: Bool
    ) async -> SampleResult.Outcome {
        guard let input = samples.bytes(samples.inputFile(sample)) else {
            return .failed("\(samples.inputFile(sample)) cannot be read")
        }
        do {
            let actual = try await actual(sample, input, connector, now: samples.now)
            let expected = samples.bytes(samples.outputFile(sample))
            if write {
                if let expected, expected.elementsEqual(actual.text.utf8) { return .passed }
                let isWritten = samples.write(actual.text, to: samples.outputFile(sample))
                return isWritten ? .written : .failed("cannot be written")
            }
            guard let expected else { return .failed("is missing; `samtal test --write` writes it") }
            let lines = try actual.differences(from: expected)
            return lines.isEmpty ? .passed : .failed(lines.joined(separator: "\n"))
        } catch let error as SampleMistake {
            return .failed("\(samples.inputFile(sample)): \(error.problem)")
        } catch let error as HTTPText.Mistake {
            return .failed(error.problem)
        } catch let error as SendMistake {
            return .failed(error.reason)
        } catch {
            return .failed("\(error)")
        }
    }

    private func actual(
        _ sample: SampleFolder.Sample, _ input: [UInt8], _ connector: Connector, now: Timestamp
    ) async throws -> ActualOutput {
        switch sample.kind {
        case .receive:
            var connector = connector
            let request = try SampleRequest(input, now: now)
            connector.publicURL = request.publicURL
            return .json(SampleExpectation.json(of: await connector.receive(request.request), in: connector.folder))
        case .send:
            let job: JSON
            do throws(JSONSyntaxError) {
                job = try JSON(parsing: input)
            } catch {
                throw SampleMistake(problem: error.description)
            }
            let key = job["key"].string ?? sample.name
            return .requests(try await connector.requests(for: job, key: key, now: now))
        case .answer:
            let view = HTTPOutcomeView(.response(try SampleRequest.answer(input)))
            let verdict = await connector.judge(view, of: "POST", now: now)
            return .json(SampleExpectation.json(of: verdict, reason: connector.reason(view, verdict)))
        }
    }
}

/// A sample's input that cannot be read.
struct SampleMistake: Error {
    let problem: String
}

/// What came out of a sample.
private enum ActualOutput {
    case json(JSON)
    case requests([HTTPRequest])

    /// The file that would expect it.
    var text: String {
        switch self {
        case .json(let json): json.prettyText
        case .requests(let requests): HTTPText.write(requests)
        }
    }

    func differences(from expected: [UInt8]) throws -> [String] {
        switch self {
        case .requests(let requests): return try HTTPText.differences(expected: expected, got: requests)
        case .json(let got):
            do throws(JSONSyntaxError) {
                return JSONDifference.lines(expected: try JSON(parsing: expected), got: got)
            } catch {
                throw HTTPText.Mistake(problem: error.description)
            }
        }
    }
}
