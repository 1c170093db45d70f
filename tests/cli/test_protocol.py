"""The protocol and the command line: one document, exit statuses, strict input."""

import json
import os
import subprocess
import sys

import pytest

PROFILE = """\
trustmend: 1
variables:
  bundle: /opt/ca.pem
  roots: []
resources:
  - type: env
    name: SHOTGUN_API_CACERTS
    value: ${bundle}
    targets: [etc_environment]
  - type: core_api
    foreach: roots
    path: ${item}
    version: v0.23.10
"""


@pytest.fixture
def root(tmp_path):
    """A small root with a login environment and one pipeline configuration."""
    path = tmp_path / "root"
    (path / "etc").mkdir(parents=True)
    (path / "etc/environment").write_text("LANG=C\n")
    core = path / "proj/config/core"
    core.mkdir(parents=True)
    (core / "core_api.yml").write_text(
        "location:\n  type: app_store\n  name: tk-core\n  version: v0.18.8\n")
    return path


def tree(path):
    """Everything that a write would change: names, contents, modes, times."""
    found = {}
    for directory, _, names in os.walk(path):
        for name in [*names, ""]:
            entry = os.path.join(directory, name)
            status = os.lstat(entry)
            content = open(entry, "rb").read() if os.path.isfile(entry) else None
            found[entry] = (status.st_mode, status.st_mtime_ns, status.st_ctime_ns, content)
    return found


def env_words(value="/opt/ca.pem"):
    return ["name=SHOTGUN_API_CACERTS", f"value={value}", "targets=etc_environment"]


def test_every_answer_is_one_json_document(tm, root):
    for words in (["env", "get", "name=A"], ["env", "plan", *env_words()], ["env", "nope"],
                  ["describe"], ["plan", "missing.yml"], ["env", "plan", "--input", "-"]):
        answer = tm(*words, root=root, stdin="{")
        assert answer.json["protocol"] == 1 and answer.json["trustmend"], words


def test_plan_apply_and_a_second_run(tm, root):
    before = tree(root)
    plan = tm("env", "plan", *env_words(), "--detailed-exitcode", root=root)
    assert plan.status == 10 and plan.changed
    assert tree(root) == before, "plan wrote something"
    apply = tm("env", "apply", *env_words(), "--detailed-exitcode", root=root)
    assert apply.status == 10
    assert apply.result["changes"] == plan.result["changes"]
    assert apply.result["diff"] == plan.result["diff"]
    assert (root / "etc/environment").read_text() == "LANG=C\nSHOTGUN_API_CACERTS=/opt/ca.pem\n"
    again = tm("env", "apply", *env_words(), "--detailed-exitcode", root=root)
    assert again.status == 0 and not again.changed


def test_the_state_that_get_reports_is_a_no_op(tm, root):
    tm("env", "apply", *env_words(), root=root)
    for words in (["env", "get", "name=SHOTGUN_API_CACERTS", "targets=etc_environment"],
                  ["env", "get", "name=NOT_THERE", "targets=etc_environment"],
                  ["core_api", "get", "path=/proj"]):
        state = tm(*words, root=root).state
        answer = tm(words[0], "plan", "--input", "-", root=root, stdin=state)
        assert answer.status == 0 and not answer.changed, answer


def test_small_programs_are_the_same_code(tm, root):
    words = ["plan", *env_words()]
    assert tm("env", *words, root=root).json == tm("trustmend-env", *words, root=root).json


def test_an_anchor_in_a_bundle_comes_after_the_bundle(tm, root, pki):
    ca, extra = pki.root("Base"), pki.root("Extra")
    both = [{"type": "anchor", "certificate": str(extra.pem), "store": "bundle:/opt/ca.pem"},
            {"type": "bundle", "path": "/opt/ca.pem", "sources": [str(ca.pem)], "requires": [],
             "extra": [str(extra.pem)]}]
    answer = tm("apply", "--input", "-", root=root, stdin={"resources": both})
    assert answer.status == 0, answer
    assert not tm("apply", "--input", "-", root=root, stdin={"resources": both}).changed


