// Signed tokens of our own (RFC 7519), made anew for each request.

import Model
import Signing

/// Makes signed tokens.
struct TokenMint: Sendable {
    private let signer: JWSSigner
    private let claims: [String: JSON]
    private let ttl: Duration

    /// `nil` when a setting that it needs is not given.
    /// - Throws: a key that cannot sign.
    init?(_ fields: Fields?, settings: [String: [String]]) throws(SettingProblems) {
        guard let fields, let key = fields.template("key")?.value(settings), !key.isEmpty,
            let algorithm = fields.choice("algorithm", of: JWSAlgorithm.self),
            case .object(let claims)? = fields["claims"]?.json(filling: settings)
        else { return nil }
        do throws(SigningError) {
            signer = try JWSSigner(
                algorithm, key: Array(key.utf8), keyID: fields.template("kid")?.value(settings))
        } catch {
            throw SettingProblems([
                SettingProblem(setting: fields.template("key")?.settings.first, message: error.message)
            ])
        }
        self.claims = claims
        ttl = fields.duration("ttl") ?? .seconds(60)
    }

    /// A token that is good from `now` on.
    func token(now: Timestamp) -> String? {
        var members = claims
        members["iat"] = .integer(now.milliseconds / 1000)
        members["exp"] = .integer((now + ttl).milliseconds / 1000)
        return try? signer.token(claims: .object(members))
    }
}
