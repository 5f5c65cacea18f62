import ArgumentParser
import Connectors
import Gateway
import Signing

/// `samtal new`: what a person needs to begin something.
struct New: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Begin a connector folder, or make a token or a signing key.",
        subcommands: [NewAdapter.self, NewContract.self, NewToken.self, NewKey.self])
}

/// `samtal new adapter NAME`.
struct NewAdapter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapter", abstract: "Begin a folder for a channel; its samples pass as they are.")

    @Argument var name: String

    func run() async throws { try await begin(name, .adapter) }
}

/// `samtal new contract NAME`.
struct NewContract: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contract", abstract: "Begin a folder for a CRM; its samples pass as they are.")

    @Argument var name: String

    func run() async throws { try await begin(name, .contract) }
}

/// `samtal new token NAME`.
struct NewToken: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make an API token; it is shown once, only its hash is kept.")

    @Argument var name: String

    func run() {
        let token = APIToken.mint()
        print("token: \(token)")
        print("in samtal.yaml, under tokens:")
        print("  - {name: \(name), hash: \"\(APIToken.hash(token))\", scopes: [conversations:read, replies:write]}")
    }
}

/// `samtal new key`.
struct NewKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make a key for signed webhooks (Standard Webhooks); it is kept nowhere.")

    @Flag(help: "A private key for who sends and the public one for who receives, in place of one for both.")
    var pair = false

    func run() {
        guard pair else { return print("whsec_\(BinaryText.base64.encode(RandomBytes.make(32)))") }
        let bytes = Ed25519Key.make()
        print("for the sender:   whsk_\(BinaryText.base64.encode(bytes))")
        print("for the receiver: whpk_\(BinaryText.base64.encode(Array(bytes.suffix(32))))")
    }
}

private func begin(_ name: String, _ side: ConnectorSide) async throws {
    let directory = ConnectorCatalogue.directoryForNew(side) ?? side.folderName
    let machine = JQMachine(threads: 1)
    defer { machine.shutdown() }
    do throws(Scaffold.Refusal) {
        let files = try await Scaffold.write(side, name: name, into: directory, machine: machine)
        for file in files { print(file) }
        print("next: write what the provider says, then samtal test \(directory)/\(name)")
    } catch {
        printError("\(error)")
        throw ExitCode.failure
    }
}
