"""Multiparts, whole and broken; other mails within a mail."""
from corpus import PNG, b64, case, file, lines, mail, many, multi, part


def mixed(*parts, **how):
    fields, body = multi(how.pop("kind", "mixed"), *parts, **how)
    return mail(*fields, body=body)


TEXT = part("text/plain; charset=utf-8", "Body.")
CSV = part("text/csv", "a,b", 'Content-Disposition: attachment; filename="t.csv"')
CSV_FILE = file("text/csv", "a,b", name="t.csv", disposition="attachment")
PIC = part("image/png", b64(PNG), "Content-Transfer-Encoding: base64", "Content-ID: <pic@x>", 'Content-Disposition: inline; filename="p.png"')
PIC_FILE = file("image/png", PNG, "inline", name="p.png", cid="pic@x", disposition="inline")

case("mixed", mixed(TEXT, CSV), parts=[CSV_FILE])
case("mixed-with-line-feeds", mixed(TEXT, CSV).replace(b"\r\n", b"\n"), parts=[CSV_FILE])
case("preamble-and-epilogue", mail("Content-Type: multipart/mixed; boundary=b1",
                                   body=b"This is a MIME message.\r\n\r\n" + many(TEXT, CSV) + b"\r\nThe end.\r\n"), parts=[CSV_FILE])
case("boundary-with-spaces-behind-it", mixed(TEXT, CSV).replace(b"--b1\r\n", b"--b1 \t\r\n"), parts=[CSV_FILE])
case("boundary-of-odd-signs", mixed(TEXT, CSV, boundary="=_('+_,-./:=? )x"), parts=[CSV_FILE])
case("boundary-that-begins-like-another", mail(
    "Content-Type: multipart/mixed; boundary=\"b\"",
    body=many(part('multipart/alternative; boundary="bb"', many(TEXT, part("text/html", "<p>Body.</p>"), boundary="bb")), CSV, boundary="b")),
    html="<p>Body.</p>", parts=[CSV_FILE])
case("boundary-in-the-text", mixed(part("text/plain", "Body.\r\n--b2\r\n--b1x\r\n --b1"), CSV), text="Body.\n--b2\n--b1x\n --b1",
     parts=[CSV_FILE])
case("boundary-never-closed", mixed(TEXT, CSV, end=False), parts=[file("text/csv", "a,b\r\n", name="t.csv", disposition="attachment")],
     complaints=["ends before its last boundary"])
case("cut-in-a-part", mixed(TEXT, part("text/csv", "a,b\r\nc", 'Content-Disposition: attachment; filename="t.csv"'), end=False).rstrip(),
     parts=[file("text/csv", "a,b\r\nc", name="t.csv", disposition="attachment")], complaints=["ends before its last boundary"])
case("cut-in-the-header-of-a-part", mixed(TEXT, end=False) + b"--b1\r\nContent-Type: text/csv; na", complaints=["ends before its last boundary"],
     parts=[file("text/csv", "")])
case("inner-multipart-never-closed", mixed(part('multipart/alternative; boundary="b2"', many(TEXT, part("text/html", "<p>Body.</p>"), boundary="b2", end=False)), CSV),
     html="<p>Body.</p>", parts=[CSV_FILE], complaints=["has a multipart without its last boundary"])
case("same-boundary-twice", mixed(part('multipart/alternative; boundary="b1"', many(TEXT, part("text/html", "<p>Body.</p>"))), CSV),
     html="<p>Body.</p>", parts=[CSV_FILE])
case("boundary-not-named", mail("Content-Type: multipart/mixed", body=many(TEXT, CSV)), parts=[CSV_FILE],
     complaints=["names no boundary, or another one than it uses"])
case("boundary-other-than-named", mail('Content-Type: multipart/mixed; boundary="other"', body=many(TEXT, CSV)), parts=[CSV_FILE],
     complaints=["names no boundary, or another one than it uses"])
case("multipart-without-parts", mail("Content-Type: multipart/mixed; boundary=b1"), complaints=["is said to have parts, and has none"])
case("multipart-with-no-part-at-all", mail("Content-Type: multipart/mixed; boundary=b1", body="--b1--\r\n"), text=None, source="none")
case("parts-behind-the-last-boundary", mixed(TEXT) + many(CSV), parts=[CSV_FILE])
case("boundary-without-quotes", mail("Content-Type: multipart/mixed; boundary=b1; charset=utf-8", body=many(TEXT, CSV)), parts=[CSV_FILE])
case("boundary-in-pieces", mail('Content-Type: multipart/mixed; boundary*0="b"; boundary*1="1"', body=many(TEXT, CSV)), parts=[CSV_FILE])
case("boundary-folded", mail('Content-Type: multipart/mixed;\r\n\tboundary="b1"', body=many(TEXT, CSV)), parts=[CSV_FILE])
case("boundary-in-capitals", mail('CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY="b1"', body=many(TEXT, CSV)), parts=[CSV_FILE])
case("multipart-of-an-unknown-kind", mixed(TEXT, CSV, kind="x-none-such"), parts=[CSV_FILE])
case("parts-without-a-header", mixed(b"\r\nBody.", CSV), parts=[CSV_FILE])
case("part-that-is-empty", mixed(TEXT, b""), )
case("header-of-a-part-meets-the-boundary", mixed(b"Content-Type: text/csv", TEXT), text="Body.",
     parts=[file("text/csv", "")], complaints=["has lines in a header that are no fields"])
