"""
The Ansible collection on Windows hosts: ansible-core 2.14 and 2.19 send what they would send to a
real one, ansible_windows.py stands in for PowerShell there, and the real trustmend.exe runs in
Wine. No PowerShell runs.
"""

import json
import pathlib
import re
import shutil

import pytest

from integration.ansible_fleet import CALLBACK
from integration.ansible_local import Local

pytestmark = pytest.mark.native_only("the controller is this machine")

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = "trustmend-windows-x86_64.exe"
BUNDLE = r"C:\ProgramData\trustmend\cacert.pem"
ROOTS = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Root\Certificates"
ENVIRONMENT = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
SFSROOTCAG2 = "925A8F8D2C6D04E0665F596AFF22D863E8256F3F"
AMAZON1 = "8DA7F965EC5EFC37910F1C6E59FDC1CC6A6EDE16"
STAGING = ["module", "mkdtemp", "put", "module", "remove"]
# Hosts with something of their own: what the stand-in then does, how a task there ends, and what
# the message says.
SPECIAL = {"arm": {"architecture": "ARM64"}, "bare": {"trouble": "powershell"},
           "away": {"trouble": "network"}}
TOLD = {
    "arm": ("failed", r"trustmend has no program for Windows-ARM64: it carries .*Windows-AMD64"),
    "bare": ("failed", r"'PowerShell' is not recognized as an internal"),
    "away": ("unreachable", r"nobody answers on port 5986"),
}
# What ansible-core itself may put into any result.
CORE_KEYS = {"_ansible_no_log", "exception"}
OWN_KEYS = {"changed", "failed", "msg", "resources", "warnings", "diff"}


@pytest.fixture(scope="module", params=["debian", "newest"])
def ansible(request, tmp_path_factory, windows_program):
    """An ansible-core with the collection installed."""
    local = Local(tmp_path_factory.mktemp(f"windows-{request.param}"), request.param)
    for name, text in (("callback/fleet_results.py", CALLBACK),
                       ("connection/standin.py",
                        (TOP / "tests/integration/ansible_windows.py").read_text())):
        path = local.directory / name
        path.parent.mkdir()
        path.write_text(text)
    shipped = local.installed / "plugins/module_utils/_bin" / PROGRAM
    assert shipped.read_bytes() == windows_program.read_bytes()
    return local


