// Phrases that close a letter, in the languages of our customers. What stands under one is the writer's signature.

/// The phrase of a line.
enum ClosingPhrase: Sendable {
    /// “Best regards” and the like: nothing that the message needs.
    case regards
    /// “Thanks”: a part of the message, unless a signature with an address stands under it.
    case thanks

    /// How many words may follow a phrase on its line: a name, as in “Mvh Kari”.
    private static let nameWordsMax = 4

    init?(_ phrase: ReplyPhrase) {
        let words = phrase.bareWords
        guard let first = words.first, words.count <= 8 else { return nil }
        let line = words.joined(separator: " ")
        guard Self.firstWords.contains(first) else { return nil }
        let isOpen = !phrase.text.hasSuffix("?") && !phrase.text.hasSuffix(":")
        guard isOpen else { return nil }
        if Self.matches(line, words, Self.regardsPhrases) {
            self = .regards
        } else if Self.matches(line, words, Self.thanksPhrases) {
            self = .thanks
        } else {
            return nil
        }
    }

    /// The line is a phrase, with a name of a few words at most behind it.
    private static func matches(_ line: String, _ words: [Substring], _ phrases: Set<String>) -> Bool {
        if phrases.contains(line) { return true }
        for count in stride(from: words.count - 1, to: 0, by: -1) where words.count - count <= nameWordsMax {
            if phrases.contains(words[..<count].joined(separator: " ")) {
                // A sentence that begins like one goes on in small words; names do not, but case is gone here.
                return count > 1 || alone.contains(words[0])
            }
        }
        return false
    }

    /// Short forms that a name may follow on the line.
    private static let alone: Set<Substring> = [
        "mvh", "vh", "lg", "vg", "mfg", "hilsen", "hälsningar", "terveisin", "gruß",
    ]

    private static let firstWords: Set<Substring> = Set(
        regardsPhrases.union(thanksPhrases).compactMap { $0.split(separator: " ").first })

