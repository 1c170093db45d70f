"""
Environment variables on a real registry, Wine's: types and raw text, other users, one
announcement, nothing written by plan. What is there is read with Wine's own reg.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import time

import pytest

from wine import PATH

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(os.environ.get("TRUSTMEND_WINDOWS")
                       or TOP / "dist/trustmend-windows-x86_64.exe")
COMPANIONS = pathlib.Path(os.environ.get("TRUSTMEND_WINDOWS_TESTS")
                          or TOP / "build-portable/windows") / "tests"

MACHINE = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
PROFILES = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
VAR = "SHOTGUN_API_CACERTS"
CERTS = "C:/ProgramData/trustmend/cacert.pem"
NEEDED_ROOT = TOP / "core/x509/data/amazon-root-ca-1.der"
BOB = "S-1-5-21-11-22-33-1001"  # logged in
CAY = "S-1-5-21-11-22-33-1002"  # not logged in

LINE = re.compile(r"^    (\S.*?)    (REG_\w+)    (.*?)\r?$")


class Report:
    """One run of trustmend, with its report taken apart."""

    def __init__(self, answer):
        self.answer = answer
        self.status = answer.status
        self.results = answer.json["results"]
        self.changed = answer.json["changed"]

    def __repr__(self):
        return repr(self.answer)

    @property
    def result(self):
        assert len(self.results) == 1, repr(self)
        return self.results[0]

    @property
    def state(self):
        return self.result["state"]

    @property
    def error(self):
        return self.result["error"] or {}


class Windows:
    """A Wine prefix with trustmend in it."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.run = prefix.run
        self.drive_c = prefix.drive_c
        self.registry_export = prefix.registry_export

    def tm(self, *arguments, stdin=None):
        text = json.dumps(stdin, ensure_ascii=False) if stdin is not None else ""
        return Report(self.run(PROGRAM, *arguments, stdin=text))

    def start(self, program, *arguments):
        return subprocess.Popen([self.prefix.launcher, program, *arguments],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                env={"PATH": PATH}, cwd=self.prefix.directory)


def companion(name):
    path = COMPANIONS / f"{name}.exe"
    if not path.exists():
        pytest.skip(f"{path} is not built: run scripts/build-portable --tests windows")
    return path


@pytest.fixture(scope="module")
def wine(wine_template, tmp_path_factory):
    """One prefix for all of this file: each test takes back what it did."""
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} is not built: run scripts/build-portable windows")
    directory = tmp_path_factory.mktemp("wine-env")
    with wine_template.copy_to(directory) as prefix:
        windows = Windows(prefix)
        # There is no display; without a driver no window can be made at all.
        put(windows, r"HKCU\Software\Wine\Drivers", "Graphics", "null")
        prefix.stop()
        yield windows
    shutil.rmtree(directory, ignore_errors=True)


def env(wine, verb, *arguments):
    return wine.tm("env", verb, "--diff", *arguments)


def query(wine, key):
    """{name: (type, raw text)} of a key, as `reg query` shows it; None where there is none."""
    done = wine.run("reg", "query", key)
    if done.status:
        return None
    lines = (LINE.match(line) for line in done.stdout.splitlines())
    return {m[1]: (m[2], m[3]) for m in lines if m}


def reg(wine, *arguments):
    done = wine.run("reg", *arguments)
    assert done.status == 0, repr(done)


def put(wine, key, name, data, kind="REG_SZ"):
    reg(wine, "add", key, "/v", name, "/t", kind, "/d", data, "/f")


def drop(wine, key, name=None):
    wine.run("reg", "delete", key, *(("/v", name) if name else ()), "/f")


def export(wine):
    """The whole registry as text."""
    return [wine.registry_export(hive) for hive in ("HKLM", "HKU")]


@pytest.fixture
def variable(wine):
    """A name for one test; whatever spelling it is set in, it is gone afterwards."""
    yield VAR
    for key in (MACHINE, r"HKCU\Environment"):
        drop(wine, key, VAR)


# ---- types and text ----

