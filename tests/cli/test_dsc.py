"""The DSC v3 manifests, and that the programs answer as they promise."""

import json
import pathlib
import subprocess
import sys

import jsonschema
import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
MANIFESTS = sorted((TOP / "plugins/dsc").glob("*.dsc.resource.json"))
NAME = "SHOTGUN_API_CACERTS"




def without_dialects(schema):
    """
    That a part is a schema of some dialect, which Debian 12's library cannot look up from within
    another schema: test_instance_schema_is_sound asks for that instead.
    """
    if isinstance(schema, dict):
        if str(schema.get("$ref", "")).split("/")[2:3] == ["json-schema.org"]:
            return {"type": ["object", "boolean"]}
        return {name: without_dialects(part) for name, part in schema.items()}
    return [without_dialects(part) for part in schema] if isinstance(schema, list) else schema


PUBLISHED = without_dialects(
    json.loads((TOP / "tests/data/dsc/resource-manifest.schema.json").read_text()))


class Offline(jsonschema.RefResolver):
    """What the published schema bundles, under the addresses by which it is referred to."""

    def __init__(self, schema):
        store = dict(PUBLISHED["$defs"])
        for address, part in PUBLISHED["$defs"].items():
            store["https://aka.ms/dsc/schemas/" + address.split("/schemas/")[1]] = part
        super().__init__(PUBLISHED["$id"], schema, store=store)

    def _find_in_subschemas(self, url):  # the older library takes a property called $id for one
        return None

    def resolve_remote(self, uri):
        raise AssertionError(f"not bundled: {uri}")


def check(instance, schema):
    jsonschema.Draft202012Validator(schema, resolver=Offline(schema)).validate(instance)


def load(name):
    return json.loads((TOP / f"plugins/dsc/trustmend.{name}.dsc.resource.json").read_text())


class Resource:
    """Calls the operations of one manifest the way `dsc` does."""

    def __init__(self, tm, name, root):
        self.tm, self.manifest, self.root = tm, load(name), root
        self.schema = self.manifest["schema"]["embedded"]

    def __call__(self, operation, instance=None, status=0, **more):
        if operation == "set with what-if":  # as DSC does from 3.2 on
            call = self.manifest["set"]
            arguments = [a if isinstance(a, str) else a["whatIfArg"] for a in call["args"]]
        else:
            call = self.manifest[operation]
            arguments = [a for a in call["args"] if isinstance(a, str)]
        assert call["input"] == "stdin"
        answer = self.tm(call["executable"], *arguments, root=self.root,
                         stdin="" if instance is None else instance, **more)
        assert answer.status == status, repr(answer)
        assert str(answer.status) in self.manifest["exitCodes"]
        self.messages = [json.loads(line) for line in answer.stderr.splitlines()]
        return [json.loads(line) for line in answer.stdout.splitlines()]

    def state(self, operation, instance, **more):
        """The state alone; `self.changed` gets the second line."""
        lines = self(operation, instance, **more)
        check(lines[0], self.schema)
        call = self.manifest["set" if operation == "set with what-if" else operation]
        expected = 2 if call.get("return") == "stateAndDiff" else 1
        assert len(lines) == expected
        self.changed = lines[1] if expected == 2 else None
        return lines[0]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root/etc").mkdir(parents=True)
    return tmp_path / "root"


@pytest.fixture
def core(tm, root):
    """A pipeline configuration, and the instance that asks for a newer core."""
    path = root / "proj/core/core_api.yml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"location:\r\n  type: app_store\r\n  name: tk-core\r\n  version: v0.18.1\r\n")
    return Resource(tm, "core_api", root), path, {"path": "/proj", "version": "v0.23.10"}


@pytest.mark.native_only("the generator runs the programs itself")
def test_manifests_are_what_describe_says(tm):
    done = subprocess.run([sys.executable, TOP / "scripts/generate-dsc", "--check", tm.directory],
                          capture_output=True, text=True, env=tm.environment())
    assert done.returncode == 0, done.stderr


