// What items are known by.

import Model
import Signing

extension PollRun {
    /// A text that is not empty, or the digits of an integer.
    static func identifier(_ json: JSON) -> String? {
        switch json {
        case .string(let text): text.isEmpty ? nil : text
        case .integer(let number): String(number)
        case .number(let literal): literal
        default: nil
        }
    }

    /// The first half of the SHA-256 of the item's text, members sorted.
    static func digest(_ item: JSON) -> String {
        BinaryText.hex.encode(Array(Digest.hash(.sha256, item.bytes).prefix(16)))
    }
}
