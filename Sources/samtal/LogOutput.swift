// Log lines on standard error, for people and for machines alike: time, level, message, key=value.

import Foundation
import Logging
import Model

/// One line for each entry; metadata sorted by key, values quoted when they need it.
struct LogOutput: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Makes this the log of the whole process.
    static func start(level: String) -> Logger {
        let level = Logger.Level(rawValue: level) ?? .info
        LoggingSystem.bootstrap { _ in
            var handler = LogOutput()
            handler.logLevel = level
            return handler
        }
        return Logger(label: "samtal")
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }
        let line = "\(WallClock.system.now.rfc3339) \(event.level.rawValue) \(event.message)\(pairs.joined())\n"
        FileHandle.standardError.write(Data(line.utf8))
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x7F }
        return isPlain ? text : JSON.string(text).text
    }
}

/// Prints a line on standard error.
func printError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}
