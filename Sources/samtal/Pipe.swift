import ArgumentParser
import Channels
import Foundation
import Gateway
import Transports

/// `samtal pipe`: a mail from standard input, for a mail server that can only start a program.
struct Pipe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hand a mail from standard input to the running gateway.",
        discussion: """
            The gateway must take mails by LMTP (`lmtp` in samtal.yaml). The status is one of sysexits.h: 0 the mail \
            is safe, 75 (EX_TEMPFAIL) try again later, 69 (EX_UNAVAILABLE) it is refused, 66 (EX_NOINPUT) there is no \
            mail, 67 (EX_NOUSER) there is no such mailbox, 78 (EX_CONFIG) the configuration does not fit.
            """)

    @OptionGroup var file: ConfigurationOption
    @Option(
        name: [.customShort("f"), .long], help: "The sender of the envelope; default the variable SENDER, else none.")
    var from: String?
    @Argument(help: "The mailbox, by its name in samtal.yaml.") var mailbox: String

    func run() async throws {
        let configuration = try loadConfiguration(file.config)
        guard let settings = configuration.mailboxes.first(where: { $0.name == mailbox }) else {
            throw Self.end(67, "there is no mailbox \(mailbox)")
        }
        guard let address = configuration.lmtp else {
            throw Self.end(78, "\(file.config) has no lmtp: the gateway takes no mails there")
        }
        let mail = [UInt8](FileHandle.standardInput.readDataToEndOfFile())
        if mail.isEmpty { throw Self.end(66, "standard input holds no mail") }
        let sender = from ?? ProcessInfo.processInfo.environment["SENDER"] ?? ""
        let answer: LMTPAnswer
        do throws(MailFailure) {
            var client = try LMTPHandover(to: address)
            answer = try client.hand(mail, from: sender, to: settings.address)
        } catch {
            throw Self.end(error.kind == .refused ? 65 : 75, error.message)
        }
        if answer.code / 100 == 2 { return }
        throw Self.end(answer.code / 100 == 4 ? 75 : 69, "\(answer.code) \(answer.text)")
    }

    private static func end(_ status: Int32, _ words: String) -> ExitCode {
        printError(words)
        return ExitCode(status)
    }
}