def test_expandable_value_keeps_its_type_and_its_text(wine, variable):
    put(wine, MACHINE, variable, r"%ProgramData%\old.pem", "REG_EXPAND_SZ")
    value = r"%ProgramData%\new.pem"
    done = env(wine, "apply", f"name={variable}", f"value={value}")
    assert done.status == 0 and done.changed, repr(done)
    assert query(wine, MACHINE)[variable] == ("REG_EXPAND_SZ", value)
    assert done.state["value"] == value and done.state["value_type"] == "expand"
    assert not env(wine, "apply", f"name={variable}", f"value={value}").changed


def test_expandable_value_with_the_text_wished_for_is_left_alone(wine, variable):
    put(wine, MACHINE, variable, r"%ProgramData%\cacert.pem", "REG_EXPAND_SZ")
    done = env(wine, "apply", f"name={variable}", r"value=%ProgramData%\cacert.pem")
    assert done.status == 0 and not done.changed, repr(done)
    assert query(wine, MACHINE)[variable] == ("REG_EXPAND_SZ", r"%ProgramData%\cacert.pem")


def test_new_variable_is_a_string_that_other_processes_get(wine, variable):
    done = env(wine, "apply", f"name={variable}", f"value={CERTS}", "force=true")
    assert done.status == 0 and done.changed, repr(done)
    assert done.result["backend"] == "windows"
    assert query(wine, MACHINE)[variable] == ("REG_SZ", CERTS)
    assert wine.run("cmd", "/c", f"echo %{variable}%").stdout.strip() == CERTS


def test_expandable_variable_is_expanded_for_other_processes(wine, variable):
    done = env(wine, "apply", f"name={variable}", r"value=%SystemRoot%\cacert.pem",
               "value_type=expand")
    assert done.status == 0, repr(done)
    assert query(wine, MACHINE)[variable] == ("REG_EXPAND_SZ", r"%SystemRoot%\cacert.pem")
    shown = wine.run("cmd", "/c", f"echo %{variable}%").stdout.strip()
    assert shown.lower() == r"c:\windows\cacert.pem"


def test_unusual_text_is_kept_to_the_character(wine, variable):
    value = "P:\\caf\u00e9 \U0001f600\\#1 $y 'z' \"q\" `t` %NOPE%;" + "x" * 30000
    wish = {"type": "env", "name": variable, "value": value, "value_type": "expand"}
    done = wine.tm("apply", "--input", "-", stdin=wish)
    assert done.status == 0, repr(done)[:3000]
    # REG_EXPAND_SZ is exported as the bytes of its text and the end.
    data = (value + "\0").encode("utf-16-le").hex(",")
    text = re.sub(r",\\\r?\n  ", ",", export(wine)[0])
    assert f'"{variable}"=hex(2):{data}' in text, text[:3000]
    again = wine.tm("plan", "--input", "-", stdin=wish)
    assert again.status == 0 and not again.changed


def test_name_in_another_case_is_the_same_variable(wine):
    put(wine, MACHINE, "Shotgun_Api_Cacerts", "old")
    try:
        done = env(wine, "apply", f"name={VAR}", f"value={CERTS}", "force=true")
        assert done.status == 0, repr(done)
        names = [n for n in query(wine, MACHINE) if n.upper() == VAR]
        assert names == ["Shotgun_Api_Cacerts"]
        assert query(wine, MACHINE)["Shotgun_Api_Cacerts"] == ("REG_SZ", CERTS)
        assert done.state["name"] == "Shotgun_Api_Cacerts"
    finally:
        drop(wine, MACHINE, "Shotgun_Api_Cacerts")


def test_absent_removes_the_one_variable(wine, variable):
    put(wine, MACHINE, variable, CERTS)
    before = query(wine, MACHINE)
    done = env(wine, "apply", f"name={variable}", "state=absent")
    assert done.status == 0 and done.changed, repr(done)
    del before[variable]
    assert query(wine, MACHINE) == before
    assert not env(wine, "apply", f"name={variable}", "state=absent").changed


