// How the subjects of automatic mail begin, in the languages of our customers. Anybody may write such a subject, so it
// proves nothing by itself.

/// The words of subjects.
enum AutomaticWords {
    /// Whether a subject reads like an answer of somebody who is away.
    static func isAway(_ subject: String) -> Bool { awayWords.contains(where: subject.contains) }

    /// Whether a subject reads like an answer of a program.
    static func isAnswer(_ subject: String) -> Bool { answerStarts.contains(where: subject.hasPrefix) }

    /// Whether a subject reads like that of a bounce.
    static func isBounce(_ subject: String) -> Bool { bounceWords.contains(where: subject.contains) }

    /// How Exchange and others begin such subjects; said of those who are away and of boxes that answer by themselves.
    private static let answerStarts = [
        "automatic reply", "auto reply", "auto-reply", "autoreply", "auto:", "auto response", "auto-response",
        "automated response",
        "automated reply", "autoresponder", "automatisk svar", "autosvar", "automatiskt svar", "automaattinen vastaus",
        "automaattivastaus", "automatische antwort", "automatische antwoord", "automatisch antwoord",
        "automatyczna odpowiedź",
        "autoodpowiedź", "תשובה אוטומטית", "מענה אוטומטי", "réponse automatique", "respuesta automática",
        "resposta automática",
        "risposta automatica", "автоматический ответ", "автоответ",
    ]
    private static let awayWords = [
        "out of office", "out of the office", "out-of-office", "away from my mail", "away from the office",
        "on vacation",
        "on holiday", "on annual leave", "i am away", "fraværende", "fravær:", "ikke på kontoret", "ute av kontoret",
        "på ferie", "ferie:", "ikke til stede", "frånvarande", "frånvaro", "inte på kontoret", "på semester",
        "semester:",
        "ikke til stede", "fraværsbesked", "poissa", "poissaolo", "en ole paikalla", "lomalla", "abwesend",
        "abwesenheit",
        "nicht im büro", "im urlaub", "außer haus", "nicht im haus", "poza biurem", "nieobecn", "na urlopie",
        "מחוץ למשרד",
        "לא במשרד", "בחופשה", "absence", "absent", "en congé", "hors du bureau", "fuera de la oficina",
        "fuera de oficina",
        "ausente", "ausencia", "de vacaciones", "afwezig", "niet aanwezig", "op vakantie", "fora do escritório",
        "ausência",
        "de férias", "fuori sede", "fuori ufficio", "assenza", "assente", "in ferie", "вне офиса", "отсутств",
        "в отпуске",
    ]
    private static let bounceWords = [
        "delivery status notification", "undelivered mail", "mail delivery failed", "mail delivery failure",
        "failure notice",
        "undeliverable", "undelivered", "returned mail", "delivery failure", "delivery has failed", "delivery failed",
        "mail delivery",
        "message undeliverable", "could not be delivered", "couldn't be delivered", "mail system error",
        "returning message to sender",
        "delivery problem", "nondeliverable", "non-delivery", "unzustellbar", "nicht zustellbar",
        "zustellung fehlgeschlagen",
        "kan ikke leveres", "kunne ikke leveres", "ikke levert", "ikke leveret", "ulevert", "gick inte att leverera",
        "kunde inte levereras",
        "olevererbart", "går inte att leverera", "ei voitu toimittaa", "ei voi toimittaa", "toimittamatta",
        "nie można dostarczyć",
        "niedostarczon", "niedostarczaln", "לא ניתן למסור", "לא ניתן להעביר", "échec de la remise", "non remis",
        "non distribuable",
        "échec de livraison", "no se puede entregar", "no se pudo entregar", "no entregado", "onbestelbaar",
        "niet bezorgd",
        "não é possível entregar", "não entregue", "falha na entrega", "impossibile recapitare", "non recapitabile",
        "mancata consegna",
        "не удается доставить", "не удалось доставить", "недоставленн", "не доставлено", "warning: message",
        "delayed mail",
    ]
}
