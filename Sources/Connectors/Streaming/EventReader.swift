// Lines of a stream → events, as jq sees them.

import Model

/// Reads server-sent events (WHATWG HTML section 9.2.6) or JSON values on lines.
struct EventReader {
    /// The longest data of one event, bytes.
    static let dataBytesMax = 1 << 20

    private let format: StreamDeclaration.Format
    private var lines = LineReader()
    private var isFirstLine = true
    private var name = ""
    private var data: [UInt8]?
    /// The last id that an event bore: what the other side wants to hear when the connection is made again.
    private(set) var lastID: String?
    /// How long the other side asks to wait before the connection is made again.
    private(set) var retry: Duration?
    private var isDataTooLong = false

    init(_ format: StreamDeclaration.Format, lastID: String?) {
        self.format = format
        self.lastID = lastID
    }

    /// Something was longer than it may be; nothing comes any more.
    var isTooLong: Bool { lines.isTooLong || isDataTooLong }

    /// Takes the next bytes.
    /// - Returns: the events that are whole now: `{event, id, data}` with `data` decoded if it is JSON, or the value of
    ///   a line; a line that is no JSON as a text.
    mutating func take(_ bytes: [UInt8]) -> [JSON] {
        var events: [JSON] = []
        for line in lines.take(bytes) where !isTooLong {
            switch format {
            case .sse: if let event = read(line) { events.append(event) }
            case .ndjson: if line.contains(where: { $0 > 0x20 }) { events.append(Self.decoded(line)) }
            }
        }
        return events
    }

    private static func decoded(_ bytes: [UInt8]) -> JSON {
        (try? JSON(parsing: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
    }

    private mutating func read(_ line: [UInt8]) -> JSON? {
        var line = line[...]
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        isFirstLine = false
        guard !line.isEmpty else { return dispatched() }
        let colon = line.firstIndex(of: 0x3A) ?? line.endIndex
        var value = colon == line.endIndex ? [] : line[line.index(after: colon)...]
        if value.first == 0x20 { value = value.dropFirst() }
        let text = String(decoding: value, as: UTF8.self)
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": name = text
        case "data":
            if data == nil { data = [] } else { data?.append(0x0A) }
            data?.append(contentsOf: value)
            isDataTooLong = (data?.count ?? 0) > Self.dataBytesMax
        case "id" where !value.contains(0): lastID = text.isEmpty ? nil : text
        case "retry": retry = Int64(text).flatMap { $0 >= 0 ? .milliseconds(min($0, 86_400_000)) : nil } ?? retry
        // A line that begins with a colon is a comment; other fields mean nothing.
        default: break
        }
        return nil
    }

    /// The event that an empty line ends; `nil` when it has no data.
    private mutating func dispatched() -> JSON? {
        defer { (name, data) = ("", nil) }
        guard let data else { return nil }
        return .members([
            "event": .string(name.isEmpty ? "message" : name), "id": JSON(lastID), "data": Self.decoded(data),
        ])
    }
}
