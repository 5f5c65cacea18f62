// The files of `samples/`: which there are, the settings they share, and reading and writing them.

import FoundationEssentials
import Model

/// The golden samples of one connector's folder.
struct SampleFolder: Sendable {
    /// What kind of sample a file belongs to.
    enum Kind: String, CaseIterable {
        case receive, send, answer, poll, register, stream, file, reconcile

        /// Whether requests are what comes out.
        private var asks: Bool { self != .receive && self != .answer }
        /// How the file ends that goes in.
        var inputSuffix: String { ".\(rawValue).\(asks ? "json" : "http")" }
        /// How the file ends that must come out.
        var outputSuffix: String { ".\(rawValue).\(asks ? "http" : "json")" }
    }

    /// Files that a sample may have besides: the provider's answers, what was asked, what came of it.
    static let extraSuffixes = [".answers.http", ".requests.http", ".result.json"]

    /// One sample.
    struct Sample {
        let kind: Kind
        let name: String
    }

    let path: String
    /// Sorted by name, then kind.
    let samples: [Sample]
    /// Files that belong to no sample.
    let strays: [String]
    let settings: [String: [String]]
    let now: Timestamp
    /// What the auths hold already, by name, in the form in which it is saved.
    let credentials: [String: JSON]
    /// The files that jobs may carry, by id.
    let files: SampleFiles

    static let settingsShape = Shape.object([
        .init("settings", .map(of: .scalarOrList(.string), names: .identifier), default: "{}", about: "made-up values"),
        .init("credentials", .map(of: .any, names: .identifier), default: "{}", about: "tokens that are there already"),
        .init("files", SampleFiles.shape, default: "{}", about: "files of jobs, by id"),
        .init("now", .string, required: true, about: "the time of the samples, RFC 3339"),
    ])

    /// - Throws: what is wrong with samples/settings.yaml.
    init(connector path: String) throws(ConfigurationProblems) {
        self.path = "\(path)/samples"
        let file = "\(self.path)/settings.yaml"
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ConfigurationProblems([ConfigurationProblem(file: file, message: "is missing or cannot be read")])
        }
        let text = String(decoding: data, as: UTF8.self)
        let fields = try Self.settingsShape.read(text, file: file).fields
        guard let now = fields?.string("now").flatMap({ Timestamp(rfc3339: $0) }) else {
            let position = fields?.position("now") ?? Position(file: file, line: 1, column: 1)
            throw ConfigurationProblems([ConfigurationProblem(position, "expected a time as RFC 3339 writes it")])
        }
        self.now = now
        var settings: [String: [String]] = [:]
        for member in fields?.fields("settings")?.members ?? [] {
            settings[member.name] = member.value.scalars.compactMap(\.string)
        }
        self.settings = settings
        var credentials: [String: JSON] = [:]
        for member in fields?.fields("credentials")?.members ?? [] {
            var keep = member.value.json.object ?? [:]
            let (token, refresh) = (keep.removeValue(forKey: "token"), keep.removeValue(forKey: "refresh"))
            credentials[member.name] = .members(["token": token, "refresh": refresh, "keep": .object(keep)])
        }
        self.credentials = credentials
        files = SampleFiles(fields?.fields("files"))
        var samples: [Sample] = []
        var strays: [String] = []
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: self.path)) ?? []).sorted()
        for name in names where name != "settings.yaml" && !name.hasPrefix(".") {
            if let kind = Kind.allCases.first(where: { name.hasSuffix($0.inputSuffix) }) {
                samples.append(Sample(kind: kind, name: String(name.dropLast(kind.inputSuffix.count))))
            } else if let kind = Kind.allCases.first(where: { name.hasSuffix($0.outputSuffix) }) {
                let stem = name.dropLast(kind.outputSuffix.count)
                if !names.contains(stem + kind.inputSuffix) { strays.append(name) }
            } else if Self.belongsToSample(name, among: names) {
                continue
            } else {
                strays.append(name)
            }
        }
        self.samples = samples
        self.strays = strays
    }

    /// Whether `message.send.answers.http` and the like stand beside an input of their sample.
    private static func belongsToSample(_ name: String, among names: [String]) -> Bool {
        guard let suffix = extraSuffixes.first(where: { name.hasSuffix($0) }) else { return false }
        let stem = name.dropLast(suffix.count)
        return Kind.allCases.contains { kind in
            stem.hasSuffix(".\(kind.rawValue)")
                && names.contains(stem.dropLast(kind.rawValue.count + 1) + kind.inputSuffix)
        }
    }

    /// Why a file belongs to no sample, and what it should be called or what is missing beside it.
    func whyStray(_ name: String) -> String {
        let kinds = Kind.allCases
        let extras = kinds.flatMap { kind in Self.extraSuffixes.map { (kind, ".\(kind.rawValue)\($0)") } }
        for (kind, suffix) in kinds.map({ ($0, $0.outputSuffix) }) + extras where name.hasSuffix(suffix) {
            return "belongs to no sample: there is no \(name.dropLast(suffix.count))\(kind.inputSuffix) beside it"
        }
        let suffixes = kinds.map(\.inputSuffix) + kinds.map(\.outputSuffix) + extras.map(\.1)
        let own = name.firstIndex(of: ".").map { String(name[$0...]) } ?? ""
        if let nearest = NearestName.find(own, among: suffixes) {
            return "belongs to no sample: does it mean \(name.dropLast(own.count))\(nearest)?"
        }
        return "belongs to no sample: inputs end in \(kinds.map(\.inputSuffix).joined(separator: ", "))"
    }

    /// A file beside the sample: `suffix` is one of ``extraSuffixes``.
    func extraFile(_ sample: Sample, _ suffix: String) -> String {
        "\(path)/\(sample.name).\(sample.kind.rawValue)\(suffix)"
    }

    func inputFile(_ sample: Sample) -> String { "\(path)/\(sample.name)\(sample.kind.inputSuffix)" }
    func outputFile(_ sample: Sample) -> String { "\(path)/\(sample.name)\(sample.kind.outputSuffix)" }

    /// The bytes of a file; `nil` when there is none.
    func bytes(_ file: String) -> [UInt8]? {
        FileManager.default.contents(atPath: file).map { Array($0) }
    }

    /// Whether the file could be written.
    func write(_ text: String, to file: String) -> Bool {
        FileManager.default.createFile(atPath: file, contents: Data(text.utf8))
    }
}
