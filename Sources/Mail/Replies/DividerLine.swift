// Lines that stand alone between a new text and an earlier mail: “-----Original Message-----” and its translations,
// “Forwarded message”, and the lines of help desks that ask to write above them.

/// A line that divides.
enum DividerLine: Sendable, Hashable {
    /// The earlier mail that is answered follows.
    case original
    /// The mail that is forwarded follows.
    case forwarded
    /// A help desk's line: what the person writes stands above it.
    case writeAbove
    /// Underscores or dashes, perhaps with words between them, as some programs put above header lines: it divides only
    /// with them.
    case rule

    /// How long such a line may be, in bytes.
    static let bytesMax = 160

    init?(_ text: ReplyText, at index: Int) {
        let content = text.lines[index].content
        guard content.count >= 5, content.count <= Self.bytesMax else { return nil }
        let bytes = text.bytes[content]
        guard let first = bytes.first else { return nil }
        if bytes.allSatisfy({ $0 == first }), first == 0x5F || first == 0x2D || first == 0x3D || first == 0x2A {
            self = .rule
            return
        }
        let isOrnamented = Self.ornamentBytes.contains(first)
        guard isOrnamented || bytes.last == 0x3A || Self.mayAsk(bytes) else { return nil }
        let phrase = text.phrase(index...index)
        if phrase.text.utf8.count > 16, Self.writeAboves.contains(where: phrase.text.contains) {
            self = .writeAbove
            return
        }
        let ornaments = phrase.text.unicodeScalars.prefix { Self.isOrnament($0) && $0 != " " && $0 != ">" }.count
        let scalars = phrase.text.unicodeScalars.drop(while: Self.isOrnament)
        guard let end = scalars.lastIndex(where: { !Self.isOrnament($0) }) else { return nil }
        let words = String(scalars[...end])
        let hasColon = phrase.text.hasSuffix(":")
        if Self.forwards.contains(words), ornaments >= 2 || hasColon {
            self = .forwarded
        } else if Self.beginForwards.contains(where: words.hasPrefix), hasColon {
            self = .forwarded
        } else if ornaments >= 2, Self.originals.contains(words) || Self.isOriginal(words) {
            self = .original
        } else if Self.isDashed(bytes) {
            self = .rule
        } else {
            return nil
        }
    }

    /// What a line that divides begins with, if not with a word: `-_=*#~+|[` and dashes of three bytes.
    private static let ornamentBytes = Set("-_=*#~+|[".utf8).union([0xE2])

    /// Whether the first word may ask to write above: most lines are told by it at once.
    private static func mayAsk(_ bytes: ArraySlice<UInt8>) -> Bool {
        let word = bytes.prefix(20).prefix { $0 != 0x20 && $0 != 0x2C }
        return bytes.count > 16 && askWords.contains(String(decoding: word, as: UTF8.self).lowercased())
    }

    private static let askWords: Set<String> = [
        "reply", "please", "type", "write", "bitte", "antworten", "schreiben", "svar", "skriv", "vennligst", "svara",
        "vänligen", "kirjoita", "vastaa", "odpowiedz", "napisz", "proszę", "כתבו", "השיבו", "נא", "répondez",
        "veuillez", "écrivez", "merci", "responda", "escriba", "por", "antwoord", "schrijf", "typ", "escreva",
        "rispondi", "scrivi", "rispondere", "ответьте", "напишите", "пожалуйста",
    ]

    /// “Original message from Ann” and the like.
    private static func isOriginal(_ words: String) -> Bool {
        originals.contains { words.hasPrefix($0 + " ") && words.utf8.count < $0.utf8.count + 60 }
    }

    /// At least four dashes at both ends.
    private static func isDashed(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count > 10 && bytes.prefix(4).allSatisfy { $0 == 0x2D } && bytes.suffix(4).allSatisfy { $0 == 0x2D }
    }

