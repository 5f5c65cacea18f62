// confirm_by_fetch: a body that nobody signed says only where to look. What is there is read with our own credentials.

import Model

/// Why a body is not believed: nothing of what it names could be read.
struct Unconfirmed: Error {
    /// Without anything of the body.
    let reason: String
}

extension Connector {
    /// Reads what a body names, each thing once, in order; empty when it names nothing.
    /// - Throws: ``Unconfirmed`` when one of them is not there or the body names nothing that could be read;
    ///   ``CallFailure`` when one could not be had.
    func readAgain(
        _ confirming: (use: CallUse, with: JQProgram), over body: JQInput, request: JSON, now: Timestamp
    ) async throws -> [JSON] {
        let named: [JSON]
        do throws(CallFailure) {
            named = try await arguments(confirming.with, over: body, request: request, now: now)
        } catch {
            throw Unconfirmed(reason: "the body does not say what to read")
        }
        var seen: Set<String> = []
        var found: [JSON] = []
        for arguments in named {
            guard let key = Self.key(of: arguments) else {
                throw Unconfirmed(reason: "the body does not say what to read")
            }
            guard seen.insert(key).inserted else { continue }
            guard seen.count <= CallUse.keysMax else {
                throw Unconfirmed(reason: "the body names more than \(CallUse.keysMax) things to read")
            }
            let result = try await result(of: confirming.use.call, arguments, now: now)
            guard result != .null else { throw Unconfirmed(reason: "what the body names is not there") }
            found.append(result)
        }
        return found
    }
}
