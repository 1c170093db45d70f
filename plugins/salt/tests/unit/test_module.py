"""The execution module: what it asks of the program, and what it believes of the answer."""

import base64
import json
import os
import signal
import time

import pytest

from salt.exceptions import CommandExecutionError
from salt.exceptions import SaltReqTimeoutError
from saltext.trustmend.modules import trustmend as module

PEM = "-----BEGIN CERTIFICATE-----\nAA, BB\n-----END CERTIFICATE-----\n"
# Keeps what it was started with, and answers what lies beside it.
PROGRAM = """#!/bin/sh
here=${0%/*}
[ "$1" != --version ] || { echo "trustmend 0.1.0"; exit; }
for word; do printf '%s\\n' "$word"; done >"$here/words"
env >"$here/environment"
pwd >"$here/directory"
cat >"$here/request"
. "$here/behaviour"
cat "$here/answer"
exit "$(cat "$here/status")"
"""


def result(**changed):
    return {"type": "env", "name": "A", "changed": False, "error": None, **changed}


def report(*results, verb="plan", failed=False, **changed):
    return {
        "trustmend": "0.1.0",
        "protocol": 1,
        "verb": verb,
        "changed": False,
        "failed": failed,
        "results": list(results),
        **changed,
    }


class Program:
    def __init__(self, directory):
        self.directory = directory
        self.path = directory / "trustmend"
        self.path.write_text(PROGRAM)
        self.path.chmod(0o755)
        self.behaves("")
        self.says(report(result()))

    def says(self, document, status=0):
        text = document if isinstance(document, str) else json.dumps(document)
        (self.directory / "answer").write_text(text)
        (self.directory / "status").write_text(str(status))

    def behaves(self, script):
        (self.directory / "behaviour").write_text(script + "\n")

    def read(self, name):
        return (self.directory / name).read_text()

    @property
    def words(self):
        return self.read("words").splitlines()

    @property
    def request(self):
        return json.loads(self.read("request"))

    @property
    def sent(self):
        return {
            name: None if data is None else base64.b64decode(data)
            for name, data in self.request["files"].items()
        }


class Master:
    """What the file server has, and what it was asked for."""

    def __init__(self, directory):
        self.directory = directory
        self.asked = []

    def has(self, name, data, saltenv="base"):
        path = self.directory / saltenv / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def cache_file(self, url, saltenv="base"):
        self.asked.append((url, saltenv))
        path = self.directory / saltenv / url[len("salt://") :]
        return str(path) if path.exists() else ""


@pytest.fixture
def program(tmp_path):
    (tmp_path / "program").mkdir()
    return Program(tmp_path / "program")


@pytest.fixture
def master(tmp_path):
    return Master(tmp_path / "master")


@pytest.fixture
def opts(monkeypatch, tmp_path, program, master):
    opts = {
        "cachedir": str(tmp_path / "cache"),
        "trustmend.program": str(program.path),
        "test": False,
    }
    monkeypatch.setattr(module, "__opts__", opts, raising=False)
    monkeypatch.setattr(module, "__context__", {}, raising=False)
    salt = {"cp.cache_file": master.cache_file}
    monkeypatch.setattr(module, "__salt__", salt, raising=False)
    monkeypatch.setattr(module, "INSTALLED", ())
    return opts


pytestmark = pytest.mark.usefixtures("opts")


def plan_of(program, **attributes):
    """What the program is given for one resource."""
    program.says(report(result()))
    module.run("plan", resources=[attributes])
    return program.request["resources"][0]


def refusal(function, *arguments, **options):
    with pytest.raises(CommandExecutionError) as caught:
        function(*arguments, **options)
    text = str(caught.value)
    assert "\n" not in text and text.isprintable()
    return text


# ---- what the program is given ----


def test_a_run_is_one_request_with_all_resources(program):
    program.says(report(result(), result(), verb="apply"))
    resources = [{"type": "env", "name": "A", "value": "1"}, {"type": "env", "name": "B"}]
    assert module.run("apply", resources=resources)["verb"] == "apply"
    assert program.words == ["apply", "--input", "-", "--output", "json"]
    assert program.request == {"resources": resources}


