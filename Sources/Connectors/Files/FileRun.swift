// Fetching one file: a request that says where it lies, if that is needed, and the one that gives its bytes.

import Model
import Signing
import Transports

/// Carries out the requests that one file needs.
struct FileRun {
    /// How long a download may take at least: a file is longer than an answer.
    static let timeoutMin = Duration.seconds(120)

    let connector: Connector
    let files: BoundFiles
    let file: FileReference
    private var now: Timestamp { connector.host.clock.now }

    init(_ connector: Connector, _ files: BoundFiles, file: FileReference) {
        self.connector = connector
        self.files = files
        self.file = file
    }

    func run() async -> FileFetch {
        if let problem = files.limits.problem(size: file.size, type: MediaType.essence(file.type)) {
            return .refused(problem)
        }
        do throws(FileEnd) {
            var input = file.json
            if let locate = files.locate, let request = try await rendered(locate, input) {
                let answer = try await answer(to: request, as: "locate", download: false)
                let located = (try? JSON(parsing: answer.body)) ?? .string(String(decoding: answer.body, as: UTF8.self))
                input = input.adding(["located": located])
            }
            guard let request = try await rendered(files.fetch, input) else { return .refused("is not there any more") }
            let answer = try await answer(to: request, as: "fetch", download: true)
            return .fetched(try await file(in: answer))
        } catch {
            return error.fetch
        }
    }

    /// The file that an answer holds, judged once more now that it is here.
    private func file(in answer: HTTPResponse) async throws(FileEnd) -> CarriedFile {
        let told = answer.headers.first { $0.name == "content-type" }?.value
        var (bytes, type) = (answer.body, MediaType.of(declared: file.type, told: told))
        if let content = files.content {
            let view = HTTPOutcomeView(.response(answer))
            guard let text = try await first(content, view.json)?.string,
                let decoded = BinaryText.base64.decode(text.filter { !$0.isWhitespace })
            else { throw FileEnd(.refused("the answer holds no file")) }
            // The type of the answer is that of what stands around the file.
            (bytes, type) = (decoded, MediaType.of(declared: file.type, told: nil))
        }
        if let problem = files.limits.problem(size: Int64(bytes.count), type: type) { throw FileEnd(.refused(problem)) }
        return CarriedFile(name: file.name, type: type, bytes: bytes)
    }

    // MARK: - Requests

    /// The request that a program asks for; `nil`: none.
    private func rendered(_ program: JQProgram, _ input: JSON) async throws(FileEnd) -> RenderedRequest? {
        guard let output = try await first(program, input.adding(["session": try await session()])) else { return nil }
        do throws(MappingError) {
            var request = try RenderedRequest(mapping: output, defaultMethod: "GET")
            request.isFetch = true
            return request
        } catch { throw FileEnd(.unavailable("\(program.name): \(error)")) }
    }

    private func session() async throws(FileEnd) -> JSON {
        do throws(SendMistake) {
            return try await connector.grants().visible
        } catch { throw FileEnd(error) }
    }

    private func first(_ program: JQProgram, _ input: JSON) async throws(FileEnd) -> JSON? {
        do throws(JQError) {
            return try await connector.machine.run(program, .json(input), request: [:], now: now).first
        } catch { throw FileEnd(.unavailable(error.description)) }
    }

    /// The answer of a request, when it is one of success. Redirects of a download are followed.
    private func answer(
        to rendered: RenderedRequest, as step: String, download: Bool
    ) async throws(FileEnd) -> HTTPResponse {
        let key = "file-\(step)"
        let view: HTTPOutcomeView
        let verdict: Verdict
        do throws(SendMistake) {
            let made = try await connector.authorised(rendered, key: key, now: now)
            let order = Order(rendered: rendered, key: key, made: made)
            (view, verdict) = try await connector.asking(order, clock: connector.host.clock) { request in
                let view = HTTPOutcomeView(await outcome(of: request, download: download))
                return (view, await judge(view))
            }
        } catch { throw FileEnd(error) }
        if let response = view.response, Self.isGood(response) {
            guard !download || Self.holdsFile(response) else {
                let wait = RetryAfter.wait(response, now: now)
                throw FileEnd(.later("status \(response.status): it is not ready yet", wait: wait))
            }
            return response
        }
        throw FileEnd(verdict, view, reason: connector.reason(view.short, verdict), limits: files.limits)
    }

    private func outcome(of request: HTTPRequest, download: Bool) async -> HTTPOutcome {
        var request = request
        request.redactedURL = WebAddress(request.url)?.place ?? "…"
        guard download else { return await connector.host.transport.send(request) }
        request.responseBytesMax = files.answerBytesMax
        request.timeout = max(request.timeout, Self.timeoutMin)
        return await Redirects(transport: connector.host.transport).follow(request)
    }

    private func judge(_ view: HTTPOutcomeView) async -> Verdict {
        // The rules see the beginning of a refusal's body, and nothing of the file itself.
        let view = view.short
        let isGood = view.response.map(Self.isGood) ?? false
        return await connector.judge(view, view.json, isOK: isGood, isRepeatable: true, now: now)
    }

    /// Accepted (202), no content (204), a part (206): success, and not the file (RFC 9110 section 15.3).
    private static func holdsFile(_ response: HTTPResponse) -> Bool { [200, 203].contains(response.status) }

    private static func isGood(_ response: HTTPResponse) -> Bool { (200..<300).contains(response.status) }
}

/// Why a file is not fetched.
private struct FileEnd: Error {
    let fetch: FileFetch

    init(_ fetch: FileFetch) { self.fetch = fetch }

    /// A request that could not be made. The connector or its settings are at fault, not the file: a person mends them.
    init(_ mistake: SendMistake) {
        let fetch = Self.fetch(mistake.outcome, mistake.reason, wait: nil)
        self.fetch = if case .refused(let reason) = fetch { .unavailable(reason) } else { fetch }
    }

    init(_ verdict: Verdict, _ view: HTTPOutcomeView, reason: String?, limits: FileLimits) {
        switch view.failure?.kind {
        case .tooLarge: fetch = .refused("is larger than \(FileLimits.text(limits.bytesMax))")
        case .refused: fetch = .refused(reason ?? "the request is refused")
        default: fetch = Self.fetch(verdict.outcome, reason ?? verdict.outcome.rawValue, wait: verdict.wait)
        }
    }

    private static func fetch(_ outcome: OutcomeClass, _ reason: String, wait: Duration?) -> FileFetch {
        switch outcome {
        case .transient, .throttled, .unknownOutcome: .later(reason, wait: wait)
        // A person mends the credential; the file itself is not at fault.
        case .auth, .authRefresh: .unavailable(reason)
        case .ok, .duplicate, .windowClosed, .recipientUnreachable, .permanent: .refused(reason)
        }
    }
}

extension HTTPOutcomeView {
    /// How much of a body rules and reasons may see, bytes.
    private static let shortBytesMax = 65_536

    /// The same with the beginning of the body only.
    fileprivate var short: HTTPOutcomeView {
        guard let response, response.body.count > Self.shortBytesMax else { return self }
        return HTTPOutcomeView(
            .response(
                HTTPResponse(
                    status: response.status, headers: response.headers,
                    body: Array(response.body.prefix(Self.shortBytesMax)))))
    }
}