def test_two_resources_that_undo_each_other_are_no_success(tm, root, pki):
    ca = pki.root("Base")
    both = [{"type": "anchor", "certificate": str(ca.pem), "store": "bundle:/opt/ca.pem",
             "state": "absent"},
            {"type": "bundle", "path": "/opt/ca.pem", "requires": [],
             "sources": [str(ca.pem), str(pki.root("Other").pem)]}]
    answer = tm("apply", "--input", "-", root=root, stdin={"resources": both})
    assert answer.status == 1, answer
    assert [r["error"] and r["error"]["kind"] for r in answer.results] == [None, "not_converged"]


def test_an_empty_list_can_be_said(tm, root, pki):
    ca = pki.root("Alone")
    words = ["path=/opt/ca.pem", f"sources={ca.pem}"]
    assert tm("bundle", "plan", *words, root=root).error["kind"] == "refused"
    assert tm("bundle", "plan", *words, "requires=", root=root).error is None


def test_a_failing_resource_does_not_hide_the_others(tm, root):
    resources = [{"type": "core_api", "path": "/nowhere", "version": "v1.0.0"},
                 {"type": "env", "name": "A", "value": "b", "targets": ["etc_environment"]}]
    answer = tm("apply", "--input", "-", root=root, stdin={"resources": resources})
    assert answer.status == 1 and answer.json["failed"]
    assert answer.results[0]["error"]["kind"] == "not_found"
    assert answer.results[1]["changed"] and answer.results[1]["error"] is None
    assert "A=b" in (root / "etc/environment").read_text()


@pytest.mark.parametrize("words, part", [
    ([], "no verb"),
    (["mend"], "no verb"),
    (["env"], "no verb"),
    (["env", "plan"], "'name'"),
    (["env", "plan", "name=A"], "'value'"),
    (["env", "plan", "nmae=A"], "'nmae'"),
    (["env", "plan", "name=A", "value=b", "state=latest"], "'state'"),
    (["env", "plan", "--wat"], "--wat"),
    (["plan", "--set", "x"], "'='"),
    (["plan", "--set", "nope=1"], "'nope'"),
    (["plan", "/nowhere/p.yml"], "No such file"),
    (["env", "plan", "--root"], "--root"),
])
def test_bad_usage_is_status_2_and_says_what(tm, words, part):
    answer = tm(*words)
    assert answer.status == 2, answer
    error = answer.json["error"]
    assert part in error["message"], error
    assert answer.results == [] and answer.json["failed"]


def test_a_bad_request_stops_everything(tm, root):
    resources = [{"type": "env", "name": "A", "value": "b"}, {"type": "env", "nmae": "B"}]
    before = tree(root)
    answer = tm("apply", "--input", "-", root=root, stdin={"resources": resources})
    assert answer.status == 2
    assert "resources[1]" in answer.json["error"]["message"]
    assert tree(root) == before


def test_a_missing_root_is_named(tm):
    answer = tm("env", "get", "name=A", root="/nowhere/at/all")
    assert answer.status != 0 and "/nowhere/at/all" in json.dumps(answer.json["error"])


def test_profile_with_settings(tm, root, tmp_path):
    profile = tmp_path / "p.yml"
    profile.write_text(PROFILE)
    answer = tm("apply", profile, "--set", "bundle=/srv/ca.pem", "--set", "roots=/proj", root=root)
    assert answer.status == 0 and len(answer.results) == 2
    assert "SHOTGUN_API_CACERTS=/srv/ca.pem" in (root / "etc/environment").read_text()
    assert "version: v0.23.10" in (root / "proj/config/core/core_api.yml").read_text()


def test_profile_errors_have_file_and_line(tm, tmp_path):
    profile = tmp_path / "p.yml"
    profile.write_text(PROFILE.replace("version:", "versoin:"))
    answer = tm("plan", profile)
    assert answer.status == 0, "an empty foreach builds nothing"
    answer = tm("plan", profile, "--set", "roots=/proj")
    assert answer.status == 2 and "p.yml:13: " in answer.json["error"]["message"], answer


