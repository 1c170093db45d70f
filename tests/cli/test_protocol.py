"""The protocol and the command line: one document, exit statuses, strict input."""

import os
import subprocess
import sys

import pytest

from types_there import type_names

# One resource that is always there, and one for each of a list.
PROFILE = """\
trustmend: 1
variables:
  wanted: v0.23.9
  roots: []
resources:
  - type: core_api
    path: /proj
    version: ${wanted}
    match: at_least
  - type: core_api
    foreach: roots
    path: ${item}
    version: v0.23.10
"""

LOCKS = {"linux": "run/trustmend.lock", "windows": "trustmend.lock"}

# Type, what names the resource, what is wished: a file of a program, and one of the system.
CORE = ("core_api", ["path=/proj"], ["version=v0.23.10"])
ENV = ("env", ["name=SHOTGUN_API_CACERTS", "targets=etc_environment", "force=true"],
       ["value=/opt/ca.pem"])
CHANGES = [
    pytest.param(CORE, "proj/config/core/core_api.yml", id="core_api"),
    pytest.param(ENV, "etc/environment", id="env", marks=pytest.mark.posix_only(
        "the registry, where Windows keeps variables, cannot lie in a root")),
]


@pytest.fixture
def root(tmp_path):
    """A small root with a login environment and one pipeline configuration."""
    path = tmp_path / "root"
    (path / "etc").mkdir(parents=True)
    (path / "etc/environment").write_text("LANG=C\n")
    for name in ("proj", "other"):
        core = path / name / "config/core"
        core.mkdir(parents=True)
        (core / "core_api.yml").write_bytes(
            b"location:\n  type: app_store\n  name: tk-core\n  version: v0.18.8\n")
    return path


def core_of(root, name="proj"):
    return (root / name / "config/core/core_api.yml").read_bytes().decode()


def words_for(verb, change):
    kind, key, wish = change
    return [kind, verb, *key, *(wish if verb in ("plan", "apply") else ())]


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


def test_every_answer_is_one_json_document(tm, root):
    for words in (["env", "get", "name=A"], words_for("plan", ENV), words_for("plan", CORE),
                  ["env", "nope"], ["describe"], ["plan", "missing.yml"],
                  ["env", "plan", "--input", "-"]):
        answer = tm(*words, root=root, stdin="{")
        assert answer.json["protocol"] == 1 and answer.json["trustmend"], words
        assert "\r" not in answer.stdout + answer.stderr, words


@pytest.mark.parametrize("change, file", CHANGES)
def test_plan_apply_and_a_second_run(tm, root, change, file):
    before = tree(root)
    plan = tm(*words_for("plan", change), "--detailed-exitcode", "--diff", root=root)
    assert plan.status == 10 and plan.changed
    assert tree(root) == before, "plan wrote something"
    apply = tm(*words_for("apply", change), "--detailed-exitcode", "--diff", root=root)
    assert apply.status == 10
    assert apply.result["changes"] == plan.result["changes"]
    assert apply.result["diff"] == plan.result["diff"]
    assert plan.result["diff"]["after"] in (root / file).read_bytes().decode()
    again = tm(*words_for("apply", change), "--detailed-exitcode", root=root)
    assert again.status == 0 and not again.changed


@pytest.mark.parametrize("change, file", CHANGES)
def test_the_state_that_get_reports_is_a_no_op(tm, root, change, file):
    for _ in ("before", "after"):
        state = tm(*words_for("get", change), root=root).state
        answer = tm(change[0], "plan", "--input", "-", root=root, stdin=state)
        assert answer.status == 0 and not answer.changed, answer
        tm(*words_for("apply", change), root=root)


@pytest.mark.parametrize("change, file", CHANGES)
def test_small_programs_are_the_same_code(tm, root, change, file):
    kind, *words = words_for("plan", change)
    small = "trustmend-" + kind.replace("_", "-")
    assert tm(kind, *words, root=root).json == tm(small, *words, root=root).json


def test_an_anchor_in_a_bundle_comes_after_the_bundle(tm, root, pki):
    ca, extra = pki.root("Base"), pki.root("Extra")
    both = [{"type": "anchor", "certificate": extra.pem, "store": "bundle:/opt/ca.pem"},
            {"type": "bundle", "path": "/opt/ca.pem", "sources": [ca.pem], "requires": [],
             "extra": [extra.pem]}]
    answer = tm("apply", "--input", "-", root=root, stdin={"resources": both})
    assert answer.status == 0, answer
    assert not tm("apply", "--input", "-", root=root, stdin={"resources": both}).changed