    private static func isOrnament(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "-", "_", "=", "*", " ", ":", "–", "—", "#", "~", "+", "|", "[", "]", "<", ">", ".": true
        default: false
        }
    }

    private static let originals: Set<String> = [
        "original message", "original email", "original mail", "original appointment", "reply message",
        "message original", "ursprüngliche nachricht", "ursprüngliche mail", "ursprüngliche e-mail",
        "originalnachricht", "original-nachricht", "antwort nachricht", "originalmail", "opprinnelig melding",
        "opprinnelig e-post", "original melding", "ursprungligt meddelande", "originalmeddelande",
        "ursprungsmeddelande", "ursprungligt e-postmeddelande", "oprindelig meddelelse", "oprindelig besked",
        "original meddelelse", "oprindelig mail", "alkuperäinen viesti", "alkuperäinen sanoma",
        "wiadomość oryginalna", "oryginalna wiadomość", "treść oryginalnej wiadomości", "pierwotna wiadomość",
        "הודעה מקורית", "ההודעה המקורית", "message d'origine", "message d’origine", "message initial",
        "courriel original",
        "mensaje original", "mensaje originario", "oorspronkelijk bericht", "origineel bericht",
        "oorspronkelijke bericht",
        "oorspronkelijke e-mail", "mensagem original", "mensagem de origem", "messaggio originale",
        "messaggio originario",
        "исходное сообщение", "оригинальное сообщение", "первоначальное сообщение", "исходное письмо", "původní zpráva",
        "pôvodná správa", "eredeti üzenet", "mesaj original", "mesajul original", "orijinal mesaj",
        "оригинално съобщение",
        "початкове повідомлення", "αρχικό μήνυμα", "原始邮件", "原始郵件", "元のメッセージ", "원본 메시지", "upprunaleg skilaboð",
    ]

    private static let forwards: Set<String> = [
        "forwarded message", "forwarded email", "forwarded by", "begin forwarded message", "weitergeleitete nachricht",
        "weitergeleitete e-mail", "anfang der weitergeleiteten nachricht", "anfang der weitergeleiteten e-mail",
        "videresendt melding", "videresendt e-post", "videresent melding", "start på videresendt melding",
        "vidarebefordrat meddelande", "vidarebefordrat mail", "vidarebefordrat brev", "vidarebefordrat mejl",
        "börja vidarebefordrat meddelande", "vidarebefordrat e-postmeddelande", "videresendt meddelelse",
        "videresendt besked", "start på videresendt besked", "videresendte meddelelse", "välitetty viesti",
        "edelleenlähetetty viesti", "lähetetty edelleen", "edelleen lähetetty viesti", "välitetty viesti alkaa",
        "wiadomość przekazana", "przekazana wiadomość", "przekazana wiadomość dalej", "wiadomość przekazana dalej",
        "początek przekazanej wiadomości", "הודעה שהועברה", "ההודעה שהועברה", "הודעה מועברת", "תחילת ההודעה שהועברה",
        "message transféré", "courriel transféré", "e-mail transféré", "début du message réexpédié",
        "début du message transféré", "message réexpédié", "mensaje reenviado", "inicio del mensaje reenviado",
        "mensaje enviado", "doorgestuurd bericht", "begin doorgestuurd bericht", "doorgezonden bericht",
        "mensagem encaminhada",
        "mensagem reencaminhada", "início da mensagem encaminhada", "início da mensagem reencaminhada",
        "messaggio inoltrato", "inizio messaggio inoltrato", "messaggio inoltrato in corso",
        "пересланное сообщение", "пересылаемое сообщение", "начало переадресованного сообщения",
        "перенаправленное сообщение",
        "пересылаемое письмо", "начало пересылаемого сообщения", "конец пересылаемого сообщения", "přeposlaná zpráva",
        "továbbított üzenet", "yönlendirilmiş mesaj", "forwarded message from", "转发邮件", "转发的邮件", "转发信息",
    ]
    /// What may have a name behind it.
    private static let beginForwards = ["forwarded message from ", "begin forwarded message"]

    private static let writeAboves = [
        "reply above this line", "type your reply above", "reply above the line", "write above this line",
        "please reply above", "reply-above", "oberhalb dieser linie", "über dieser linie", "svar over denne linjen",
        "skriv over denne linjen", "skriv ovanför den här raden", "svara ovanför", "skriv svaret over denne linje",
        "svar over denne linje", "kirjoita vastauksesi tämän", "vastaa tämän rivin yläpuolelle", "powyżej tej linii",
        "מעל שורה זו", "au-dessus de cette ligne", "encima de esta línea", "boven deze regel", "boven deze lijn",
        "acima desta linha", "sopra questa riga", "sopra questa linea", "выше этой линии", "над этой строкой",
        "выше этой строки",
    ]
}
