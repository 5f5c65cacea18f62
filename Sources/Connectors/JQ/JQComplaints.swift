// What libjq says of a program that does not compile, made into one error with a line.

/// The complaints as libjq 1.6 words them: "jq: error: foo/0 is not defined at <top-level>, line 3:", then the source.
struct JQComplaints: Error {
    let texts: [String]

    /// One error: the line of the first complaint, and the texts of the first few.
    func error(of program: JQProgram) -> JQError {
        var line: Int?
        var problems: [String] = []
        for text in texts {
            guard let place = Self.place(in: text) else { continue }
            let own = place.line + program.firstLine - 1
            let problem = own > program.lastLine ? "the program ends where something is still missing" : place.problem
            let told = min(own, program.lastLine)
            guard !problems.contains(problem) else { continue }
            problems.append(line == nil || line == told ? problem : "line \(told): \(problem)")
            line = line ?? told
        }
        if problems.isEmpty { problems = [texts.first ?? "it does not compile"] }
        let problem = problems.prefix(3).joined(separator: "; ")
        return JQError(program: program.name, line: line, problem: problem, kind: .compile)
    }

    private static func place(in text: String) -> (line: Int, problem: String)? {
        let first = text.prefix { $0 != "\n" }
        let marker = ", line "
        guard let at = first.firstRange(of: " at <top-level>" + marker),
            let line = Int(first[at.upperBound...].prefix { $0.isNumber })
        else { return nil }
        var problem = String(first[..<at.lowerBound])
        for noise in ["jq: error: ", " (Unix shell quoting issues?)"] {
            if let range = problem.firstRange(of: noise) { problem.removeSubrange(range) }
        }
        return (line, problem)
    }
}