@pytest.mark.parametrize("verb", ["plan", "apply"])
@pytest.mark.parametrize("held, state", [(["base", "other"], "absent"), (["other"], "present"),
                                         ([], "present"), (["base"], "present")])
def test_two_resources_that_undo_each_other_are_refused_unwritten(tm, root, pki, verb, held, state):
    made = {"base": pki.root("Base"), "other": pki.root("Other")}
    bundle = root / "opt/ca.pem"
    bundle.parent.mkdir()
    if held:
        bundle.write_text("".join(made[name].text for name in held))
    sources = [made["other"].pem] + ([made["base"].pem] if state == "absent" else [])
    both = [{"type": "anchor", "certificate": made["base"].pem, "store": "bundle:/opt/ca.pem",
             "state": state},
            {"type": "bundle", "path": "/opt/ca.pem", "requires": [], "sources": sources}]
    answer = tm(verb, "--input", "-", root=root, stdin={"resources": both})
    assert answer.status == 1 and not answer.changed, answer
    for result in answer.results:
        assert result["error"]["kind"] == "invalid_input" and result["diff"] is None
        for word in ("anchor", "bundle /opt/ca.pem", "cannot both hold", "undoes"):
            assert word in result["error"]["message"], repr(answer)
    assert bundle.exists() == bool(held)
    assert not held or bundle.read_text() == "".join(made[name].text for name in held)
    mended = [{**both[1], "sources": [made["other"].pem],
               "extra": [made["base"].pem] if state == "present" else []}, both[0]]
    assert tm("apply", "--input", "-", root=root, stdin={"resources": mended}).status == 0


def test_what_was_refused_is_no_ground_for_other_plans(tm, root, pki):
    """The third was planned as if the first, which the second undoes, had been there."""
    studio, other = pki.root("Studio"), pki.root("Other")
    (root / "opt").mkdir()
    (root / "opt/ca.pem").write_text(studio.text)
    store = {"type": "anchor", "store": "bundle:/opt/ca.pem"}
    resources = {"resources": [
        {"type": "bundle", "path": "/opt/ca.pem", "requires": [], "sources": [other.pem]},
        {**store, "certificate": studio.pem}, {**store, "certificate": other.pem}]}
    told = []
    for verb in ("plan", "apply"):
        answer = tm(verb, "--input", "-", root=root, stdin=resources)
        assert answer.status == 1, answer
        told.append([(r["changed"], r["changes"], r["diff"], r["error"] and r["error"]["message"])
                     for r in answer.results])
        assert [changed for changed, *_more in told[-1]] == [False, False, True], answer
    assert told[0] == told[1]
    assert studio.text in (root / "opt/ca.pem").read_text()
    again = tm("apply", "--input", "-", root=root, stdin=resources)
    assert again.status == 1 and not again.changed


@pytest.mark.posix_only("the registry has no offline root, and no lines")
@pytest.mark.parametrize("output", ["json", "text"])
def test_a_difference_shows_the_lines_that_change_and_no_others(tm, root, output):
    secret = "hunter2"
    (root / "etc/environment").write_text(
        f"LANG=C\nPGPASSWORD={secret}\nSHOTGUN_API_CACERTS=/old\nTOKEN={secret}\n")
    core = root / "proj/config/core/core_api.yml"
    core.write_text(core.read_text() + f"# https://me:{secret}@host\nkey: {secret}\n")
    for words in (words_for("plan", ENV), words_for("plan", CORE),
                  words_for("apply", ENV), words_for("apply", CORE)):
        answer = tm(*words, "--diff", "--output", output, root=root)
        assert answer.status == 0 and secret not in answer.stdout + answer.stderr, answer
        assert ("/old" in answer.stdout or "v0.18.8" in answer.stdout), answer
    quiet = tm("env", "plan", "name=SHOTGUN_API_CACERTS", "targets=etc_environment",
               "value=/opt/new.pem", "force=true", root=root)
    assert quiet.changed and quiet.result["diff"] is None, "nobody asked for it"


