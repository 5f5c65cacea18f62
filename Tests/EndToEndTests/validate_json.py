"""Validates JSON against schemas that stand in one document, with a library that is not ours.

Reads {"document": {...}, "instances": [{"name": ..., "schema": "/components/schemas/X", "value": ...}]} on standard
input; "yaml" with a file's path may stand in place of "value", and "schema" is a JSON pointer into the document.
The schemas themselves are checked too. Prints {"complaints": [...]}; none means that all is well.
"""

import json
import sys

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

given = json.load(sys.stdin)
document = given["document"]
registry = Registry().with_resource("urn:document", Resource.from_contents(document, DRAFT202012))
complaints = []


def at(pointer):
    value = document
    for step in filter(None, pointer.split("/")):
        value = value[step.replace("~1", "/").replace("~0", "~")]
    return value


for instance in given["instances"]:
    pointer = instance["schema"]
    try:
        Draft202012Validator.check_schema(at(pointer))
    except SchemaError as error:
        complaints.append(f"schema {pointer}: {error.message}")
        continue
    if "yaml" in instance:
        with open(instance["yaml"]) as file:
            value = yaml.safe_load(file)
    else:
        value = instance["value"]
    validator = Draft202012Validator({"$ref": "urn:document#" + pointer}, registry=registry)
    for error in validator.iter_errors(value):
        complaints.append(f"{instance['name']}: {error.json_path}: {error.message}")

json.dump({"complaints": complaints}, sys.stdout)
