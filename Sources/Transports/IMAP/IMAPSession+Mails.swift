// Fetching mails and waiting for more.

extension IMAPSession {
    /// How many UIDs are asked for in one command.
    package static let mailsPerCommand = 100

    private static let items = "(UID FLAGS INTERNALDATE BODY.PEEK[])"
    private static let itemsWithSequence = "(UID FLAGS INTERNALDATE MODSEQ BODY.PEEK[])"

    /// Asks for mails of the selected folder; ``nextMails()`` brings them. Nothing is marked as read.
    ///
    /// Commands of `perCommand` UIDs are sent ahead, so that the server works while the last mails are put away. With
    /// 1 a server that drops the connection over one mail shows which it was.
    package func startFetch(
        _ uids: [UInt32], perCommand: Int = IMAPSession.mailsPerCommand
    ) async throws(MailFailure) {
        try await guarded { () throws(MailFailure) in
            _ = try run(.noop)
            fetch = IMAPFetch(uids, perCommand: perCommand)
            sendFetches()
            try flush(patience: network.answerTimeout)
        }
    }

    /// The next mails, in the server's order, as many as ``IMAPLimits`` allows at one time; `nil` when each UID has its
    /// answer. While nobody calls, nothing is read: what the server sends meanwhile waits on the wire.
    ///
    /// When the connection breaks, the mails that had come whole are given first, and the next call fails.
    package func nextMails() async throws(MailFailure) -> [FetchedMail]? {
        var mails: [FetchedMail] = []
        var bytes = 0
        do {
            try await guarded { () throws(MailFailure) in
                while fetch?.isOver == false, mails.count < limits.groupMailsMax, bytes < limits.groupBytesMax {
                    for mail in try nextFetched() {
                        mails.append(mail)
                        bytes += mail.byteCount
                    }
                }
            }
        } catch {
            // The session remembers the failure and tells it next time.
            if mails.isEmpty { throw error }
        }
        if mails.isEmpty { fetch = nil }
        return mails.isEmpty ? nil : mails
    }

    /// What the next event says of mails.
    private func nextFetched() throws(MailFailure) -> [FetchedMail] {
        switch try nextEvent() {
        case .told(.fetch(let items)):
            return fetch?.take(items).map { [$0] } ?? []
        case .done(let tag, let status) where fetch?.owns(tag) == true:
            if status.word != .ok, let kind = MailFailure.Kind(transient: status), status.code?.name != "SERVERBUG" {
                let failure = MailFailure(kind, refusal(of: "FETCH", status).message)
                // Mails are missing that were not refused: nothing more is to be had from this session.
                fail(failure)
                throw failure
            }
            defer { sendFetches() }
            return fetch?.done(tag: tag, status) ?? []
        case .told, .done, .idling, .bye, nil:
            return []
        }
    }

    private func sendFetches() {
        let items = conversation.folder?.highestModificationSequence == nil ? Self.items : Self.itemsWithSequence
        while let uids = fetch?.next() {
            fetch?.began(tag: conversation.begin(.fetch(uids, items)))
        }
    }

    // MARK: Waiting

    /// Waits until mails come to the selected folder, at most `time`: by IDLE (RFC 2177), begun anew in time, or
    /// by asking now and then where the server has none. What happened since the last look for UIDs counts as well: no
    /// news is lost between two calls. A cancelled task ends the wait at once.
    package func wait(atMost time: Duration) async throws(MailFailure) -> IMAPWait {
        try await guarded { () throws(MailFailure) in
            let end = ContinuousClock.now + time
            // News that came while no command was under way is told with its answer.
            _ = try run(.noop)
            while !conversation.hasNews, ContinuousClock.now < end {
                if has("IDLE") { try idle(until: end) } else { try rest(until: end) }
            }
            defer { conversation.hasNews = false }
            return conversation.hasNews ? .changed : .quiet
        }
    }

    /// One IDLE, which ends with news, at `end`, or in time to be begun anew.
    private func idle(until end: ContinuousClock.Instant) throws(MailFailure) {
        let tag = conversation.begin(.idle)
        let limit = min(end, .now + limits.idleRenewal)
        while !conversation.hasNews, let event = try nextEvent(until: limit) {
            guard case .done(tag, let status) = event else { continue }
            // The server ended it by itself.
            if status.word != .ok { throw refusal(of: "IDLE", status) }
            return
        }
        conversation.endIdle()
        while conversation.isBusy { _ = try nextEvent() }
    }

    /// Rests, then asks once.
    private func rest(until end: ContinuousClock.Instant) throws(MailFailure) {
        let limit = min(end, .now + limits.pollEvery)
        while !conversation.hasNews, try nextEvent(until: limit) != nil {}
        _ = try run(.noop)
    }
}

extension FetchedMail {
    fileprivate var byteCount: Int {
        switch content {
        case .whole(let bytes), .cut(let bytes, _): bytes.count
        case .gone, .refused: 0
        }
    }
}
