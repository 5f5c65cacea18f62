// A mailbox, open and logged in. The channel's way to mail: select a folder, ask which UIDs are new, fetch them, wait.

import CCurl
import Model

/// One connection to an IMAP server, on a thread of its own. One task uses it at a time.
///
/// A session that failed, or whose task was cancelled, is closed: every later call fails as well. A call that fails
/// with ``MailFailure/Kind/rejected`` leaves it open.
package actor IMAPSession {
    nonisolated private let executor: ThreadExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let network: MailNetwork
    let limits: IMAPLimits
    private let server: MailServer
    private let wake: WakeSignal
    private var connection: MailConnection?
    /// Why nothing works any more.
    private var failure: MailFailure?
    var conversation: IMAPConversation
    /// What the server said and nobody has looked at yet.
    var events: [IMAPConversation.Event] = []
    /// The fetch under way, if any.
    var fetch: IMAPFetch?

    /// Connects, logs in and asks what the server can do.
    /// - Throws: `login` when a person must act or the token is stale; what else is told by ``MailFailure/Kind``.
    package static func open(
        _ server: MailServer, _ login: MailLogin, _ network: MailNetwork, limits: IMAPLimits = IMAPLimits()
    ) async throws(MailFailure) -> IMAPSession {
        guard let executor = ThreadExecutor(), let wake = WakeSignal() else {
            throw MailFailure(.connect, "the system has no thread or descriptor for a mail session")
        }
        let session = IMAPSession(executor, wake, server, network, limits)
        try await session.connect(login)
        return session
    }

    private init(
        _ executor: ThreadExecutor, _ wake: WakeSignal, _ server: MailServer, _ network: MailNetwork,
        _ limits: IMAPLimits
    ) {
        (self.executor, self.wake, self.server, self.network, self.limits) = (executor, wake, server, network, limits)
        conversation = IMAPConversation(limits)
    }

    private func connect(_ login: MailLogin) async throws(MailFailure) {
        try await guarded { () throws(MailFailure) in
            let url = MailURL(scheme: .imap, server: server)
            connection = try MailConnection.open(url, login, network, wake)
            _ = try run(.capability)
            if has("ENABLE"), has("QRESYNC") { _ = try run(.enable(["QRESYNC"])) }
        }
    }

    /// What the server offers, in upper case.
    package var capabilities: Set<String> { conversation.capabilities }
    /// The selected folder as it is known now; `nil`: none.
    package var folder: IMAPFolder? { conversation.folder }

    /// Says goodbye, if that takes no time, and closes.
    package func close() async {
        if failure == nil {
            // The connection ends either way.
            _ = try? await guarded { () throws(MailFailure) in
                if conversation.isIdling { conversation.endIdle() }
                _ = conversation.begin(.logout)
                try flush(patience: .seconds(1))
            }
        }
        fail(MailFailure(.broken, "the session is closed"))
    }

    // MARK: Running commands

    func has(_ capability: String) -> Bool { conversation.has(capability) }

    /// Runs blocking work on the session's thread; a cancelled task ends its waits at once. What fails for good closes
    /// the session.
    func guarded<Value: Sendable>(
        _ work: () throws(MailFailure) -> Value
    ) async throws(MailFailure) -> Value {
        if let failure { throw failure }
        let result = await wake.during(work)
        if case .failure(let failure) = result {
            // An answer that was no, for whatever reason, leaves the session as it was.
            let isAnswer = [.rejected, .refused, .unavailable, .throttled].contains(failure.kind)
            if !isAnswer || conversation.isOver { fail(failure) }
        }
        return try result.get()
    }

    func fail(_ failure: MailFailure) {
        if self.failure == nil { self.failure = failure }
        connection = nil
        events = []
        fetch = nil
    }

    /// Runs one command to its end and hands over what the server told meanwhile.
    /// - Throws: `rejected`, or why time may mend it, when the answer is no `OK`.
    func run(_ command: IMAPCommand) throws(MailFailure) -> (status: IMAPStatus, told: [IMAPResponse]) {
        try settle()
        let tag = conversation.begin(command)
        var told: [IMAPResponse] = []
        while true {
            switch try nextEvent() {
            case .told(let response):
                told.append(response)
            case .done(tag, let status):
                if status.word == .ok { return (status, told) }
                throw refusal(of: command.name, status)
            case .done, .idling, .bye, nil:
                break
            }
        }
    }

    /// Ends what an earlier call left under way: IDLE that was given up, mails that nobody fetched to the end.
    private func settle() throws(MailFailure) {
        conversation.endIdle()
        while conversation.isBusy { _ = try nextEvent() }
        events = []
        fetch = nil
    }

    func refusal(of command: String, _ status: IMAPStatus) -> MailFailure {
        let words = "\(server.authority) refuses \(command): \(MailFailure.quoted(status.text))"
        return MailFailure(MailFailure.Kind(transient: status) ?? .rejected, words)
    }

    /// The next thing that the server says; sends first what is to be sent.
    /// - Returns: `nil` when it says nothing until `end`.
    /// - Throws: `timeout` without `end`; what a BYE means.
    func nextEvent(until end: ContinuousClock.Instant? = nil) throws(MailFailure) -> IMAPConversation.Event? {
        while events.isEmpty {
            guard let connection else { throw failure ?? MailFailure(.broken, "the session is closed") }
            try flush(patience: network.answerTimeout)
            let limit = end ?? .now + network.answerTimeout
            let came = try connection.read(until: limit) { bytes in
                conversation.receive(bytes) { events.append($0) }
            }
            if conversation.isLost { throw MailFailure(.garbled, "\(server.authority) speaks no IMAP") }
            if !came {
                guard end != nil else { throw MailFailure(.timeout, "\(server.authority) said nothing for too long") }
                return nil
            }
        }
        let event = events.removeFirst()
        guard case .bye(let status) = event else { return event }
        throw MailFailure(
            MailFailure.Kind(transient: status) ?? .unavailable,
            "\(server.authority) ends the session: \(MailFailure.quoted(status.text))")
    }

    func flush(patience: Duration) throws(MailFailure) {
        let output = conversation.takeOutput()
        if !output.isEmpty { try connection?.write(output, patience: patience) }
    }
}
