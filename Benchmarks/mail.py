#!/usr/bin/env python3
"""Measures the reading of mails against peers in one run, on one core, round after round:

  ours            structure, header, text choice, charsets, all content decoded
  bare GMime      structure, and all content decoded; nothing is made of it
  Python's email  the default policy: structure, addresses, subject and date, all content decoded

Three sets of mails: `letters` and `files`, made here and always the same (short answers and newsletters with HTML; mails
with a file of up to two megabytes), and `awkward`, the corpus of Tests/MailTests but for what ends Python's parser. Figures
are megabytes and mails a second, medians over the rounds; the ratios are medians of the rounds' own.
"""
import argparse, base64, email, email.policy, json, pathlib, random, shutil, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORDS = ("the order parcel still has not come and I would like to know when it will be here thank you for your answer "
         "grüße från Åsa hälsningar pozdrowienia merci beaucoup invoice 4711 delivery Tuesday").split()


def sentence(dice, count):
    return " ".join(dice.choice(WORDS) for _ in range(count))


def paragraphs(dice, count):
    return [sentence(dice, dice.randint(10, 60)) for _ in range(count)]


def quoted(text):
    import quopri
    return quopri.encodestring(text.encode()).decode().replace("\n", "\r\n")


def letter(dice, number, has_file):
    """One mail as people and programs send them."""
    kind = 8 if has_file else number % 8
    head = (f"Received: from mx{number}.example.net (mx{number}.example.net [192.0.2.{number % 250}])\r\n\tby mail.shop.example "
            f"with ESMTPS id {number:08x}\r\n\tfor <help@shop.example>; Sun, 1 Mar 2026 10:00:00 +0000\r\n" * 4
            + f"From: =?utf-8?Q?=C3=85sa_Ek_{number}?= <asa{number}@example.com>\r\nTo: help@shop.example\r\n"
            f"Subject: =?utf-8?B?{base64.b64encode(sentence(dice, 4).encode()).decode()}?=\r\n"
            f"Date: Sun, 1 Mar 2026 11:00:00 +0100\r\nMessage-ID: <m{number}@example.com>\r\n"
            f"References: <a{number}@shop.example>\r\n <b{number}@shop.example>\r\nMIME-Version: 1.0\r\n")
    plain = "\r\n\r\n".join(paragraphs(dice, dice.randint(2, 20)))
    html = "<html><body>" + "".join(f'<table><tr><td style="font:Arial"><p>{p} <a href="https://shop.example/{number}">more</a></p></td></tr></table>'
                                    for p in paragraphs(dice, dice.randint(5, 60))) + "</body></html>"
    text = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{quoted(plain)}\r\n"
    page = f"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{quoted(html)}\r\n"
    if kind < 3:
        return (head + text).encode()
    if kind == 3:
        return (head + page).encode()
    both = f'Content-Type: multipart/alternative; boundary="alt{number}"\r\n\r\n--alt{number}\r\n{text}--alt{number}\r\n{page}--alt{number}--\r\n'
    if kind < 8:
        return (head + both).encode()
    size = dice.choice([20_000, 200_000, 1_500_000])
    data = base64.encodebytes(dice.randbytes(size)).decode().replace("\n", "\r\n")
    return (head + f'Content-Type: multipart/mixed; boundary="mix{number}"\r\n\r\n--mix{number}\r\n{both}--mix{number}\r\n'
            f'Content-Type: application/pdf; name="a{number}.pdf"\r\nContent-Disposition: attachment; filename="a{number}.pdf"\r\n'
            f"Content-Transfer-Encoding: base64\r\n\r\n{data}--mix{number}--\r\n").encode()


def by_python(mails, seconds):
    """As deep as ours: every part decoded, text as text; what Python refuses to decode is taken as bytes."""
    count = size = 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        for raw in mails:
            mail = email.message_from_bytes(raw, policy=email.policy.default)
            for name in ("from", "to", "cc", "subject", "date", "message-id", "references"):
                try:
                    str(mail[name])
                except Exception:
                    pass
            for part in mail.walk():
                if part.is_multipart():
                    continue
                part.get_filename()
                try:
                    part.get_content()
                except Exception:
                    part.get_payload(decode=True)
            count += 1
            size += len(raw)
    elapsed = time.perf_counter() - began
    return {"mails": count / elapsed, "megabytes": size / elapsed / 1e6}


def can_python(raw):
    """Some awkward mails end Python's parser; nobody reads those."""
    try:
        email.message_from_bytes(raw, policy=email.policy.default)
        return True
    except Exception:
        return False


def by_tool(tool, folder, seconds, *flags):
    command = [tool, "mail", str(folder), "--seconds", str(seconds), *flags]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True, help="the built bench")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--json", action="store_true")
    order = parser.parse_known_args()[0]
    with tempfile.TemporaryDirectory() as folder:
        places = {name: pathlib.Path(folder) / name for name in ("letters", "files")}
        dice = random.Random(1)
        for name, place in places.items():
            place.mkdir()
            for number in range(160 if name == "letters" else 40):
                (place / f"{number:03}.eml").write_bytes(letter(dice, number, name == "files"))
        places["awkward"] = pathlib.Path(folder) / "awkward"
        places["awkward"].mkdir()
        for path in sorted((ROOT / "Tests/MailTests/Corpus").glob("*.eml")):
            if can_python(path.read_bytes()):
                shutil.copy(path, places["awkward"])
        result = {}
        for name, place in places.items():
            mails = [path.read_bytes() for path in sorted(place.glob("*.eml"))]
            rounds = []
            for turn in range(order.rounds):
                print(f"{name}, round {turn + 1} of {order.rounds}", file=sys.stderr)
                rounds.append({"ours": by_tool(order.tool, place, order.seconds),
                               "gmime": by_tool(order.tool, place, order.seconds, "--gmime"),
                               "python": by_python(mails, order.seconds)})
            figures = {who: {unit: statistics.median(r[who][unit] for r in rounds) for unit in ("megabytes", "mails")}
                       for who in ("ours", "gmime", "python")}
            ratios = {who: statistics.median(r["ours"]["megabytes"] / r[who]["megabytes"] for r in rounds) for who in ("gmime", "python")}
            result[name] = {"count": len(mails), "bytes": sum(map(len, mails)), **figures, "ratios": ratios}
    if order.json:
        print(json.dumps(result))
        return
    for name, found in result.items():
        print(f"{name}: {found['count']} mails, {found['bytes'] / 1e6:.1f} MB")
        for who in ("ours", "gmime", "python"):
            ratio = f"   ours is {found['ratios'][who]:.2f} of it" if who in found["ratios"] else ""
            print(f"  {who:<8}{found[who]['megabytes']:10.1f} MB/s{found[who]['mails']:12.0f} mails/s{ratio}")


if __name__ == "__main__":
    main()
