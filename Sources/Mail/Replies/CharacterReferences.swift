// Character references of HTML (WHATWG HTML 13.2.5.72), as far as mail programs write them in words.

/// Replaces `&amp;`, `&#228;` and `&auml;`.
enum CharacterReferences {
    /// How long a reference may be, in bytes.
    private static let bytesMax = 12

    /// The text with its references replaced; what is none stays.
    static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var at = bytes.startIndex
        while at < bytes.endIndex {
            if bytes[at] == 0x26, let (scalar, end) = reference(bytes, at: at) {
                output += String(scalar).utf8
                at = end
            } else {
                output.append(bytes[at])
                at += 1
            }
        }
        return output
    }

    private static func reference(_ bytes: ArraySlice<UInt8>, at start: Int) -> (Character, Int)? {
        let body = bytes[(start + 1)...].prefix(bytesMax)
        let word = body.prefix {
            $0 == 0x23 || ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || (0x30...0x39).contains($0)
        }
        let end = word.endIndex < bytes.endIndex && bytes[word.endIndex] == 0x3B ? word.endIndex + 1 : word.endIndex
        let name = String(decoding: word, as: UTF8.self)
        if name.hasPrefix("#") {
            let digits = name.dropFirst()
            let isHex = digits.first == "x" || digits.first == "X"
            let number = isHex ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            guard let number, let scalar = Unicode.Scalar(number), number > 0 else { return nil }
            return (Character(scalar), end)
        }
        guard end > word.endIndex, let character = named[name] else { return nil }
        return (character, end)
    }

    private static let named: [String: Character] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "AMP": "&", "LT": "<", "GT": ">",
        "QUOT": "\"", "auml": "ä", "Auml": "Ä", "ouml": "ö", "Ouml": "Ö", "uuml": "ü", "Uuml": "Ü", "szlig": "ß",
        "aring": "å", "Aring": "Å", "oslash": "ø", "Oslash": "Ø", "aelig": "æ", "AElig": "Æ", "eacute": "é",
        "Eacute": "É", "egrave": "è", "Egrave": "È", "ecirc": "ê", "Ecirc": "Ê", "euml": "ë", "agrave": "à",
        "Agrave": "À", "aacute": "á", "Aacute": "Á", "acirc": "â", "Acirc": "Â", "atilde": "ã", "Atilde": "Ã",
        "ccedil": "ç", "Ccedil": "Ç", "iacute": "í", "Iacute": "Í", "icirc": "î", "iuml": "ï", "igrave": "ì",
        "oacute": "ó", "Oacute": "Ó", "ocirc": "ô", "otilde": "õ", "Otilde": "Õ", "ograve": "ò", "uacute": "ú",
        "Uacute": "Ú", "ugrave": "ù", "ucirc": "û", "ntilde": "ñ", "Ntilde": "Ñ", "yacute": "ý", "oelig": "œ",
        "scaron": "š", "eth": "ð", "thorn": "þ", "iexcl": "¡", "iquest": "¿", "laquo": "«", "raquo": "»",
        "lsaquo": "‹", "rsaquo": "›", "ldquo": "“", "rdquo": "”", "bdquo": "„", "lsquo": "‘", "rsquo": "’",
        "sbquo": "‚", "ndash": "–", "mdash": "—", "hellip": "…", "bull": "•", "middot": "·", "euro": "€", "pound": "£",
        "copy": "©", "reg": "®", "trade": "™", "deg": "°", "sect": "§", "para": "¶", "times": "×", "ensp": "\u{2002}",
        "emsp": "\u{2003}", "thinsp": "\u{2009}", "zwnj": "\u{200C}", "zwj": "\u{200D}", "lrm": "\u{200E}",
        "rlm": "\u{200F}", "shy": "\u{AD}", "larr": "←", "rarr": "→", "ordm": "º", "ordf": "ª", "acute": "´",
        "cent": "¢",
        "frac12": "½", "frac14": "¼", "sup2": "²", "sup3": "³", "micro": "µ", "plusmn": "±", "yen": "¥",
    ]
}
