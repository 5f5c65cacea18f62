// A network that tells nobody anything: it has to be asked. It knows which node asks.

import Foundation
import Model
import Synchronization

/// People who post at a steady pace; a channel polls it.
final class PolledNetwork: Sendable {
    static let posters = 6
    /// Posts a second.
    static let rate = 5
    private static let pageSize = 50

    /// The adapter `asker` that a house needs for it, by file.
    static let adapter = [
        "adapter.yaml": """
        adapter: 1
        id: asker
        title: Asker
        settings:
          base_url: {about: where the network is}
        send:
          base_url: "{settings.base_url}"
        poll:
          - id: posts
            every: 1s
            request: '{path: "/posts", query: {after: .cursor}}'
            items: .body.posts[]
            key: .id
            cursor: {strategy: forward, value: .id}
            first: take
        """,
        "receive.jq": #"{kind: "message", id: .id, thread: .author, author: {id: .author}, text: .text}"#,
        "send.jq": "empty",
    ]

    /// The nodes that asked, in order.
    let askers = Recording<Int>()
    private let start = ContinuousClock.now
    private let end = Mutex<ContinuousClock.Instant?>(nil)

    /// No more posts are made.
    func stop() { end.withLock { $0 = .now } }

    /// Everything that was posted so far, in order.
    var posts: [String] { (0..<count).map(Self.text) }

    private var count: Int {
        let age = (end.withLock(\.self) ?? .now) - start
        return Int(age.wholeMilliseconds) * Self.rate / 1000
    }

    private static func poster(_ number: Int) -> String { "poster-\(number % posters)" }
    private static func text(_ number: Int) -> String { "\(poster(number))/\(number / posters)" }

    /// Answers `GET /node-N/posts?after=ID`; `nil`: something else is asked.
    func answer(_ request: PeerRequest) -> PeerAnswer? {
        guard let match = request.target.wholeMatch(of: /\/node-(\d+)\/posts(?:\?after=(\d+))?/),
            let node = Int(match.1)
        else { return nil }
        askers.add(node)
        let first = match.2.flatMap { Int($0) } ?? 0
        let posts = (first..<max(first, min(count, first + Self.pageSize))).map { number -> JSON in
            // A post's id is its number from 1 on, so that the one after `after` has that number here.
            [
                "id": .string("\(number + 1)"), "author": .string(Self.poster(number)),
                "text": .string(Self.text(number)),
            ]
        }
        return .answer(200, body: ["posts": .array(posts)])
    }

    /// The node that asked last.
    var asker: Int { askers.items.last ?? 0 }

    /// Waits until a node asks that is not this one.
    func asked(by others: @escaping @Sendable (Int) -> Bool, within limit: Duration) async throws {
        let mark = askers.items.count
        try await askers.wait(for: "another node to poll", within: limit) { $0.dropFirst(mark).contains(where: others) }
    }
}
