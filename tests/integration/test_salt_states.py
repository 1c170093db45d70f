"""
States of the Salt extension on a machine of their own: what a test predicts, what is told of it,
what depends on states that have not run, and how many runs of the program it takes.
"""

import concurrent.futures
import json
import re

import pytest

from integration.salt_local import SaltLocal, in_each_series

pytestmark = pytest.mark.native_only("Salt takes the program for this machine")

MANY = 50
COUNT_RUNS = """#!/bin/sh
echo run >>{log}
[ ! -e {broken} ] || . {broken}
exec {program} "$@"
"""
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
COUNT_REBUILDS = "#!/bin/sh\ncat >/dev/null\necho rebuild >>/rebuilds\n"


class Counted(SaltLocal):
    """A minion that counts its runs of the program, which does before what is in `broken`."""

    def __init__(self, series, directory, program):
        self.runs = directory / "runs"
        self.broken = directory / "broken"
        counting = directory / "trustmend"
        counting.write_text(COUNT_RUNS.format(log=self.runs, broken=self.broken, program=program))
        counting.chmod(0o755)
        super().__init__(series, directory / "minion", counting)

    def apply(self, states, test=False):
        self.runs.write_text("")
        answer = super().apply(states, test)
        assert isinstance(answer, dict), answer
        return {ret["__id__"]: ret for ret in answer.values()}

    @property
    def count(self):
        return len(self.runs.read_text().splitlines())


salt = in_each_series(Counted)


class Root:
    """A directory as the machine, and states on it."""

    def __init__(self, path):
        self.path = path
        self.environment = path / "etc/environment"
        self.environment.parent.mkdir(parents=True)
        self.environment.write_text("")

    def state(self, function, **words):
        return {f"trustmend.{function}": [{name: value} for name, value in
                                          {"root": str(self.path), **words}.items()]}

    def env(self, **words):
        return self.state("env", **{"targets": ["etc_environment"], **words})

    def bundle(self, certificate, **words):
        return self.state("bundle", **{"requires": [], "sources": [certificate.text], **words})


def managed(path, contents, **words):
    return {"file.managed": [{name: value} for name, value in
                             {"name": str(path), "contents": contents, **words}.items()]}


@pytest.fixture
def root(tmp_path):
    return Root(tmp_path / "root")


# ---- what is told ----

def test_a_test_predicts_what_is_applied(salt, root, pki):
    states = {"A": root.env(value="x"), "/opt/ca.pem": root.bundle(pki.root())}
    planned, applied, again = (salt.apply(states, test) for test in (True, False, False))
    assert [ret["result"] for ret in planned.values()] == [None, None]
    assert planned["A"]["changes"]["ensure"] == {"old": "absent", "new": "present"}
    for name in states:
        assert planned[name]["changes"] == applied[name]["changes"]
        assert (applied[name]["result"], again[name]["result"]) == (True, True)
        assert again[name]["changes"] == {}


def test_ensure_absent_removes(salt, root):
    root.environment.write_text("B=y\nA=x\n")
    ret = salt.apply({"A": root.env(ensure="absent")})["A"]
    assert ret["changes"]["ensure"] == {"old": "present", "new": "absent"}
    assert root.environment.read_text() == "B=y\n"


def test_it_is_told_what_changes_and_when_it_counts(salt, root):
    ret = salt.apply({"A": root.env(value="x")})["A"]
    assert ret["comment"] == ("Changed: ensure absent -> present, value (none) -> x; "
                              "counts from: next login")


def test_warnings_reach_the_user(salt, root):
    states = {"SHOTGRID_API_CACERTS": root.env(value="/ca.pem", force=True)}
    ret = salt.apply(states)["SHOTGRID_API_CACERTS"]
    assert any("SHOTGUN_API_CACERTS" in text for text in ret["warnings"])
    (salt.tree / "warned.sls").write_text(json.dumps(states))
    shown = salt.call("state.apply", "warned").stdout
    assert re.search("Warnings:.*nothing reads", shown), shown
    assert shown.count("nothing reads") == 1


def test_a_misspelt_attribute_is_an_error_that_names_the_right_one(salt, root):
    ret = salt.apply({"A": root.env(valeu="x")})["A"]
    assert ret["result"] is False
    assert ret["comment"] == "trustmend.env has no attribute 'valeu': did you mean value?"


