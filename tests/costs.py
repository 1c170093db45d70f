"""
What each test costs the processors: set TRUSTMEND_COSTS=FILE and pytest appends a line for each phase
of each test, as seconds, `setup`, `call` or `teardown`, and the test. Servers that a test started and
left count for the phase in which they work.
"""

import contextlib
import os
import pathlib

import pytest


def group_directory():
    """A control group for this process and all that it starts; None where the kernel gives none."""
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        _device, place, kind, *_rest = line.split()
        if kind == "cgroup2":
            directory = pathlib.Path(place, f"trustmend-test-{os.getpid()}")
            try:
                directory.mkdir()
                (directory / "cgroup.procs").write_text(str(os.getpid()))
            except OSError:
                return None
            return directory
    return None


class Costs:
    def __init__(self, file):
        self.file = file
        self.directory = group_directory()
        self.last = self.seconds()

    def seconds(self):
        """Without a control group, those of programs that have ended and were waited for."""
        if not self.directory:
            return sum(os.times()[:4])
        words = (self.directory / "cpu.stat").read_text().split()
        return int(words[words.index("usage_usec") + 1]) / 1e6

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        now = self.seconds()
        with open(self.file, "a") as file:
            file.write(f"{now - self.last:9.3f} {report.when:8} {report.nodeid}\n")
        self.last = now

    def pytest_unconfigure(self):
        """Only an empty group can be removed; a server that was left keeps it."""
        if self.directory:
            (self.directory.parent / "cgroup.procs").write_text(str(os.getpid()))
            with contextlib.suppress(OSError):
                self.directory.rmdir()


def pytest_configure(config):
    """In the processes that run tests; those of xdist are told by their input."""
    file = os.environ.get("TRUSTMEND_COSTS")
    if file and (hasattr(config, "workerinput") or not config.getoption("numprocesses", None)):
        config.pluginmanager.register(Costs(pathlib.Path(file).resolve()))
