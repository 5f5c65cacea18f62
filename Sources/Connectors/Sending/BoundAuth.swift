// An auth of the connector's YAML with the endpoint's credentials in it.

import Model
import Signing

/// How a request is authorised, ready to use.
enum BoundAuth: Sendable {
    /// The settings that it needs are optional and not given.
    case unset
    case header(HeaderField)
    case param(AuthScheme.Place, name: String, value: String)
    /// Standard Webhooks.
    case signer(WebhookSigner)
    /// The token is fetched when a request is made.
    case granted(TokenPlace)
    /// A token of our own, made for each request.
    case minted(TokenMint, TokenPlace)

    /// - Throws: a key that cannot sign.
    init(_ scheme: AuthScheme, settings: [String: [String]]) throws(SettingProblems) {
        switch scheme {
        case .bearer(let value):
            self = value.credential(settings).map { .header(HeaderField("authorization", "Bearer \($0)")) } ?? .unset
        case .header(let name, let prefix, let value):
            self = value.credential(settings).map { .header(HeaderField(name, prefix + $0)) } ?? .unset
        case .basic(let user, let password):
            guard let user = user.value(settings), let password = password.credential(settings) else {
                self = .unset
                return
            }
            let encoded = BinaryText.base64.encode(Array("\(user):\(password)".utf8))
            self = .header(HeaderField("authorization", "Basic \(encoded)"))
        case .param(let place, let name, let value):
            self = value.credential(settings).map { .param(place, name: name, value: $0) } ?? .unset
        case .granted(let declaration): self = .granted(declaration.apply)
        case .minted(let fields):
            let mint = try TokenMint(fields, settings: settings)
            self = mint.map { .minted($0, TokenPlace(fields.fields("apply"))) } ?? .unset
        case .derived: self = .unset
        case .standardWebhooks(let key):
            let keys = key.values(settings).filter { !$0.isEmpty }
            guard !keys.isEmpty else {
                self = .unset
                return
            }
            do throws(SigningError) {
                self = .signer(try WebhookSigner(keys: keys))
            } catch {
                throw SettingProblems([SettingProblem(setting: key.settings.first, message: error.message)])
            }
        }
    }
}

extension Template {
    /// The first value; `nil` when a setting is not given or the text is empty.
    fileprivate func credential(_ settings: [String: [String]]) -> String? {
        value(settings).flatMap { $0.isEmpty ? nil : $0 }
    }
}
