// Tokens are made while the house runs; what is stored or shown must not hold them either.

import Synchronization

/// The redactor of one endpoint, which learns.
final class GrantedSecrets: Sendable {
    private let state: Mutex<(secrets: [String: [String]], redactor: Redactor)>
    /// How many values of one name are remembered.
    private static let valuesMax = 16

    init(_ secrets: [String: [String]]) {
        state = Mutex((secrets, Redactor(secrets)))
    }

    var redactor: Redactor { state.withLock { $0.redactor } }

    func learn(_ secret: String, as name: String) {
        state.withLock { state in
            var known = state.secrets[name] ?? []
            guard !secret.isEmpty, !known.contains(secret) else { return }
            known.append(secret)
            state.secrets[name] = Array(known.suffix(Self.valuesMax))
            state.redactor = Redactor(state.secrets)
        }
    }
}
