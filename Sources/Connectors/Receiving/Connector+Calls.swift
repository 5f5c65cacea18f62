// Look-ups before a mapping: what a program needs to know that its input does not tell.

import Model
import Transports

/// Why a look-up that is required has no result.
struct CallFailure: Error {
    let outcome: OutcomeClass
    /// Without secrets.
    let reason: String
    /// Whether the input or the connector is at fault, so that asking again would change nothing.
    var isMistake = false

    /// Whether it may go well later.
    var isPassing: Bool {
        !isMistake && [.transient, .throttled, .auth, .authRefresh, .unknownOutcome].contains(outcome)
    }
}

extension Connector {
    /// Makes the look-ups before send.jq.
    func lookUp(
        over input: JSON, now: Timestamp
    ) async throws(CallFailure) -> JSON {
        try await results(calls.sending, over: .json(input), request: [:], now: now)
    }

    /// Makes look-ups: `{NAME: {KEY: result}}`; `null` for what is missing or could not be had.
    /// - Parameter request: what the arguments see as `$req`.
    /// - Throws: when a required one fails.
    func results(
        _ uses: [(use: CallUse, with: JQProgram)], over input: JQInput, request: JSON, now: Timestamp
    ) async throws(CallFailure) -> JSON {
        var all: [String: JSON] = [:]
        for (use, with) in uses {
            var found = all[use.call]?.object ?? [:]
            for arguments in try await arguments(with, over: input, request: request, now: now) {
                guard let key = Self.key(of: arguments), found[key] == nil else { continue }
                guard found.count < CallUse.keysMax else { break }
                do throws(CallFailure) {
                    found[key] = try await result(of: use.call, arguments, now: now)
                } catch {
                    if use.isRequired { throw error }
                    found[key] = .null
                }
            }
            all[use.call] = .object(found)
        }
        return .object(all)
    }

    static func key(of arguments: JSON) -> String? {
        arguments["key"].string ?? arguments["key"].integer.map { String($0) }
    }

    func arguments(
        _ with: JQProgram, over input: JQInput, request: JSON, now: Timestamp
    ) async throws(CallFailure) -> [JSON] {
        do throws(JQError) {
            return try await machine.run(with, input, request: request, now: now)
        } catch {
            throw CallFailure(outcome: .permanent, reason: error.description, isMistake: true)
        }
    }

    func result(
        of name: String, _ arguments: JSON, now: Timestamp
    ) async throws(CallFailure) -> JSON {
        guard let call = calls.calls[name], let sender else {
            throw CallFailure(outcome: .permanent, reason: "the connector makes no requests")
        }
        if let known = calls.known(name, arguments, at: now) { return known }
        let rendered: RenderedRequest
        do {
            guard let output = try await machine.run(call.request, .json(arguments), request: [:], now: now).first
            else { return .null }
            rendered = try RenderedRequest(mapping: output, defaultMethod: "GET")
        } catch {
            throw CallFailure(outcome: .permanent, reason: sender.redactor.redacted("call \(name): \(error)"))
        }
        let (view, verdict): (HTTPOutcomeView, Verdict)
        do throws(SendMistake) {
            (view, verdict) = try await exchange(rendered, key: "call-\(name)")
        } catch {
            throw CallFailure(outcome: error.outcome, reason: sender.redactor.redacted("call \(name): \(error.reason)"))
        }
        let answer = view.json
        var result: JSON?
        if let missing = call.missing, view.failure == nil, await holds(missing, answer, now: now) {
            result = .null
        } else if verdict.isDone {
            result = answer["body"]
            if let program = call.result {
                result = (try? await machine.run(program, .json(answer), request: [:], now: now).first) ?? .null
            }
        }
        guard let result else {
            throw CallFailure(
                outcome: verdict.outcome, reason: "call \(name): \(reason(view, verdict) ?? verdict.outcome.rawValue)")
        }
        calls.keep(result, of: name, arguments, at: now)
        return result
    }

    /// Whether a condition holds; one that raises does not.
    private func holds(_ program: JQProgram, _ answer: JSON, now: Timestamp) async -> Bool {
        guard let value = try? await machine.run(program, .json(answer), request: [:], now: now).first else {
            return false
        }
        return value != .null && value != .bool(false)
    }
}