case("no-mime-version", mail('Content-Type: multipart/mixed; boundary="b1"', body=many(TEXT, CSV)), parts=[CSV_FILE])
case("multipart-said-to-be-in-base64", mail('Content-Type: multipart/mixed; boundary="b1"', "Content-Transfer-Encoding: base64", body=many(TEXT, CSV)),
     parts=[CSV_FILE])
case("digest", mixed(b"\r\nSubject: One\r\n\r\n1", b"\r\nSubject: Two\r\n\r\n2", kind="digest"), text=None, source="none",
     parts=[file("message/rfc822", "Subject: One\r\n\r\n1", "message", subject="One"), file("message/rfc822", "Subject: Two\r\n\r\n2", "message", subject="Two")])
case("alternative-with-a-picture", mixed(TEXT, part('multipart/related; boundary="b2"', many(part("text/html", '<p>Body.</p><img src="cid:pic@x">'), PIC, boundary="b2")), kind="alternative"),
     html='<p>Body.</p><img src="cid:pic@x">', parts=[PIC_FILE])
case("related-around-alternative", mixed(part('multipart/alternative; boundary="b2"', many(TEXT, part("text/html", '<p>Body.</p><img src="cid:pic@x">'), boundary="b2")), PIC, kind="related"),
     html='<p>Body.</p><img src="cid:pic@x">', parts=[PIC_FILE])
case("picture-shown-though-it-is-an-attachment", mixed(part("text/html", '<img src="cid:pic@x"><p>Body.</p>'),
     part("image/png", b64(PNG), "Content-Transfer-Encoding: base64", "Content-ID: pic@x", "Content-Disposition: attachment")),
     source="html", html='<img src="cid:pic@x"><p>Body.</p>', parts=[file("image/png", PNG, "inline", cid="pic@x", disposition="attachment")])
case("picture-with-an-id-that-nobody-shows", mixed(TEXT, part("image/png", b64(PNG), "Content-Transfer-Encoding: base64", "Content-ID: <q@x>", 'Content-Disposition: attachment; filename="q.png"')),
     parts=[file("image/png", PNG, name="q.png", cid="q@x", disposition="attachment")])
case("text-picture-text", mixed(part("text/plain", "One."), PIC, part("text/plain", "Two.")), text="One.\n\nTwo.", parts=[PIC_FILE])
case("apple-mail-with-a-file-in-the-middle", mixed(TEXT, part('multipart/mixed; boundary="b2"', many(part("text/html", "<p>Bo</p>"), CSV, part("text/html", "<p>dy.</p>"), boundary="b2")), kind="alternative"),
     html="<p>Bo</p>\n<p>dy.</p>", parts=[CSV_FILE])
case("mailing-list-footer", mixed(TEXT, part("text/plain", "_____\r\nUnsubscribe")), text="Body.\n\n_____\nUnsubscribe")
case("text-as-an-attachment-comes-first", mixed(part("text/plain", "log", 'Content-Disposition: attachment; filename="log.txt"'), TEXT),
     parts=[file("text/plain", "log", name="log.txt", disposition="attachment")])
case("text-with-a-name-comes-second", mixed(TEXT, part('text/plain; name="log.txt"', "log")), parts=[file("text/plain", "log", name="log.txt")])
case("text-with-a-name-comes-first", mixed(part('text/plain; name="body.txt"', "Body."), CSV), parts=[CSV_FILE])
case("only-a-file", mail("Content-Type: application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64", body=b64("%PDF-1.4 x")), text=None, source="none",
     parts=[file("application/pdf", "%PDF-1.4 x", name="a.pdf")])
case("only-a-picture", mail("Content-Type: image/png", "Content-Transfer-Encoding: base64", "Content-Disposition: inline", body=b64(PNG)), text=None, source="none",
     parts=[file("image/png", PNG, "inline", disposition="inline")])
