// How fast mails are read: by our reader, and by bare GMime, which decodes every part and makes nothing of it.

import ArgumentParser
import CGMime
import Foundation
import Mail
import Model

/// `bench mail`: reads all mails of folders again and again for some seconds.
struct MailReading: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Read mails by our reader or by bare GMime.")

    @Argument(help: "Folders with .eml files.") var folders: [String]
    @Option(help: "For how long, in seconds.") var seconds = 5.0
    @Flag(help: "By GMime.") var gmime = false

    func run() async throws {
        let mails = try folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".eml") }.sorted()
                .map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder).appendingPathComponent($0))) }
        }
        guard !mails.isEmpty else { throw ValidationError("there are no mails in \(folders)") }
        if gmime { g_mime_init() }
        var (count, bytes, found) = (0, 0, 0)
        let began = ContinuousClock.now
        while (ContinuousClock.now - began).seconds < seconds {
            for mail in mails {
                found += gmime ? Self.byGMime(mail) : Self.byUs(mail)
                count += 1
                bytes += mail.count
            }
        }
        let elapsed = (ContinuousClock.now - began).seconds
        let result: JSON = [
            "mails": .decimal(Double(count) / elapsed), "megabytes": .decimal(Double(bytes) / elapsed / 1_000_000),
            "found": .integer(Int64(found)),
        ]
        print(result.text)
    }

    /// - Returns: bytes of text and of parts.
    private static func byUs(_ mail: [UInt8]) -> Int {
        let read = MailReader.read(mail)
        return read.text.utf8.count + read.parts.reduce(0) { $0 + $1.bytes.count }
    }

    private static func byGMime(_ mail: [UInt8]) -> Int {
        var decoded = 0
        mail.withUnsafeBytes { raw in
            _ = samtal_gmime_read(raw.bindMemory(to: CChar.self).baseAddress, raw.count, &decoded)
        }
        return decoded
    }
}
