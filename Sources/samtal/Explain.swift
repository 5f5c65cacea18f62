import ArgumentParser
import Conversations
import Model
import Storage

/// `samtal explain`: a message's way, from the envelope to every attempt.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the way of a message, and why.")

    @OptionGroup var access: StoreOption
    @OptionGroup var output: OutputOption
    @Argument(help: "msg_…") var message: MessageID

    func run() async throws {
        let store = try await access.open()
        let id = message
        guard let explanation = try await store.read({ try Explanation(of: id, in: $0) }) else {
            printError("there is no message \(id)")
            throw ExitCode.failure
        }
        if output.json {
            print(explanation.json.prettyText, terminator: "")
        } else {
            print(explanation.text)
        }
    }
}