def test_options_are_words(program, opts):
    opts["trustmend.root"] = "/srv/image"
    module.run("plan", resources=[{"type": "env", "name": "A"}], lock_timeout=5, diff=True)
    assert program.words[3:] == [
        *("--output", "json", "--root", "/srv/image", "--lock-timeout", "5", "--diff")
    ]
    module.run("plan", resources=[{"type": "env", "name": "A"}], root="/srv/other")
    assert program.words[-1] == "/srv/other"
    assert "root" in refusal(module.run, "plan", resources=[], root="image")


def test_the_environment_of_the_minion_stays_outside(program, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/tmp/other.pem")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/saltstack/lib")
    module.run("plan", resources=[{"type": "env", "name": "A"}])
    # What the shell of the stand-in sets itself, and nothing of ours but the locale.
    names = {line.partition("=")[0] for line in program.read("environment").splitlines()}
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {"LC_ALL"}
    assert program.read("directory") == "/\n"


def test_ensure_is_state(program):
    assert plan_of(program, type="env", name="A", ensure="absent") == {
        **{"type": "env", "name": "A", "state": "absent"}
    }


@pytest.mark.parametrize(
    "attribute, given, taken",
    [
        ("value", 5, "5"),
        ("value", 1.5, "1.5"),
        ("value", True, "true"),
        ("value", "", ""),
        ("value", None, None),
        ("force", "yes", True),
        ("force", "False", False),
        ("force", "perhaps", "perhaps"),
        ("targets", "systemd", ["systemd"]),
        ("targets", "systemd, profile_d", ["systemd", "profile_d"]),
        ("targets", ["systemd"], ["systemd"]),
        ("value", {"a": "b"}, {"a": "b"}),
    ],
)
def test_values_are_what_yaml_meant(program, attribute, given, taken):
    assert plan_of(program, type="env", name="A", **{attribute: given})[attribute] == taken


def test_lists_of_files_take_one_text(program, master):
    master.has("a.pem", b"A")
    made = {"type": "bundle", "path": "/b", "mode": 420}
    assert plan_of(program, **made, extra=PEM)["extra"] == [PEM]
    # The program reads commas and wildcards in names of this machine.
    assert plan_of(program, **made, extra="/a,,b/*.pem,/c")["extra"] == ["/a,,b/*.pem,/c"]
    taken = plan_of(program, **made, extra="salt://a.pem, /b.pem")
    assert taken["extra"] == ["salt://a.pem", "/b.pem"] and program.sent == {"salt://a.pem": b"A"}
    assert taken["mode"] == 420  # for the program to refuse: nobody knows what was written


# ---- files of the master ----


def test_files_of_the_master_travel_with_the_request(program, master):
    master.has("ca/studio.der", b"\0\xff")
    resources = [
        {"type": "anchor", "certificate": "salt://ca/studio.der"},
        {"type": "bundle", "path": "/b", "requires": ["builtin:x or salt://ca/studio.der"]},
    ]
    program.says(report(result(), result()))
    module.run("plan", resources=resources)
    assert program.sent == {"salt://ca/studio.der": b"\0\xff"}
    assert master.asked == [("salt://ca/studio.der", "base")]


def test_saltenv_says_where_they_are(program, master):
    master.has("ca.pem", b"base")
    master.has("ca.pem", b"dev", "dev")
    module.run(
        "plan", resources=[{"type": "anchor", "certificate": "salt://ca.pem"}], saltenv="dev"
    )
    assert program.sent == {"salt://ca.pem": b"dev"}


def test_the_minion_has_an_environment_of_its_own(program, master, opts):
    master.has("ca.pem", b"dev", "dev")
    opts["saltenv"] = "dev"
    module.plan("anchor", certificate="salt://ca.pem")
    assert program.sent == {"salt://ca.pem": b"dev"}


