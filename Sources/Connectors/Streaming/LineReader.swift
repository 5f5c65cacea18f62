// Bytes as they come → whole lines.

/// Cuts a stream of bytes into lines, which end in CR LF, LF or CR.
struct LineReader {
    /// The longest line, bytes.
    static let bytesMax = 1 << 20

    private var line: [UInt8] = []
    private var endsInReturn = false
    /// A line was longer than any may be; nothing comes any more.
    private(set) var isTooLong = false

    /// Takes the next bytes.
    /// - Returns: the lines that are whole now, without their ends.
    mutating func take(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes where !isTooLong {
            let isSecondHalf = endsInReturn && byte == 0x0A
            endsInReturn = byte == 0x0D
            if isSecondHalf { continue }
            if byte == 0x0A || byte == 0x0D {
                lines.append(line)
                line = []
            } else {
                line.append(byte)
                isTooLong = line.count > Self.bytesMax
            }
        }
        return lines
    }
}
