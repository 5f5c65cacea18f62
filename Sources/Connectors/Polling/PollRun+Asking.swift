// The asking half of a run: a request out of jq, an answer, and what jq reads in it.

import Model
import Transports

extension PollRun {
    /// An answer that counts.
    struct Answer {
        /// `{status, headers, body}`.
        let json: JSON
        let pause: Duration?

        func header(_ name: String) -> String? { json["headers"][name].string }
    }

    enum Step {
        case answer(Answer)
        /// Nothing changed, or `request` asks for nothing.
        case nothing
        case failed(PollFailure)
    }

    /// Asks for a page.
    func step(for page: JSON) async -> Step {
        do {
            let input: JSON = [
                "cursor": JSON(cursor) ?? .null, "page": page, "item": JSON(item) ?? .null,
                "session": try await connector.grants().visible,
            ]
            let now = connector.host.clock.now
            let outputs = try await connector.machine.run(poll.request, .json(input), request: [:], now: now)
            guard let output = outputs.first else { return .nothing }
            guard outputs.count == 1 else {
                return .failed(mistake("\(poll.request.name): poll \(poll.id): request gave \(outputs.count) outputs"))
            }
            // A key of the request, for providers that want one: never the same for two runs.
            let key = "\(poll.id)-\(now.milliseconds)-\(report.pages + 1)"
            let (view, verdict) = try await connector.ask(conditional(output), key: key)
            return await judged(view, verdict)
        } catch let error as JQError {
            return .failed(mistake(error.description))
        } catch let error as SendMistake {
            return .failed(PollFailure(outcome: error.outcome, reason: mistake(error.reason).reason, wait: nil))
        } catch {
            return .failed(mistake("\(poll.request.name): poll \(poll.id): request: \(error)"))
        }
    }

    func judged(_ view: HTTPOutcomeView, _ verdict: Verdict) async -> Step {
        if declaration.isConditional, view.response?.status == 304 { return .nothing }
        let now = connector.host.clock.now
        let json = decoded(view)
        var isOK = verdict.isDone
        if let ok = poll.ok, view.response != nil {
            let found = try? await connector.machine.run(ok, .json(json ?? view.json), request: [:], now: now).first
            isOK = found.map { $0 != .null && $0 != false } ?? false
        }
        guard isOK else {
            let outcome = verdict.isDone ? OutcomeClass.transient : verdict.outcome
            let reason = connector.reason(view, verdict) ?? "the answer is not what it should be"
            return .failed(PollFailure(outcome: outcome, reason: reason, wait: verdict.wait))
        }
        guard let json else {
            let reason = "the answer cannot be read as \(declaration.decoding.name)"
            return .failed(PollFailure(outcome: .transient, reason: reason, wait: nil))
        }
        return .answer(Answer(json: json, pause: verdict.pause))
    }

    /// The answer with its body as `decode` says; `nil` when it cannot be read so. One word that is no UTF-8 must not
    /// hold up everything beside it: it is read with U+FFFD in place of what is none (Unicode 3.9, substitution).
    private func decoded(_ view: HTTPOutcomeView) -> JSON? {
        guard let response = view.response, case .object(var members) = view.json else { return nil }
        let mended = { Array(String(decoding: response.body, as: UTF8.self).utf8) }
        guard !response.body.isEmpty else { return .object(members.merging(["body": .null]) { $1 }) }
        guard let body = declaration.decoding.value(response.body) ?? declaration.decoding.value(mended()) else {
            return nil
        }
        members["body"] = body
        return .object(members)
    }

    /// The request with what makes it conditional (RFC 9110 section 13.1).
    private func conditional(_ output: JSON) -> JSON {
        guard declaration.isConditional, report.pages == 0, case .object(var members) = output else { return output }
        var headers = members["headers"]?.object ?? [:]
        if let etag = state.etag { headers["If-None-Match"] = headers["If-None-Match"] ?? .string(etag) }
        if let time = state.lastModified {
            headers["If-Modified-Since"] = headers["If-Modified-Since"] ?? .string(time)
        }
        if !headers.isEmpty { members["headers"] = .object(headers) }
        return .object(members)
    }

    /// The items of an answer, the oldest first; `nil` when they cannot be read, with the failure noted.
    mutating func candidates(in answer: JSON) async -> [Candidate]? {
        let now = connector.host.clock.now
        let items: [JSON]
        do throws(JQError) {
            items = try await connector.machine.run(poll.items, .json(answer), request: [:], now: now)
        } catch {
            report.failure = mistake(error.description)
            return nil
        }
        var found: [Candidate] = []
        for item in items {
            let key = await text(poll.key, item) ?? PollRun.digest(item)
            let value = declaration.strategy == .token ? nil : await text(poll.value, item)
            found.append(Candidate(item: item, key: key, value: value))
        }
        return declaration.isNewestFirst ? found.reversed() : found
    }

    /// What leads to the page after this one; `nil`: this is the last.
    mutating func next(after answer: JSON, page: JSON) async -> JSON? {
        guard let program = poll.next, case .object(var members) = answer else { return nil }
        members["page"] = page
        do throws(JQError) {
            let now = connector.host.clock.now
            let found = try await connector.machine.run(program, .json(.object(members)), request: [:], now: now).first
            guard let found, found != .null, found != "", found != false else { return nil }
            guard found != page else {
                report.complain("\(program.name): poll \(poll.id): next leads to the same page again")
                return nil
            }
            return found
        } catch {
            // Pages behind this one would be missed without a word.
            report.failure = mistake(error.description)
            return nil
        }
    }

    /// The token of an answer; `nil` when there is none.
    mutating func value(of answer: JSON) async -> String? {
        let found = await text(poll.value, answer)
        if found == nil { report.failure = mistake("\(poll.request.name): poll \(poll.id): the answer has no token") }
        return found
    }

    /// What a program reads in one item; `nil` when it reads nothing, with a complaint when it fails.
    private mutating func text(_ program: JQProgram?, _ input: JSON) async -> String? {
        guard let program else { return nil }
        do throws(JQError) {
            let now = connector.host.clock.now
            return try await connector.machine.run(program, .json(input), request: [:], now: now).first
                .flatMap { PollRun.identifier($0) }
        } catch {
            report.complain(error.description)
            return nil
        }
    }

    /// A mistake of the connector's: it does not pass by itself.
    private func mistake(_ reason: String) -> PollFailure {
        PollFailure(
            outcome: .permanent, reason: connector.sender?.redactor.redacted(reason) ?? reason, wait: nil)
    }
}
