// A folder's golden samples as a story that can be played: who asks what, and what the provider says. The conformance
// kit plays it over real sockets.

package import Model
package import Transports

/// The samples of one folder, read.
package struct SampleScript: Sendable {
    /// A request that the provider, or the CRM, makes.
    package struct Arrival: Sendable {
        package let name: String
        package let request: ReceivedRequest
        /// The endpoint's address as the sample tells it.
        package let publicURL: String
        /// What must come of it, as the sample writes it.
        package let expected: JSON
        /// What look-ups of the mapping are asked and answered.
        package let exchanges: [SampleExchange]
    }

    /// A job for send.jq, with all that it takes.
    package struct Job: Sendable {
        package let name: String
        package let job: JSON
        package let exchanges: [SampleExchange]
        /// What the attempt must come to; `nil`: the sample does not say, each request is answered well.
        package let outcome: OutcomeClass?
    }

    /// An answer and its class.
    package struct Verdict: Sendable {
        package let name: String
        package let answer: HTTPResponse
        package let outcome: OutcomeClass
        package let wait: Duration?
    }

    /// A file to fetch.
    package struct Fetch: Sendable {
        package let name: String
        package let file: FileReference
        package let exchanges: [SampleExchange]
    }

    /// One run of a poll, or one connection of a stream.
    package struct Run: Sendable {
        package let name: String
        /// The poll's or the stream's id.
        package let poll: String
        package let isStream: Bool
        package let item: String?
        package let start: PollState
        package let exchanges: [SampleExchange]
        /// What the run must come to, as the sample writes it.
        package let result: JSON
    }

    package let now: Timestamp
    package let settings: [String: [String]]
    /// What the auths hold already, in the form in which it is saved.
    package let credentials: [String: JSON]
    package let arrivals: [Arrival]
    package let jobs: [Job]
    package let verdicts: [Verdict]
    package let fetches: [Fetch]
    private let files: SampleFolder

    /// Reads the samples of the folder at `path`.
    /// - Throws: what is wrong with settings.yaml, or ``SampleMistake`` for a sample that cannot be read.
    package init(_ folder: ConnectorFolder) throws {
        let files = try SampleFolder(connector: folder.path)
        self.files = files
        (now, settings, credentials) = (files.now, files.settings, files.credentials)
        let hasSteps = folder.send.map { $0.steps.count > 1 } ?? false
        var arrivals: [Arrival] = []
        var jobs: [Job] = []
        var verdicts: [Verdict] = []
        var fetches: [Fetch] = []
        for sample in files.samples {
            let input = files.bytes(files.inputFile(sample)) ?? []
            switch sample.kind {
            case .receive:
                let request = try SampleRequest(input, now: files.now)
                arrivals.append(
                    Arrival(
                        name: sample.name, request: request.request, publicURL: request.publicURL,
                        expected: try Self.json(files.outputFile(sample), files) ?? .null,
                        exchanges: try Self.exchanges(sample, asked: files.extraFile(sample, ".requests.http"), files)))
            case .send:
                let hasAnswers = files.bytes(files.extraFile(sample, ".answers.http")) != nil
                // Without answers a connector with steps shows its first request only.
                guard hasAnswers || !hasSteps else { continue }
                let result = try Self.json(files.extraFile(sample, ".result.json"), files)
                jobs.append(
                    Job(
                        name: sample.name, job: try JSON(parsing: input),
                        exchanges: try Self.exchanges(sample, asked: files.outputFile(sample), files),
                        outcome: result?["class"].string.flatMap(OutcomeClass.init(rawValue:))))
            case .answer:
                let told = try Self.json(files.outputFile(sample), files)
                guard let outcome = told?["class"].string.flatMap(OutcomeClass.init(rawValue:)) else { continue }
                verdicts.append(
                    Verdict(
                        name: sample.name, answer: try SampleRequest.answer(input), outcome: outcome,
                        wait: told?["wait"].string.flatMap { Duration(text: $0) }))
            case .file:
                fetches.append(
                    Fetch(
                        name: sample.name, file: try FileReference(mapping: JSON(parsing: input), path: ""),
                        exchanges: try Self.exchanges(sample, asked: files.outputFile(sample), files)))
            case .poll, .register, .stream, .reconcile: break
            }
        }
        (self.arrivals, self.jobs, self.verdicts, self.fetches) = (arrivals, jobs, verdicts, fetches)
    }

    /// A file of the samples that jobs carry; `nil`: there is none of this id.
    package func file(_ id: String) async throws -> CarriedFile? { try await files.files.file(id) }

    /// The runs of polls and the connections of streams.
    /// - Throws: ``SampleMistake`` for a sample that does not fit the connector.
    package func runs(of connector: Connector) throws -> [Run] {
        try files.samples.filter { [.poll, .stream].contains($0.kind) }.map { sample in
            let input = try JSON(parsing: files.bytes(files.inputFile(sample)) ?? [])
            let exchanges = try Self.exchanges(sample, asked: files.outputFile(sample), files)
            let result = try Self.json(files.extraFile(sample, ".result.json"), files) ?? .null
            if sample.kind == .stream {
                let stream = try SampleStream(input, of: connector)
                return Run(
                    name: sample.name, poll: stream.stream, isStream: true, item: nil, start: stream.start,
                    exchanges: exchanges, result: result)
            }
            let poll = try SamplePoll(input, of: connector)
            return Run(
                name: sample.name, poll: poll.poll, isStream: false, item: poll.item, start: poll.start,
                exchanges: exchanges, result: result)
        }
    }

    /// Requests with their answers, in order. A request without an answer has `nil`.
    private static func exchanges(
        _ sample: SampleFolder.Sample, asked file: String, _ files: SampleFolder
    ) throws -> [SampleExchange] {
        let asked = try HTTPText.messages(files.bytes(file) ?? [])
        let answers = try SampleRequest.answers(files.bytes(files.extraFile(sample, ".answers.http")) ?? [])
        return asked.enumerated().map { index, text in
            let words = text.firstLine.split(separator: " ", maxSplits: 1).map(String.init)
            return SampleExchange(
                method: words.first ?? "", url: words.last ?? "", body: text.body,
                answer: answers.indices.contains(index) ? answers[index] : nil)
        }
    }

    private static func json(_ file: String, _ files: SampleFolder) throws -> JSON? {
        try files.bytes(file).map { try JSON(parsing: $0) }
    }
}

/// A request of ours in a sample, and what the provider says.
package struct SampleExchange: Sendable {
    package let method: String
    package let url: String
    package let body: [UInt8]
    /// `nil`: the sample does not say.
    package let answer: HTTPResponse?

    package init(method: String, url: String, body: [UInt8], answer: HTTPResponse?) {
        self.method = method
        self.url = url
        self.body = body
        self.answer = answer
    }
}
