// How one endpoint fetches files, ready to run.

import Model

/// `files` of a connector with its programs bound.
struct BoundFiles: Sendable {
    let fetch: JQProgram
    let locate: JQProgram?
    let content: JQProgram?
    let limits: FileLimits

    init(_ declaration: FilesDeclaration, bind: (Snippet) -> JQProgram) {
        fetch = bind(declaration.fetch)
        locate = declaration.locate.map(bind)
        content = declaration.content.map(bind)
        limits = declaration.limits
    }

    /// The programs, for checks.
    var programs: [JQProgram] { [fetch, locate, content].compactMap(\.self) }

    /// The longest answer that may hold the file, bytes.
    var answerBytesMax: Int {
        // Base64 takes four bytes for three, and lines may be broken; what stands around it is small.
        content == nil ? limits.bytesMax : limits.bytesMax / 2 * 3 + 65_536
    }
}
