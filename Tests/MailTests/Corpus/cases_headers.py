"""Header fields: addresses, encoded words, dates, ids."""
from corpus import case, lines, mail, word

case("plain", mail())
case("line-feeds-alone", mail().replace(b"\r\n", b"\n"))
case("carriage-returns-alone", mail().replace(b"\r\n", b"\r"))
case("doubled-carriage-returns", mail().replace(b"\r\n", b"\r\r\n"))
case("mixed-line-ends", mail().replace(b"Subject: Hello\r\n", b"Subject: Hello\n"))
case("mailbox-from-line", b"From ann@example.com Sun Mar  1 10:00:00 2026\r\n" + mail())
case("quoted-from-line", b">From ann@example.com Sun Mar  1 10:00:00 2026\r\n" + mail())
case("empty-lines-in-front", b"\r\n\n" + mail())
case("byte-order-mark-in-front", b"\xef\xbb\xbf" + mail())
case("folded-subject", mail(Subject="Hello\r\n there,\r\n\thow are you"), subject="Hello there,\thow are you".replace("\t", " "))
case("folded-at-once", mail(Subject="\r\n Hello"))
case("spaces-before-the-colon", mail(Subject=None).replace(b"To:", b"Subject  : Hello\r\nTo:"))
case("no-space-behind-the-colon", mail().replace(b"Subject: ", b"Subject:"))
case("names-in-any-case", mail().replace(b"Subject", b"sUBJECT").replace(b"From", b"FROM").replace(b"Message-ID", b"message-id"))
case("two-subjects", mail("Subject: Other"), complaints=["has the field Subject 2 times"])
case("two-froms", mail("From: eve@evil.example"), complaints=["has the field From 2 times"])
case("no-subject", mail(Subject=None), subject=None)
case("empty-subject", mail(Subject=""), subject=None)
case("no-body", b"From: ann@example.com\r\nSubject: Hello\r\n", usual=False, from_=["ann@example.com"], subject="Hello")
case("header-cut-off", b"From: ann@example.com\r\nSubject: Hel", usual=False, from_=["ann@example.com"], subject="Hel")
case("only-a-header-without-line-end", b"Subject: x", usual=False, subject="x", complaints=["names no address that it is from"])
case("line-without-colon-in-the-header", mail().replace(b"To:", b"This is no field\r\nTo:"),
     complaints=["has lines in a header that are no fields"])
case("body-without-an-empty-line",
     b"From: Ann <ann@example.com>\r\nSubject: Hello\r\nThis line has no colon.\r\nNor has this.\r\n",
     usual=False, from_=["Ann <ann@example.com>"], subject="Hello", text="This line has no colon.\nNor has this.",
     source="plain", complaints=["has lines in a header that are no fields"])
case("line-of-spaces-ends-the-header", mail().replace(b"\r\n\r\n", b"\r\n  \r\n"),
     complaints=["has lines in a header that are no fields"])
case("line-of-spaces-within-a-field", mail(Subject="Hello\r\n \r\n there"), subject="Hello  there")
case("name-with-a-space-is-no-field", mail("Bad Name: x"), text="Bad Name: x\n\nBody.",
     complaints=["has lines in a header that are no fields"])

case("address-with-quotes", mail(From='"Lee, Ann" <ann@example.com>'), from_=["Lee, Ann <ann@example.com>"])
case("address-with-escaped-quotes", mail(From='"Ann \\"the boss\\" Lee" <ann@example.com>'),
     from_=['Ann "the boss" Lee <ann@example.com>'])
case("comma-without-quotes", mail(From="Lee, Ann <ann@example.com>"), from_=["Lee, Ann <ann@example.com>"])
case("address-alone", mail(From="ann@example.com"), from_=["ann@example.com"])
case("address-then-comment", mail(From="ann@example.com (Ann Lee)"), from_=["Ann Lee <ann@example.com>"])
case("comments-everywhere", mail(From="(a) Ann (b (c)) <(d)ann(e)@(f)example.com> (g)"), from_=["Ann <ann@example.com>"])
case("groups", mail(To="Team: ann@example.com, Bob <bob@example.com>;, c@example.com"),
     to=["ann@example.com", "Bob <bob@example.com>", "c@example.com"])
case("undisclosed-recipients", mail(To="undisclosed-recipients:;"), to=None)
case("semicolons-between-addresses", mail(To="a@example.com; b@example.com;c@example.com"),
     to=["a@example.com", "b@example.com", "c@example.com"])
