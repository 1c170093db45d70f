"""The module's tasks, run by hand with the JSON that Bolt sends, in a Debian root without Puppet."""

import hashlib
import json
import shutil
import subprocess

import pytest

from integration import puppet_module
from integration.conftest import Debian, remove

pytestmark = [pytest.mark.native_only("the tasks run the program for this machine"),
              pytest.mark.xdist_group("puppet-tasks")]

INSTALLED = "/tmp/bolt"
VARIABLE = {"type": "env", "name": "STUDIO", "value": "/opt/studio"}


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    directory = tmp_path_factory.mktemp("module")
    return puppet_module.unpack(puppet_module.built(directory / "dist"), directory)


class Target:
    """A host to which Bolt has copied a task and its files, without run bits but for the task's."""

    def __init__(self, root, module):
        self.root = root
        self.module = module

    def send(self, task):
        shutil.rmtree(self.root.outside(INSTALLED), ignore_errors=True)
        metadata = json.loads((self.module / f"tasks/{task}.json").read_text())
        way, = (one for one in metadata["implementations"] if one["requirements"] == ["shell"])
        for name in way["files"]:
            self.root.write(f"{INSTALLED}/{name}",
                            (self.module.parent / name).read_bytes(), mode=0o600)
        path = f"{INSTALLED}/trustmend/tasks/{way['name']}"
        self.root.write(path, (self.module / f"tasks/{way['name']}").read_bytes(), mode=0o700)
        assert way["input_method"] == "stdin"
        return path

    def run(self, task, noop=False, **parameters):
        """Gives the exit status and the result."""
        sent = {**parameters, "_task": f"trustmend::{task}", "_installdir": INSTALLED,
                **({"_noop": True} if noop else {})}
        return self.run_text(task, json.dumps(sent, ensure_ascii=False, separators=(",", ":")))

    def run_text(self, task, text):
        done = self.root.run(self.send(task), stdin=text, check=False)
        result = json.loads(done.stdout)
        assert ("_error" in result) == (done.returncode != 0), done.stdout
        return done.returncode, result

    def error(self, task, **parameters):
        status, result = self.run(task, **parameters)
        assert status == 1 and set(result["_error"]) == {"kind", "msg", "details"}
        return result["_error"]

    def state(self):
        paths = [path for path in sorted(self.root.outside("/etc").rglob("*"))
                 if path.is_file() and not path.is_symlink()]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture
def target(debian, module):
    return Target(debian("bookworm"), module)


@pytest.fixture(scope="module")
def shared(debian_base, module, tmp_path_factory):
    """One for all tests that leave its trust as it was."""
    root = Debian(tmp_path_factory.mktemp("shared") / "root")
    subprocess.run(["cp", "-a", debian_base("bookworm"), root.path], check=True)
    yield Target(root, module)
    remove(root.path.parent)


def test_noop_predicts_what_apply_does_and_changes_nothing(target):
    before = target.state()
    status, planned = target.run("apply", noop=True, resources=[VARIABLE])
    assert status == 0 and planned["verb"] == "plan" and planned["changed"]
    assert target.state() == before
    assert target.run("plan", resources=[VARIABLE]) == (0, planned)
    status, applied = target.run("apply", resources=[VARIABLE])
    assert status == 0 and applied["verb"] == "apply"
    assert applied["results"][0]["changes"] == planned["results"][0]["changes"]
    assert "STUDIO=/opt/studio\n" in target.root.text("/etc/environment")
    status, again = target.run("apply", noop=True, resources=[VARIABLE])
    assert status == 0 and not again["changed"]


def test_without_parameters_it_is_the_built_in_profile_with_its_variables(target):
    status, result = target.run("get")
    assert status == 0
    assert [one["type"] for one in result["results"]] == ["anchor", "anchor", "bundle", "env"]
    bundle = "/opt/studio/cacert.pem"
    status, result = target.run("apply", variables={"bundle": bundle})
    assert status == 0 and result["changed"]
    target.root.run("openssl", "storeutl", "-noout", "-certs", bundle)
    assert bundle in target.root.text("/etc/environment")


def test_the_lines_of_files_that_change_are_told_when_they_are_asked_for(shared):
    resources = [{"type": "env", "name": "A", "value": "b"}]
    assert shared.run("plan", resources=resources)[1]["results"][0]["diff"] is None
    assert shared.run("plan", resources=resources, diff=True)[1]["results"][0]["diff"]