def test_there_is_a_manifest_for_every_type(tm):
    types = tm("describe").json["types"]
    assert {m.name for m in MANIFESTS} == {f"trustmend.{t}.dsc.resource.json" for t in types}


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.name.split(".")[1])
def test_the_manifest_is_one_by_the_published_schema(path):
    manifest = json.loads(path.read_text())
    if "set" in manifest:
        added = [a for a in manifest["set"]["args"] if not isinstance(a, str)]
        assert added == [{"whatIfArg": "--what-if"}], "what the published schema does not know"
        manifest["set"]["args"].remove(added[0])
    check(manifest, PUBLISHED)
    manifest["schema"]["embedded"]["properties"]["_inDesiredState"] = {"type": "boolean"}
    with pytest.raises(jsonschema.ValidationError):
        check(manifest, PUBLISHED)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.name.split(".")[1])
def test_export_needs_no_key(path):
    manifest = json.loads(path.read_text())
    if "export" not in manifest:
        return
    schema = manifest["export"]["schema"]["embedded"]
    jsonschema.Draft202012Validator.check_schema(schema)
    check({}, schema)
    with pytest.raises(jsonschema.ValidationError):
        check({}, manifest["schema"]["embedded"])
    with pytest.raises(jsonschema.ValidationError):
        check({"nonsense": 1}, schema)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.name.split(".")[1])
def test_instance_schema_is_sound(path):
    manifest = json.loads(path.read_text())
    schema = manifest["schema"]["embedded"]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    changing = {"set", "whatIf", "test"} & set(manifest)
    assert changing in ({"set", "whatIf", "test"}, set()), "a type that is only read has get alone"
    if changing:
        assert manifest["set"]["handlesExist"] == ("_exist" in schema["properties"])
    for operation in {"get"} | changing:
        assert manifest[operation]["executable"] == "trustmend"


def test_what_if_test_and_set_agree(core):
    resource, path, wanted = core
    before = path.read_bytes()
    assert resource.state("get", wanted)["version"] == "v0.18.1"

    tested = resource.state("test", wanted)
    assert tested["_inDesiredState"] is False and tested["version"] == "v0.18.1"
    differs = resource.changed
    for operation in ("whatIf", "set with what-if"):
        coming = resource.state(operation, wanted)
        assert coming["version"] == "v0.23.10" and resource.changed == differs
        assert path.read_bytes() == before

    assert resource.state("set", wanted)["version"] == "v0.23.10"
    assert resource.changed == differs and "version" in differs
    assert b"v0.23.10\r\n" in path.read_bytes()
    assert resource.state("test", wanted)["_inDesiredState"] is True
    assert resource.changed == []
    resource.state("set", wanted)
    assert resource.changed == []


def test_set_accepts_the_state_that_get_reports(core):
    resource, path, wanted = core
    state = resource.state("get", wanted)
    before = path.read_bytes()
    resource.state("set", {**state, "_inDesiredState": False})
    assert resource.changed == [] and path.read_bytes() == before


def test_exist_false_removes_a_bundle(tm, root, pki):
    bundle = root / "ca.pem"
    bundle.write_text(pki.root("DSC Root").text)
    resource = Resource(tm, "bundle", root)
    instance = {"path": "/ca.pem", "requires": [], "_exist": False}
    assert resource.state("get", instance)["_exist"] is True
    coming = resource.state("whatIf", instance)
    assert coming["_exist"] is False and "_exist" in resource.changed and bundle.exists()
    assert resource.state("set", instance)["_exist"] is False
    assert not bundle.exists()


def test_what_if_claims_nothing_that_it_does_not_know(tm, root, pki):
    (root / "ca.pem").write_text(pki.root("DSC Root").text)
    resource = Resource(tm, "bundle", root)
    coming = resource.state("whatIf", {"path": "/ca.pem", "requires": [], "_exist": False})
    assert coming["_exist"] is False and "count" not in coming and "sha256" not in coming


