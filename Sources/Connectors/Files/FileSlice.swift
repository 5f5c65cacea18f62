// A part of a file: some networks take large files in pieces.

import Model

/// Bytes of a file, next to one another.
struct FileSlice: Sendable, Hashable {
    /// The first byte, from 0.
    let offset: Int
    /// Bytes, at least 1.
    let size: Int

    /// `nil` when nothing is given.
    /// - Throws: when a member is missing, of the wrong type, or unknown.
    init?(_ json: JSON?, path: String) throws(MappingError) {
        guard let json else { return nil }
        var object = try MappedObject(json, path: path)
        let offset = object.value("offset")?.integer.flatMap { Int(exactly: $0) }
        let size = object.value("size")?.integer.flatMap { Int(exactly: $0) }
        guard let offset, offset >= 0 else { throw object.wrong("offset", "is no number of bytes") }
        guard let size, size > 0 else { throw object.wrong("size", "is no number of bytes") }
        (self.offset, self.size) = (offset, size)
        try object.finish()
    }

    /// Whether a file of so many bytes has it.
    func fits(_ count: Int) -> Bool { offset <= count && size <= count - offset }
}

extension CarriedFile {
    /// The bytes of a slice, all for `nil`.
    func bytes(of slice: FileSlice?) -> [UInt8] {
        guard let slice else { return bytes }
        return Array(bytes.dropFirst(slice.offset).prefix(slice.size))
    }
}
