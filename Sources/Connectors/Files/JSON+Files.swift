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
    var fileIDs: [String] {
        if let fileID { return [fileID] }
        return switch self {
        case .object(let members): members.sorted { $0.key < $1.key }.flatMap { $0.value.fileIDs }
        case .array(let elements): elements.flatMap(\.fileIDs)
        default: []
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
