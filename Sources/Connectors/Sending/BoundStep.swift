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

    /// What an earlier attempt left. The next step is known by its id: the connector may have got others since.
    /// - Parameter done: how many steps were done, for what was left without an id.
    init(done: Int, stored: JSON?, of steps: [BoundStep]) {
        let id = stored?["next"].string
        next = id.flatMap { id in steps.firstIndex { $0.id == id } } ?? done
        saved = stored?["steps"].object ?? [:]
        action = stored?["action"].string
    }

    /// What the next attempt must get.
    func stored(of steps: [BoundStep]) -> JSON? {
        if saved.isEmpty, action == nil { return nil }
        return .members([
            "steps": .object(saved), "action": JSON(action),
            "next": next > 0 && next < steps.count ? .string(steps[next].id) : nil,
        ])
    }

    /// Goes back to a step: what it and the later ones saved is forgotten.
    mutating func goBack(to index: Int, of steps: [BoundStep]) {
        next = index
        for step in steps[index...] { saved[step.id] = nil }
    }
}
