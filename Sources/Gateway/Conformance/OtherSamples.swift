// How the provider answers when things stand otherwise than in the sample that is played: as it does in other samples.

import Connectors
import Model

/// The samples beside the one that is played.
struct OtherSamples: Sendable {
    static let none = OtherSamples(stories: [], ids: [])

    /// A sample's exchanges, and whether it does the same job.
    struct Story: Sendable {
        let exchanges: [SampleExchange]
        let isSameJob: Bool
    }

    let stories: [Story]
    /// What the job is about: a question that names one of these has one true answer, whoever asks.
    let ids: Set<String>

    var exchanges: [SampleExchange] { stories.flatMap(\.exchanges) }

    /// How another sample answers the same look-up where `deed` was done: it needs not be done there.
    func answer(to lookUp: SampleExchange, after deed: SampleExchange) -> SampleExchange? {
        let question = lookUp.url + String(decoding: lookUp.body, as: UTF8.self)
        let isOwn = ids.contains { question.contains($0) }
        return stories.lazy.filter { story in
            (isOwn || story.isSameJob)
                && !story.exchanges.contains { $0.method == deed.method && $0.path == deed.path }
        }.flatMap(\.exchanges).first {
            $0.method == lookUp.method && $0.url == lookUp.url && $0.isAsked(with: lookUp.body)
        }
    }
}
