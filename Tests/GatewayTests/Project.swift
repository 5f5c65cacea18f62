import Connectors
import Foundation
import Gateway
import Model
import TestSupport

/// A samtal.yaml in a directory of its own, beside the secret that it refers to. The connector folders are this
/// repository's.
final class Project: Sendable {
    static let channelKey = "whsec_c2FtcGxlIGtleSBvbmUsIHRoaXJ0eS10d28gYnl0ZXM="
    static let contractKey = "whsec_c2FtcGxlIGtleSB0d28sIHRoaXJ0eS10d28gYnl0ZXM="
    static let environment = ["SHOP_SECRET": channelKey]

    /// The lines of a good file, from line 1.
    static let lines = [
        "connectors: {adapters: \(Repository.root.path)/adapters, contracts: \(Repository.root.path)/contracts}",
        "public_url: https://gw.example/",
        "channels:",
        "  shop:",
        "    adapter: webhook",
        "    settings:",
        "      secret: \"${SHOP_SECRET}\"",
        "      reply_url: https://shop.example/inbox",
        "contracts:",
        "  desk:",
        "    contract: webhook",
        "    channels: [shop]",
        "    settings: {secret: \"file:desk.secret\", url: https://desk.example/events}",
        "tokens:",
        "  - {name: crm, hash: \"sha256:\(String(repeating: "0a", count: 32))\", scopes: [conversations:read]}",
    ]

    let directory: TemporaryDirectory
    /// The path of its samtal.yaml.
    var file: String { directory.path("samtal.yaml") }

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(Self.contractKey + "\n", to: "desk.secret")
    }

    /// The good file with other lines; `nil` takes a line out. Numbers are those of the good file.
    static func yaml(_ changes: [Int: String?] = [:]) -> String {
        lines.enumerated().compactMap { index, line in
            if let change = changes[index + 1] { change } else { line }
        }.joined(separator: "\n")
    }

    func load(
        _ yaml: String = Project.yaml(), environment: [String: String] = Project.environment
    ) throws(ConfigurationProblems) -> Configuration {
        try Configuration.parse(yaml, file: file, environment: environment)
    }

    /// The mistakes in a file as `samtal check` prints them, without the path.
    func mistakes(in yaml: String, environment: [String: String] = Project.environment) -> [String] {
        do {
            _ = try load(yaml, environment: environment)
            return []
        } catch {
            return error.list.map { $0.description.replacing(file + ":", with: "") }
        }
    }
}
