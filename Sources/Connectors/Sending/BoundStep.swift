// A step with its jq ready to run.

import Model

/// A step of one endpoint's connector.
struct BoundStep: Sendable {
    let declaration: StepDeclaration
    let each: JQProgram?
    let save: JQProgram?
    let ok: JQProgram?
    let until: JQProgram?

    var id: String { declaration.id }

    /// The programs, for checks.
    var programs: [JQProgram] { [each, save, ok, until].compactMap(\.self) }

    /// - Parameter bind: makes a program of a piece of jq, with the endpoint's settings.
    init(_ declaration: StepDeclaration, bind: (Snippet) -> JQProgram) {
        self.declaration = declaration
        each = declaration.each.map(bind)
        save = declaration.save.map(bind)
        ok = declaration.ok.map(bind)
        until = declaration.until.map(bind)
    }
}

/// What the steps of a delivery have come to, over all of its attempts.
struct StepProgress: Sendable {
    /// The step that is next, from 0.
    var next: Int
    /// What the steps saved, by id.
    var saved: [String: JSON]
    /// The action that is tried in place of the job's own; `nil`: the job's own.
    var action: String?

    /// What an earlier attempt left.
    init(next: Int, stored: JSON?) {
        self.next = next
        saved = stored?["steps"].object ?? [:]
        action = stored?["action"].string
    }

    /// What the next attempt must get.
    var stored: JSON? {
        if saved.isEmpty, action == nil { return nil }
        return .members(["steps": .object(saved), "action": JSON(action)])
    }

    /// Goes back to a step: what it and the later ones saved is forgotten.
    mutating func goBack(to index: Int, of steps: [BoundStep]) {
        next = index
        for step in steps[index...] { saved[step.id] = nil }
    }
}
