"""Machines with a real trust store, for the conformance cases."""

import shutil
import subprocess

from conformance.cases import EMPTY, Machine
from integration.anchor_tools import BUNDLE, HASHED, REBUILD, fingerprints
from integration import p11kit_root
from integration.conftest import Debian
from pki import Certificate

CHROOT = ["/usr/sbin/chroot", "--userspec=65534:65534"]
VERIFY = ["openssl", "verify", "-no-CAstore"]
PROGRAMS = ("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec")

# What would only be copied and compared.
UNUSED = ("usr/share/bash-completion", "usr/share/common-licenses", "usr/share/info",
          "usr/share/keyrings", "usr/share/lintian", "usr/share/perl5", "usr/share/zoneinfo",
          "var/cache", "var/lib")


class StoreMachine(Machine):
    """
    A copy of a Debian root. Its programs are hard links to those of `base`, which a test that is
    done with it can compare.
    """

    programs = PROGRAMS

    def __init__(self, base, program, bundle, hashed, compiled, dated=()):
        self.base = base
        self.program = program
        self.bundle = bundle
        self.hashed = hashed
        self.compiled = compiled
        self.dated = dated

    def make(self, root):
        (root / "usr").mkdir(parents=True)
        root.chmod(0o755)
        linked = [self.base / name[1:] for name in PROGRAMS]
        self.copy(["-l"], linked, root / "usr")
        self.copy([], [path for path in (self.base / "usr").iterdir() if path not in linked],
                  root / "usr")
        self.copy([], [path for path in self.base.iterdir() if path.name != "usr"], root)

    @staticmethod
    def copy(how, paths, directory):
        subprocess.run(["cp", "-a", *how, *map(str, paths), str(directory)], check=True)

    def rebuild(self, root):
        Debian(root).run(self.program)

    def fingerprints(self, root):
        return set(fingerprints((root / self.bundle[1:]).read_text()))

    def trusts(self, root, certificate):
        found = [self.verifies(root, certificate, "-no-CApath", "-CAfile", self.bundle),
                 self.verifies(root, certificate, "-no-CAfile", "-CApath", self.hashed)]
        return all(found), any(found)

    @staticmethod
    def verifies(root, certificate, *places):
        done = subprocess.run([*CHROOT, str(root), *VERIFY, *places], input=certificate.text,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        assert done.returncode in (0, 2), done.stdout
        return done.returncode == 0


def make_debian(root):
    return StoreMachine(root.path, REBUILD, BUNDLE, HASHED, (HASHED + "/",))


def make_p11kit(root):
    p11kit_root.make_it_red(root)
    extracted = p11kit_root.EXTRACTED
    return StoreMachine(root.path, p11kit_root.PROGRAM, p11kit_root.TLS_BUNDLE, p11kit_root.HASHED,
                        (extracted + "/",), (extracted + "/java/cacerts",))


class Machines:
    """`of` has one by each name of a case's `machine`."""

    def __init__(self, debian, directory):
        self.of = dict(EMPTY)
        for name, make in (("debian", make_debian), ("p11kit", make_p11kit)):
            root = Debian(directory / name)
            StoreMachine.copy([], [debian], root.path)
            for unused in UNUSED:
                shutil.rmtree(root.path / unused)
            self.of[name] = make(root)
        self.programs = self.state_of_programs()

    def state_of_programs(self):
        """Shared by all copies, so that none of them may have been written to."""
        return {path: (status.st_size, status.st_mtime_ns, status.st_mode)
                for machine in self.of.values() for name in machine.programs
                for path in (machine.base / name[1:]).rglob("*") for status in [path.lstat()]}

    def check(self):
        assert self.state_of_programs() == self.programs, "a case wrote to programs of its machine"

    def vendor(self, name):
        base = self.of["debian"].base
        return Certificate(base / f"usr/share/ca-certificates/mozilla/{name}.crt", None)