@pytest.mark.native_only("the report is written by the same code, and it is large")
def test_a_report_of_many_large_files_leaves_differences_out(tm, root):
    """Each shows a long line twice: without an end the report was too large to be written."""
    text = f"location: {{type: git, path: /x{'y' * 200000}, version: v0.1.2}}\n"
    for number in range(40):
        file = root / str(number) / "core/core_api.yml"
        file.parent.mkdir(parents=True)
        file.write_text(text)
    answer = tm("plan", "--input", "-", "--diff", root=root, stdin={"resources": [
        {"type": "core_api", "path": f"/{number}", "version": "v0.23.10"} for number in range(40)]})
    assert answer.status == 0 and all(r["changes"] for r in answer.results), answer.stderr
    shown = [r["diff"] is not None for r in answer.results]
    assert any(shown) and not all(shown) and shown == sorted(shown, reverse=True)
    assert sum(len(r["diff"][side]) for r in answer.results if r["diff"]
               for side in ("before", "after")) <= 8 << 20


def test_an_empty_list_can_be_said(tm, root, pki):
    ca = pki.root("Alone")
    words = ["path=/opt/ca.pem", f"sources={tm.path(ca.pem)}"]
    assert tm("bundle", "plan", *words, root=root).error["kind"] == "refused"
    assert tm("bundle", "plan", *words, "requires=", root=root).error is None


def test_a_failing_resource_does_not_hide_the_others(tm, root):
    resources = [{"type": "core_api", "path": "/nowhere", "version": "v1.0.0"},
                 {"type": "core_api", "path": "/proj", "version": "v0.23.10"}]
    answer = tm("apply", "--input", "-", root=root, stdin={"resources": resources})
    assert answer.status == 1 and answer.json["failed"]
    assert answer.results[0]["error"]["kind"] == "not_found"
    assert answer.results[1]["changed"] and answer.results[1]["error"] is None
    assert "version: v0.23.10" in core_of(root)


@pytest.mark.parametrize("words, part", [
    (["--input", "-"], "no verb"),
    (["mend"], "no verb"),
    (["env"], "no verb"),
    (["env", "plan", "name"], "'name'"),
    (["env", "plan", "--wat"], "--wat"),
    (["plan", "--set", "x"], "'='"),
    (["plan", "--set", "nope=1"], "'nope'"),
    (["env", "plan", "--root"], "--root"),
    (["env", "plan", "name=A", "value=b", "--root", "/a", "--root=/b"], "--root is given twice"),
    (["plan", "--input", "a.json", "--input", "b.json"], "--input is given twice"),
])
def test_bad_usage_is_status_2_and_says_what(tm, words, part):
    answer = tm(*words)
    assert answer.status == 2, answer
    error = answer.json["error"]
    assert part in error["message"], error
    assert answer.results == [] and answer.json["failed"]


@pytest.mark.parametrize("words, parts", [
    (["env", "plan"], ["'name'"]),
    (["env", "plan", "name=A"], ["'value'"]),
    (["env", "plan", "nmae=A"], ["'nmae'", "did you mean 'name'?"]),
    (["env", "plan", "name=A", "value=b", "state=latest"], ["'state'", "one of: "]),
    (["env", "get", "name=A", "name=B"], ["'name' stands twice"]),
])
def test_one_resource_that_is_bad_input_is_status_2_too(tm, words, parts):
    for asked in (words, [*words, "--output", "text"]):
        answer = tm(*asked)
        assert answer.status == 2, answer
        for part in parts:
            assert part in answer.stdout, answer
    error = tm(*words).error
    assert error["kind"] == "invalid_input" and parts[0] in error["message"], error


def test_a_profile_that_is_not_there_is_named(tm, tmp_path):
    answer = tm("plan", tmp_path / "p.yml")
    assert answer.status == 2 and answer.json["error"]["kind"] == "not_found", answer
    assert answer.json["error"]["path"] == tm.path(tmp_path / "p.yml")


@pytest.mark.parametrize("request_text", [
    "[]", '{"resources": {}}', '{"resources": [], "more": 1}', '{"resorces": []}', "{",
    '{"type": "env", "name": "A", "name": "B"}', '{"type": "evn", "name": "A"}',
])
def test_a_bad_request_stops_everything(tm, root, request_text):
    before = tree(root)
    answer = tm("apply", "--input", "-", root=root, stdin=request_text)
    assert answer.status == 2 and answer.results == []
    assert answer.json["error"]["kind"] == "invalid_input"
    assert tree(root) == before


