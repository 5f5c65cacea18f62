// The words of lines such as “On 3 March 2025 at 10:00, Ann <ann@example.com> wrote:” in the languages of our customers
// and a few of their neighbours', as the usual mail programs write them.

/// Words that lines above a quote are made of, in lower case.
enum AttributionWords {
    /// What a word is: many are more than one thing.
    struct Senses: OptionSet, Sendable {
        let rawValue: Int
        static let verb = Senses(rawValue: 1)
        static let verbBeforeName = Senses(rawValue: 2)
        static let verbWithAddress = Senses(rawValue: 4)
        static let firstPerson = Senses(rawValue: 8)
        static let secondPerson = Senses(rawValue: 16)
        static let lead = Senses(rawValue: 32)
        static let month = Senses(rawValue: 64)
        static let weekday = Senses(rawValue: 128)
    }

    /// What a word without punctuation around it is.
    static func senses(_ word: Substring) -> Senses { table[word] ?? [] }

    private static let table: [Substring: Senses] = {
        let lists: [(Senses, Set<Substring>)] = [
            (.verb, verbs), (.verbBeforeName, verbsBeforeNames), (.verbWithAddress, verbsWithAddress),
            (.firstPerson, firstPersons), (.secondPerson, secondPersons), (.lead, leads), (.month, months),
            (.weekday, weekdays),
        ]
        var table: [Substring: Senses] = [:]
        for (sense, words) in lists {
            for word in words { table[word, default: []].insert(sense) }
        }
        return table
    }()

    /// That somebody wrote.
    private static let verbs: Set<Substring> = [
        "wrote", "writes", "schrieb", "geschrieben", "skrev", "skriver", "kirjoitti", "napisał", "napisała",
        "napisał(a", "napisał/a", "napisana", "napisal", "napisala", "napisal(a", "pisze", "nadesłał", "nadesłała",
        "כתב", "כתבה",
        "כתב/ה", "כתב(ה", "écrit", "ecrit", "escribió", "escribio", "escribe", "schreef", "geschreven", "escreveu",
        "scritto", "scrive", "написал", "написала", "написал(а", "написал/а", "написав", "написала(а", "пишет", "писал",
        "писала", "писал(а", "пише", "napsal", "napsala", "napsal(a", "napísal", "napísala", "napísal(a", "írta",
        "yazdı", "scris", "έγραψε", "viết", "写道", "寫道", "rašė", "quoting", "zitat", "citando", "citerar", "cytat",
        "citaat", "kirjutas", "rakstīja", "skrifaði",
    ]
    /// Verbs that stand before the name: “schrieb Ann:”.
    private static let verbsBeforeNames: Set<Substring> = [
        "schrieb", "skrev", "skriver", "schreef", "écrit", "ecrit", "escribió", "escribio", "escreveu", "scritto",
        "napisał", "napisała", "napisał(a", "napisana", "כתב", "כתבה", "כתב/ה", "quoting", "zitat", "citando",
        "citerar", "cytat", "citaat", "kirjutas", "skrifaði",
    ]
    /// Verbs of a line that is marked in another way as well: with a date and an address.
    private static let verbsWithAddress: Set<Substring> = ["sent", "said"]

    /// A person who speaks of himself introduces no quote of a mail program.
    private static let firstPersons: Set<Substring> = [
        "i", "we", "ich", "wir", "jeg", "vi", "jag", "minä", "me", "ja", "my", "je", "nous", "j'ai", "yo", "nosotros",
        "ik", "wij", "eu", "nós", "io", "noi", "я", "мы", "אני", "אנחנו",
    ]
    private static let secondPersons: Set<Substring> = [
        "you", "du", "sie", "ihr", "dere", "ni", "sinä", "te", "ty", "pan", "pani", "tu", "vous", "tú", "usted", "je",
        "jij", "u", "você", "lei", "ты", "вы", "אתה", "את",
    ]

    /// What such lines begin with, if not with a date or a name.
    private static let leads: Set<Substring> = [
        "on", "at", "am", "den", "på", "d", "kl", "pe", "le", "el", "em", "no", "il", "op", "w", "dnia", "dnia:", "dne",
        "ב", "בתאריך", "ביום", "a", "la", "в", "дата", "vào", "date", "ngày", "pada", "στις", "v",
    ]

