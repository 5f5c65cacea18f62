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
            let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
            return [SampleResult(file: path, outcome: .failed(error.description))]
        }
    }

    private func run(_ samples: SampleFolder, _ connector: Connector, write: Bool) async -> [SampleResult] {
        let problems = await connector.check()
        // Every sample would only tell the same.
        guard problems.isEmpty else {
            return problems.map { SampleResult(file: $0.file, outcome: .failed($0.description)) }
        }
        var results: [SampleResult] = samples.strays.map { name in
            SampleResult(file: "\(samples.path)/\(name)", outcome: .failed(samples.whyStray(name)))
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
            let outputs = try await actual(sample, samples, input, connector)
            if write { return try self.write(outputs, to: samples, connector.folder) }
            for (file, actual) in outputs {
                guard let expected = samples.bytes(file) else {
                    return .failed("is missing; `samtal test --write` writes it")
                }
                let lines = try actual.differences(from: expected)
                if !lines.isEmpty { return .failed(lines.joined(separator: "\n")) }
            }
            return .passed
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

    /// Writes what came out of a sample, all of it or, when the connector itself failed, nothing.
    private func write(
        _ outputs: [(file: String, output: ActualOutput)], to samples: SampleFolder, _ folder: ConnectorFolder
    ) throws -> SampleResult.Outcome {
        for (file, actual) in outputs {
            guard let failure = actual.failure(in: folder, expected: samples.bytes(file)) else { continue }
            return .failed("nothing is written: \(failure)\nwhere this is meant, write the file by hand first")
        }
        var changes: [String] = []
        for (file, actual) in outputs {
            let expected = samples.bytes(file)
            if let expected, expected.elementsEqual(actual.text.utf8) { continue }
            let differences = try expected.map { try actual.differences(from: $0) }
            guard samples.write(actual.text, to: file) else { return .failed("\(file) cannot be written") }
            changes.append("\(expected == nil ? "new" : "changed") \(file)")
            // Blanks and the order of members are no difference.
            changes += (differences ?? []).map { "  \($0)" }
        }
        return changes.isEmpty ? .passed : .written(changes.joined(separator: "\n"))
    }

    /// What comes out of a sample, by the file that must hold it.
    private func actual(
        _ sample: SampleFolder.Sample, _ samples: SampleFolder, _ input: [UInt8], _ connector: Connector
    ) async throws -> [(file: String, output: ActualOutput)] {
        let now = samples.now
        let output = samples.outputFile(sample)
        func portable(_ reason: String) -> String { SampleExpectation.portable(reason, in: connector.folder) }
        let answers = try samples.bytes(samples.extraFile(sample, ".answers.http")).map {
            try SampleRequest.answers($0)
        }
        let provider = SampleTransport(answers ?? [])
        // What one sample looked up, or was granted, is not known to another.
        var connector = connector.anew(
            host: ConnectorHost(
                transport: provider, clock: connector.host.clock,
                credentials: MemoryCredentials(samples.credentials)))
        connector.host.files = samples.files
        guard answers != nil || ![.poll, .stream, .file, .reconcile].contains(sample.kind) else {
            throw SampleMistake(
                problem: "needs the provider's answers in \(sample.name).\(sample.kind.rawValue).answers.http")
        }
        let result: JSON
        switch sample.kind {
        case .receive:
            let received = (output, try await received(SampleRequest(input, now: now), connector))
            if answers == nil { return [received] }
            return [received, (samples.extraFile(sample, ".requests.http"), .requests(provider.requests))]
        case .send:
            let job = try Self.json(input)
            let key = job["key"].string ?? sample.name
            if answers == nil {
                return [(output, .requests(try await connector.firstRequests(for: job, key: key, now: now)))]
            }
            let start = SendStart(
                key: key, done: Int(job["done"].integer ?? 0), saved: job["saved"].unlessNull, wasInterrupted: false)
            let attempt = await connector.send(job, start, through: provider, clock: WallClock { now })
            result = SampleExpectation.json(of: attempt)
        case .answer:
            let view = HTTPOutcomeView(.response(try SampleRequest.answer(input)))
            let verdict = await connector.judge(view, of: "POST", now: now)
            return [(output, .json(SampleExpectation.json(of: verdict, reason: connector.reason(view, verdict))))]
        case .register:
            return [(output, .requests([try await connector.registrationRequest(Self.json(input), now: now)]))]
        case .file: result = try await SampleFiles.result(of: Self.json(input), by: connector)
        case .poll: result = try await SamplePoll(Self.json(input), of: connector).result(by: connector)
        case .reconcile:
            result = await (try SampleReconcile(Self.json(input), of: connector)).result(in: connector.folder)
        case .stream: result = try await SampleStream(Self.json(input), of: connector).result(by: connector)
        }
        let reason = result["reason"].string ?? result["failure"]["reason"].string
        return [
            (output, .requests(provider.requests, cause: reason.map(portable))),
            (samples.extraFile(sample, ".result.json"), .json(result)),
        ]
    }

    private func received(_ request: SampleRequest, _ connector: Connector) async -> ActualOutput {
        var connector = connector
        connector.publicURL = request.publicURL
        let reception = await connector.receive(request.request)
        return .json(
            SampleExpectation.json(of: reception, in: connector.folder),
            cause: SampleExpectation.cause(of: reception, in: connector.folder))
    }

    private static func json(_ input: [UInt8]) throws -> JSON {
        do throws(JSONSyntaxError) {
            return try JSON(parsing: input)
        } catch {
            throw SampleMistake(problem: error.description)
        }
    }
}

/// A sample's input that cannot be read.
struct SampleMistake: Error {
    let problem: String
}
