"""
The Salt extension, out of its sources, in a minion without a master on this machine. It manages
directories: the program that the tests are about is named by an option, so that nothing is staged.
"""

import json
import os
import pathlib
import subprocess
import threading

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGE = TOP / "plugins/salt/src/saltext/trustmend"
SERIES = ("3006", "3008")
LIMIT = 600  # seconds for one run of states


class Unavailable(Exception):
    """No such Salt can be had here."""


def salt_programs(series):
    made = subprocess.run([TOP / "scripts/salt", series], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if made.returncode != 0:
        raise Unavailable(f"scripts/salt {series}: {made.stderr.strip()[-200:]}")
    return pathlib.Path(made.stdout.strip())


class SaltLocal:
    """A minion. In a `with` block, one process of it runs states: `apply`."""

    def __init__(self, series, directory, program, **options):
        self.programs = salt_programs(series)
        self.series = series
        self.directory = pathlib.Path(directory)
        self.tree = self.directory / "tree"
        self.tree.mkdir(parents=True)
        configuration = {
            "id": "minion", "file_client": "local", "user": "root", "log_level": "error",
            "root_dir": str(self.directory), "file_roots": {"base": [str(self.tree)]},
            "pillar_roots": {"base": [str(self.directory / "pillar")]},
            "module_dirs": [str(PACKAGE / "modules")], "states_dirs": [str(PACKAGE / "states")],
            "trustmend.program": str(program), **options}
        (self.directory / "minion").write_text(json.dumps(configuration))  # JSON is YAML
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory),
                            "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = None

    def __enter__(self):
        here = pathlib.Path(__file__).resolve().parent
        self.log = open(self.directory / "log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [self.programs / "python", here / "salt_caller.py", self.directory], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=self.environment)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def apply(self, states, test=False):
        """What `state.apply` returns for these states: by tag."""
        timer = threading.Timer(LIMIT, self.process.kill)
        timer.start()
        try:
            print(json.dumps({"states": states, "test": test}), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
        assert line, f"Salt ended: {(self.directory / 'log').read_text()[-3000:]}"
        return json.loads(line)

    def call(self, *words, check=True, through=()):
        """`salt-call --local`, in a process of its own, started by the command `through`."""
        done = subprocess.run(
            [*through, self.programs / "salt-call", "--local", "-c", self.directory, *map(str, words)],
            text=True, env=self.environment, timeout=LIMIT, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0 or not check, f"{words}: {done.stdout}{done.stderr}"
        return done


def in_each_series(kind):
    """The fixture of a module: a minion of that class for each series."""

    @pytest.fixture(scope="module", params=SERIES)
    def salt(request, tmp_path_factory, tm):
        try:
            local = kind(request.param, tmp_path_factory.mktemp("salt"), tm.program())
        except Unavailable as why:
            pytest.skip(str(why))
        with local:
            yield local

    return salt
