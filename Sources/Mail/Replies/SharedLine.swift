// Some programs put the line above a quote right behind the text, on one line: “Yes. On … wrote:”.

/// Divides lines that hold the end of a text and the beginning of a quote.
enum SharedLine {
    /// How many places of a line are tried.
    private static let placesMax = 4

    /// The text with each such line as two.
    static func divide(_ text: ReplyText) -> ReplyText {
        var places: [(line: Int, at: Int)] = []
        let ends = text.lines.indices.lazy.filter { text.lines[$0].marks == 0 && Attribution.canEnd(text, at: $0) }
        for index in ends.prefix(Attribution.candidatesMax) {
            if let at = place(text, index) { places.append((index, at)) }
        }
        guard !places.isEmpty else { return text }
        var lines: [ReplyLine] = []
        var next = places[...]
        for (index, line) in text.lines.enumerated() {
            guard let place = next.first, place.line == index else {
                lines.append(line)
                continue
            }
            next = next.dropFirst()
            var (first, second) = (line, line)
            first.range = line.range.lowerBound..<place.at
            first.content = line.content.lowerBound..<place.at
            while let last = text.bytes[first.content].last, last == 0x20 || last == 0x09 {
                first.content = first.content.lowerBound..<(first.content.upperBound - 1)
            }
            second.range = place.at..<line.range.upperBound
            second.content = place.at..<line.content.upperBound
            lines += [first, second]
        }
        var divided = text
        divided.lines = lines
        return divided
    }

    /// Where the second part begins, behind a blank or in front of dashes.
    private static func place(_ text: ReplyText, _ index: Int) -> Int? {
        let whole = AttributionSigns(text.phrase(index...index))
        guard whole.strength != nil, !whole.leads else { return nil }
        let content = text.lines[index].content
        var tried = 0
        for at in content.dropFirst() where tried < placesMax {
            guard isStart(text.bytes, at, content), canLead(text.bytes[at..<content.upperBound]) else { continue }
            tried += 1
            let signs = AttributionSigns(
                ReplyPhrase(String(decoding: text.bytes[at..<content.upperBound], as: UTF8.self)))
            if signs.leads, signs.strength == .strong { return at }
        }
        return nil
    }

    private static func isStart(_ bytes: [UInt8], _ at: Int, _ content: Range<Int>) -> Bool {
        let isDashed = bytes[at] == 0x2D && bytes[at - 1] != 0x2D && bytes[at...].prefix(3).allSatisfy { $0 == 0x2D }
        return isDashed || bytes[at - 1] == 0x20 && bytes[at] != 0x20
    }

    /// Whether the next word may begin a line above a quote; a few bytes are looked at.
    private static func canLead(_ bytes: ArraySlice<UInt8>) -> Bool {
        let word = bytes.drop { $0 == 0x2D || $0 == 0x20 }.prefix(12).prefix { $0 != 0x20 }
        return AttributionWords.senses(Substring(String(decoding: word, as: UTF8.self).lowercased())).contains(.lead)
    }
}
