// Files in golden samples: those that a job carries, and the fetching of one.

import Model
import Signing

/// The files of samples/settings.yaml.
struct SampleFiles: FileSource {
    private let files: [String: CarriedFile]

    static let shape = Shape.map(
        of: .object([
            .init("name", .string, about: "the file's name"),
            .init("type", .text(.mediaTypes), default: MediaType.unknown, about: "its media type"),
            .init("text", .string, about: "its bytes as a text"),
            .init("base64", .string, about: "its bytes in base64"),
        ]), names: .anything)

    init(_ fields: Fields?) {
        var files: [String: CarriedFile] = [:]
        for member in fields?.members ?? [] {
            guard let file = member.value.fields else { continue }
            let bytes = file.string("base64").flatMap { BinaryText.base64.decode($0) }
            files[member.name] = CarriedFile(
                name: FileName.safe(file.string("name")), type: file.string("type") ?? MediaType.unknown,
                bytes: bytes ?? Array((file.string("text") ?? "").utf8))
        }
        self.files = files
    }

    func file(_ id: String) async throws -> CarriedFile? { files[id] }

    /// Fetches the file that a sample speaks of.
    /// - Returns: what came of it, as samples write it.
    static func result(of input: JSON, by connector: Connector) async throws -> JSON {
        let file: FileReference
        do throws(MappingError) {
            file = try FileReference(mapping: input, path: "")
        } catch { throw SampleMistake(problem: error.description) }
        switch await connector.fetch(file) {
        case .fetched(let file):
            return .members([
                "name": JSON(file.name), "type": .string(file.type), "size": .integer(Int64(file.bytes.count)),
                "sha256": .string(BinaryText.hex.encode(Digest.hash(.sha256, file.bytes))),
            ])
        case .refused(let reason): return ["refused": .string(SampleExpectation.portable(reason, in: connector.folder))]
        case .unavailable(let reason): return ["unavailable": .string(reason)]
        case .later(let reason, let wait): return .members(["later": .string(reason), "wait": JSON(wait?.text)])
        }
    }
}
