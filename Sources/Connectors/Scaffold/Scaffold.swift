// `samtal new adapter NAME`: a folder to begin with, complete and passing its own samples.

import FoundationEssentials
import Model
import Signing

/// Writes new connector folders.
package enum Scaffold {
    /// Why no folder was written.
    package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// Writes the folder `directory`/`name` with its YAML, jq, README and samples, and runs the samples once to write
    /// down what comes of them.
    /// - Parameters:
    ///   - name: `[a-z0-9-]`, 1 to 63 characters.
    ///   - directory: where adapters (or contracts) lie; it is made when it is missing.
    /// - Returns: the paths of the files, sorted.
    /// - Throws: ``Refusal`` for a bad name, a folder that is there already, or a disk that takes no files.
    package static func write(
        _ side: ConnectorSide, name: String, into directory: String, machine: JQMachine
    ) async throws(Refusal) -> [String] {
        guard Shape.TextRule.name.accepts(name) else {
            throw Refusal(description: "\"\(name.prefix(80))\": expected \(Shape.TextRule.name.expected)")
        }
        let path = "\(directory)/\(name)"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw Refusal(description: "\(path) is there already")
        }
        for (file, text) in files(side, name).sorted(by: { $0.key < $1.key }) {
            try write(text, to: "\(path)/\(file)")
        }
        let results = await SampleRunner(machine: machine).run(path, write: true)
        for case .failed(let why) in results.map(\.outcome) {
            throw Refusal(description: "\(path): a sample of the new folder fails: \(why)")
        }
        return paths(in: path)
    }

    private static func write(_ text: String, to file: String) throws(Refusal) {
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Refusal(description: "\(folder) cannot be made")
        }
        guard FileManager.default.createFile(atPath: file, contents: Data(text.utf8)) else {
            throw Refusal(description: "\(file) cannot be written")
        }
    }

    private static func paths(in path: String) -> [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? [])
            .filter { $0 != "samples" }.map { "\(path)/\($0)" }.sorted()
    }

    /// The files of a new folder, by their path in it.
    static func files(_ side: ConnectorSide, _ name: String) -> [String: String] {
        var files = ScaffoldTexts.files(side, name)
        for (sample, body) in ScaffoldTexts.bodies(side) {
            files["samples/\(sample).receive.http"] = request(side, name, body: body, signing: body)
        }
        let message = ScaffoldTexts.bodies(side)["message"] ?? ""
        files["samples/bad-signature.receive.http"] = request(side, name, body: message, signing: message + " ")
        return files
    }

    /// A signed request as a sample.
    private static func request(_ side: ConnectorSide, _ name: String, body: String, signing signed: String) -> String {
        let signature = Digest.hmac(.sha256, key: Array(ScaffoldTexts.secret.utf8), Array(signed.utf8))
        return """
            POST /\(side.endpoint.rawValue)s/\(name) HTTP/1.1
            Host: samtal.example.com
            Content-Type: application/json
            X-Signature-256: sha256=\(BinaryText.hex.encode(signature))

            \(body)

            """
    }
}
