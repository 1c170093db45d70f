"""
Killed, or refused by the system, before every single call that changes something: what is there
then is old or new, and the next run makes it good. By default each call is tried with being killed,
and every second one with an error; TRUSTMEND_FAULTS=all tries every error at every call.
"""

import json
import os
import re
import shutil
import subprocess

import pytest

from faults import ERRORS, changing_calls

MADE = "/opt/studio/certs/cacert.pem"
OLD = "/etc/ssl/studio.pem"
GONE = "/etc/ssl/gone.pem"
CORE = "/srv/config/core/core_api.yml"
PIN = "location:\n  type: app_store\n  name: tk-core\n  version: %s\n"
FILES = (MADE, OLD, OLD + ".trustmend-backup", GONE, CORE, "/etc/environment")


@pytest.fixture(scope="module")
def certificates(pki):
    return [pki.root("One").text, pki.root("Two").text]


@pytest.fixture
def scene(tmp_path, certificates):
    """A root that differs in every way from what is wished for, and the wishes."""
    one, two = certificates
    root = tmp_path / "start"
    for name, text in ((OLD, one), (GONE, one), (CORE, PIN % "v0.20.0"),
                       ("/etc/environment", "LANG=C\nREQUESTS_CA_BUNDLE=/old.pem\n"),
                       ("/etc/passwd", "root:x:0:0::/:/bin/sh\nstudio:x:12345:12345::/:/bin/sh\n"),
                       ("/etc/group", "root:x:0:\nstudio:x:12345:\n"),
                       ("/etc/os-release", "ID=debian\n")):
        path = root / name[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
    (root / "opt").mkdir()
    (root / "run").mkdir()
    wishes = [
        {"type": "bundle", "path": MADE, "sources": [one, two], "requires": []},
        {"type": "bundle", "path": OLD, "sources": [two], "requires": [], "backup": True},
        {"type": "bundle", "path": GONE, "state": "absent"},
        {"type": "core_api", "path": "/srv/config", "version": "v0.23.10"},
        {"type": "env", "name": "REQUESTS_CA_BUNDLE", "value": OLD,
         "targets": ["etc_environment"]},
    ]
    if os.geteuid() == 0:
        wishes[0].update(owner="studio", group="studio")
    return root, json.dumps({"resources": wishes})


class Machine:
    def __init__(self, tm, scene, directory):
        self.start, self.wishes = scene
        self.tm = tm
        self.root = directory / "root"

    def reset(self):
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self.start), str(self.root)], check=True)

    def apply(self, *strace):
        command = self.tm.command("apply", "--input", "-", "--output", "json", root=self.root)
        return subprocess.run([*strace, *command], input=self.wishes, text=True, timeout=600,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.tm.environment())

    def files(self):
        found = {}
        for name in FILES:
            path = self.root / name[1:]
            if path.exists():
                found[name] = (path.read_text(), path.stat().st_mode & 0o7777, path.stat().st_uid)
        return found

    def directories(self):
        return {str(p.relative_to(self.root)): (p.stat().st_mode & 0o7777, p.stat().st_uid)
                for p in self.root.rglob("*") if p.is_dir() and "trustmend-tmp" not in p.name}

    def leftovers(self):
        return [str(p) for p in self.root.rglob("*.trustmend-tmp")]


def check_between(before, after, now, where):
    """Each file is as it was or as it is to be, mode and owner included."""
    for name in FILES:
        assert now.get(name) in (before.get(name), after.get(name)), (where, name)


def test_every_fault_leaves_old_or_new_and_the_next_run_mends_it(tm, scene, tmp_path, needs):
    needs("strace")
    machine = Machine(tm, scene, tmp_path)
    calls = changing_calls(machine, tmp_path)
    names = {name for name, _ in calls}
    assert {"openat", "write", "fsync", "unlinkat", "mkdirat", "renameat"} <= names, names
    after, directories, made = machine.files(), machine.directories(), machine.leftovers()
    assert not made and after[MADE][1] == 0o644 and GONE not in after
    machine.reset()
    before = machine.files()
    log = tmp_path / "strace"
    everything = os.environ.get("TRUSTMEND_FAULTS") == "all"
    for number, (name, n) in enumerate(calls):
        errors = ERRORS if everything else ERRORS[number // 2 % len(ERRORS):][:1 - number % 2]
        for fault in ["signal=KILL"] + [f"error={error}" for error in errors]:
            where = (name, n, fault)
            machine.reset()
            done = machine.apply("strace", "-f", "-o", str(log), "-e", f"trace={name}", "-e",
                                 f"inject={name}:{fault}:when={n}")
            assert re.search(r"INJECTED|killed by SIGKILL", log.read_text()), where
            check_between(before, after, machine.files(), where)
            for path, kind in machine.directories().items():
                assert kind == directories.get(path, kind), (where, path)
            if fault.startswith("error"):
                answer = json.loads(done.stdout)
                assert bool(done.returncode) == answer["failed"], where
                if not done.returncode:
                    assert machine.files() == after, where
                if done.returncode and name != "unlinkat":
                    assert not machine.leftovers(), where
            again = machine.apply()
            assert again.returncode == 0, (where, again.stdout, again.stderr)
            assert machine.files() == after, where
            assert machine.directories() == directories, where
            assert not machine.leftovers(), where
    print(f"{len(calls)} changing calls: {calls}")