case("empty-places-in-a-list", mail(To=",a@example.com,,\r\n ,b@example.com,"), to=["a@example.com", "b@example.com"])
case("route-before-an-address", mail(From="Ann <@a.example,@b.example:ann@example.com>"))
case("bracket-never-closed", mail(From="Ann <ann@example.com"))
case("bracket-never-opened", mail(From="Ann ann@example.com>"))
case("brackets-doubled", mail(From="Ann <<ann@example.com>>"))
case("quote-never-closed", mail(From='"Ann <ann@example.com>'))
case("spaces-in-an-address", mail(From="Ann < ann @ example . com >"))
case("upper-case-domain", mail(From="Ann <Ann.Lee@EXAMPLE.Com>"), from_=["Ann <Ann.Lee@example.com>"])
case("address-as-its-own-name", mail(From='"ann@example.com" <ann@example.com>'),
     from_=["ann@example.com <ann@example.com>"])
case("name-in-single-quotes", mail(From="'Ann' <ann@example.com>"))
case("mailto-in-an-address", mail(From="Ann <mailto:ann@example.com>"))
case("quoted-local-part", mail(From='"ann lee"@example.com'), from_=['"ann lee"@example.com'])
case("needless-quotes", mail(From='Ann <"ann"@example.com>'))
case("address-literal", mail(From="ann@[192.0.2.7]"), from_=["ann@[192.0.2.7]"])
case("no-from", mail(From=None), from_=None, complaints=["names no address that it is from"])
case("null-sender", mail(From="Mail Delivery System <>"), from_=["Mail Delivery System <>"],
     complaints=["names no address that it is from"])
case("name-without-an-address", mail(From="Ann Lee"), from_=["Ann Lee <>"], complaints=["names no address that it is from"])
case("international-address", mail(From="Åsa <åsa@exämple.se>"), from_=["Åsa <åsa@exämple.se>"])
case("latin-1-name-without-a-charset", mail(From=b"J\xf6rg <ann@example.com>"), from_=["Jörg <ann@example.com>"])
case("encoded-name", mail(From=word("Åsa Ek", how="Q") + " <ann@example.com>"), from_=["Åsa Ek <ann@example.com>"])
case("encoded-name-in-quotes", mail(From='"' + word("Ek, Åsa") + '" <ann@example.com>'), from_=["Ek, Åsa <ann@example.com>"])
case("encoded-name-with-a-comma", mail(From="=?utf-8?Q?Ek,_Ann?= <ann@example.com>"), from_=["Ek, Ann <ann@example.com>"])
case("encoded-address", mail(From=word("Ann <ann@example.com>")))
case("encoded-name-touching-the-bracket", mail(From="=?utf-8?Q?Ann?=<ann@example.com>"))
case("all-the-people", mail("Cc: c@example.com", "Bcc: d@example.com", "Reply-To: r@example.com", "Sender: s@example.com",
                            To="a@example.com\r\nTo: b@example.com"),
     to=["a@example.com", "b@example.com"], cc=["c@example.com"], bcc=["d@example.com"], reply_to=["r@example.com"],
     sender="s@example.com", complaints=["has the field To 2 times"])

case("subject-in-base64", mail(Subject=word("Größe und Maß")), subject="Größe und Maß")
case("subject-in-q", mail(Subject="=?ISO-8859-1?Q?a_=E9t=E9?="), subject="a été")
case("subject-in-pieces", mail(Subject=word("Grö") + "\r\n " + word("ße")), subject="Größe")
case("character-cut-in-two", mail(Subject="=?utf-8?Q?Gr=C3?= =?utf-8?Q?=B6=C3=9Fe?="), subject="Größe")
case("base64-cut-anywhere", mail(Subject="=?utf-8?B?R3LDtsO?= =?utf-8?B?fZQ==?="), subject="Größe")
case("words-beside-text", mail(Subject="Re: =?utf-8?Q?=C3=A5?= and =?utf-8?Q?=C3=B6?= b"), subject="Re: å and ö b")
case("word-within-a-word", mail(Subject="x=?utf-8?Q?=C3=A5?=y"), subject="xåy")
case("spaces-in-a-word", mail(Subject="=?utf-8?Q?a b =C3=A5?="), subject="a b å")
case("question-marks-in-a-word", mail(Subject="=?utf-8?Q?What?=20now?=3F?="), subject="What? now??")
case("word-with-a-language", mail(Subject="=?utf-8*sv?Q?=C3=A5?="), subject="å")
case("word-cut-off", mail(Subject="=?utf-8?Q?Gr=C3=B6=C3=9Fe_und_M"), subject="Größe und M")
case("word-of-an-unknown-charset", mail(Subject="=?x-nowhere?Q?Gr=F6=DFe?="), subject="Größe")
case("word-of-an-unknown-encoding", mail(Subject="=?utf-8?Z?abc?="), subject="=?utf-8?Z?abc?=")
case("word-with-broken-q", mail(Subject="=?utf-8?Q?a=zz=4?="), subject="a=zz=4")
case("word-with-broken-base64", mail(Subject="=?utf-8?B?SGVs*bG8?="))
case("word-that-is-empty", mail(Subject="=?utf-8?Q??= Hello"), subject="Hello")
case("word-with-a-line-break-in-it", mail(Subject="=?utf-8?Q?Hello=0D=0ABcc:_eve@evil.example?="),
     subject="Hello  Bcc: eve@evil.example")
