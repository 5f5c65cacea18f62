"""Judges one webhook of ours with libraries that are not ours.

Reads {"headers": {...}, "body": "...", "secrets": [...], "schemas": FOLDER} on standard input. Each secret alone must
verify it (Standard Webhooks), it must parse as a CloudEvent, and validate against the JSON Schema of its type.
Prints the event's attributes as JSON; any failure is an exception and a status other than 0.
"""

import json
import pathlib
import sys

from cloudevents.http import from_http
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from standardwebhooks.webhooks import Webhook

given = json.load(sys.stdin)
headers, body = given["headers"], given["body"]

if not given["secrets"]:
    raise SystemExit("no secret was given")
for secret in given["secrets"]:
    Webhook(secret).verify(body, headers)

event = from_http(headers, body.encode())

folder = pathlib.Path(given["schemas"])
registry = Registry().with_resources(
    (file.name, Resource.from_contents(json.loads(file.read_text()))) for file in folder.glob("*.json")
)
schema = {"$ref": event["type"] + ".json"}
Draft202012Validator(schema, registry=registry).validate(json.loads(body))

json.dump({name: str(value) for name, value in event.get_attributes().items()}, sys.stdout)