def test_only_attributes_that_name_files_are_fetched(program, master):
    plan_of(program, type="env", name="A", value="salt://ca.pem")
    plan_of(program, type="anchor", certificate=f"# salt://ca.pem\n{PEM}")
    assert not master.asked and "files" not in program.request


def test_a_file_that_the_master_lacks_fails_its_resource_alone(program):
    error = {"kind": "not_found", "message": "no file", "path": "salt://no.pem", "hint": None}
    program.says(report(result(error=error), result(), failed=True), status=1)
    resources = [{"type": "anchor", "certificate": "salt://no.pem"}, {"type": "env", "name": "A"}]
    told = module.run("plan", resources=resources, saltenv="dev")
    assert program.sent == {"salt://no.pem": None}
    assert "dev" in told["results"][0]["error"]["hint"] and told["results"][1]["error"] is None


def test_a_master_that_does_not_answer_is_told(monkeypatch):
    def fails(_url, _saltenv):
        raise SaltReqTimeoutError("Message timed out")

    monkeypatch.setitem(module.__salt__, "cp.cache_file", fails)
    wanted = [{"type": "anchor", "certificate": "salt://ca.pem"}]
    text = refusal(module.run, "plan", resources=wanted)
    assert text == "salt://ca.pem could not be fetched: Message timed out"


def test_a_profile_of_the_master_travels(program, master):
    master.has("studio.yml", b"trustmend: 1\n")
    master.has("ca.pem", b"A")
    module.run("plan", profile="salt://studio.yml", variables={"extra": ["salt://ca.pem"], "n": 5})
    assert program.request["profile"] == "salt://studio.yml"
    assert program.request["variables"] == {"extra": ["salt://ca.pem"], "n": "5"}
    assert program.sent == {"salt://studio.yml": b"trustmend: 1\n", "salt://ca.pem": b"A"}
    assert "salt://no.yml" in refusal(module.run, "plan", profile="salt://no.yml")


def test_a_profile_of_the_minion_goes_along_with_files_of_the_master(program, master, tmp_path):
    master.has("ca.pem", b"A")
    profile = tmp_path / "studio.yml"
    profile.write_text("trustmend: 1\n")
    module.run("plan", profile=str(profile))
    assert program.request == {"profile": str(profile), "variables": {}}
    module.run("plan", profile=str(profile), variables={"extra": "salt://ca.pem"})
    assert program.sent == {str(profile): b"trustmend: 1\n", "salt://ca.pem": b"A"}


# ---- what is believed ----


@pytest.mark.parametrize(
    "document, status, told",
    [
        (
            "",
            0,
            "did not answer with a report (status 0; it said nothing): what it did is not known",
        ),
        ("[]", 0, "did not answer with a report"),
        ("noise\n" + json.dumps(report(result())), 0, "did not answer with a report"),
        (report(result(), protocol=2), 0, "protocol 2"),
        (report(result(), verb="get"), 0, "something else"),
        (report(result(), results="none"), 0, "something else"),
        (report(result(), failed="no"), 0, "something else"),
        (report(result()), 1, "ended with status 1, and reports success"),
        (report(result(), failed=True), 0, "ended with status 0, and reports failure"),
        (report(), 0, "given 1 resources and reports 0"),
        (report(result(), result()), 0, "given 1 resources and reports 2"),
    ],
)
def test_a_report_that_does_not_fit_is_not_believed(program, document, status, told):
    program.says(document, status)
    text = refusal(module.run, "plan", resources=[{"type": "env", "name": "A"}])
    assert told in text


def test_a_whole_request_that_is_refused_is_a_report(program):
    error = {"kind": "invalid_input", "message": "too many", "path": "-", "hint": None}
    program.says(report(failed=True, error=error), status=2)
    told = module.run("plan", resources=[{"type": "env", "name": "A"}])
    assert told["error"]["message"] == "too many"


