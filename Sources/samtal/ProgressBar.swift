// How far a long command has come, on a terminal.

import Foundation

/// A bar on standard error; nothing when that is no terminal.
struct ProgressBar: Sendable {
    /// How wide the bar is, in characters.
    private static let width = 40

    let total: Int
    private let isShown = isatty(STDERR_FILENO) != 0

    init(total: Int) {
        self.total = total
    }

    func show(_ count: Int) {
        guard isShown, total > 0 else { return }
        let full = min(count, total) * Self.width / total
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: Self.width - full)
        write("\r[\(bar)] \(count) of \(total)")
    }

    /// Takes the bar away, so that a line can be printed.
    func clear() {
        if isShown { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