class Windows:
    """One Windows host, and playbooks for it."""

    def __init__(self, ansible, prefix, directory):
        self.ansible = ansible
        self.prefix = prefix
        self.directory = directory
        self.log = directory / "log"
        self.variables = {"ansible_connection": "standin", "ansible_shell_type": "powershell"}
        index = json.loads((ansible.installed / "plugins/module_utils/_bin/index.json").read_text())
        self.hash = index["programs"]["Windows-AMD64"]["sha256"]
        self.version = index["version"]
        self.staged = prefix.drive_c / "Program Files/trustmend" / self.hash / "trustmend.exe"
        (directory / "files").mkdir()
        prefix.run("cmd", "/c", "ver")  # starts the server, outside of the controller's namespace

    def environment(self):
        chosen = {"tests": str(TOP / "tests"), "launcher": str(self.prefix.launcher),
                  "drive": str(self.prefix.drive_c), "collection": str(self.ansible.installed),
                  "log": str(self.log), "hosts": SPECIAL}
        return {"STANDIN": json.dumps(chosen), "FLEET_RESULTS": str(self.directory / "results"),
                "ANSIBLE_CALLBACKS_ENABLED": "fleet_results",
                "ANSIBLE_CALLBACK_PLUGINS": str(self.ansible.directory / "callback"),
                "ANSIBLE_CONNECTION_PLUGINS": str(self.ansible.directory / "connection")}

    def plays(self, *plays, options=()):
        """Runs plays, and gives (status, result) of each task of each host."""
        hosts = {name: self.variables for name in ("win", *SPECIAL)}
        inventory = self.directory / "inventory.json"
        inventory.write_text(json.dumps(
            {"all": {"hosts": {**hosts, "controller": {"ansible_connection": "local"}}}}))
        book = self.directory / "play.json"
        book.write_text(json.dumps([{"hosts": "win", "gather_facts": False, **play}
                                    for play in plays]))
        results = self.directory / "results"
        results.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)
        before = self.ansible.environment
        self.ansible.environment = {**before, **self.environment()}
        try:
            done = self.ansible.call("ansible-playbook", "-i", inventory, book, *options,
                                     check=False)
        finally:
            self.ansible.environment = before
        assert results.exists(), done.stdout
        self.output = done.stdout
        lines = [json.loads(line) for line in results.read_text().splitlines()]
        return [(line["status"], line["result"]) for line in lines]

    def tasks(self, *tasks, options=()):
        return self.plays(with_tasks(*tasks), options=options)

    def one(self, task):
        (status, result), = self.tasks(task)
        return status, result

    def role(self, *options):
        results = self.plays({"roles": ["trustmend.trustmend.shotgrid_ssl"]}, options=options)
        return results[-1]  # the arguments are checked before

    def trips(self):
        """What the connection was asked for in the last play."""
        if not self.log.exists():
            return []
        return [line["what"] for line in self.lines()]

    def lines(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def files(self):
        """What programs may write to."""
        drive = self.prefix.drive_c
        return sorted(str(p) for part in ("ProgramData", "Program Files", "windows/temp", "users")
                      for p in (drive / part).rglob("*"))

    def variable(self, name):
        found = re.search(rf'^"{name}"="(.*)"\r?$', self.prefix.registry_export(ENVIRONMENT), re.M)
        return found and found[1].replace("\\\\", "\\")

    def trusts(self, thumbprint):
        return thumbprint.upper() in self.prefix.registry_export(ROOTS).upper()


@pytest.fixture
def windows(ansible, fresh_wine, tmp_path):
    return Windows(ansible, fresh_wine, tmp_path)


def with_tasks(*tasks, **play):
    """A play that goes on after what fails."""
    return {**play, "tasks": [{"name": f"Task {n}", "ignore_errors": True,
                               "ignore_unreachable": True, **task}
                              for n, task in enumerate(tasks)]}


def env_task(value="C:\\x.pem", **keywords):
    wish = {"name": "SHOTGUN_API_CACERTS", "value": value, "force": True}
    return {"trustmend.trustmend.env": wish, **keywords}


def changes(result):
    return [(r["type"], r["name"], r["changes"]) for r in result["resources"]]


def test_role_mends_a_fresh_windows_as_check_mode_predicted(windows):
    before = windows.files()
    status, predicted = windows.role("--check", "--diff")
    assert status == "ok" and predicted["changed"], windows.output
    assert windows.trips() == STAGING
    assert windows.files() == before, "check mode left something behind"
    assert windows.variable("SHOTGUN_API_CACERTS") is None and not windows.trusts(AMAZON1)

    status, applied = windows.role("--diff")
    assert status == "ok" and applied["changed"], windows.output
    assert windows.trips() == STAGING
    assert changes(applied) == changes(predicted)
    assert applied["diff"] == predicted["diff"]
    assert {f"{kind} {name}" for kind, name, _changes in changes(applied)} <= {
        line for diff in applied["diff"] for line in diff["prepared"].splitlines()}
    assert [r["type"] for r in applied["resources"]] == ["anchor", "anchor", "bundle", "env"]
    assert windows.trusts(SFSROOTCAG2) and windows.trusts(AMAZON1)
    assert windows.variable("SHOTGUN_API_CACERTS") == BUNDLE
    bundle = windows.prefix.drive_c / "ProgramData/trustmend/cacert.pem"
    assert bundle.read_text().count("BEGIN CERTIFICATE") >= 2
    assert windows.staged.exists()

    status, again = windows.role()
    assert status == "ok" and not again["changed"] and windows.trips() == ["module"]
    assert set(again) - CORE_KEYS <= OWN_KEYS


def test_staged_once_and_then_one_execution_a_task(windows, windows_program):
    results = windows.tasks(env_task(), env_task(), env_task("C:\\y.pem"))
    assert [result["changed"] for _status, result in results] == [True, False, True]
    assert windows.trips() == STAGING + ["module", "module"]
    assert windows.variable("SHOTGUN_API_CACERTS") == "C:\\y.pem"
    for _status, result in results:
        assert set(result) - CORE_KEYS <= OWN_KEYS, set(result)
    assert not list(windows.prefix.drive_c.glob("windows/temp/*tmp*"))

    # A wrong one is replaced, and what a killed run left behind goes.
    windows.staged.write_bytes(windows_program.read_bytes()[:5000])
    leftover = windows.staged.parent / "trustmend.new-1-0123456789abcdef"
    leftover.write_bytes(b"half of it")
    status, result = windows.one(env_task("C:\\z.pem"))
    assert status == "ok" and result["changed"], windows.output
    assert windows.trips() == STAGING
    assert windows.staged.read_bytes() == windows_program.read_bytes() and not leftover.exists()

    # An installed one is preferred.
    windows.staged.unlink()
    installed = windows.prefix.drive_c / "Program Files/trustmend/trustmend.exe"
    shutil.copyfile(windows_program, installed)
    status, result = windows.one(env_task("C:\\x.pem"))
    assert status == "ok" and result["changed"] and windows.trips() == ["module"]
    assert not windows.staged.exists()


def test_files_texts_keywords_and_what_cannot_work(windows, pki):
    """Things of one task each, in one playbook because it is its start that takes time."""
    ca = pki.root("Studio CA")
    (windows.directory / "files/studio-ca.pem").write_text(ca.text)
    results = windows.plays(with_tasks(
        {"trustmend.trustmend.anchor": {"certificate": "studio-ca.pem"}},
        env_task(**{"async": 60, "poll": 5}),
        env_task("C:\\Gr\u00fc\u00dfe \u2603\\ca.pem", no_log=True),
        env_task("C:\\z.pem", become=True, become_method="runas", become_user="SYSTEM"),
        env_task("C:\\y.pem", become=True),
        {"trustmend.trustmend.anchor": {"certificate": "none.pem"}},
        {"trustmend.trustmend.info": {"list": "env", "root": "C:\\no such directory"}}),
        with_tasks(env_task("C:\\d.pem", delegate_to="win"), hosts="controller"),
        *(with_tasks(env_task("C:\\never.pem"), hosts=name) for name in TOLD))
    statuses = [status for status, _result in results]
    assert statuses == ["ok", "failed", "ok", "ok", "ok", "failed", "failed", "ok",
                        *(status for status, _message in TOLD.values())], windows.output
    assert windows.trusts(ca.sha1) and results[0][1]["changed"]
    assert "async" in results[1][1]["msg"]
    assert windows.variable("SHOTGUN_API_CACERTS") == "C:\\d.pem", "the delegated task came last"
    assert results[3][1]["resources"][0]["changes"]["value"]["from"] == \
        "C:\\Gr\u00fc\u00dfe \u2603\\ca.pem"
    assert "none.pem" in results[5][1]["msg"]
    assert "C:\\no such directory" in results[6][1]["msg"]

    for (_status, message), (_got, result) in zip(TOLD.values(), results[8:], strict=True):
        assert re.search(message, result["msg"]), result

    runs = [line for line in windows.lines() if line["what"] == "module"]
    assert len(runs) == 9, "async does not get to the host"
    assert [run["no_log"] for run in runs] == [index == 2 for index in range(9)]
    assert [run["actions"][0] == "become_wrapper" for run in runs] == \
        [index == 3 for index in range(9)], "who names nobody becomes nobody"
    assert ca.text.splitlines()[1] not in json.dumps(
        [{**run["options"], "request": None} for run in runs]), "a file's text is no argument"


def test_staging_protects_its_directory_as_the_program_protects_its_own():
    """Whoever makes a directory that others are to keep out of."""
    descriptor = re.compile(r"""["'](O:BAG:BAD:P\(A;OICI;[^"']*)["']""")
    module = TOP / "plugins/ansible/plugins/modules/windows_program.ps1"
    program = TOP / "core/os/win32/fs_security.c"
    assert descriptor.findall(module.read_text()) == descriptor.findall(program.read_text()) != []
