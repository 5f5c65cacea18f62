// `{"$file": ID}` in a JSON body stands for the file in base64: jq never sees its bytes.

import Model
import Signing

extension JSON {
    /// The id of the file that this value stands for; `nil`: it is an ordinary value.
    private var fileID: String? {
        guard case .object(let members) = self, members.count == 1 else { return nil }
        return members["$file"]?.string
    }

    /// The ids of the files that stand somewhere in it.
    var fileIDs: Set<String> {
        var found: Set<String> = []
        collectFileIDs(into: &found)
        return found
    }

    private func collectFileIDs(into found: inout Set<String>) {
        if let fileID { found.insert(fileID) }
        switch self {
        case .object(let members): for member in members.values { member.collectFileIDs(into: &found) }
        case .array(let elements): for element in elements { element.collectFileIDs(into: &found) }
        default: break
        }
    }

    /// The value with the files in their places.
    func carrying(_ files: [String: CarriedFile]) -> JSON {
        if let fileID, let file = files[fileID] { return .string(BinaryText.base64.encode(file.bytes)) }
        return switch self {
        case .object(let members): .object(members.mapValues { $0.carrying(files) })
        case .array(let elements): .array(elements.map { $0.carrying(files) })
        default: self
        }
    }
}
