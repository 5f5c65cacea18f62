// Steps 1 to 5 of the hallway for mails: whoever brings them, they are read, mapped and committed here.

package import Conversations
package import Mail
package import Model
package import Storage
package import Transports

/// An e-mail channel as whatever brings mails sees it.
package struct MailChannel: Sendable {
    package let endpoint: Endpoint
    package let settings: MailSettings
    package let clock: WallClock
    private let store: any Store
    private var intake: Intake
    private let reading: MailReading
    private let mapping: MailMapping
    private let loops = MailLoops()

    package init(
        _ settings: MailSettings, marks: ThreadMarks, store: any Store, wiring: Wiring, reading: MailReading,
        clock: WallClock
    ) {
        endpoint = .channel(settings.name)
        self.settings = settings
        self.clock = clock
        self.store = store
        self.reading = reading
        mapping = MailMapping(settings, marks)
        intake = Intake(store: store, wiring: wiring, placing: MailPlacing(contracts: wiring.contracts.map(\.name)))
    }

    /// The same for work that nobody waits for.
    package var forBulk: MailChannel {
        var channel = self
        channel.intake = intake.forBulk
        return channel
    }

    /// What the hall must know of an e-mail channel.
    package static func profile(of settings: MailSettings) -> ChannelProfile {
        ChannelProfile(name: settings.name, adapter: "mail", files: MailDestination.files, joinsFiles: true) { _ in
            ReplyLimits()
        }
    }

    /// Takes one mail that somebody hands over. The same mail twice is one message.
    /// - Parameter handover: how it came.
    /// - Throws: ``StoreError`` when nothing was stored: whoever hands it over keeps it and comes again.
    package func take(_ mail: [UInt8], _ handover: MailHandover) async throws -> EnvelopeOutcome {
        try await takeAlone(await arrival(of: mail, handover))
    }

    // MARK: - Folders

    /// How far a folder has been read; `nil`: it was never seen.
    func cursor(of folder: String) async throws -> MailboxCursor? {
        let name = cursorName(of: folder)
        return MailboxCursor(try await store.read { try $0.cursor(name) })
    }

    /// Says where a folder is to be read from.
    func move(_ cursor: MailboxCursor, of folder: String, under claim: LeaseClaim?) async throws {
        _ = try await intake.commit([], moving: cursorMove(cursor, folder, claim))
    }

    /// Takes mails of a folder, with the move of its cursor, in one transaction. A mail that the store refuses does not
    /// hold up the others: it goes into quarantine.
    /// - Returns: how many were there.
    func take(
        _ mails: [FetchedMail], of folder: String, moving cursor: MailboxCursor, under claim: LeaseClaim?
    ) async throws -> Int {
        var arrivals: [Arrival] = []
        for mail in mails {
            guard let arrival = await arrival(of: mail, folder, cursor.validity) else { continue }
            arrivals.append(arrival)
        }
        do {
            _ = try await intake.commit(arrivals, moving: cursorMove(cursor, folder, claim))
        } catch  where StoreError.isLasting(error) && !arrivals.isEmpty {
            for arrival in arrivals { _ = try await takeAlone(arrival) }
            try await move(cursor, of: folder, under: claim)
        }
        return arrivals.count
    }

    /// Takes mails that lay in a folder before it was watched; its cursor stays where it is.
    func takeOld(_ mails: [FetchedMail], of folder: String, validity: UInt32) async throws {
        for mail in mails {
            guard let arrival = await arrival(of: mail, folder, validity) else { continue }
            _ = try await takeAlone(arrival)
        }
    }

    /// What comes twice is recognised, so this needs no fence; the move of the cursor has it.
    private func takeAlone(_ arrival: Arrival) async throws -> EnvelopeOutcome {
        do {
            return try await intake.commit(arrival)
        } catch  where StoreError.isLasting(error) {
            return try await intake.commit(arrival.quarantined("\(error)"))
        }
    }

    private func cursorName(of folder: String) -> CursorName {
        CursorName(endpoint: endpoint, poll: "imap", item: folder)
    }

    private func cursorMove(_ cursor: MailboxCursor, _ folder: String, _ claim: LeaseClaim?) -> CursorMove {
        CursorMove(cursorName(of: folder), to: cursor.state, at: clock.now, under: claim)
    }

    /// - Returns: `nil`: the mail was gone before it could be fetched.
    private func arrival(of mail: FetchedMail, _ folder: String, _ validity: UInt32) async -> Arrival? {
        let handover = MailHandover.folder(folder, validity: validity, uid: mail.uid, at: mail.internalDate)
        switch mail.content {
        case .gone:
            return nil
        case .whole(let bytes):
            return await arrival(of: bytes, handover)
        case .cut(let bytes, let size):
            let reason = "of its \(size) bytes only the first \(bytes.count) were taken; it lies in the mailbox"
            return await arrival(of: bytes, handover, complaint: reason)
        case .refused(let words):
            return Arrival(
                envelope: envelope([], handover), verifiedBy: handover.way,
                content: .quarantined("the mail server does not give it out: \(words)"))
        }
    }

    // MARK: - Reading

    private func arrival(
        of mail: [UInt8], _ handover: MailHandover, complaint: String? = nil
    ) async -> Arrival {
        let envelope = envelope(mail, handover)
        let content = await content(of: envelope, complaint: complaint)
        return Arrival(envelope: envelope, verifiedBy: handover.way, content: loops.cut(content, at: clock.now))
    }

    private func content(of envelope: Envelope, complaint: String? = nil) async -> Arrival.Content {
        await reading.read(envelope.body) { [mapping] read in
            var mail = read
            if let complaint { mail.complaints.append(complaint) }
            do throws(MappingError) {
                return .events(try mapping.events(of: mail, envelope))
            } catch {
                return .quarantined("\(error)")
            }
        }
    }

    private func envelope(_ mail: [UInt8], _ handover: MailHandover) -> Envelope {
        let now = clock.now
        return Envelope(
            id: EnvelopeID(at: now), endpoint: endpoint, method: handover.way, target: handover.place,
            headers: handover.fields, body: mail, receivedAt: now)
    }

    /// Reads an envelope of the journal as mails are read now, and applies it.
    /// - Parameter isRehearsal: nothing is kept; the answer tells what would be.
    /// - Throws: ``StoreError``.
    package func replay(_ entry: JournalEntry, at now: Timestamp, isRehearsal: Bool) async throws -> Replayed? {
        let content = await content(of: entry.envelope)
        return try await intake.replay(entry.envelope.id, as: content, at: now, isRehearsal: isRehearsal)
    }
}

extension Arrival {
    fileprivate func quarantined(_ reason: String) -> Arrival {
        Arrival(envelope: envelope, verifiedBy: verifiedBy, content: .quarantined(reason))
    }
}