MALFORMED = [
    ({"type": "core_api", "pth": "/other", "version": "v0.23.10"}, "/other", "did you mean 'path'?"),
    ({"type": "core_api", "path": "/other"}, "/other", "add version=…"),
    ({"type": "core_api", "path": "/other", "version": 3}, "/other", ""),
    ({"type": "core_api", "version": "v0.23.10"}, None, "add path=…"),
    ({"type": "core_api", "path": "/other", "version": "v0.23.10", "match": "most"}, "/other",
     "one of: exact, at_least"),
    ({"type": "core-apu", "path": "/other"}, "/other", "did you mean 'core_api'?"),
    ({"path": "/other"}, "/other", "`trustmend describe` lists"),
    ("core_api", None, ""),
]


@pytest.mark.parametrize("verb, resource, name, hint", [
    (verb, *case) for verb in ("get", "plan", "apply") for case in MALFORMED
    if (verb, case[2]) != ("get", "add version=…")])
def test_a_malformed_resource_fails_alone(tm, root, verb, resource, name, hint):
    fine = {"type": "core_api", "path": "/proj", "version": "v0.23.10"}
    for resources in ([fine, resource], [resource, fine]):
        answer = tm(verb, "--input", "-", root=root, stdin={"resources": resources})
        bad, good = (answer.results[resources.index(r)] for r in (resource, fine))
        assert answer.status == 1 and "error" not in answer.json and answer.json["failed"], answer
        assert bad["error"]["kind"] == "invalid_input" and hint in (bad["error"]["hint"] or ""), bad
        assert bad["name"] == name and not bad["changed"] and not bad["changes"]
        assert good["error"] is None and good["state"], good
    assert ("v0.23.10" in core_of(root)) == (verb == "apply")
    assert "v0.23.10" not in core_of(root, "other")


@pytest.mark.posix_only("the registry, where Windows keeps variables, cannot lie in a root")
@pytest.mark.parametrize("bundle", [
    {"type": "bundle", "path": "/opt/ca.pem", "extar": []},
    {"type": "bundle", "extra": 3, "path": "/opt/ca.pem"},
    {"type": "bundle", "pth": "/opt/ca.pem"},
    {"type": "bundel", "path": "/opt/ca.pem"},
])
def test_a_variable_is_not_pointed_to_a_malformed_bundle(tm, root, bundle):
    variables = [{"type": "env", "name": name, "value": value, "targets": ["etc_environment"]}
                 for name, value in (("SSL_CERT_FILE", "/opt/ca.pem"), ("TANK_CORE", "other"))]
    before = (root / "etc/environment").read_text()
    for verb in ("plan", "apply"):
        answer = tm(verb, "--input", "-", root=root, stdin={"resources": [*variables, bundle]})
        left, changed, bad = answer.results
        assert answer.status == 1 and bad["error"]["kind"] == "invalid_input", answer
        assert left["error"]["kind"] == "conflict" and "left alone" in left["error"]["message"]
        assert not left["changed"] and changed["changed"] and changed["error"] is None
    assert (root / "etc/environment").read_text() == before + 'TANK_CORE=other\n'


def test_a_listing_of_a_malformed_query_is_the_runs_error(tm, root):
    answer = tm("env", "list", "--input", "-", root=root, stdin={"type": "env", "scpoe": "user"})
    assert answer.status == 2 and answer.results == []
    assert "did you mean 'scope'?" in answer.json["error"]["hint"]


def test_a_missing_root_is_named(tm, tmp_path):
    root = tmp_path / "nowhere/at/all"
    answer = tm("core_api", "get", "path=/proj", root=root)
    assert answer.status != 0 and tm.path(root) in answer.json["error"]["path"], answer


def test_profile_with_settings(tm, root, tmp_path):
    profile = tmp_path / "p.yml"
    profile.write_text(PROFILE)
    answer = tm("apply", profile, "--set", "wanted=v0.21.0", "--set", "roots=/other", root=root)
    assert answer.status == 0 and len(answer.results) == 2
    assert "version: v0.21.0" in core_of(root)
    assert "version: v0.23.10" in core_of(root, "other")


def test_profile_errors_have_file_and_line(tm, root, tmp_path):
    profile = tmp_path / "p.yml"
    profile.write_text(PROFILE.replace("version: v0", "versoin: v0"))
    answer = tm("plan", profile, root=root)
    assert answer.status == 0, "an empty foreach builds nothing"
    answer = tm("plan", profile, "--set", "roots=/other", root=root)
    fine, wrong = answer.results
    assert answer.status == 1 and fine["error"] is None, answer
    assert "p.yml:13: core_api: unknown" in wrong["error"]["message"] and wrong["name"] == "/other"
    assert wrong["error"]["hint"].startswith("did you mean 'version'? ")


