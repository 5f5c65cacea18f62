// What may be wrong with a signing key, told so that IT can mend it and without the key.

/// A key cannot be used. The text is safe to show: it names the key by its place in the list and holds none of it.
package struct SigningError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong; stable, for tests and documents.
    package enum Code: String, Sendable {
        /// No key was given at all.
        case noKey = "no_key"
        /// The part after `whsec_`, `whsk_` or `whpk_` is no base64.
        case keyNotBase64 = "key_not_base64"
        /// The decoded key is shorter or longer than the standard allows.
        case keyLength = "key_length"
        /// A private key is no PEM, is locked with a password, or is of a kind that the algorithm cannot use; or two
        /// halves of a key do not belong together.
        case keyUnusable = "key_unusable"
    }

    package let code: Code
    /// One sentence with the cure.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
