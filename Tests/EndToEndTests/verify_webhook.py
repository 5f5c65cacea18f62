"""Judges one webhook of ours with libraries that are not ours.

Reads {"headers": {...}, "body": "...", "secrets": [...], "schemas": FOLDER} on standard input. Each secret (whsec_) and
each public key (whpk_) alone must verify it (Standard Webhooks), it must parse as a CloudEvent, and validate against the JSON Schema of its type.
Prints the event's attributes as JSON; any failure is an exception and a status other than 0.
"""

import base64
import json
import pathlib
import sys

from cloudevents.http import from_http
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from standardwebhooks.webhooks import Webhook

given = json.load(sys.stdin)
headers, body = given["headers"], given["body"]

if not given["secrets"]:
    raise SystemExit("no secret was given")
for secret in given["secrets"]:
    if not secret.startswith("whpk_"):
        Webhook(secret).verify(body, headers)
        continue
    # The library knows v1 only; v1a is Ed25519 over the same text.
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(secret[len("whpk_"):], validate=True))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    pairs = [pair.split(",", 1) for pair in headers["webhook-signature"].split(" ")]
    signatures = [base64.b64decode(text, validate=True) for version, text in pairs if version == "v1a"]
    if not signatures:
        raise SystemExit("no v1a signature")
    failures = []
    for signature in signatures:
        try:
            key.verify(signature, signed)
        except InvalidSignature as failure:
            failures.append(failure)
    if len(failures) == len(signatures):
        raise failures[0]

event = from_http(headers, body.encode())

folder = pathlib.Path(given["schemas"])
registry = Registry().with_resources(
    (file.name, Resource.from_contents(json.loads(file.read_text()))) for file in folder.glob("*.json")
)
schema = {"$ref": event["type"] + ".json"}
Draft202012Validator(schema, registry=registry).validate(json.loads(body))

json.dump({name: str(value) for name, value in event.get_attributes().items()}, sys.stdout)
