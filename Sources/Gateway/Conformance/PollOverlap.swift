// Makes the answer that a provider gives when its pages overlap, out of two answers of a sample: jq says what the items
// are, so the place where they stand is found by trying.

import Connectors
import Model
import Transports

/// The pages of one poll.
struct PollOverlap: Sendable {
    /// How deep the list of items may lie.
    private static let depthMax = 6

    let connector: Connector
    let poll: String

    /// The answer to `last` with an item of the answer to `first` put in front; of the same page, one item twice, next
    /// to itself.
    /// - Returns: `nil` when no place is found where the connector sees it.
    func answer(_ first: SampleExchange, on last: SampleExchange) async -> HTTPResponse? {
        guard let known = first.answer, let good = last.answer, let from = try? JSON(parsing: known.body),
            let page = try? JSON(parsing: good.body)
        else { return nil }
        let own = await connector.keys(in: good, of: poll)
        let wanted = Set(await connector.keys(in: known, of: poll))
        // Keys that change with the place are a mistake of the connector's, which must show.
        var other: HTTPResponse?
        for path in from.lists(depth: Self.depthMax) {
            guard let elements = from.at(path[...]).array, let list = page.at(path[...]).array else { continue }
            for (index, element) in elements.enumerated().reversed() {
                let isSame = last.url == first.url
                let place = isSame ? index + 1 : 0
                let doubled = page.replacing(path[...], with: .array(list[..<place] + [element] + list[place...]))
                let answer = HTTPResponse(status: good.status, headers: good.headers, body: doubled.bytes)
                let keys = await connector.keys(in: answer, of: poll)
                guard keys.count > own.count else { continue }
                if Set(keys).isSubset(of: wanted.union(own)) { return answer }
                other = other ?? answer
            }
        }
        return other
    }
}

extension JSON {
    /// The ways to its lists by members' names, those of fewer names first.
    fileprivate func lists(depth: Int) -> [[String]] {
        if array != nil { return [[]] }
        guard depth > 0, case .object(let members) = self else { return [] }
        return members.sorted { $0.key < $1.key }
            .flatMap { member in member.value.lists(depth: depth - 1).map { [member.key] + $0 } }
            .sorted { $0.count < $1.count }
    }

    fileprivate func at(_ path: ArraySlice<String>) -> JSON {
        path.first.map { self[$0].at(path.dropFirst()) } ?? self
    }

    fileprivate func replacing(_ path: ArraySlice<String>, with value: JSON) -> JSON {
        guard let name = path.first, case .object(var members) = self else { return value }
        members[name] = self[name].replacing(path.dropFirst(), with: value)
        return .object(members)
    }
}