def test_profile_from_standard_input(tm, root):
    answer = tm("plan", "-", root=root, stdin=PROFILE)
    assert answer.status == 0 and len(answer.results) == 1


def test_text_output(tm, root):
    answer = tm(*words_for("plan", CORE), "--output", "text", root=root)
    assert answer.status == 0
    assert "~ core_api /proj" in answer.stdout
    assert answer.stdout.rstrip().endswith("1 to change, 0 unchanged, 0 failed")
    assert "\033[" not in answer.stdout and "\r" not in answer.stdout
    bad = tm("env", "plan", "name", "--output", "text")
    assert bad.status == 2 and bad.stdout == ""
    assert len(bad.stderr.splitlines()) == 1 and "'name'" in bad.stderr


@pytest.mark.parametrize("verb, fate", [("plan", "wanted"), ("apply", "not done")])
def test_text_does_not_call_a_failed_change_done(tm, root, verb, fate):
    answer = tm("core_api", verb, "path=/proj", "version=v0.17.0", "--output", "text", root=root)
    assert answer.status == 1
    first, error, change, *rest = answer.stdout.splitlines()
    assert first == "  ! core_api /proj"
    assert error.startswith("      refused: ") and "allow_downgrade" in error
    assert change == f"      {fate}: version: v0.18.8 -> v0.17.0"
    assert rest[-1].endswith(" 0 unchanged, 1 failed")
    assert "v0.18.8" in core_of(root)


def test_text_cuts_long_values_and_json_does_not(tm, root):
    value = "v0." + "1" * 4997
    words = ["core_api", "plan", "path=/proj", f"version={value}", "match=exact"]
    assert tm(*words, root=root).result["changes"]["version"]["to"] == value
    text = tm(*words, "--output", "text", root=root).stdout
    assert f" -> {value[:400]} … (4600 more)\n" in text
    assert max(map(len, text.splitlines())) < 900


@pytest.mark.posix_only("the consoles of Windows are no terminals of this machine")
def test_terminal_gets_text_and_colour_unless_no_color(tm, root):
    script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    command = tm.command(*words_for("plan", CORE), root=root)
    for env, colour in (({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True),
                        ({"TERM": "dumb"}, False), ({"TERM": ""}, False)):
        env = {"TERM": "xterm", **env}
        done = subprocess.run([sys.executable, "-c", script, *command], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=tm.environment(env))
        assert "core_api" in done.stdout and '"protocol"' not in done.stdout
        assert ("\033[33m" in done.stdout) == colour


def test_a_full_standard_output_is_a_failure(tm, root):
    with open("/dev/full", "w") as full:
        done = subprocess.run(tm.command("core_api", "get", "path=/proj", root=root), stdout=full,
                              stderr=subprocess.PIPE, text=True, env=tm.environment())
    assert done.returncode == 1 and "standard output" in done.stderr


def test_describe_and_help(tm):
    types = tm("describe").json["types"]
    assert sorted(types) == type_names()
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


@pytest.mark.posix_only("locks of this machine mean nothing to Windows: os/win32/test_lock.c")
def test_the_lock_is_waited_for_and_given_up(tm, root):
    import fcntl
    (root / "run").mkdir()
    with open(root / "run/trustmend.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = tm(*words_for("apply", CORE), "--lock-timeout", "1", root=root)
        assert answer.status == 4 and answer.json["error"]["kind"] == "busy"
        assert "version: v0.18.8" in core_of(root)
    assert tm(*words_for("apply", CORE), root=root).status == 0


def test_plan_sees_a_lock_that_cannot_be_taken(tm, root):
    lock = LOCKS[tm.target.system]
    (root / lock).mkdir(parents=True)
    for verb in ("plan", "apply"):
        answer = tm(*words_for(verb, CORE), root=root)
        assert answer.status == 1, answer
        assert lock in answer.error["path"].replace("\\", "/"), answer
        assert answer.result["changes"] and not answer.changed


def test_a_closed_standard_output_is_a_failure(tm, root):
    command = tm.command(*words_for("apply", CORE), root=root)
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *command], env=tm.environment(),
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "standard output" in done.stderr, done


@pytest.mark.native_only("the generator runs the programs itself")
def test_documentation_is_what_the_programs_say(tm):
    top = os.path.join(os.path.dirname(__file__), "..", "..")
    done = subprocess.run([os.path.join(top, "scripts/generate-docs"), "--check", tm.directory],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
