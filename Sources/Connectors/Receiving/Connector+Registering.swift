// Telling the other side where to call us, once, and again when it would forget.

package import Model
import Signing
import Transports

/// Where a registration stands after it was looked at.
package enum RegistrationState: Sendable, Hashable {
    /// Made before and still good, until the time if it ends.
    case current(until: Timestamp?)
    /// Made just now.
    case made(until: Timestamp?)
    case failed(PollFailure)
}

/// A registration with its jq ready to run.
struct BoundRegistration: Sendable {
    let declaration: RegisterDeclaration
    let request: JQProgram
    let ok: JQProgram?

    var programs: [JQProgram] { [request, ok].compactMap(\.self) }
}

extension Connector {
    /// The ids of its registrations, in the order of the file.
    package var registrations: [String] { boundRegistrations.map(\.declaration.id) }

    /// Makes a registration, unless the same one was made before and is still good. Never throws: what went wrong is
    /// the result. Making one twice does no harm.
    package func register(_ id: String) async -> RegistrationState {
        guard let registration = boundRegistrations.first(where: { $0.declaration.id == id }) else {
            return .failed(failure("there is no registration \(id)"))
        }
        do {
            let rendered = try await request(of: registration)
            let name = "register \(id)"
            let digest = Self.digest(of: try await authorised(rendered, key: name, now: host.clock.now).request)
            if let until = try await goodUntil(digest, as: name, registration) { return .current(until: until) }
            let (view, verdict) = try await exchange(rendered, key: name)
            guard await isDone(view, verdict, registration) else {
                let outcome = verdict.isDone ? OutcomeClass.transient : verdict.outcome
                let reason = reason(view, verdict) ?? "the answer is not what it should be"
                return .failed(PollFailure(outcome: outcome, reason: reason, wait: verdict.wait))
            }
            let now = host.clock.now
            try await host.credentials.save(
                ["digest": .string(digest), "at": .integer(now.milliseconds)], as: name)
            return .made(until: registration.declaration.renew.map { now + $0 })
        } catch let mistake as SendMistake {
            return .failed(PollFailure(outcome: mistake.outcome, reason: redacted(mistake.reason), wait: nil))
        } catch let error as JQError {
            return .failed(failure(error.description))
        } catch let error as MappingError {
            return .failed(failure("\(registration.request.name): register \(id): \(error)"))
        } catch {
            return .failed(PollFailure(outcome: .transient, reason: redacted("\(error)"), wait: nil))
        }
    }

    /// The address at which the other side must call us; with the secret that stands in it.
    private var callbackURL: String {
        guard let secret = verifier.pathSecret else { return publicURL }
        return "\(publicURL)/\(PercentCoding.component(String(decoding: secret, as: UTF8.self)))"
    }

    func request(of registration: BoundRegistration) async throws -> RenderedRequest {
        let input: JSON = ["session": try await grants().visible]
        let outputs = try await machine.run(registration.request, .json(input), request: [:], now: host.clock.now)
        guard let output = outputs.first, outputs.count == 1 else {
            throw MappingError(path: "", problem: "request gave \(outputs.count) outputs, one is needed")
        }
        let filled = try WithheldValues(url: callbackURL, settings: settings).filled(output)
        return try RenderedRequest(mapping: filled)
    }

    /// Until when the same request that was made before is good: `.some(nil)` for ever; `nil`: it must be made.
    private func goodUntil(
        _ digest: String, as name: String, _ registration: BoundRegistration
    ) async throws -> Timestamp?? {
        guard let saved = try await host.credentials.credential(name), saved["digest"].string == digest,
            let at = saved["at"].integer
        else { return nil }
        guard let renew = registration.declaration.renew else { return .some(nil) }
        let end = Timestamp(milliseconds: at) + renew
        return host.clock.now < end ? .some(end) : nil
    }

    private func isDone(_ view: HTTPOutcomeView, _ verdict: Verdict, _ registration: BoundRegistration) async -> Bool {
        guard let ok = registration.ok, view.response != nil else { return verdict.isDone }
        let found = try? await machine.run(ok, .json(view.json), request: [:], now: host.clock.now).first
        return found.map { $0 != .null && $0 != false } ?? false
    }

    /// What the request says, so that it is made again when it would say something else.
    private static func digest(of request: HTTPRequest) -> String {
        let head = Array("\(request.method) \(request.url)\n".utf8)
        return BinaryText.hex.encode(Digest.hash(.sha256, head + request.body))
    }

    private func redacted(_ text: String) -> String { sender?.redactor.redacted(text) ?? text }

    /// A mistake of the connector's: it does not pass by itself.
    private func failure(_ reason: String) -> PollFailure {
        PollFailure(outcome: .permanent, reason: redacted(reason), wait: nil)
    }
}
