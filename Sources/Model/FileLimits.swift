// What a side takes of files: how large, and of which media types.

/// The files that a network or a CRM takes.
package struct FileLimits: Sendable, Hashable {
    /// The largest file, bytes.
    package let bytesMax: Int
    /// Media types; `image/*` stands for every image; empty: any type.
    package let types: [String]

    package init(bytesMax: Int, types: [String] = []) {
        self.bytesMax = bytesMax
        self.types = types
    }

    /// Why a file is not taken; `nil`: it is. What is not known yet is no reason.
    package func problem(size: Int64?, type: String?) -> String? {
        if let size, size > Int64(bytesMax) { return "is larger than \(Self.text(bytesMax))" }
        guard let type, !types.isEmpty else { return nil }
        return types.contains { MediaType.covers($0, type) } ? nil : "is of the type \(type.prefix(80))"
    }

    /// A size as people write it: `25 MB`.
    package static func text(_ bytes: Int) -> String {
        for (unit, size) in [("MB", 1 << 20), ("KB", 1 << 10)] where bytes % size == 0 && bytes > 0 {
            return "\(bytes / size) \(unit)"
        }
        return "\(bytes) bytes"
    }
}
