// A poll of the connector's YAML with its jq ready to run.

import Model

/// One poll of one endpoint.
struct BoundPoll: Sendable {
    let declaration: PollDeclaration
    let each: JQProgram?
    let request: JQProgram
    let ok: JQProgram?
    let items: JQProgram
    let key: JQProgram?
    let next: JQProgram?
    let value: JQProgram?

    var id: String { declaration.id }

    init(_ declaration: PollDeclaration, folder: ConnectorFolder, settings: JQBindings) {
        func program(_ snippet: Snippet) -> JQProgram {
            JQProgram(name: folder.file, source: snippet.source, settings: settings, firstLine: snippet.line)
        }
        self.declaration = declaration
        each = declaration.each.map(program)
        request = program(declaration.request)
        ok = declaration.ok.map(program)
        items =
            declaration.items.map(program)
            ?? JQProgram(name: folder.file, source: ".body[]?", settings: settings)
        key = declaration.key.map(program)
        next = declaration.next.map(program)
        value = declaration.value.map(program)
    }

    /// Every piece of jq, for checks.
    var programs: [JQProgram] { [each, request, ok, items, key, next, value].compactMap { $0 } }
}
