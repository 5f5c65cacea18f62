"""What nobody sends by mistake."""
from corpus import case, file, lines, mail, many, multi, part

case("nothing", b"", usual=False, degraded=True, complaints=["names no address that it is from", "is empty"],
     parts=[file("message/rfc822", "", "raw", name="mail.eml")])
case("one-line-feed", b"\n", usual=False, degraded=True, complaints=["names no address that it is from", "has no header"],
     parts=[file("message/rfc822", "\n", "raw", name="mail.eml")])
case("text-without-a-header", b"Just a text.\nWith two lines.\n", usual=False, text="Just a text.\nWith two lines.", source="plain", degraded=True,
     complaints=["has lines in a header that are no fields", "names no address that it is from", "has no header"],
     parts=[file("message/rfc822", "Just a text.\nWith two lines.\n", "raw", name="mail.eml")])
NOISE = bytes((i * 37 + 11) % 256 for i in range(300)).replace(b"\n", b"x").replace(b"\r", b"x").replace(b":", b"x")
DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(1000))
deep = mail(body="").rstrip(b"\r\n") + b"\r\n" + DEEP + b"\r\nDeep."
case("a-thousand-multiparts-deep", deep, text=None, source="none", degraded=True,
     complaints=["has parts in one another deeper than 64; they were not read", "ends before its last boundary"],
     parts=[file("message/rfc822", deep, "raw", name="mail.eml")])
MAILS = b"".join(b"Content-Type: message/rfc822\r\n\r\n" for i in range(1000))
case("a-thousand-mails-deep", mail(body="").rstrip(b"\r\n") + b"\r\n" + MAILS + b"Subject: Deep\r\n\r\nx", text=None, source="none",
     parts=[file("message/rfc822", MAILS[len(b"Content-Type: message/rfc822\r\n\r\n"):] + b"Subject: Deep\r\n\r\nx", "message")])
bomb = mail("Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\nx\r\n" * 10000 + b"--b--\r\n")
case("ten-thousand-parts", bomb, text="\n\n".join(["x"] * 1999), degraded=True,
     complaints=["has more than 2000 parts; the rest was not read"],
     parts=[file("message/rfc822", bomb, "raw", name="mail.eml")])
heads = mail(*["X-%d: x" % i for i in range(6000)])
case("six-thousand-fields", heads, degraded=True, complaints=["has too many header fields; the rest was not read"],
     parts=[file("message/rfc822", heads, "raw", name="mail.eml")])
case("brackets-in-plenty", mail(From="(" * 3000 + " ann@example.com"), from_=["(" * 3000 + " <ann@example.com>"])
case("commas-in-plenty", mail(To=", " * 3000 + "a@example.com"), to=["a@example.com"])
case("html-too-deep", mail("Content-Type: text/html", body="<div>" * 1000 + "Body."), source="html", html="<div>" * 1000 + "Body.", degraded=True,
     complaints=["has HTML too long or too deep to be read in full"],
     parts=[file("message/rfc822", mail("Content-Type: text/html", body="<div>" * 1000 + "Body."), "raw", name="mail.eml")])
case("parameters-in-plenty", mail("Content-Type: text/plain" + "; a=b" * 3000))
case("boundaries-and-nothing-else", mail("Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n--b\r\n--b--\r\n"), text=None, source="none",
     complaints=["has lines in a header that are no fields"])

# What came later, of every kind: numbers of cases stay as they are.
PLAIN = mail("Content-Type: text/markdown", body="# Body.")
case("only-a-text-of-another-kind", PLAIN, text="# Body.")
case("only-a-calendar", mail("Content-Type: text/calendar; method=REPLY", body="BEGIN:VCALENDAR\r\nEND:VCALENDAR"), text=None, source="none",
     parts=[file("text/calendar", "BEGIN:VCALENDAR\r\nEND:VCALENDAR", "calendar")])
case("boundary-named-on-a-folded-line-without-semicolon", mail("Content-Type: multipart/mixed\r\n\tboundary=\"b1\"", body=many(part("text/plain", "Body."))))
case("disposition-without-a-word", mail(*multi("mixed", part("text/plain", "Body."), part("image/png", "x", "Content-Disposition: ;\r\n filename=\"i.png\""))[0],
     body=multi("mixed", part("text/plain", "Body."), part("image/png", "x", "Content-Disposition: ;\r\n filename=\"i.png\""))[1]),
     parts=[file("image/png", "x", name="i.png")])
case("boundary-that-ends-in-hyphens", mail('Content-Type: multipart/mixed; boundary="a--"',
     body=b"--a--\r\nContent-Type: multipart/mixed; boundary=\"a----\"\r\n\r\n--a----\r\nContent-Type: text/plain\r\n\r\nBody.\r\n--a------\r\n--a----\r\n"),
     complaints=None)
case("subject-in-many-short-words", mail(Subject="=?UTF-8?B?SGU=?=\r\n =?UTF-8?B?bGw=?=\r\n =?UTF-8?Q?o?=\r\n =?UTF-8?B??=\r\n "))
case("date-before-mail", mail(Date="Thu, 1 Jan 1601 00:00:00 +0000"), date=None,
     complaints=["has a date that is none: Thu, 1 Jan 1601 00:00:00 +0000"])
case("utf-8-with-much-that-is-none", mail("Content-Type: text/plain; charset=utf-8", body="yö ".encode() + b"\xf6 \xe4 \xfc \xdf"),
     text="yö \ufffd \ufffd \ufffd \ufffd", complaints=["has text that is not in the charset it names (utf-8)"])
fields, body = multi("alternative", part("text/plain", "Body."), part("text/enriched", "<bold>Body.</bold>"), part("text/html", "<p>Body.</p>"))
case("alternative-in-three-ways", mail(*fields, body=body), html="<p>Body.</p>", parts=[file("text/enriched", "<bold>Body.</bold>")])