def test_a_byte_order_mark_is_passed_over(core):
    resource, _path, wanted = core
    lines = resource("get", "\ufeff" + json.dumps(wanted))
    assert lines[0]["version"] == "v0.18.1"


def test_exist_against_state_is_refused(tm, root):
    resource = Resource(tm, "bundle", root)
    assert resource("set", {"path": "/ca.pem", "_exist": True, "state": "absent"}, status=2) == []
    assert "_exist" in resource.messages[0]["error"]


def test_core_cannot_be_made_to_go(core):
    resource, path, wanted = core
    assert resource("set", {**wanted, "_exist": False}, status=3) == []
    assert path.exists()


def test_test_answers_where_set_is_refused(core):
    """Another descriptor type: not as asked for, and nothing that set may do about it."""
    resource, path, wanted = core
    path.write_text("location:\n  type: dev\n  path: /mnt/tk-core\n")
    assert resource.state("test", wanted)["_inDesiredState"] is False
    assert any("warn" in message for message in resource.messages)
    assert resource("set", wanted, status=1) == []
    assert any("error" in message for message in resource.messages)


@pytest.mark.parametrize("text, says", [
    ("[]", "no JSON object"),
    ("{\"path\": \"/a\", \"path\": \"/b\"}", "duplicate"),
    ("{\"path\": \"/a\", \"nonsense\": 1}", "nonsense"),
    ("[" * 200, "deeper"),
])
def test_what_is_no_instance_is_refused(tm, root, text, says):
    resource = Resource(tm, "core_api", root)
    assert resource("get", text, status=2) == []
    assert says in json.dumps(resource.messages)


def test_what_can_list_can_export(tm):
    exporting = {m.name.split(".")[1] for m in MANIFESTS if "export" in json.loads(m.read_text())}
    assert exporting >= {"anchor", "env"}
    assert exporting == {name for name, schema in tm("describe").json["types"].items()
                         if "list" in schema["x-verbs"] and "x-list-needs" not in schema}


@pytest.mark.posix_only("the registry has no offline root")
def test_export_gives_an_instance_a_line(tm, root):
    (root / "etc/environment").write_text(f"{NAME}=/opt/ca.pem\nOTHER=1\n")
    resource = Resource(tm, "env", root)
    lines = resource("export")
    for line in lines:
        check(line, resource.schema)
    assert {line["name"] for line in lines} == {NAME, "OTHER"}


def test_dsc_output_needs_a_type_and_the_right_verb(tm, root):
    for words in (["plan", "--output", "dsc"], ["env", "get", "--output", "dsc-test"],
                  ["env", "plan", "--output", "dsc"]):
        answer = tm(*words, root=root)
        assert answer.status == 2 and answer.stdout == "", repr(answer)
        assert "error" in json.loads(answer.stderr)
    assert tm("trustmend-env", "get", "--output", "dsc", root=root).status in (2, 3)


def test_apply_with_what_if_is_a_plan(tm, core):
    resource, path, wanted = core
    before = path.read_bytes()
    words = [f"{name}={value}" for name, value in wanted.items()]
    answer = tm("core_api", "apply", *words, "--what-if", root=resource.root)
    assert answer.status == 0 and answer.changed and answer.json["verb"] == "plan", answer
    assert path.read_bytes() == before


@pytest.mark.posix_only("the registry has no offline root")
def test_an_export_is_narrowed_by_its_schema(tm, root):
    (root / "etc/environment").write_text(f"{NAME}=/opt/ca.pem\n")
    resource = Resource(tm, "env", root)
    where = {"scope": "machine", "targets": ["etc_environment"]}
    check(where, resource.manifest["export"]["schema"]["embedded"])
    lines = resource("export", where)
    assert [line["targets"] for line in lines] == [["etc_environment"]]
