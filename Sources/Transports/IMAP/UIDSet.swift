// Sets of UIDs as IMAP writes them (RFC 3501 section 9, "sequence-set"): `1:3,7`.

/// Numbers from 1 to 2³²−1, kept as ranges: a set of a million neighbours costs as much as one of two.
package struct UIDSet: Sendable, Hashable {
    /// In the order of their numbers, without overlap or touch.
    package private(set) var ranges: [ClosedRange<UInt32>]

    package init(_ numbers: some Sequence<UInt32>) {
        self.init(ranges: numbers.filter { $0 > 0 }.map { $0...$0 })
    }

    package init(ranges: [ClosedRange<UInt32>]) {
        self.ranges = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let last = self.ranges.last else {
                self.ranges = [range]
                continue
            }
            if UInt64(range.lowerBound) <= UInt64(last.upperBound) + 1 {
                self.ranges[self.ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                self.ranges.append(range)
            }
        }
    }

    /// Reads a set; `nil` for anything else, `*` included: a server's answers have none.
    init?(_ text: String) {
        var ranges: [ClosedRange<UInt32>] = []
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let ends = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count), let first = UInt32(Substring(ends[0])),
                let last = UInt32(Substring(ends[ends.count - 1])), first > 0, last > 0
            else { return nil }
            ranges.append(min(first, last)...max(first, last))
        }
        self.init(ranges: ranges)
    }

    package var isEmpty: Bool { ranges.isEmpty }
    package var count: Int { ranges.reduce(0) { $0 + $1.count } }
    package var numbers: some Sequence<UInt32> { ranges.lazy.flatMap { $0 } }

    package func contains(_ number: UInt32) -> Bool {
        // The last range that begins at or before it.
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].lowerBound <= number { low = middle + 1 } else { high = middle }
        }
        return low > 0 && ranges[low - 1].contains(number)
    }

    /// As a command writes it.
    var text: String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound):\($0.upperBound)" }.joined(separator: ",")
    }
}
