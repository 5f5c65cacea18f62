// How far a long command has come, on a terminal.

import Foundation

/// A bar on standard error; nothing when that is no terminal.
struct ProgressBar {
    private static let width = 40

    private let total: Int
    private let isShown = isatty(STDERR_FILENO) != 0
    private(set) var done = 0

    init(total: Int) {
        self.total = total
    }

    /// One more is done.
    mutating func step() {
        done += 1
        guard isShown, total > 0 else { return }
        let full = min(done, total) * Self.width / total
        let bar = String(repeating: "#", count: full) + String(repeating: " ", count: Self.width - full)
        FileHandle.standardError.write(Data("\r[\(bar)] \(done) of \(total)".utf8))
    }

    /// Takes the bar away, so that a line can be printed.
    func clear() {
        guard isShown else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
