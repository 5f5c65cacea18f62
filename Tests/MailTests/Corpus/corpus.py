#!/usr/bin/env python3
"""Writes the corpus: NNN-name.eml and NNN-name.json, the mail and how it is to be read.

Every mail is made here, and every reading is written here by hand; the tests hold the reader to it. Numbers follow the order
of the cases, so a new case comes last. Run it from anywhere: python3 Tests/MailTests/Corpus/corpus.py
"""
import base64
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = []
USUAL = {
    "from": ["Ann <ann@example.com>"],
    "to": ["help@shop.example"],
    "subject": "Hello",
    "date": "2026-03-01T10:00:00.000Z",
    "id": "m1@example.com",
    "text": "Body.",
    "source": "plain",
}


def case(name, raw, usual=True, **expected):
    """A mail and its reading. `usual`: what is not said is as in `mail`; None: is not there."""
    reading = dict(USUAL) if usual else {"source": "none"}
    reading.update({key.rstrip("_"): value for key, value in expected.items()})
    reading = {key: value for key, value in reading.items() if value not in (None, [], "")}
    CASES.append((name, raw if isinstance(raw, bytes) else raw.encode("utf-8"), reading))


def lines(*rows):
    return b"\r\n".join(r if isinstance(r, bytes) else r.encode("utf-8") for r in rows)


def mail(*fields, body="Body.\r\n", **changed):
    """A mail with the usual header; `changed` replaces fields (None: leaves them out), `fields` come after them."""
    usual = {"From": "Ann <ann@example.com>", "To": "help@shop.example", "Subject": "Hello",
             "Date": "Sun, 1 Mar 2026 11:00:00 +0100", "Message_ID": "<m1@example.com>"}
    usual.update(changed)
    rows = []
    for key, value in usual.items():
        if value is None:
            continue
        value = value if isinstance(value, bytes) else value.encode("utf-8")
        rows.append(key.replace("_", "-").encode() + b": " + value)
    rows += [f if isinstance(f, bytes) else f.encode("utf-8") for f in fields]
    body = body if isinstance(body, bytes) else body.encode("utf-8")
    return b"\r\n".join(rows) + b"\r\n\r\n" + body


def multi(kind, *parts, boundary="b1", end=True, extra=""):
    """A multipart's Content-Type and its body; a part is text with its own header."""
    rows = [b"MIME-Version: 1.0", ("Content-Type: multipart/%s; boundary=\"%s\"%s" % (kind, boundary, extra)).encode()]
    return rows, many(*parts, boundary=boundary, end=end)


def many(*parts, boundary="b1", end=True):
    out = b""
    for part in parts:
        part = part if isinstance(part, bytes) else part.encode("utf-8")
        out += b"--" + boundary.encode() + b"\r\n" + part + b"\r\n"
    return out + (b"--" + boundary.encode() + b"--\r\n" if end else b"")


def part(ctype, body, *fields):
    body = body if isinstance(body, bytes) else body.encode("utf-8")
    rows = [f if isinstance(f, bytes) else f.encode("utf-8") for f in fields]
    if ctype:
        rows.insert(0, ("Content-Type: " + ctype).encode("utf-8") if isinstance(ctype, str) else b"Content-Type: " + ctype)
    return b"\r\n".join(rows) + (b"\r\n" if rows else b"") + b"\r\n" + body


def file(type, text=None, role="file", **more):
    """A part as the reading shows it: a short one with its text, any with its size."""
    found = {"role": role, "type": type}
    if text is not None:
        raw = text if isinstance(text, bytes) else text.encode("utf-8")
        found["size"] = len(raw)
        if isinstance(text, str):
            found["content"] = text
    found.update(more)
    return found


def b64(data, width=76):
    data = data if isinstance(data, bytes) else data.encode("utf-8")
    text = base64.b64encode(data)
    return b"\r\n".join(text[i:i + width] for i in range(0, len(text), width))


def word(text, charset="utf-8", how="B"):
    raw = text.encode(charset)
    if how == "B":
        return "=?%s?B?%s?=" % (charset, base64.b64encode(raw).decode())
    return "=?%s?Q?%s?=" % (charset, "".join("=%02X" % c for c in raw))


PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def main():
    for name in ("headers", "texts", "charsets", "structure", "files", "protected", "hostile"):
        __import__("cases_" + name)
    names = set()
    for number, (name, raw, reading) in enumerate(CASES, 1):
        stem = "%03d-%s" % (number, name)
        names |= {stem + ".eml", stem + ".json"}
        with open(os.path.join(HERE, stem + ".eml"), "wb") as out:
            out.write(raw)
        with open(os.path.join(HERE, stem + ".json"), "w", encoding="utf-8") as out:
            json.dump(reading, out, ensure_ascii=False, indent=2, sort_keys=True)
            out.write("\n")
    for name in os.listdir(HERE):
        if name.endswith((".eml", ".json")) and name not in names:
            os.remove(os.path.join(HERE, name))
    print("%d mails" % len(CASES))


if __name__ == "__main__":
    sys.modules["corpus"] = sys.modules["__main__"]
    sys.path.insert(0, HERE)
    sys.dont_write_bytecode = True
    main()