def test_state_that_get_reports_is_no_change(wine, variable):
    put(wine, MACHINE, variable, r"%ProgramData%\cacert.pem", "REG_EXPAND_SZ")
    state = dict(env(wine, "get", f"name={variable}").state, type="env")
    done = wine.tm("plan", "--input", "-", stdin=state)
    assert done.status == 0 and not done.changed, repr(done)


# ---- plan ----

def test_plan_writes_nothing(wine, variable):
    resources = [
        {"type": "env", "name": variable, "value": CERTS, "force": True},
        {"type": "env", "name": "TRUSTMEND_USER", "value": "1", "scope": "user"},
        {"type": "env", "name": "winsysdir", "state": "absent"},
    ]
    before = export(wine)
    done = wine.tm("plan", "--input", "-", stdin={"resources": resources})
    assert done.status == 0 and done.changed, repr(done)
    assert [r["changed"] for r in done.results] == [True, True, True]
    assert export(wine) == before


def test_plan_is_what_apply_reports(wine, variable):
    put(wine, MACHINE, variable, "old")
    planned = env(wine, "plan", f"name={variable}", f"value={CERTS}", "force=true").result
    applied = env(wine, "apply", f"name={variable}", f"value={CERTS}", "force=true").result
    assert planned["changes"] == applied["changes"] == {"value": {"from": "old", "to": CERTS}}
    assert planned["diff"] == applied["diff"]
    assert planned["diff"]["path"].endswith("\\Environment\\" + variable)
    assert planned["diff"]["before"] == f"{variable}=old (REG_SZ)\n"
    assert planned["diff"]["after"] == f"{variable}={CERTS} (REG_SZ)\n"


# ---- refusals ----

def make_sound(wine):
    """C:\\sound.pem, which programs can load and which holds a root that they need."""
    text = ssl.DER_cert_to_PEM_cert(NEEDED_ROOT.read_bytes())
    (wine.drive_c / "sound.pem").write_text(text)


def refused(wine, kind, *arguments):
    before = query(wine, MACHINE)
    done = env(wine, "apply", *arguments)
    assert done.status in (1, 3) and done.error["kind"] == kind, repr(done)
    assert done.error["hint"], repr(done)
    assert query(wine, MACHINE) == before
    return done


def test_path_is_refused(wine):
    refused(wine, "refused", "name=PATH", r"value=C:\bin")


def test_value_of_another_type_is_a_conflict(wine, variable):
    put(wine, MACHINE, variable, "1", "REG_DWORD")
    assert "REG_DWORD" in refused(wine, "conflict", f"name={variable}",
                                  f"value={CERTS}", "force=true").error["message"]


@pytest.mark.parametrize("text, says", [
    (r"C:\nothing.pem", "there is no file"),
    ('"C:\\sound.pem"', "in quotes"),
    (r"C:\page.pem", "web page"),
    ("C:\\sound.pem ", "blank"),
    (r"%ProgramData%\a.pem", "%ProgramData% is not expanded"),
    (r"C:\windows", "is a directory"),
    ("sound.pem", "no whole path"),
    (r"C:\lacks.pem", "holds neither"),
    (r"C:\sound.pem", None),
])
def test_value_that_cannot_work_is_a_problem(wine, pki, text, says):
    (wine.drive_c / "page.pem").write_text("<html>\n")
    (wine.drive_c / "lacks.pem").write_text(pki.root().text)
    make_sound(wine)
    put(wine, MACHINE, VAR, text)
    problems = env(wine, "get", f"name={VAR}").state["problems"]
    drop(wine, MACHINE, VAR)
    assert len(problems) == (says is not None), problems
    if says:
        assert says in problems[0], problems


def test_offline_root_is_refused(wine, tmp_path):
    done = env(wine, "plan", f"name={VAR}", f"value={CERTS}", "force=true", "--root", tmp_path)
    assert done.status == 3 and done.error["kind"] == "unsupported", repr(done)
    assert "offline" in done.error["message"] and done.error["hint"]


def test_targets_of_linux_are_ignored_with_a_warning(wine, variable):
    done = env(wine, "apply", f"name={variable}", f"value={CERTS}", "force=true",
               "targets=etc_environment")
    assert done.status == 0, repr(done)
    assert any("'targets'" in w for w in done.result["warnings"])
    assert query(wine, MACHINE)[variable] == ("REG_SZ", CERTS)


