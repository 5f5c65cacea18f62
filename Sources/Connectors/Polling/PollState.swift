// What a poll remembers between two runs.

package import Model

/// The cursor of one poll, or of one of its items of `each`.
package struct PollState: Sendable, Hashable {
    /// How many keys are remembered.
    package static let keysMax = 500

    /// The cursor's value; `nil`: nothing was seen yet.
    package var value: String?
    /// What was taken or skipped of late, the oldest first; at most ``keysMax``.
    package var keys: [String]
    /// `ETag` of the last answer.
    package var etag: String?
    /// `Last-Modified` of the last answer.
    package var lastModified: String?
    /// Whether the first run is done.
    package var started: Bool

    package init(value: String? = nil, keys: [String] = [], started: Bool = false) {
        self.value = value
        self.keys = Array(keys.suffix(Self.keysMax))
        self.started = started
    }

    /// Reads what ``json`` wrote.
    package init(_ json: JSON) {
        self.init(
            value: json["value"].string, keys: json["keys"].array?.compactMap(\.string) ?? [],
            started: json["started"].bool ?? false)
        etag = json["etag"].string
        lastModified = json["last_modified"].string
    }

    package var json: JSON {
        .members([
            "value": JSON(value), "keys": .array(keys.map { .string($0) }), "etag": JSON(etag),
            "last_modified": JSON(lastModified), "started": .bool(started),
        ])
    }

    mutating func remember(_ more: [String]) {
        keys = Array((keys + more).suffix(Self.keysMax))
    }
}
