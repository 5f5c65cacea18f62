import Foundation

/// How far a long run has come, on standard error: a bar on a terminal, else a line for each step.
struct ProgressBar: Sendable {
    /// How wide the bar is, in characters.
    private static let width = 40

    let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1

    func show(_ count: Int) {
        let text = isTerminal ? "\r\(Self.bar(count, of: total)) \(count) of \(total)" : "\(count) of \(total)\n"
        FileHandle.standardError.write(Data(text.utf8))
    }

    /// Leaves the bar where it stands; what is printed next begins a line.
    func end() {
        if isTerminal, total > 0 { FileHandle.standardError.write(Data("\n".utf8)) }
    }

    private static func bar(_ count: Int, of total: Int) -> String {
        let filled = total > 0 ? min(width, count * width / total) : width
        return "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: width - filled))]"
    }
}