# ---- users ----

def test_callers_variable_stands_in_his_own_key(wine, variable):
    done = env(wine, "apply", f"name={variable}", f"value={CERTS}", "force=true", "scope=user")
    assert done.status == 0 and done.changed, repr(done)
    assert query(wine, r"HKCU\Environment")[variable] == ("REG_SZ", CERTS)
    assert variable not in query(wine, MACHINE)


@pytest.fixture
def bob(wine):
    """A user who is logged in, as far as the registry goes: Wine has one user only."""
    reg(wine, "add", rf"HKU\{BOB}\Environment", "/f")
    yield rf"HKU\{BOB}\Environment"
    drop(wine, rf"HKU\{BOB}")


def test_variable_in_the_loaded_hive_of_another_user(wine, bob):
    done = env(wine, "apply", f"name={VAR}", f"value={CERTS}", "force=true",
               "scope=user", f"user={BOB}")
    assert done.status == 0 and done.changed, repr(done)
    assert query(wine, bob)[VAR] == ("REG_SZ", CERTS)
    assert VAR not in query(wine, r"HKCU\Environment")
    assert done.state["effective_from"] == f"next sign-in of {BOB}"


def test_users_variable_that_beats_the_machines_is_named(wine, bob, variable):
    put(wine, bob, variable.lower(), "D:/bobs.pem")
    done = env(wine, "apply", f"name={variable}", f"value={CERTS}", "force=true")
    assert done.status == 0, repr(done)
    assert any(BOB in p and "D:/bobs.pem" in p for p in done.state["problems"]), repr(done)


def test_environment_key_of_a_user_is_made_when_it_is_missing(wine, bob):
    drop(wine, bob)
    wish = (f"name={VAR}", f"value={CERTS}", "force=true", "scope=user", f"user={BOB}")
    assert env(wine, "plan", *wish).changed
    assert query(wine, bob) is None
    assert env(wine, "apply", *wish).status == 0
    assert query(wine, bob) == {VAR: ("REG_SZ", CERTS)}


def test_link_in_the_place_of_a_users_key_is_refused(wine, bob):
    """Users may lay links in what is theirs; administrators do not follow them."""
    program = companion("link_key")
    drop(wine, bob)
    key = rf"{BOB}\Environment"
    assert wine.run(program, key, r"\Registry\Machine\Software\Wine").status == 0
    try:
        done = env(wine, "apply", f"name={VAR}", f"value={CERTS}", "force=true",
               "scope=user", f"user={BOB}")
        assert done.status == 1 and done.error["kind"] == "refused", repr(done)
        assert VAR not in query(wine, r"HKLM\Software\Wine")
    finally:
        assert wine.run(program, key).status == 0


# A hive as Wine writes it.
HIVE = """WINE REGISTRY Version 2
;; All keys relative to \\\\User\\\\somebody

#arch=win64

[Environment] 1700000000
"FROM_FILE"=str(2):"%ProgramData%\\\\x"
"""


@pytest.fixture
def cay(wine):
    """A user with a profile who is not logged in."""
    profile = wine.drive_c / "users" / "cay"
    profile.mkdir(exist_ok=True)
    hive = profile / "NTUSER.DAT"
    hive.write_text(HIVE)
    put(wine, rf"{PROFILES}\{CAY}", "ProfileImagePath", r"%SystemDrive%\users\cay",
        "REG_EXPAND_SZ")
    yield hive
    drop(wine, rf"{PROFILES}\{CAY}")
    hive.unlink(missing_ok=True)
    profile.rmdir()


def loaded(wine):
    return [line for line in wine.run("reg", "query", "HKU").stdout.split() if "S-1-5" in line]


def test_hive_of_a_user_who_is_not_logged_in_is_read_and_unloaded(wine, cay):
    before = loaded(wine)
    done = env(wine, "get", "name=from_file", "scope=user", f"user={CAY}")
    assert done.status == 0, repr(done)
    assert done.state["value"] == r"%ProgramData%\x" and done.state["value_type"] == "expand"
    assert done.state["name"] == "FROM_FILE"
    assert loaded(wine) == before