def test_another_root_is_what_is_managed(shared):
    shared.root.outside("/image/etc").mkdir(parents=True)
    status, _ = shared.run("apply", root="/image", resources=[{"type": "env", "name": "A", "value": "b"}])
    assert status == 0 and shared.root.text("/image/etc/environment") == "A=b\n"
    assert not list(shared.root.outside("/etc/profile.d").glob("*trustmend*"))


def test_a_failing_resource_is_the_error_and_the_others_are_reported(target):
    wrong = {"type": "env", "name": 'B"\\', "value": "b"}
    status, result = target.run("apply", resources=[{"type": "env", "name": "A", "value": "b"}, wrong])
    assert status == 1 and len(result["results"]) == 2
    failed = result["results"][1]["error"]
    assert result["_error"]["kind"] == f"trustmend/{failed['kind']}"
    assert failed["message"] in result["_error"]["msg"]
    assert result["results"][0]["changed"] and "A=b" in target.root.text("/etc/environment")
    both = target.error("plan", resources=[wrong, wrong | {"name": "C D"}])
    assert both["msg"].startswith("2 of 2 resources failed, the first: ")


@pytest.mark.parametrize("parameters, kind, said", [
    ({"resource": []}, "invalid_input", "there is no parameter resource"),
    ({"root": 'a"b\\c'}, "invalid_input", "root: 'a\"b\\c' is not an absolute path"),
    ({"root": "/a\nb"}, "invalid_input", "is not an absolute path"),
    ({"profile": "nope"}, "not_found", "nope"),
    ({"resources": [{"type": "env", "name": "A", "valu": "b"}]}, "invalid_input",
     "unknown attribute 'valu' (did you mean 'value'?"),
    ({"resources": [], "profile": "shotgrid-ssl"}, "invalid_input", "resources"),
])
def test_what_is_wrong_is_told_as_an_error_of_the_task(shared, parameters, kind, said):
    before = shared.state()
    error = shared.error("apply", **parameters)
    assert error["kind"] == f"trustmend/{kind}" and said in error["msg"]
    assert shared.state() == before


def test_what_is_no_request_is_refused(shared):
    for text in ("", "rubbish", "[1, 2]"):
        status, result = shared.run_text("get", text)
        assert status == 1 and result["_error"]["kind"] == "trustmend/invalid_input"
    status, result = shared.run_text("get", json.dumps({"_task": "x::y", "_installdir": INSTALLED}))
    assert status == 1 and "_task is 'y'" in result["_error"]["msg"]


def test_a_machine_without_a_program_is_told(shared):
    sent = shared.send("get")
    shared.root.outside(f"{INSTALLED}/trustmend/files/bin/{puppet_module.PROGRAM}").unlink()
    done = shared.root.run(sent, check=False,
                           stdin=json.dumps({"_task": "trustmend::get", "_installdir": INSTALLED}))
    assert done.returncode == 1
    assert "there is no trustmend program for Linux-" in json.loads(done.stdout)["_error"]["msg"]


def test_what_the_program_says_besides_a_report_is_in_the_error(shared):
    sent = shared.send("get")
    shared.root.write(f"{INSTALLED}/trustmend/files/bin/{puppet_module.PROGRAM}",
                      "#!/bin/sh\necho 'no \"report\"\\' >&2\nexit 70\n", mode=0o755)
    done = shared.root.run(sent, check=False,
                           stdin=json.dumps({"_task": "trustmend::get", "_installdir": INSTALLED}))
    error = json.loads(done.stdout)["_error"]
    assert done.returncode == 1 and error["kind"] == "trustmend/internal"
    assert 'status 70' in error["msg"] and 'no "report"\\' in error["msg"]


def test_the_tasks_take_the_parameters_that_they_document(module):
    noop = {}
    for task in ("get", "plan", "apply"):
        metadata = json.loads((module / f"tasks/{task}.json").read_text())
        noop[task] = metadata["supports_noop"]
        assert set(metadata["parameters"]) - {"diff"} == {
            "profile", "variables", "resources", "root", "lock_timeout"}
        for way in metadata["implementations"]:
            assert all((module.parent / name).is_file() for name in way["files"])
            assert (module / "tasks" / way["name"]).is_file()
    assert noop == {"get": False, "plan": False, "apply": True}
    assert json.loads((module / "tasks/run.json").read_text())["private"] is True
