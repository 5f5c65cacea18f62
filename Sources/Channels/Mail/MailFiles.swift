// Files of mails lie in the mails themselves: they are read out of the journal.

import Mail
package import Model
package import Storage

/// Gives the files of the mails that came in.
package struct MailFiles: FileFetching {
    private let store: any Store
    private let reading: MailReading

    package init(store: any Store, reading: MailReading) {
        self.store = store
        self.reading = reading
    }

    /// How a file of a mail is spoken of: the envelope, and the part's place in the mail.
    static func reference(_ envelope: EnvelopeID, part: Int) -> String { "\(envelope.text)/\(part)" }

    package func fetch(_ file: FileReference, from origin: Endpoint) async -> FileFetch {
        let words = file.reference.split(separator: "/")
        guard words.count == 2, let id = EnvelopeID(String(words[0])), let number = Int(words[1]) else {
            return .refused("\(file.reference.prefix(80)) is no part of a mail")
        }
        do {
            guard let entry = try await store.read({ try $0.envelope(id) }), entry.envelope.endpoint == origin,
                entry.emptiedAt == nil
            else { return .refused("the mail is no longer in the journal") }
            let parts = await reading.read(entry.envelope.body) { $0.parts }
            guard parts.indices.contains(number) else { return .refused("the mail has no such part") }
            let part = parts[number]
            return .fetched(CarriedFile(name: part.name ?? file.name, type: part.type, bytes: part.bytes))
        } catch {
            return .later("the journal can not be read", wait: nil)
        }
    }
}