def test_plan_for_a_user_who_is_not_logged_in_leaves_his_hive_alone(wine, cay):
    before = loaded(wine)
    done = env(wine, "plan", f"name={VAR}", f"value={CERTS}", "force=true", "scope=user", f"user={CAY}")
    assert done.status == 0 and done.changed, repr(done)
    assert cay.read_text() == HIVE
    assert loaded(wine) == before


def test_hive_is_unloaded_when_a_change_fails(wine, cay):
    """Wine forgets what was changed in a hive when it unloads it, which trustmend notices."""
    before = loaded(wine)
    done = env(wine, "apply", f"name={VAR}", f"value={CERTS}", "force=true", "scope=user", f"user={CAY}")
    assert done.status == 1 and done.error["kind"] == "not_converged", repr(done)
    assert loaded(wine) == before


def test_hive_that_a_killed_run_left_loaded_is_released_by_any_run(wine, cay):
    before = loaded(wine)
    for words in (["bundle", "get", r"path=C:\none.pem"], ["--version"],
                  ["env", "get", "name=LEFT", "scope=user", f"user={CAY}"]):
        put(wine, rf"HKU\trustmend-{CAY}\Environment", "LEFT", "1")
        assert loaded(wine) != before
        wine.run(PROGRAM, *words)
        assert loaded(wine) == before, words


def test_hive_with_a_second_name_or_of_somebody_else_is_refused(wine, cay):
    before = loaded(wine)
    wish = (f"name={VAR}", f"value={CERTS}", "force=true", "scope=user", f"user={CAY}")
    twin = cay.with_name("twin.dat")
    os.link(cay, twin)
    done = env(wine, "plan", *wish)
    assert done.status == 1 and done.error["kind"] == "refused", repr(done)
    assert "second name" in done.error["message"]
    twin.unlink()
    assert env(wine, "plan", *wish).status == 0
    if os.geteuid() == 0:  # else no file can be given away
        for path in (cay, cay.parent):
            os.chown(path, 1234, 1234)
            done = env(wine, "plan", *wish)
            assert done.status == 1 and done.error["kind"] == "refused", repr(done)
            os.chown(path, 0, 0)
    assert loaded(wine) == before


def test_user_without_a_hive_is_not_found_and_gets_none(wine, cay):
    cay.unlink()
    done = env(wine, "get", f"name={VAR}", "scope=user", f"user={CAY}")
    assert done.status == 1 and done.error["kind"] == "not_found", repr(done)
    assert not cay.exists()


def test_hive_that_is_no_file_is_refused(wine, cay):
    cay.unlink()
    cay.mkdir()
    try:
        done = env(wine, "get", f"name={VAR}", "scope=user", f"user={CAY}")
        assert done.status == 1 and done.error["kind"] == "refused", repr(done)
    finally:
        cay.rmdir()


def test_unknown_user_is_not_found(wine):
    done = env(wine, "get", f"name={VAR}", "scope=user", "user=nobody-at-all")
    assert done.status == 1 and done.error["kind"] == "not_found", repr(done)


# ---- list ----

def test_list_shows_the_variables_of_the_machine(wine, variable):
    put(wine, MACHINE, variable, r"%NOPE%\x", "REG_EXPAND_SZ")
    done = env(wine, "list")
    assert done.status == 0, repr(done)
    found = {r["state"]["name"]: r["state"] for r in done.results}
    assert set(found) == set(query(wine, MACHINE))
    assert found[variable]["value"] == r"%NOPE%\x"
    assert found[variable]["value_type"] == "expand"
    assert any("%NOPE%" in p for p in found[variable]["problems"])


def test_list_shows_the_variables_of_a_user(wine, bob):
    put(wine, bob, "HIS", "1")
    done = env(wine, "list", "scope=user", f"user={BOB}")
    assert done.status == 0, repr(done)
    assert [(r["state"]["name"], r["state"]["value"], r["state"]["scope"])
            for r in done.results] == [("HIS", "1", "user")]