def test_profile_from_standard_input(tm, root):
    answer = tm("plan", "-", root=root, stdin=PROFILE)
    assert answer.status == 0 and len(answer.results) == 1


def test_text_output(tm, root):
    answer = tm("env", "plan", *env_words(), "--output", "text", root=root)
    assert answer.status == 0
    assert "+ env SHOTGUN_API_CACERTS" in answer.stdout
    assert answer.stdout.rstrip().endswith("1 to change, 0 unchanged, 0 failed")
    assert "\033[" not in answer.stdout
    bad = tm("env", "plan", "--output", "text")
    assert bad.status == 2 and bad.stdout == ""
    assert len(bad.stderr.splitlines()) == 1 and "'name'" in bad.stderr


def test_terminal_gets_text_and_colour_unless_no_color(tm, root):
    script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    command = tm.command("env", "plan", *env_words(), root=root)
    for env, colour in (({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)):
        done = subprocess.run([sys.executable, "-c", script, *command], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=tm.environment(env))
        assert "SHOTGUN_API_CACERTS" in done.stdout and '"protocol"' not in done.stdout
        assert ("\033[32m" in done.stdout) == colour


def test_a_full_standard_output_is_a_failure(tm, root):
    with open("/dev/full", "w") as full:
        done = subprocess.run(tm.command("env", "get", "name=A", root=root), stdout=full,
                              stderr=subprocess.PIPE, text=True, env=tm.environment())
    assert done.returncode == 1 and "standard output" in done.stderr


def test_describe_and_help(tm):
    types = tm("describe").json["types"]
    assert set(types) == {"anchor", "bundle", "env", "core_api"}
    for name, schema in types.items():
        assert schema["additionalProperties"] is False
        program = "trustmend-" + name.replace("_", "-")
        assert tm(program, "describe").json["types"] == {name: schema}
        words = tm(program, "--help").stdout
        for attribute, prop in schema["properties"].items():
            assert prop["description"].strip()
            assert prop.get("readOnly") or f"\n  {attribute}" in words
    assert "shotgrid-ssl" in tm("--help").stdout
    assert tm("--version").stdout.startswith("trustmend 0.")


def test_the_lock_is_waited_for_and_given_up(tm, root):
    if os.geteuid() != 0:
        pytest.skip("needs root: the lock of others lies elsewhere")
    import fcntl
    (root / "run").mkdir()
    with open(root / "run/trustmend.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = tm("env", "apply", *env_words(), "--lock-timeout", "1", root=root)
        assert answer.status == 4 and answer.json["error"]["kind"] == "busy"
        assert (root / "etc/environment").read_text() == "LANG=C\n"
    assert tm("env", "apply", *env_words(), root=root).status == 0


def test_plan_sees_a_lock_that_cannot_be_taken(tm, root):
    if os.geteuid() != 0:
        pytest.skip("needs root: the lock of others lies elsewhere")
    (root / "run/trustmend.lock").mkdir(parents=True)
    for verb in ("plan", "apply"):
        answer = tm("env", verb, *env_words(), root=root)
        assert answer.status == 1 and "trustmend.lock" in answer.error["path"], answer
        assert answer.result["changes"] and not answer.changed


def test_a_closed_standard_output_is_a_failure(tm, root):
    command = tm.command("env", "apply", *env_words(), root=root)
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *command], env=tm.environment(),
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "standard output" in done.stderr, done


def test_list_is_not_there_yet_and_says_so(tm):
    answer = tm("env", "list")
    assert answer.status == 3 and answer.json["error"]["kind"] == "unsupported"


def test_documentation_is_what_the_programs_say(tm):
    top = os.path.join(os.path.dirname(__file__), "..", "..")
    done = subprocess.run([os.path.join(top, "scripts/generate-docs"), "--check", tm.directory],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
