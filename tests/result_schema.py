"""The published schema of what the programs print."""

import json
import pathlib

import jsonschema

RESULT_SCHEMA = json.loads((pathlib.Path(__file__).resolve().parent.parent /
                            "docs/result.schema.json").read_text())
CHECKED = jsonschema.Draft202012Validator(RESULT_SCHEMA)


def problems(document):
    """What is wrong with a document, a line each; none where it is one."""
    return [error.message for error in CHECKED.iter_errors(document)]
