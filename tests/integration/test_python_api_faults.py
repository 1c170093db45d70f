"""
A copy of the Python API replaced by another release, killed or refused before every call that changes
something: what can be imported then is one of the two, whole, and the next run makes it good.
"""

import json
import os
import re
import shutil
import subprocess

from faults import ERRORS, changing_calls

import api_copies as made

OLD, NEW = made.package("3.8.1"), made.package("3.10.3")


class Machine:
    def __init__(self, tm, directory):
        self.tm = tm
        self.root = directory / "root"
        wheel = directory / "new.whl"
        wheel.write_bytes(made.wheel("3.10.3"))
        self.wishes = json.dumps({"type": "python_api", "path": "/lib", "version": "3.10.3",
                                  "source": str(wheel)})

    def reset(self):
        shutil.rmtree(self.root, ignore_errors=True)
        made.lay(self.root / "lib", {**OLD, "mine.py": ""})
        (self.root / "run").mkdir()

    def apply(self, *strace):
        command = self.tm.command("python_api", "apply", "--input", "-", "--output", "json",
                                  root=self.root)
        return subprocess.run([*strace, *command], input=self.wishes, text=True, timeout=600,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.tm.environment())

    def there(self):
        """What lies under the name that Python looks for."""
        return {f"shotgun_api3/{name}": text.decode() for name, text in
                made.below(self.root / "lib/shotgun_api3").items()}

    def leftovers(self):
        return [str(path) for path in self.root.rglob("*.trustmend-tmp")]


def inject(machine, log, name, n, fault):
    machine.reset()
    done = machine.apply("strace", "-f", "-o", str(log), "-e", f"trace={name}", "-e",
                         f"inject={name}:{fault}:when={n}")
    assert re.search(r"INJECTED|killed by SIGKILL", log.read_text()), (name, n, fault)
    return done


def test_every_fault_leaves_one_whole_release_and_the_next_run_mends_it(tm, tmp_path, needs):
    needs("strace")
    machine = Machine(tm, tmp_path)
    calls = changing_calls(machine, tmp_path)
    assert {"openat", "write", "fsync", "unlinkat", "mkdirat", "renameat2"} <= {n for n, _ in calls}
    assert machine.there() == NEW and not machine.leftovers()
    for number, (name, n) in enumerate(calls):
        for fault in ["signal=KILL"] + [f"error={ERRORS[number // 2 % len(ERRORS)]}"] * (1 - number % 2):
            where = (name, n, fault)
            done = inject(machine, tmp_path / "strace", name, n, fault)
            now = machine.there()
            assert now in (OLD, NEW), where
            assert (machine.root / "lib/mine.py").exists(), where
            if now == OLD and fault.startswith("error"):
                assert done.returncode == 1 and not machine.leftovers(), (where, done.stdout)
            again = machine.apply()
            assert again.returncode == 0, (where, again.stdout + again.stderr)
            assert machine.there() == NEW, where
            if now == OLD:
                assert not machine.leftovers(), where


def test_where_nothing_can_be_exchanged_a_kill_leaves_one_or_none(tm, tmp_path, needs):
    """As on NFS: the old one is renamed first. Between the two there is none, never half of one."""
    needs("strace")
    machine = Machine(tm, tmp_path)
    refused = ["strace", "-f", "-o", str(tmp_path / "strace"), "-e", "trace=renameat2,renameat", "-e",
               "inject=renameat2:error=EINVAL"]
    machine.reset()
    assert machine.apply(*refused).returncode == 0
    assert machine.there() == NEW and not machine.leftovers()
    found = set()
    for n in range(1, 4):
        machine.reset()
        machine.apply(*refused, "-e", f"inject=renameat:signal=KILL:when={n}")
        now = machine.there()
        assert now in (OLD, {}, NEW)
        found.add("old" if now == OLD else "new" if now else "none")
        assert machine.apply().returncode == 0 and machine.there() == NEW
    assert found >= {"old", "none"}
