// How much of a mail is read. What goes beyond stays in the raw mail, which the reader then gives back as the last
// part.

/// The bounds of reading.
package struct MailLimits: Sendable, Hashable {
    /// How long a mail may be, in bytes; of a longer one only so much is looked at.
    package var bytesMax = 64 << 20
    /// How many parts a mail may have, leaves and containers together.
    package var partsMax = 2000
    /// How deep parts may stand in one another.
    package var depthMax = 64
    /// How many header fields all parts may have together.
    package var fieldsMax = 20_000
    /// How long the text, and the HTML, may become, in bytes of UTF-8.
    package var textBytesMax = 4 << 20

    package init() {}
}
