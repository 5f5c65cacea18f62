// The names of header lines as mail programs write them above an earlier mail, in the languages of our customers and a
// few of their neighbours'.

/// What a line such as “Sent: …” is.
enum HeaderLabel: Sendable, Hashable {
    case from
    case date
    case to
    case subject
    /// Copies, attachments, importance, organisation: seen in such blocks, and no sign of one.
    case other

    /// The label that a line begins with, up to its colon; `nil` for another text.
    init?(_ text: ReplyText, at index: Int) {
        guard let name = Self.name(text, index), let label = Self.names[name] else { return nil }
        self = label
    }

    /// Whether a line looks like one of a block, in whatever language: a word or a few, a colon, a value.
    static func isLikely(_ text: ReplyText, at index: Int) -> Bool {
        guard let name = name(text, index) else { return false }
        return !name.isEmpty && name.utf8.count <= 24 && name.utf8.count { $0 == 0x20 } <= 2
    }

    /// What stands before the first colon, without the stars of bold print and without blanks before the colon.
    private static func name(_ text: ReplyText, _ index: Int) -> Substring? {
        let content = text.lines[index].content
        let start = text.bytes[content].prefix(nameBytesMax)
        // `:`, or the full-width one: EF BC 9A.
        guard
            let colon = start.indices.first(where: {
                start[$0] == 0x3A || start[$0] == 0x9A && $0 > content.lowerBound + 1 && start[$0 - 1] == 0xBC
            })
        else { return nil }
        let end = start[colon] == 0x3A ? colon : colon - 2
        let name = text.phrase(of: content.lowerBound..<end).text
        return Substring(name.unicodeScalars.drop(while: isOrnament)).droppingLast(where: isOrnament)
    }

    private static func isOrnament(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "*" || scalar == " " || scalar == "_" || scalar == "|"
    }

    private static let nameBytesMax = 40

    private static let names: [Substring: HeaderLabel] = {
        let lists: [(HeaderLabel, [Substring])] = [
            (.from, froms), (.date, dates), (.to, tos), (.subject, subjects), (.other, others),
        ]
        var names: [Substring: HeaderLabel] = [:]
        for (label, list) in lists {
            for name in list where names[name] == nil { names[name] = label }
        }
        return names
    }()

    private static let froms: [Substring] = [
        "from", "von", "absender", "fra", "från", "fran", "lähettäjä", "od", "nadawca", "מאת", "de", "expéditeur",
        "remitente", "van", "afzender", "remetente", "da", "mittente", "от", "отправитель", "від", "feladó",
        "odesílatel",
        "odosielateľ", "de la", "kimden", "gönderen", "发件人", "寄件者", "差出人", "보낸 사람", "من", "από", "frá",
        "saatja", "nuo",
    ]
    private static let dates: [Substring] = [
        "sent", "date", "date sent", "sent at", "sent on", "gesendet", "gesendet am", "datum", "sendt", "dato",
        "sendt den",
        "skickat", "skickat den", "lähetetty", "päivämäärä", "pvm", "lähetysaika", "päiväys", "wysłano", "wyslano",
        "wysłane", "data", "data wysłania", "data wyslania", "נשלח", "נשלח ב", "נשלח בתאריך", "תאריך", "envoyé",
        "envoye", "envoyé le", "envoyé à", "date d'envoi", "enviado", "enviado el", "enviado a las", "fecha",
        "fecha de envío", "verzonden", "verzonden op", "enviada", "enviada em", "enviado em", "data de envio",
        "inviato",
        "inviato il", "data invio", "отправлено", "дата", "дата отправки", "відправлено", "надіслано", "elküldve",
        "dátum",
        "odesláno", "odoslané", "trimis", "gönderildi", "gönderme tarihi", "tarih", "发送时间", "日期", "傳送時間", "送信日時",
        "日付", "보낸 날짜", "날짜", "ημερομηνία", "sent date", "saadetud", "kuupäev",
    ]
    private static let tos: [Substring] = [
        "to", "an", "empfänger", "til", "till", "vastaanottaja", "kenelle", "do", "adresat", "אל", "à", "a",
        "destinataire",
        "para", "destinatario", "aan", "destinatário", "к", "кому", "címzett", "komu", "către", "catre", "kime",
        "alıcı",
        "收件人", "收件者", "宛先", "받는 사람", "προς", "kellele", "pour",
    ]
    private static let subjects: [Substring] = [
        "subject", "betreff", "emne", "ämne", "amne", "aihe", "otsikko", "temat", "נושא", "objet", "sujet", "asunto",
        "onderwerp", "assunto", "oggetto", "тема", "tárgy", "předmět", "predmet", "subiect", "konu", "主题", "主旨", "件名",
        "제목", "θέμα", "teema", "re",
    ]
    private static let others: [Substring] = [
        "cc", "bcc", "kopie", "kopie (cc)", "kopi", "kopia", "kopio", "dw", "udw", "עותק", "copie à", "copie", "cópia",
        "con copia", "copia", "копия", "копія", "attachments", "attachment", "anlagen", "anlage", "anhang", "vedlegg",
        "vedhæftede filer", "vedhæftet", "bifogade filer", "bilagor", "liitteet", "załączniki", "קבצים מצורפים",
        "pièces jointes", "pièce jointe", "datos adjuntos", "adjuntos", "bijlagen", "bijlage", "anexos", "anexo",
        "allegati", "allegato", "вложения", "importance", "priority", "priorität", "wichtigkeit", "viktighet",
        "prioritet",
        "prioriteit", "tärkeys", "ważność", "importancia", "importância", "importanza", "важность", "reply-to",
        "reply to",
        "antwort an", "svar til", "svara till", "répondre à", "responder a", "organization", "organisation", "oggetti",
        "message-id", "second-to", "sensitivity", "categories", "抄送", "副本",
    ]
}

extension Substring {
    fileprivate func droppingLast(where isDropped: (Unicode.Scalar) -> Bool) -> Substring {
        var scalars = unicodeScalars
        while let last = scalars.last, isDropped(last) { scalars.removeLast() }
        return Substring(scalars)
    }
}
