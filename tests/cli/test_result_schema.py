"""What the programs print is what docs/result.schema.json says; the fixture `tm` asks for each run."""

import copy
import json

import jsonschema
import pytest

from result_schema import CHECKED, RESULT_SCHEMA

GOOD = {"verb": "get", "results": [], "changed": False, "failed": False, "protocol": 1,
        "trustmend": "0.1.0"}
RESULT = {"type": "env", "name": "A", "backend": "linux", "changed": False, "changes": {},
          "state": {}, "diff": None, "warnings": [], "error": None}
ERROR = {"kind": "io", "message": "x", "path": None, "hint": None}


@pytest.fixture
def root(tmp_path, pki):
    path = tmp_path / "root"
    (path / "etc").mkdir(parents=True)
    (path / "etc/environment").write_text("SHOTGRID_API_CACERTS=/x\n")
    (path / "proj/core").mkdir(parents=True)
    (path / "proj/core/core_api.yml").write_text(
        "location:\n  type: app_store\n  name: tk-core\n  version: v0.18.1\n")
    (path / "ca.pem").write_text(pki.root("Studio Root").text)
    return path


QUESTIONS = {
    "a reading": ["core_api", "get", "path=/proj"],
    "a plan": ["core_api", "plan", "path=/proj", "version=v0.23.10", "--diff"],
    "a change": ["core_api", "apply", "path=/proj", "version=v0.23.10", "--diff"],
    "a failure": ["core_api", "plan", "path=/nowhere", "version=v0.23.10"],
    "a list": ["anchor", "list", "store=bundle:/ca.pem"],
    "a bundle": ["bundle", "get", "path=/ca.pem"],
    "no such verb": ["core_api", "gte", "path=/proj"],
    "no such type": ["core-api", "get", "path=/proj"],
    "no verb": [],
    "no such attribute": ["core_api", "get", "paht=/proj"],
    "no such option": ["core_api", "get", "path=/proj", "--routes"],
    "one word too many": ["describe", "core_api"],
    "a description": ["describe"],
    "a type's description": ["core_api", "describe"],
}


@pytest.mark.parametrize("what", QUESTIONS)
def test_every_verb_prints_such_a_document(tm, root, what):
    assert tm(*QUESTIONS[what], root=root).json["protocol"] == 1


@pytest.mark.posix_only("the registry has no offline root")
@pytest.mark.parametrize("verb", ["get", "plan", "list"])
def test_so_do_profiles_and_lists_of_all(tm, root, verb):
    assert tm(verb, root=root).json["verb"] == verb


@pytest.mark.parametrize("verb", ["get", "plan", "apply"])
def test_so_do_requests_in_which_much_is_wrong(tm, root, verb):
    resources = [{"type": "env"}, {"type": "nonsense", "name": "x"}, {}, {"type": "core_api", "path": 1},
                 {"type": "bundle", "path": "/ca.pem", "requires": [], "sources": ["/nowhere"]}]
    answer = tm(verb, "--input", "-", root=root, stdin={"resources": resources})
    assert len(answer.json["results"]) == len(resources)


@pytest.mark.parametrize("values", [{"error": ERROR, "failed": True}, {"results": [RESULT]},
                                    {"verb": "list", "remarks": ["x"]},
                                    {"results": [{**RESULT, "error": ERROR}], "failed": True}])
def test_such_documents_are_fine(values):
    CHECKED.validate({**GOOD, **values})


@pytest.mark.parametrize("values", [
    {"protocol": 2}, {"verb": "judge"}, {"changed": None}, {"results": {}}, {"more": 1},
    {"error": ERROR}, {"error": {**ERROR, "kind": "bug"}, "failed": True},
    {"error": {**ERROR, "hint": 1}, "failed": True}, {"trustmend": "HEAD"}, {"remarks": "x"},
    {"results": [{**RESULT, "state": {"a": 1.5}}]}, {"results": [{**RESULT, "state": {"a": [1]}}]},
    {"results": [{**RESULT, "changes": {"a": {"from": 1}}}]}, {"results": [{**RESULT, "more": 1}]},
    {"results": [{**RESULT, "diff": {"path": "/x"}}]}, {"results": [{**RESULT, "warnings": None}]}])
def test_other_documents_are_refused(values):
    with pytest.raises(jsonschema.ValidationError):
        CHECKED.validate({**GOOD, **values})


@pytest.mark.parametrize("name", list(GOOD) + list(RESULT))
def test_nothing_may_be_missing(name):
    document = {**GOOD, "results": [copy.deepcopy(RESULT)]}
    document.pop(name, None)
    document.get("results", [{}])[0].pop(name, None)
    with pytest.raises(jsonschema.ValidationError):
        CHECKED.validate(document)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(RESULT_SCHEMA)))
