// A keyed digest that stands beside another auth, to prove that its credential is ours.

import Model
import Signing

/// A parameter made of a credential.
struct DerivedParameter: Sendable {
    let place: AuthScheme.Place
    let name: String
    /// In hex.
    let value: String

    /// By the name of the auth beside which each stands.
    static func all(_ auths: [String: AuthScheme], settings: [String: [String]]) -> [String: DerivedParameter] {
        var all: [String: DerivedParameter] = [:]
        for case .derived(let fields) in auths.values {
            guard let with = fields.string("with"), let name = fields.string("name"),
                let key = fields.template("key")?.value(settings), !key.isEmpty,
                let over = fields.template("over")?.value(settings)
            else { continue }
            let hash = fields.choice("hash", of: HashAlgorithm.self) ?? .sha256
            let digest = Digest.hmac(hash, key: Array(key.utf8), Array(over.utf8))
            all[with] = DerivedParameter(
                place: fields.choice("in", of: AuthScheme.Place.self) ?? .query, name: name,
                value: BinaryText.hex.encode(digest))
        }
        return all
    }
}

extension AuthScheme {
    /// Whether something is kept with its token that programs may see.
    var keepsSomething: Bool {
        guard case .granted(let declaration) = self else { return false }
        return declaration.fields.fields("keep")?.members.isEmpty == false
    }
}
