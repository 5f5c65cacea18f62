// Lines that phones and mail programs add under a mail, in many languages: “Sent from my phone”.

/// The words of such lines.
enum ProgramFooter {
    /// Whether a line is one: it begins as such lines do and then names a device or a program, or a few words at most.
    static func isOne(_ phrase: ReplyPhrase) -> Bool {
        let text = phrase.text.unicodeScalars.drop { $0 == "-" || $0 == "*" || $0 == "_" || $0 == "[" || $0 == " " }
        let line = ReplyPhrase(String(text))
        if wholes.contains(where: line.text.contains) { return true }
        guard let start = starts.first(where: { line.begins(with: $0) }) else {
            return ends.contains { line.text.contains($0) } && line.words.count <= 14 && hasDevice(line.bareWords[...])
        }
        let rest = ReplyPhrase(String(line.text.dropFirst(start.count)))
        // What stands behind the first comma or full stop says nothing of the device.
        let head = rest.text.split(whereSeparator: { $0 == "," || $0 == ";" || $0 == "." || $0 == "<" || $0 == "(" })
            .first
        let words = ReplyPhrase(String(head ?? "")).bareWords
        guard !words.isEmpty, words.count <= 10 else { return false }
        if hasDevice(words[...]) { return words.count <= 8 }
        return words.count <= 5 && !rest.text.contains(", ") && !rest.text.hasSuffix(".")
    }

    private static func hasDevice(_ words: ArraySlice<Substring>) -> Bool {
        words.contains { word in devices.contains(word) || deviceEnds.contains { word.hasSuffix($0) } }
    }

    private static let starts = [
        "sent from my ", "sent from ", "sent via ", "sent with ", "sent by my ", "get outlook for ",
        "get bluemail for ",
        "gesendet von ", "gesendet mit ", "von meinem ", "von meiner ", "diese nachricht wurde von meinem ",
        "outlook für ", "holen sie sich outlook für ", "verschickt mit ", "sendt fra ", "sendt med ", "sendt via ",
        "sendt frå ", "hent outlook for ", "hent outlook til ", "få outlook for ", "skickat från ", "skickat med ",
        "skickat via ",
        "skickades från ", "hämta outlook för ", "skaffa outlook för ", "lähetetty ", "hanki outlook ",
        "lataa outlook ",
        "wysłane z ", "wysłano z ", "wysłane za pomocą ", "wysłano za pomocą ", "pobierz program outlook ",
        "uzyskaj outlook ", "pobierz aplikację outlook ", "נשלח מ", "נשלח באמצעות ", "נשלח דרך ", "השג את outlook ",
        "קבל את outlook ", "envoyé depuis ", "envoyé de ", "envoyé avec ", "envoyé à partir ", "envoyé à l'aide ",
        "envoyé par ",
        "télécharger outlook ", "obtenez outlook ", "provenance : ", "enviado desde ", "enviado con ",
        "enviado a través ",
        "obtener outlook ", "obtén outlook ", "descargar outlook ", "verzonden vanaf ", "verzonden vanuit ",
        "verzonden met ",
        "verstuurd vanaf ", "verstuurd met ", "verstuurd vanuit ", "outlook voor ", "outlook downloaden voor ",
        "download outlook voor ",
        "enviado do ", "enviado da ", "enviado de ", "enviado pelo ", "enviado a partir ", "enviado via ",
        "obter o outlook ",
        "obter outlook ", "baixar o outlook ", "inviato da ", "inviato dal ", "inviato dalla ", "inviato con ",
        "inviato tramite ",
        "ottieni outlook ", "scarica outlook ", "отправлено с ", "отправлено из ", "отправлено через ",
        "скачать outlook ",
        "получить outlook ", "загрузить outlook ", "надіслано з ", "odesláno z ", "odoslané z ", "trimis de pe ",
        "küldve ", "iphone'umdan ", "enviat des ", "sent on ", "sent using ", "send from my ",
    ]
    /// Where the verb stands behind the device.
    private static let ends = [
        " gesendet", " geschickt", " verschickt", " gönderildi", " küldve", " verzonden", " verstuurd", "から送信",
    ]
    /// Lines of programs that name no device.
    private static let wholes = [
        "sent with proton mail", "sent with tutanota", "sent from yahoo mail", "sent from mail for windows",
        "von gmx mobile", "diese e-mail wurde von avast", "virus-free.www.avast", "virenfrei.www.avast",
        "this email has been checked for viruses", "sent from outlook for", "sent from my mobile device.",
        "please excuse typos", "please excuse brevity",
    ]
    private static let devices: Set<Substring> = [
        "iphone", "ipad", "ipod", "ios", "mac", "macbook", "android", "samsung", "galaxy", "blackberry", "mobile",
        "phone",
        "smartphone", "handy", "handheld", "telefon", "mobil", "mobilen", "mobilgerät", "mobiltelefon", "tablet",
        "outlook", "mail",
        "yahoo", "gmail",
        "huawei", "xiaomi", "redmi", "nokia", "lumia", "pixel", "oneplus", "oppo", "motorola", "moto", "htc", "lg",
        "sony",
        "xperia", "windows", "fairphone", "nexus", "spark", "k-9", "bluemail", "thunderbird", "typeapp", "airmail",
        "polymail", "boxer", "aquamail", "nine", "fairemail", "puhelimesta", "puhelimestani", "iphonesta",
        "iphonesta.", "iphonestani", "ipadista", "ipadistani", "androidista", "androidille", "kännykästä",
        "matkapuhelimesta",
        "телефона", "телефон", "смартфона", "устройства", "почты", "mail.ru", "яндекс.почты", "phone.", "mobiel",
        "telefoon", "toestel", "téléphone", "mobile.", "móvil", "teléfono", "dispositivo", "telemóvel", "celular",
        "cellulare", "telefono", "telefonu", "telefona", "smartfona", "smartfonu", "iphone'a", "iphone’a", "ipada",
        "iphonea",
        "androida", "surface", "apple", "watch", "מהאייפון", "האייפון", "האייפד", "אייפון", "אייפד", "מכשיר",
        "הטלפון", "טלפון", "סלולרי", "iphone-ul", "hey", "zoho", "gmx", "web.de", "freenet", "aol", "vivo", "realme",
        "honor", "device", "enhet", "enheten", "appareil", "t-mobile", "verizon", "at&t", "vodafone",
        "smartphone.", "ipad.", "iphone.", "outlookista", "outlookin",
    ]
    private static let deviceEnds = [
        "phone", "telefon", "telefonen", "mobil", "handy", "puhelimesta", "pad", "phonesta",
    ]
}