    private static let regardsPhrases: Set<String> = [
        "regards", "best regards", "kind regards", "kindest regards", "warm regards", "warmest regards", "best",
        "best wishes",
        "with best regards", "with kind regards", "many regards", "my best regards", "all the best", "sincerely",
        "yours sincerely", "sincerely yours", "yours faithfully",
        "yours truly", "respectfully", "cheers", "cordially", "rgds", "br", "kr", "thanks and regards",
        "thanks & regards",
        "thanks regards", "thanks and best regards", "with regards", "take care",
        "mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichem gruß", "mit freundlichem gruss",
        "freundliche grüße", "freundliche grüsse",
        "viele grüße", "viele grüsse", "beste grüße", "beste grüsse", "liebe grüße", "liebe grüsse", "herzliche grüße",
        "herzliche grüsse", "schöne grüße", "mit besten grüßen",
        "mit besten grüssen", "mit lieben grüßen", "mit herzlichen grüßen", "gruß", "grüße", "gruss", "grüsse", "lg",
        "vg", "mfg", "bg", "hochachtungsvoll", "freundlichen gruß",
        "lieber gruß", "vielen dank und freundliche grüße", "vielen dank und viele grüße", "besten gruß",
        "med vennlig hilsen", "vennlig hilsen", "med venlig hilsen", "venlig hilsen", "beste hilsen", "hilsen", "mvh",
        "vh", "hilsner", "de beste hilsener", "med hilsen",
        "med beste hilsen", "ha en fin dag", "venlige hilsner", "med venlige hilsner", "de bedste hilsner",
        "bedste hilsner", "mange hilsner",
        "kærlig hilsen", "kh", "med venleg helsing", "venleg helsing", "helsing", "mange hilsener", "dbh",
        "med vänlig hälsning", "med vänliga hälsningar", "vänliga hälsningar", "vänlig hälsning", "hälsningar",
        "bästa hälsningar", "hälsning", "allt gott",
        "med bästa hälsningar", "varma hälsningar", "hälsar", "bästa hälsning", "trevlig helg", "ha det bra",
        "ystävällisin terveisin", "ystävällisesti", "terveisin", "parhain terveisin", "yst terv", "terv", "t",
        "kunnioittavasti", "kiittäen", "hyvää päivänjatkoa", "parhaat terveiset",
        "terveiset", "yt", "pozdrawiam", "z poważaniem", "z powazaniem", "pozdrawiam serdecznie",
        "serdecznie pozdrawiam", "z wyrazami szacunku", "z pozdrowieniami", "łączę pozdrowienia",
        "pozdrowienia", "serdeczne pozdrowienia", "miłego dnia", "z uszanowaniem", "z góry dziękuję i pozdrawiam",
        "בברכה", "בכבוד רב", "בתודה ובברכה", "תודה ובברכה", "בברכה רבה", "כל טוב", "יום טוב", "שלך", "בידידות",
        "בהוקרה",
        "cordialement", "bien cordialement", "bien à vous", "bien à toi", "sincères salutations", "salutations",
        "très cordialement", "meilleures salutations", "cdlt", "cdt", "salutations distinguées",
        "bonne journée", "bonne réception", "respectueusement", "amicalement", "à bientôt", "avec mes salutations",
        "salutations cordiales", "meilleurs salutations", "cordiales salutations", "bien sincèrement",
        "saludos", "saludos cordiales", "un saludo", "atentamente", "cordialmente", "un cordial saludo",
        "un saludo cordial", "muchas gracias y saludos", "gracias y saludos", "atte", "un abrazo", "saludos atentos",
        "muy atentamente",
        "reciba un cordial saludo", "cordiales saludos", "quedo a la espera", "met vriendelijke groet",
        "met vriendelijke groeten", "vriendelijke groet",
        "vriendelijke groeten", "groet", "groeten", "groetjes", "hartelijke groet", "hartelijke groeten", "mvg",
        "hoogachtend", "met hartelijke groet", "met hartelijke groeten", "met groet",
        "beste groeten", "bij voorbaat dank en vriendelijke groet", "atenciosamente", "att", "cumprimentos",
        "com os melhores cumprimentos", "os melhores cumprimentos", "melhores cumprimentos", "abraços", "um abraço",
        "abs",
        "saudações", "com cumprimentos", "respeitosamente", "grato", "grata", "at.te", "cordiais saudações",
        "cordialmente",
        "cordiali saluti", "distinti saluti", "saluti", "un saluto", "cordialità", "un cordiale saluto", "tanti saluti",
        "in fede", "buona giornata", "con i migliori saluti", "i migliori saluti", "un caro saluto", "saluti cordiali",
        "porgo distinti saluti",
        "с уважением", "с наилучшими пожеланиями", "всего доброго", "с наилучшими", "всего наилучшего", "с приветом",
        "искренне ваш", "искренне ваша", "хорошего дня", "с благодарностью", "с глубоким уважением",
        "заранее спасибо с уважением",
    ]

    private static let thanksPhrases: Set<String> = [
        "thanks", "thank you", "many thanks", "thanks in advance", "thx", "thanks a lot", "thanks again",
        "thank you very much", "danke", "vielen dank",
        "besten dank", "danke im voraus", "vielen dank im voraus", "takk", "tusen takk", "på forhånd takk",
        "takk på forhånd", "tack", "tack på förhand", "tack så mycket",
        "tak", "mange tak", "på forhånd tak", "kiitos", "kiitos etukäteen", "kiitoksia", "dziękuję", "z góry dziękuję",
        "dzięki", "תודה", "תודה רבה", "תודה מראש", "merci", "merci d'avance", "merci beaucoup",
        "gracias", "muchas gracias", "gracias de antemano", "bedankt", "alvast bedankt", "dank u", "dank je wel",
        "hartelijk dank", "bij voorbaat dank", "obrigado", "obrigada", "muito obrigado", "muito obrigada", "grazie",
        "grazie mille", "grazie in anticipo", "спасибо", "заранее спасибо", "благодарю", "большое спасибо",
    ]
}
