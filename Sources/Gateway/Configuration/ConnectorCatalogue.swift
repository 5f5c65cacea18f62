// Where the connector folders are: as samtal.yaml says, else beside it, else above it, else beside the program.

package import Connectors
package import Foundation

/// Finds connector folders by name.
package struct ConnectorCatalogue: Sendable {
    private let directories: [ConnectorSide: URL]

    init(_ fields: Fields?, beside directory: URL) {
        var directories: [ConnectorSide: URL] = [:]
        for side in ConnectorSide.allCases {
            if let path = fields?.string(side.folderName) {
                directories[side] = URL(fileURLWithPath: path, relativeTo: directory)
            } else {
                directories[side] = Self.find(side.folderName, from: directory)
            }
        }
        self.directories = directories
    }

    /// The folders for a command that works without a samtal.yaml.
    package init(beside directory: URL) {
        self.init(nil, beside: directory)
    }

    /// The first directory of this name beside `start` or above it, beside the working directory or the program.
    private static func find(_ name: String, from start: URL, andProgram: Bool = true) -> URL? {
        var places: [URL] = []
        let program = URL(fileURLWithPath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath()
        let beside = andProgram ? [program.deletingLastPathComponent()] : []
        for base in [start, URL(fileURLWithPath: ".")] + beside {
            var place = base.standardizedFileURL.absoluteURL
            for _ in 0..<6 {
                places.append(place)
                place = place.deletingLastPathComponent()
            }
        }
        return places.map { $0.appendingPathComponent(name) }.first { place in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: place.path, isDirectory: &isDirectory)
                && isDirectory.boolValue
        }
    }

    /// The path of a folder; `nil` when there is none of this name.
    package func path(of name: String, _ side: ConnectorSide) -> String? {
        guard let path = directories[side]?.appendingPathComponent(name).path,
            FileManager.default.fileExists(atPath: path + "/" + side.fileName)
        else { return nil }
        return Self.short(path)
    }

    /// The names of all folders of a side, sorted.
    package func names(_ side: ConnectorSide) -> [String] {
        guard let directory = directories[side],
            let entries = try? FileManager.default.contentsOfDirectory(atPath: directory.path)
        else { return [] }
        return entries.filter { path(of: $0, side) != nil }.sorted()
    }

    /// Where a new folder of this side goes: beside the working directory or above it, never beside the program; `nil`
    /// when there is no such directory.
    package static func directoryForNew(_ side: ConnectorSide) -> String? {
        find(side.folderName, from: URL(fileURLWithPath: "."), andProgram: false).map { short($0.path) }
    }

    /// The path as a person would write it: relative to the working directory when it lies in it.
    private static func short(_ path: String) -> String {
        let here = FileManager.default.currentDirectoryPath + "/"
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }
}