@pytest.mark.parametrize("test", [True, False])
def test_errors_are_one_line_each_and_others_are_done(salt, root, pki, test):
    states = {
        "number": root.env(name="NUMBER", value=3),
        "list": root.env(name="LIST", value=["x", "y"]),
        "mapping": root.env(name="MAPPING", value={"x": "y"}),
        "nothing": root.env(name="NOTHING", value=None),
        "mode": root.bundle(pki.root(), path="/opt/ca.pem", mode=420),
        "targets": root.env(name="TARGETS", value="x", targets="etc_environment"),
        "choice": root.env(name="CHOICE", value="x", ensure="there"),
        "file": root.state("anchor", certificate="salt://none.pem", store="bundle:/opt/none.pem"),
        "good": root.env(name="GOOD", value="x"),
    }
    answer = salt.apply(states, test)
    good = {name for name, ret in answer.items() if ret["result"] is not False}
    assert good == {"number", "targets", "good"}
    for name in states.keys() - good:
        comment = answer[name]["comment"]
        assert comment and "\n" not in comment and "Traceback" not in comment
        assert "resources[" not in comment and answer[name]["changes"] == {}
    assert "quote it, '0644'" in answer["mode"]["comment"]
    assert "salt://none.pem" in answer["file"]["comment"]
    # The mode ends a run. What fails in a test is looked at without the states before, too.
    assert salt.count == (3 if test else 2)
    assert root.environment.read_text() == ("" if test else "NUMBER=3\nTARGETS=x\nGOOD=x\n")


# ---- what goes wrong ----

def values(names, root):
    return {name: root.env(value="x") for name in names}


@pytest.mark.parametrize("how, told", [
    ("kill -9 $$", "killed"), ("echo nonsense; exit 0", "report"), ("exit 70", "status 70"),
    ('echo "{}"; exit 0', "protocol")], ids=lambda text: text.partition(" ")[0])
def test_a_run_without_a_report_is_told_of_each_state_and_the_next_one_mends(salt, root, how, told):
    salt.broken.write_text(how)
    try:
        answer = salt.apply(values("ABCDE", root))
    finally:
        salt.broken.unlink()
    for ret in answer.values():
        assert ret["result"] is False and ret["changes"] == {}
        assert told in ret["comment"] and "\n" not in ret["comment"]
        assert "Traceback" not in ret["comment"]
    assert salt.count == 3, "it is not tried anew for each state"
    assert all(ret["changes"] for ret in salt.apply(values("ABCDE", root)).values())


def test_a_read_only_file_system_is_told_of_each_state(salt, root, needs):
    needs("unshare", "mount")
    (salt.tree / "fixed.sls").write_text(json.dumps(values("AB", root)))
    for words in ([], ["test=True"]):
        done = salt.call("--out=json", "state.apply", "fixed", *words, check=False,
                         through=["unshare", "-m", "sh", "-c", READ_ONLY, "sh", root.path])
        rets = json.loads(done.stdout)["local"].values()
        assert [ret["result"] for ret in rets] == [False, False]
        assert all("read-only" in ret["comment"].lower() for ret in rets), rets
        assert "Traceback" not in done.stdout + done.stderr
    assert root.environment.read_text() == ""


def test_two_minions_at_once_on_one_machine_lose_nothing(salt, root, tmp_path, tm):
    with SaltLocal(salt.series, tmp_path / "second", tm.program()) as second, \
            concurrent.futures.ThreadPoolExecutor() as pool:
        for number in range(5):
            mine, theirs = ([f"{letter}{number}_{index}" for index in range(3)] for letter in "MT")
            running = pool.submit(second.apply, values(theirs, root))
            answers = [*salt.apply(values(mine, root)).values(), *running.result(600).values()]
            assert len(answers) == 6 and all(ret["result"] is True for ret in answers), answers
    assert len(root.environment.read_text().splitlines()) == 30


# ---- what has not run yet ----

@pytest.mark.parametrize("required", [True, False])
def test_a_file_of_a_pending_state_is_no_failure(salt, root, tmp_path, pki, required):
    file = tmp_path / "ca/studio.pem"
    require = {"require": [{"file": "studio"}]} if required else {}
    states = {"studio": managed(file, pki.root().text, makedirs=True),
              "bundle": root.bundle(pki.root(), path="/opt/ca.pem", sources=[str(file)], **require)}
    planned = salt.apply(states, test=True)["bundle"]
    assert planned["result"] is None
    assert planned["comment"].startswith(f"Depends on a pending state, file.managed {file}.")
    applied = salt.apply(states)
    assert [ret["result"] for ret in applied.values()] == [True, True]
    assert salt.apply(states, test=True)["bundle"]["result"] is True


def test_a_file_that_nobody_brings_is_a_failure(salt, root, tmp_path, pki):
    states = {"other": managed(tmp_path / "other", "x"),
              "bundle": root.bundle(pki.root(), path="/opt/ca.pem", sources=["/nowhere.pem"])}
    assert salt.apply(states, test=True)["bundle"]["result"] is False


