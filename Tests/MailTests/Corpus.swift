import Foundation
import Model
import Testing

@testable import Mail

/// The awkward mails beside this file. `Corpus/corpus.py` makes them, and says by hand how each is to be read.
struct CorpusMail: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let expected: JSON

    var testDescription: String { name }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Corpus")

    static let all: [CorpusMail] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".eml") }.sorted().compactMap { file in
            let name = String(file.dropLast(4))
            guard let mail = try? Data(contentsOf: folder.appendingPathComponent(file)),
                let json = try? Data(contentsOf: folder.appendingPathComponent(name + ".json")),
                let expected = try? JSON(parsing: [UInt8](json))
            else { return nil }
            return CorpusMail(name: name, bytes: [UInt8](mail), expected: expected)
        }
    }()
}

extension ReadMail {
    /// The reading as the corpus writes it: what is empty is left out.
    var reading: JSON {
        let json: [String: JSON?] = [
            "from": Self.list(from.map(Self.shown)), "sender": sender.map { .string(Self.shown($0)) },
            "reply_to": Self.list(replyTo.map(Self.shown)), "to": Self.list(to.map(Self.shown)),
            "cc": Self.list(cc.map(Self.shown)), "bcc": Self.list(bcc.map(Self.shown)), "subject": Self.word(subject),
            "date": date.map { .string($0.rfc3339) }, "id": Self.word(messageID), "in_reply_to": Self.list(inReplyTo),
            "references": Self.list(references), "text": Self.word(text), "source": .string(textSource.rawValue),
            "html": Self.word(html), "parts": parts.isEmpty ? nil : .array(parts.map(\.reading)),
            "protection": Self.list(protection.map(\.rawValue).sorted()), "complaints": Self.list(complaints),
            "degraded": isDegraded ? true : nil,
        ]
        return .object(json.compactMapValues { $0 })
    }

    private static func shown(_ address: MailAddress) -> String {
        address.name.map { "\($0) <\(address.address)>" } ?? address.address
    }

    private static func word(_ text: String?) -> JSON? { text.flatMap { $0.isEmpty ? nil : .string($0) } }

    private static func list(_ words: [String]) -> JSON? { words.isEmpty ? nil : .array(words.map { .string($0) }) }
}

extension MailPart {
    /// As the corpus writes a part: content that is short text as it is, other content by its size alone.
    var reading: JSON {
        let content = bytes.count <= 200 ? String(validating: bytes, as: UTF8.self) : nil
        let isText =
            content?.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 } ?? false
        let json: [String: JSON?] = [
            "role": .string(role.rawValue), "type": .string(type), "size": .integer(Int64(bytes.count)),
            "content": isText ? content.map { .string($0) } : nil, "name": name.map { .string($0) },
            "cid": contentID.map { .string($0) }, "disposition": disposition.map { .string($0) },
            "subject": subject.map { .string($0) },
        ]
        return .object(json.compactMapValues { $0 })
    }
}