case("gb2312-that-is-gb18030", mail(Subject="=?gb2312?B?" + __import__("base64").b64encode("朱镕基你好".encode("gb18030")).decode() + "?="),
     subject="朱镕基你好")
case("japanese-subject", mail(Subject=word("日本語のテスト", "iso-2022-jp")), subject="日本語のテスト")
case("raw-utf-8-subject", mail(Subject="Größe 😀"), subject="Größe 😀")
case("raw-latin-1-subject", mail(Subject=b"Gr\xf6\xdfe"), subject="Größe")
case("nul-in-a-subject", mail(Subject=b"Hel\x00lo"))
case("tab-in-a-subject", mail(Subject="Hello\tthere"), subject="Hello there")
case("very-long-subject", mail(Subject="x" * 5000), subject="x" * 5000)

case("date-without-a-weekday", mail(Date="1 Mar 2026 10:00:00 GMT"))
case("date-with-a-comment", mail(Date="Sun, 1 Mar 2026 11:00:00 +0100 (CET)"))
case("date-of-two-digits", mail(Date="1 Mar 26 10:00 UT"))
case("date-of-the-last-century", mail(Date="Sat, 01 Mar 97 05:00:00 EST"), date="1997-03-01T10:00:00.000Z")
case("date-with-an-old-zone", mail(Date="Sun, 1 Mar 2026 02:00:00 PST"))
case("date-as-iso-8601", mail(Date="2026-03-01T10:00:00Z"))
case("date-as-asctime", mail(Date="Sun Mar  1 10:00:00 2026"))
case("date-with-hyphens", mail(Date="01-Mar-2026 10:00:00 +0000"))
case("date-with-gmt-and-offset", mail(Date="Sun, 1 Mar 2026 12:00:00 GMT+0200"))
case("date-without-a-zone", mail(Date="Sun, 1 Mar 2026 10:00:00"))
case("date-with-a-long-month", mail(Date="Sunday, March 1, 2026 10:00 AM"))
case("date-in-the-afternoon", mail(Date="1 Mar 2026 01:30:00 PM +0000"), date="2026-03-01T13:30:00.000Z")
case("date-with-a-leap-second", mail(Date="Wed, 31 Dec 2008 23:59:60 +0000"), date="2009-01-01T00:00:00.000Z")
case("date-on-a-day-that-is-none", mail(Date="Mon, 30 Feb 2026 10:00:00 +0000"), date=None,
     complaints=["has a date that is none: Mon, 30 Feb 2026 10:00:00 +0000"])
case("date-that-is-a-word", mail(Date="yesterday"), date=None, complaints=["has a date that is none: yesterday"])
case("date-before-1970", mail(Date="Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)"), date="1969-02-14T03:02:00.000Z")
case("date-folded", mail(Date="Sun,\r\n 1 Mar 2026\r\n 11:00:00 +0100"))
case("no-date", mail(Date=None), date=None)

case("references", mail("In-Reply-To: <b@x.example>", "References: <a@x.example>\r\n\t<b@x.example>"),
     in_reply_to=["b@x.example"], references=["a@x.example", "b@x.example"])
case("references-without-spaces", mail("References: <a@x.example><b@x.example>,<c@x.example>"),
     references=["a@x.example", "b@x.example", "c@x.example"])
case("references-without-brackets", mail("References: a@x.example b@x.example"), references=["a@x.example", "b@x.example"])
case("references-folded-within-an-id", mail("References: <a@x.ex\r\n ample> <b@x.example>"),
     references=["a@x.example", "b@x.example"])
case("references-encoded", mail("References: =?utf-8?Q?=3Ca=40x=2Eexample=3E?=\r\n =?utf-8?Q?_=3Cb=40x=2Eexample=3E?="),
     references=["a@x.example", "b@x.example"])
case("references-repeated", mail("References: <a@x.example> <a@x.example>", "References: <b@x.example>"),
     references=["a@x.example", "b@x.example"])
case("references-never-closed", mail("References: <a@x.example <b@x.example>"), references=["a@x.example", "b@x.example"])
case("in-reply-to-a-sentence", mail('In-Reply-To: Your message of "Sun, 1 Mar" <b@x.example>'), in_reply_to=["b@x.example"])
case("in-reply-to-without-an-id", mail("In-Reply-To: Message from Ann on Sunday"))
case("message-id-without-brackets", mail(Message_ID="m1@example.com"))
case("message-id-with-spaces", mail(Message_ID="< m1@example.com >"))
case("message-id-without-a-domain", mail(Message_ID="<abc>"), id="abc")
case("message-id-with-a-comment", mail(Message_ID="<m1@example.com> (added by hand)"))
case("no-message-id", mail(Message_ID=None), id=None)
