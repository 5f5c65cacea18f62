// The command line. Each command is thin: it reads its arguments, calls the rooms below, and prints.

import ArgumentParser

@main
struct Samtal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "samtal",
        abstract: "One conversation with each customer, whatever channel they write on.",
        subcommands: [
            Serve.self, Demo.self, Check.self, SchemaCommand.self, Test.self, New.self, Deliveries.self, Explain.self,
            Account.self, Leases.self, Mailboxes.self, Pipe.self, Backfill.self, Quarantine.self, Replay.self,
            Reconcile.self,
            Migrate.self, Move.self, Backup.self,
        ])
}

/// What every command that reads samtal.yaml takes.
struct ConfigurationOption: ParsableArguments {
    @Option(name: .shortAndLong, help: "The configuration file.")
    var config = "samtal.yaml"
}

/// What every command that prints can do for machines.
struct OutputOption: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false
}