def test_a_program_that_is_killed_is_told_with_its_signal(program):
    program.behaves("kill -SEGV $$")
    text = refusal(module.run, "plan", resources=[])
    assert "SIGSEGV" in text


@pytest.fixture
def left(program):
    """Notes what a program left running, which then ends with the test."""
    yield "sleep 600 & echo $! >$here/left"
    if (program.directory / "left").exists():
        os.kill(int(program.read("left")), signal.SIGKILL)


@pytest.mark.parametrize("script", ["exec sleep 600", "{left}; wait", "trap '' TERM; {left}; wait"])
def test_a_program_that_hangs_is_stopped(program, opts, monkeypatch, left, script):
    monkeypatch.setattr(module, "GRACE", 1)
    opts["trustmend.timeout"] = 2  # the shell is to get as far as that
    program.behaves(script.format(left=left))
    began = time.monotonic()
    text = refusal(module.run, "plan", resources=[])
    assert "2 seconds" in text and "trustmend.timeout" in text
    assert time.monotonic() - began < 300


def test_what_it_says_besides_is_shown_in_one_line_without_hidden_characters(program):
    program.says("", 70)
    program.behaves("printf 'a bug:\\n\\033[31m\\342\\200\\256here %0600d\\n' 0 >&2")
    text = refusal(module.run, "plan", resources=[])
    assert text.endswith(module.AGAIN)
    assert "a bug: \\x1b[31m\\u202ehere" in text


# ---- as administrators type it ----


def test_a_type_with_attributes_is_one_resource(program):
    module.plan("env", name="A", value="b", __pub_jid="1", __pub_fun="trustmend.plan")
    assert program.request == {"resources": [{"type": "env", "name": "A", "value": "b"}]}


def test_nothing_is_the_built_in_profile(program):
    program.says(report(result(), verb="get"))
    module.get()
    assert program.request == {"profile": "shotgrid-ssl", "variables": {}}


@pytest.mark.parametrize("asked, verb", [(None, "plan"), (True, "plan"), (False, "apply")])
def test_apply_plans_under_test(program, opts, asked, verb):
    opts["test"] = True
    program.says(report(result(), verb=verb))
    module.apply("env", name="A", value="b", test=asked)
    assert program.words[0] == verb


def test_a_failure_is_one_for_the_caller_too(program):
    program.says(report(result(), failed=True), status=1)
    assert module.plan("env", name="A")["failed"]
    assert module.__context__["retcode"] == 1


def test_list_takes_where_to_look_as_words(program):
    program.says(report(verb="list"))
    module.list_("core_api", under="/a/*,/b", __pub_fun="x")
    assert program.words == ["core_api", "list", "under=/a/*,/b", "--output", "json"]
    module.list_("env", scope="user", targets=["systemd", "profile_d"])
    assert program.words[2:5] == ["scope=user", "targets=systemd", "targets=profile_d"]


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({"what": "nonsense"}, "'nonsense' is not built in (that is: shotgrid-ssl)"),
        ({"what": "studio.yml"}, "absolute path"),
        ({"name": "A"}, "attributes follow a type"),
        ({"what": "env", "variables": {"a": 1}}, "variables are a profile's"),
        ({"what": "env", "resources": []}, "resources stand alone"),
        ({"resources": {"type": "env"}}, "not a list"),
        ({"resources": ["env"]}, "resources[0] is not a mapping"),
    ],
)
def test_what_makes_no_request_is_refused(arguments, told):
    assert told in refusal(module.plan, **arguments)


def test_a_word_that_no_command_line_takes_is_refused(program):
    assert "NUL" in refusal(module.list_, "env", user="a\0b")
    assert not os.path.exists(program.directory / "words")


def test_a_verb_is_one_of_three(program):
    assert "give get, plan or apply" in refusal(module.run, "remove", resources=[])
    assert "one of them" in refusal(module.run, "plan")
    assert "one of them" in refusal(module.run, "plan", resources=[], profile="shotgrid-ssl")
    assert not os.path.exists(program.directory / "words")
