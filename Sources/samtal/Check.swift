import ArgumentParser
import Connectors
import Gateway
import Model
import Storage
import Transports

/// `samtal check`: reads everything that is configured and prints what is there and what is wrong.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration and every connector folder that it names.")

    @OptionGroup var file: ConfigurationOption
    @OptionGroup var output: OutputOption

    func run() async throws {
        do {
            let configuration = try Configuration.load(file.config)
            let problems = try await Self.check(configuration)
            report(configuration, problems)
            if !problems.isEmpty { throw ExitCode(78) }
        } catch let problems as ConfigurationProblems {
            report(nil, problems.list)
            throw ExitCode(78)
        }
    }

    /// Puts the configuration together as `serve` would, without opening its store, and compiles every program.
    private static func check(_ configuration: Configuration) async throws -> [ConfigurationProblem] {
        let machine = JQMachine(threads: 1)
        let transport = CurlTransport(
            guard: AddressGuard(allowing: configuration.allowedRanges), responseBytesMax: 1, userAgent: "samtal")
        let store = try SQLiteStore(inMemory: .system)
        let foundations = Foundations(store: store, transport: transport, machine: machine, clock: .system)
        let installation: Installation
        do {
            installation = try Installation(configuration, on: foundations)
        } catch {
            return error.list.map { ConfigurationProblem(file: configuration.file, message: $0.description) }
        }
        return await installation.checkPrograms()
    }

    private func report(_ configuration: Configuration?, _ problems: [ConfigurationProblem]) {
        if output.json {
            print(Self.json(configuration, problems).prettyText, terminator: "")
            return
        }
        if let configuration {
            let endpoints = configuration.channels + configuration.contracts
            let rows = endpoints.map { endpoint in
                let name = endpoint.endpoint.name
                let missing = endpoint.folder.settings.filter { endpoint.settings[$0.name] == nil && !$0.isRequired }
                return [
                    endpoint.endpoint.side.rawValue, name, endpoint.folder.title,
                    "\(configuration.publicURL)/\(endpoint.endpoint.side.rawValue)s/\(name)",
                    missing.isEmpty ? "-" : missing.map(\.name).joined(separator: ", "),
                ]
            }
            print(Table(["side", "name", "speaks", "called at", "left at default"], rows).text)
        }
        for problem in problems { printError("\(problem)") }
        print(problems.isEmpty ? "all is well" : "\(problems.count) to mend")
    }

    private static func json(_ configuration: Configuration?, _ problems: [ConfigurationProblem]) -> JSON {
        let endpoints = (configuration?.channels ?? []) + (configuration?.contracts ?? [])
        return [
            "endpoints": .array(
                endpoints.map { endpoint in
                    ["endpoint": .string("\(endpoint.endpoint)"), "connector": .string(endpoint.folder.id)]
                }),
            "problems": .array(
                problems.map { problem in
                    [
                        "file": .string(problem.file), "line": .integer(Int64(problem.line)),
                        "column": .integer(Int64(problem.column)), "message": .string(problem.message),
                    ]
                }),
        ]
    }
}

/// `samtal schema`: the JSON Schema of samtal.yaml, for editors.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of samtal.yaml.")

    func run() {
        print(Configuration.shape.jsonSchema(title: "samtal.yaml").prettyText, terminator: "")
    }
}