    private static let months: Set<Substring> = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
        "januar", "februar", "märz", "mär", "mrz", "mai", "juni", "juli", "oktober", "dezember", "okt", "dez",
        "mars", "maj", "marts", "desember", "des", "januari", "februari", "augusti",
        "tammikuu", "helmikuu", "maaliskuu", "huhtikuu", "toukokuu", "kesäkuu", "heinäkuu", "elokuu", "syyskuu",
        "lokakuu", "marraskuu", "joulukuu", "tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo",
        "syys", "loka", "marras", "joulu", "tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta", "toukokuuta",
        "kesäkuuta", "heinäkuuta", "elokuuta", "syyskuuta", "lokakuuta", "marraskuuta", "joulukuuta", "tammik",
        "helmik", "maalisk", "huhtik", "toukok", "kesäk", "heinäk", "elok", "syysk", "lokak", "marrask", "jouluk",
        "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października",
        "listopada", "grudnia", "sty", "lut", "kwi", "cze", "lip", "sie", "wrz", "paź", "lis", "gru",
        "janvier", "février", "avril", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
        "janv", "févr", "fév", "avr", "juil", "déc",
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "setiembre", "octubre",
        "noviembre", "diciembre", "ene", "abr", "ago", "dic",
        "maart", "mei", "augustus", "mrt", "janeiro", "fevereiro", "março", "maio", "junho", "julho", "setembro",
        "outubro", "novembro", "dezembro", "fev", "mai", "set", "out",
        "gennaio", "febbraio", "aprile", "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre", "gen",
        "mag", "giu", "lug", "ott",
        "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
        "декабря", "янв", "февр", "фев", "мар", "апр", "июн", "июл", "авг", "сент", "сен", "окт", "нояб", "ноя", "дек",
        "ינואר", "פברואר", "מרץ", "מרס", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר",
        "דצמבר", "בינו", "בפבר", "במרץ", "במרס", "באפר", "במאי", "ביוני", "ביולי", "באוג", "בספט", "באוק", "בנוב",
        "בדצמ", "בינואר", "בפברואר", "באפריל", "באוגוסט", "בספטמבר", "באוקטובר", "בנובמבר", "בדצמבר", "tháng",
    ]

    private static let weekdays: Set<Substring> = [
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "tues", "wed",
        "thu", "thur", "thurs", "fri", "sat", "sun", "montag", "dienstag", "mittwoch", "donnerstag", "freitag",
        "samstag", "sonnabend", "sonntag", "mo", "di", "mi", "do", "fr", "sa", "so", "mandag", "tirsdag", "onsdag",
        "torsdag", "fredag", "lørdag", "søndag", "man", "tir", "tirs", "ons", "tor", "tors", "fre", "lør", "søn",
        "måndag", "tisdag", "lördag", "söndag", "mån", "tis", "lör", "sön", "maanantaina", "tiistaina",
        "keskiviikkona", "torstaina", "perjantaina", "lauantaina", "sunnuntaina", "maanantai", "tiistai",
        "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai", "ma", "ti", "ke", "to", "pe", "la", "su",
        "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela", "pon", "wt", "śr", "czw", "pt",
        "sob", "niedz", "nd", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "lun", "mar",
        "mer", "jeu", "ven", "sam", "dim", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
        "mié", "jue", "vie", "sáb", "dom", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag",
        "zondag", "wo", "vr", "za", "zo", "segunda", "segunda-feira", "terça", "terça-feira", "quarta", "quarta-feira",
        "quinta", "quinta-feira", "sexta", "sexta-feira", "seg", "ter", "qua", "qui", "sex", "lunedì", "martedì",
        "mercoledì", "giovedì", "venerdì", "sabato", "domenica", "gio", "sab", "понедельник", "вторник", "среда",
        "среду", "четверг", "пятница", "пятницу", "суббота", "субботу", "воскресенье", "пн", "вт", "ср", "чт", "пт",
        "сб", "вс", "יום",
    ]
}
