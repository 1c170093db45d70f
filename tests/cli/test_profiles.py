"""Profiles: what `describe` says of their variables, and requests that fill them."""

import base64
import json

import pytest

STUDIO = """\
trustmend: 1
description: For one studio.
variables:
  bundle:
    description: Where the bundle is.
    default: /opt/ca.pem
  certificates: []
resources:
  - type: bundle
    path: ${bundle}
    sources: ${certificates}
    requires: ['${any certificates}']
"""


@pytest.fixture
def root(tmp_path):
    path = tmp_path / "root"
    (path / "opt").mkdir(parents=True)
    return path


def sent(data):
    return None if data is None else base64.b64encode(data).decode()


def request(profile, files=None, **variables):
    made = {"profile": profile, "variables": variables}
    return made if files is None else {**made, "files": {k: sent(v) for k, v in files.items()}}


def test_describe_tells_the_variables_of_profiles(tm, tmp_path):
    everything = tm("describe").json
    built_in = everything["profiles"]["shotgrid-ssl"]
    assert tm("describe", "shotgrid-ssl").json["profiles"] == {"shotgrid-ssl": built_in}
    assert "types" not in tm("describe", "shotgrid-ssl").json
    assert "profiles" not in tm("anchor", "describe").json
    for name, variable in built_in["properties"].items():
        assert variable["description"].strip() and "default" in variable, name
    files = {name for name, variable in built_in["properties"].items()
             if variable.get("x-input-file")}
    assert files == {"bundle_sources", "extra_ca", "roots"}
    assert built_in["properties"]["bundle"]["x-defaults"] == {
        "linux": "/opt/trustmend/cacert.pem", "windows": r"C:\ProgramData\trustmend\cacert.pem"}

    path = tmp_path / "studio.yml"
    path.write_text(STUDIO)
    (schema,) = tm("describe", path).json["profiles"].values()
    assert schema["description"] == "For one studio."
    assert schema["properties"]["bundle"] == {
        "type": "string", "description": "Where the bundle is.", "default": "/opt/ca.pem"}
    assert schema["properties"]["certificates"] == {
        "type": "array", "items": {"type": "string"}, "default": [], "x-input-file": True}


@pytest.mark.parametrize("words, says", [
    (["describe", "missing.yml"], "missing.yml"),
    (["describe", "a.yml", "b.yml"], "b.yml"),
    (["anchor", "describe", "shotgrid-ssl"], "shotgrid-ssl"),
    (["describe", "--set", "bundle=/x"], "--set"),
])
def test_what_cannot_be_described_is_told(tm, words, says):
    answer = tm(*words)
    assert answer.status == 2 and answer.json["failed"], answer
    assert says in json.dumps(answer.json["error"]), answer


def test_the_schema_takes_what_the_program_takes(tm):
    jsonschema = pytest.importorskip("jsonschema")
    schema = tm("describe", "shotgrid-ssl").json["profiles"]["shotgrid-ssl"]
    defaults = {name: variable["default"] for name, variable in schema["properties"].items()}
    jsonschema.validate(defaults, schema)
    assert not tm("get", "--input", "-", stdin=request("shotgrid-ssl", **defaults)).json.get("error")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**defaults, "extra_cas": []}, schema)


def test_a_request_is_as_good_as_settings(tm, root, tmp_path, pki):
    """A built-in profile and one of ours, on the command line and in a request."""
    ca = pki.root("Studio")
    path = tmp_path / "ca.pem"
    path.write_text(ca.text)
    profile = tmp_path / "studio.yml"
    profile.write_text(STUDIO)
    words = tm("plan", profile, "--set", f"certificates={tm.path(path)}", "--set",
               "bundle=/opt/studio.pem", root=root).json
    variables = {"certificates": [tm.path(path)], "bundle": "/opt/studio.pem"}
    asked = tm("plan", "--input", "-", root=root, stdin=request(tm.path(profile), **variables)).json
    travelled = tm("plan", "--input", "-", root=root, stdin=request(
        "studio.yml", {"studio.yml": STUDIO.encode(), "ca.pem": ca.text.encode()},
        **{**variables, "certificates": ["ca.pem"]})).json
    assert words == asked and words["changed"] and not words["failed"], words
    for report in (words, travelled):
        for result in report["results"]:
            del result["state"]["sources"], result["state"]["requires"]
    assert words["results"] == travelled["results"]


def test_extra_ca_goes_to_the_store_and_to_the_bundle(tm, root, pki):
    ca = pki.root("Studio")
    variables = {"extra_ca": ["ca.pem"], "bundle": "/opt/ca.pem", "bundle_sources": ["ca.pem"],
                 "roots": []}
    report = tm("plan", "--input", "-", root=root,
                stdin=request("shotgrid-ssl", {"ca.pem": ca.text.encode()}, **variables)).json
    assert [r["type"] for r in report["results"]] == ["anchor", "bundle", "env"], report
    anchor, bundle, _env = report["results"]
    assert anchor["state"]["certificate"] == "ca.pem", anchor
    assert bundle["changes"]["state"] == {"from": "absent", "to": "present"}, bundle


def test_roots_decide_what_the_bundle_must_hold(tm, root, pki):
    ca, other = pki.root("Studio"), pki.root("Other")
    files = {"ca.pem": ca.text.encode(), "other.pem": other.text.encode()}

    def bundle(*roots):
        report = tm("plan", "--input", "-", root=root, stdin=request(
            "shotgrid-ssl", files, roots=list(roots), bundle="/opt/ca.pem",
            bundle_sources=["ca.pem"])).json
        (found,) = (r for r in report["results"] if r["type"] == "bundle")
        return found

    assert bundle("ca.pem")["error"] is None
    assert bundle("other.pem", "ca.pem")["error"] is None
    assert bundle()["error"] is None
    assert bundle("other.pem")["error"], "the bundle lacks the only root"


def test_a_file_that_the_caller_does_not_have_is_the_error_of_who_names_it(tm, root):
    report = tm("plan", "--input", "-", root=root, stdin=request(
        "shotgrid-ssl", {"ca.pem": None}, extra_ca=["ca.pem"], bundle="/opt/ca.pem",
        bundle_sources=["ca.pem"])).json
    failed = [r for r in report["results"] if r["error"] and r["error"]["kind"] == "not_found"]
    assert [r["type"] for r in failed] == ["anchor", "bundle"], report
    assert all("ca.pem" in r["error"]["path"] for r in failed)
