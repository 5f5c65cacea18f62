// One of the requests that a delivery needs, as `send.steps` of the YAML declares it.

import Model

/// A step: which request it is, what is kept of its answer, and what happens when it goes wrong.
struct StepDeclaration: Sendable {
    /// How many elements `each` may give.
    static let elementsMax = 20

    /// What send.jq sees as `.step`; unique within the connector.
    let id: String
    /// jq over the job: the step is made for each output. `nil`: once.
    let each: Snippet?
    /// jq over the answer: what later steps see in `.steps`. `nil`: the body.
    let save: Snippet?
    /// jq over the answer: whether the step is done. `nil`: as `send.result.ok` says.
    let ok: Snippet?
    /// jq over the answer: the step is asked again until this holds. `nil`: once is enough.
    let until: Snippet?
    /// The wait between two askings of `until`.
    let every: Duration
    /// The step at which the next attempt begins when this one's answer was lost: it must find out what happened.
    let ifLost: String?
    /// The step at which the next attempt begins when this one failed.
    let retryFrom: String?
    /// Whether the other side takes the request twice without harm.
    let isRepeatable: Bool

    init?(_ fields: Fields) {
        guard let id = fields.string("id") else { return nil }
        self.id = id
        each = Snippet(fields["each"])
        save = Snippet(fields["save"])
        ok = Snippet(fields["ok"])
        until = Snippet(fields["until"])
        every = fields.duration("every") ?? .seconds(2)
        ifLost = fields.string("if_lost")
        retryFrom = fields.string("retry_from")
        isRepeatable = fields.boolean("repeatable") ?? false
    }

    /// Every piece of jq of the step.
    var snippets: [Snippet] { [each, save, ok, until].compactMap(\.self) }
}