def test_list_can_be_fed_back(wine):
    states = [dict(r["state"], type="env") for r in env(wine, "list").results]
    done = wine.tm("plan", "--input", "-", stdin={"resources": states})
    assert done.status == 0 and not done.changed, repr(done)


# ---- the announcement ----

@pytest.fixture
def listen(wine):
    """Starts a program with windows: listen(), or listen("deaf", "50")."""
    program = companion("listen")
    started = []

    def start(*arguments):
        process = wine.start(program, *arguments)
        started.append(process)
        assert process.stdout.readline().strip() == "ready"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def wish_three(number):
    return {"resources": [{"type": "env", "name": f"TRUSTMEND_{letter}", "value": str(number)}
                          for letter in "ABC"]}


@pytest.fixture
def three(wine):
    yield wish_three
    for letter in "ABC":
        drop(wine, MACHINE, f"TRUSTMEND_{letter}")


def test_several_variables_are_announced_once(wine, listen, three):
    window = listen()
    done = wine.tm("apply", "--input", "-", stdin=three(1))
    assert done.status == 0 and done.changed, repr(done)
    assert window.communicate(timeout=600)[0].strip() == "1"


def test_runs_that_change_nothing_announce_nothing(wine, listen, three):
    assert wine.tm("apply", "--input", "-", stdin=three(2)).status == 0
    window = listen()
    assert not wine.tm("apply", "--input", "-", stdin=three(2)).changed
    assert wine.tm("plan", "--input", "-", stdin=three(3)).changed
    assert wine.tm("apply", "--input", "-", stdin=three(3)).changed
    assert window.communicate(timeout=600)[0].strip() == "1"


def test_windows_that_hang_do_not_hold_a_run_up(wine, listen, three):
    listen("deaf", "2000")
    start = time.monotonic()
    done = wine.tm("apply", "--input", "-", stdin=three(4))
    assert done.status == 0 and done.changed, repr(done)
    assert time.monotonic() - start < 300  # and not 2000 windows times 200 ms for each


# ---- other users ----

def test_whoever_makes_the_directory_of_the_bundle_first_stops_nothing_else(wine, variable):
    """The lock lies elsewhere, and a variable that does not name that directory is set."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    squatted, kept = wine.drive_c / "ProgramData/trustmend", wine.drive_c / "ProgramData/kept"
    if squatted.exists():
        squatted.rename(kept)
    make_sound(wine)
    squatted.mkdir()
    os.chown(squatted, 1234, 1234)
    try:
        done = env(wine, "apply", f"name={variable}", r"value=C:\sound.pem")
        assert done.status == 0 and done.changed, repr(done)
    finally:
        squatted.rmdir()
        if kept.exists():
            kept.rename(squatted)


def test_list_and_export_hold_no_value_of_another_type(wine):
    put(wine, MACHINE, "TRUSTMEND_NUMBER", "1", "REG_DWORD")
    try:
        assert "TRUSTMEND_NUMBER" not in repr(env(wine, "list").results)
        exported = wine.run(PROGRAM, "env", "list", "--output", "dsc")
        assert exported.status == 0 and "TRUSTMEND_NUMBER" not in exported.stdout, repr(exported)
        assert '"_exist":false' not in exported.stdout
        problems = env(wine, "get", "name=TRUSTMEND_NUMBER").state["problems"]
        assert any("REG_DWORD" in problem for problem in problems)
    finally:
        drop(wine, MACHINE, "TRUSTMEND_NUMBER")


# ---- several at once ----

def test_six_processes_set_six_variables(wine):
    names = [f"TRUSTMEND_{i}" for i in range(6)]
    try:
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            runs = list(pool.map(lambda n: env(wine, "apply", f"name={n}", f"value={n}"), names))
        assert [r.status for r in runs] == [0] * 6, [repr(r) for r in runs]
        present = query(wine, MACHINE)
        assert {n: present.get(n) for n in names} == {n: ("REG_SZ", n) for n in names}
    finally:
        for name in names:
            drop(wine, MACHINE, name)
