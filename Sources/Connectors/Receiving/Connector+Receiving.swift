// Steps 2 and 3 of the hallway: from a request to events or commands, or to the reason why not.

import Model

extension Connector {
    /// Decides about a request: handshake, verification, mapping. Stores nothing; safe to call again.
    package func receive(_ request: ReceivedRequest) async -> Reception {
        guard let receive = folder.receive else {
            return .refused(status: 404, reason: "the connector takes no requests")
        }
        let methods = receive.methods + Handshake.methods(of: receive.handshakes)
        guard methods.contains(request.method) else { return refusedMethod(request) }
        var parts = RequestParts(
            request, decoding: receive.decoding, publicURL: publicURL, settings: settings)
        for handshake in receive.handshakes {
            if let reception = handshake.challengeReception(&parts, methods: self.methods) { return reception }
        }
        let isTaken = receive.methods.contains(request.method)
        guard isTaken || receive.handshakes.contains(where: { $0.isVerified(request.method) }) else {
            return refusedMethod(request)
        }
        switch await verifier.finding(of: &parts, by: keys) {
        case .passed: break
        case .refused(let reason): return .refused(status: receive.failureStatus, reason: reason)
        case .undecided(let reason): return .postponed(.keys, reason: reason)
        }
        for handshake in receive.handshakes {
            if let reception = await handshake.trustedReception(&parts, through: host.transport) { return reception }
        }
        return isTaken ? await map(request) : refusedMethod(request)
    }

    private func refusedMethod(_ request: ReceivedRequest) -> Reception {
        .refused(status: 405, reason: "method \(request.method.prefix(16)) is not taken")
    }

    /// Maps a request that was verified before: also an envelope out of the journal, after the connector was mended.
    /// - Returns: mapped or quarantined; with `confirm_by_fetch` also refused, postponed or answered.
    package func map(_ request: ReceivedRequest) async -> Reception {
        let answer = folder.receive?.acknowledgement ?? Answer(status: 200, contentType: "text/plain", body: [])
        do {
            var context: JSON = wantsRequest ? visibleRequest(request) : [:]
            let inputs = try await inputs(of: request, context)
            // A body that names nothing is nothing to store: anybody may have sent it.
            if inputs.isEmpty { return .answered(answer) }
            var outputs: [JSON] = []
            for input in inputs {
                if !calls.receiving.isEmpty {
                    let found = try await results(
                        calls.receiving, over: input, request: context, now: request.receivedAt)
                    context = context.adding(["calls": found])
                }
                outputs += try await machine.run(receiveProgram, input, request: context, now: request.receivedAt)
            }
            return .mapped(try mapped(outputs), answer)
        } catch let unconfirmed as Unconfirmed {
            return .refused(status: folder.receive?.failureStatus ?? 401, reason: unconfirmed.reason)
        } catch let failure as CallFailure where failure.isMistake {
            return .quarantined(reason: failure.reason, answer)
        } catch let failure as CallFailure {
            // The network sends it again; by then the look-up may go well.
            return .postponed(.lookUp, reason: failure.reason)
        } catch let error as JQError {
            return .quarantined(reason: error.description, answer)
        } catch let error as BodyDecoding.Mistake {
            return .quarantined(reason: "\(receiveProgram.name): the input: \(error.problem)", answer)
        } catch {
            return .quarantined(reason: "\(receiveProgram.name): \(error)", answer)
        }
    }

    /// Whether some program reads `$req`.
    private var wantsRequest: Bool {
        receiveProgram.wantsContext || calls.requestPrograms.contains(where: \.wantsContext)
    }

    /// What is mapped: the body, or what the other side shows of the things that the body names.
    private func inputs(of request: ReceivedRequest, _ context: JSON) async throws -> [JQInput] {
        let decoding = folder.receive?.decoding ?? .json
        guard let confirming = calls.confirming else { return [try decoding.input(request.body)] }
        guard let body = try? decoding.input(request.body) else {
            throw Unconfirmed(reason: "the body is not \(decoding.name)")
        }
        return try await readAgain(confirming, over: body, request: context, now: request.receivedAt).map { .json($0) }
    }

    func mapped(_ outputs: [JSON]) throws(MappingPlace) -> Mapped {
        switch folder.side {
        case .adapter:
            var events: [InboundEvent] = []
            for (index, output) in outputs.enumerated() {
                do throws(MappingError) {
                    events.append(try InboundEvent(mapping: output))
                } catch {
                    throw MappingPlace(output: index + 1, error: error)
                }
            }
            return .events(events)
        case .contract:
            var commands: [Command] = []
            for (index, output) in outputs.enumerated() {
                do throws(MappingError) {
                    commands.append(try Command(mapping: output))
                } catch {
                    throw MappingPlace(output: index + 1, error: error)
                }
            }
            return .commands(commands)
        }
    }

    /// `$req`: the request without what is secret in it.
    private func visibleRequest(_ request: ReceivedRequest) -> JSON {
        let hiddenHeaders = secretHeaders
        let hiddenParameters = secretParameters
        var headers: [String: JSON] = [:]
        for field in request.headers where !hiddenHeaders.contains(field.name) {
            // RFC 9110 section 5.3: fields with one name are one list.
            let earlier = headers[field.name]?.string.map { "\($0), " } ?? ""
            headers[field.name] = .string(earlier + field.value)
        }
        var query: [String: JSON] = [:]
        for (name, value) in request.query where !hiddenParameters.contains(name) {
            switch query[name] {
            case nil: query[name] = .string(value)
            case .array(let earlier): query[name] = .array(earlier + [.string(value)])
            case .some(let earlier): query[name] = [earlier, .string(value)]
            }
        }
        var path = request.path
        if request.pathSecret != nil, let slash = path.lastIndex(of: "/") { path = String(path[..<slash]) }
        return [
            "method": .string(request.method), "path": .string(path), "query": .object(query),
            "headers": .object(headers),
        ]
    }
}

/// Which output of a program does not fit the vocabulary, and how.
struct MappingPlace: Error, CustomStringConvertible {
    /// From 1.
    let output: Int
    let error: MappingError

    var description: String { "output \(output): \(error)" }
}