case("calendar-in-alternative", mixed(TEXT, part("text/html", "<p>Body.</p>"), part("text/calendar; method=REQUEST; charset=utf-8", "BEGIN:VCALENDAR\r\nEND:VCALENDAR"), kind="alternative"),
     html="<p>Body.</p>", parts=[file("text/calendar", "BEGIN:VCALENDAR\r\nEND:VCALENDAR", "calendar")])
case("amp-in-alternative", mixed(TEXT, part("text/x-amp-html", "<html amp4email></html>"), part("text/html", "<p>Body.</p>"), kind="alternative"),
     html="<p>Body.</p>", parts=[file("text/x-amp-html", "<html amp4email></html>")])
case("mail-within-a-mail", mixed(TEXT, part("message/rfc822", "From: bob@example.com\r\nSubject: =?utf-8?Q?=C3=85?=\r\n\r\nInner", 'Content-Disposition: attachment; filename="old.eml"')),
     parts=[file("message/rfc822", "From: bob@example.com\r\nSubject: =?utf-8?Q?=C3=85?=\r\n\r\nInner", "message", subject="Å", name="old.eml", disposition="attachment")])
INNER = b"Subject: Inner\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n" + many(part("text/plain", "x"), boundary="in")
case("mail-with-parts-within-a-mail", mixed(TEXT, part("message/rfc822", INNER), CSV),
     parts=[file("message/rfc822", INNER.decode(), "message", subject="Inner"), CSV_FILE])
case("mail-in-base64-within-a-mail", mixed(TEXT, part("message/rfc822", b64("Subject: Inner\r\n\r\nx"), "Content-Transfer-Encoding: base64")),
     parts=[file("message/rfc822", "Subject: Inner\r\n\r\nx", "message", subject="Inner")])
case("mail-within-is-empty", mixed(TEXT, part("message/rfc822", "")), parts=[file("message/rfc822", "", "message")])
case("mail-is-a-mail", mail("Content-Type: message/rfc822", body="Subject: Inner\r\n\r\nx"), text=None, source="none",
     parts=[file("message/rfc822", "Subject: Inner\r\n\r\nx", "message", subject="Inner")])
STATUS = "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; a@x.example\r\nAction: failed\r\nStatus: 5.1.1"
case("delivery-report", mixed(TEXT, part("message/delivery-status", STATUS), part("text/rfc822-headers", "Subject: x"), kind="report", extra="; report-type=delivery-status"),
     parts=[file("message/delivery-status", STATUS, "report"), file("text/rfc822-headers", "Subject: x", "report")])
case("read-receipt", mixed(TEXT, part("message/disposition-notification", "Disposition: manual-action; displayed"), kind="report", extra="; report-type=disposition-notification"),
     parts=[file("message/disposition-notification", "Disposition: manual-action; displayed", "report")])
case("complaint-report", mixed(TEXT, part("message/feedback-report", "Feedback-Type: abuse"), part("message/rfc822", "Subject: Ad\r\n\r\nx"), kind="report"),
     parts=[file("message/feedback-report", "Feedback-Type: abuse", "report"), file("message/rfc822", "Subject: Ad\r\n\r\nx", "message", subject="Ad")])
case("macintosh-file", mixed(TEXT, part('multipart/appledouble; boundary="b2"', many(part("application/applefile; name=t.csv", "AAUWBw=="), part('text/csv; name="t.csv"', "a,b"), boundary="b2"))),
     parts=[file("text/csv", "a,b", name="t.csv")])
case("partial", mail('Content-Type: message/partial; id="x"; number=1; total=2', body="Subject: x\r\n\r\ny"), text=None, source="none",
     parts=[file("message/partial", "Subject: x\r\n\r\ny")])
case("external-body", mixed(TEXT, part('message/external-body; access-type=URL; URL="https://x.example/a"', "Content-Type: image/png\r\n")),
     parts=[file("message/external-body", "Content-Type: image/png\r\n")])
case("content-type-without-a-subtype", mail("Content-Type: text"))
case("content-type-that-is-none", mail("Content-Type: ;;;"))
case("content-type-empty", mail("Content-Type:"))
case("content-type-without-semicolon", mail("Content-Type: text/plain charset=iso-8859-1", body="Grüße".encode("latin-1")), text="Grüße")
case("content-type-with-a-comment", mail("Content-Type: text/plain (plain); charset=us-ascii (ascii)"))
case("two-content-types", mail("Content-Type: text/plain", "Content-Type: text/html"), complaints=["has the field Content-Type 2 times"])
case("part-of-no-known-type", mixed(TEXT, part("nonsense", "x", "Content-Disposition: attachment; filename=x.bin")),
     parts=[file("text/plain", "x", name="x.bin", disposition="attachment")])