def test_a_changed_source_is_not_judged_before_it_is_there(salt, root, tmp_path, pki):
    file = tmp_path / "studio.pem"
    file.write_text(pki.root().text)
    bundle = root.bundle(pki.root(), path="/opt/ca.pem", sources=[str(file)])
    salt.apply({"bundle": bundle})
    states = {"studio": managed(file, pki.root().text), "bundle": bundle}
    planned = salt.apply(states, test=True)["bundle"]
    assert planned["result"] is None and "studio.pem" in planned["comment"]
    assert salt.apply(states)["bundle"]["changes"]


def test_a_bundle_of_a_pending_state_of_ours_counts_as_there(salt, root, pki):
    """The variable may not name a file that is missing, and its requisite makes it."""
    variable = root.env(value="/opt/ca.pem", require=[{"trustmend": "bundle"}])
    states = {"bundle": root.bundle(pki.root(), path="/opt/ca.pem"),
              "between": {"test.nop": []}, "REQUESTS_CA_BUNDLE": variable}
    planned, applied = salt.apply(states, test=True), salt.apply(states)
    for name in ("bundle", "REQUESTS_CA_BUNDLE"):
        assert (planned[name]["result"], applied[name]["result"]) == (None, True)
        assert planned[name]["changes"] == applied[name]["changes"]
    alone = salt.apply({"SSL_CERT_FILE": root.env(value="/opt/none.pem")}, test=True)
    assert alone["SSL_CERT_FILE"]["result"] is False


# ---- how many runs it takes ----

def test_neighbours_are_one_run_and_a_state_between_makes_two(salt, root):
    names = [f"N{number}" for number in range(6)]
    states = {name: root.env(value="x") for name in names}
    for test in (True, False, False):
        answer = salt.apply(states, test)
        assert salt.count == 1 and list(answer) == names
    halves = {**{name: states[name] for name in names[:3]}, "between": {"test.nop": []},
              **{name: states[name] for name in names[3:]}}
    salt.apply(halves)
    assert salt.count == 2


def test_what_a_state_between_undoes_is_mended_again(salt, root):
    undo = {"cmd.run": [{"name": f"sed -i s/B=x/B=z/ {root.environment}"}]}
    states = {"A": root.env(value="x"), "B": root.env(value="x"), "undo": undo,
              "C": root.env(value="x"), "again": root.env(name="B", value="x")}
    answer = salt.apply(states)
    assert salt.count == 2
    assert answer["again"]["changes"]["value"] == {"old": "z", "new": "x"}
    assert root.environment.read_text() == "A=x\nB=x\nC=x\n"


def test_fifty_anchors_are_one_run_and_one_rebuild(salt, debian12, pki):
    debian12.write("/etc/ca-certificates/update.d/count", COUNT_REBUILDS, mode=0o755)
    states = {f"anchor {number}": {"trustmend.anchor": [
        {"certificate": pki.root(f"many {number}").text}, {"root": str(debian12.path)}]}
              for number in range(MANY)}
    for test, result, rebuilds in ((True, None, 0), (False, True, 1), (False, True, 1)):
        answer = salt.apply(states, test)
        assert len(answer) == MANY and {ret["result"] for ret in answer.values()} == {result}
        assert salt.count == 1
        counted = debian12.outside("/rebuilds")
        assert (len(counted.read_text().splitlines()) if counted.exists() else 0) == rebuilds
    assert not any(ret["changes"] for ret in answer.values())


def test_a_profile_is_one_run(salt, debian12):
    states = {"shotgrid-ssl": {"trustmend.profile": [{"root": str(debian12.path)}]}}
    planned, applied, again = (salt.apply(states, test)["shotgrid-ssl"]
                               for test in (True, False, False))
    assert (planned["result"], applied["result"], again["result"]) == (None, True, True)
    assert planned["changes"] == applied["changes"] and applied["changes"]
    assert again["changes"] == {} and salt.count == 1
    assert "SHOTGUN_API_CACERTS=" in debian12.text("/etc/environment")


@pytest.mark.parametrize("words, told", [
    ({"varialbes": {}}, "did you mean variables?"),
    ({"variables": {"core_versoin": "v1"}}, "core_version"),
    ({"variables": 3}, "not a mapping"), ({"variables": {"core_configs": {"a": "b"}}}, "core_configs"),
    ({"resources": 3}, "not a list"), ({"resources": ["x"]}, "resources[0]"),
    ({"resources": [], "variables": {"a": "b"}}, "profile"),
    ({"resources": [{"type": "nothing"}]}, "nothing"), ({"name": "nothing"}, "nothing")])
def test_a_profile_that_cannot_be_is_told_on_one_line(salt, root, words, told):
    ret = salt.apply({"shotgrid-ssl": root.state("profile", **words)})["shotgrid-ssl"]
    assert ret["result"] is False and told in ret["comment"]
    assert "\n" not in ret["comment"] and "Traceback" not in ret["comment"]
