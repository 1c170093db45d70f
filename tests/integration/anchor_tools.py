"""What the tests of anchors share: the program at work on a root, and the store's real users."""

import base64
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
HASHED = "/etc/ssl/certs"
LOCAL = "/usr/local/share/ca-certificates"
VENDOR = "/usr/share/ca-certificates"
CONF = "/etc/ca-certificates.conf"
REBUILD = "/usr/sbin/update-ca-certificates"

BLOCK = re.compile("-----BEGIN CERTIFICATE-----\n(.*?)-----END CERTIFICATE-----", re.S)


def fingerprints(text):
    """SHA-256 of every PEM block in a text, in order, duplicates included."""
    return [hashlib.sha256(base64.b64decode(block)).hexdigest() for block in BLOCK.findall(text)]


def own(certificate):
    """The base name of the files that trustmend calls its own."""
    return f"trustmend-{certificate.sha256[:16]}"


def subject_hash(certificate):
    return subprocess.run(
        ["openssl", "x509", "-in", str(certificate.pem), "-noout", "-subject_hash"], check=True,
        text=True, stdout=subprocess.PIPE).stdout.strip()


def snapshot(directory):
    """Every file below a directory with what it holds, to show that nothing was touched."""
    seen = {}
    for path in sorted(pathlib.Path(directory).rglob("*")):
        if path.is_symlink():
            seen[str(path)] = os.readlink(path)
        elif path.is_file():
            seen[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return seen


def warnings(answer):
    return "\n".join(answer.result["warnings"])


def reasons(answer):
    return "\n".join(answer.state["reasons"])


class Store:
    """The trust store of a root: trustmend on one side, programs without rights on the other."""

    def __init__(self, tm, root, bundle=BUNDLE, hashed=HASHED):
        self.tm = tm
        self.root = root
        self.bundle = bundle
        self.hashed = hashed
        self.old_openssl = None  # not known yet

    def run(self, verb, certificate, state=None, *options, **attributes):
        """One anchor from outside, as for an offline image."""
        given = {"certificate": getattr(certificate, "pem", certificate), **attributes}
        if state:
            given["state"] = state
        return self.tm("anchor", verb, *options,
                       *(f"{name}={value}" for name, value in given.items()),
                       root=self.root)

    def get(self, certificate, state=None, **attributes):
        return self.run("get", certificate, state, **attributes)

    def plan(self, certificate, state=None, **attributes):
        return self.run("plan", certificate, state, **attributes)

    def apply(self, certificate, state=None, **attributes):
        return self.run("apply", certificate, state, **attributes)

    def run_many(self, verb, wishes):
        """Several anchors in one run: (certificate, state) each."""
        resources = [{"type": "anchor", "certificate": c.text, "state": s} for c, s in wishes]
        return self.tm("anchor", verb, "--input", "-", root=self.root,
                       stdin={"resources": resources})

    def converge(self, certificate, state="present", **attributes):
        """Applies; what plan said must come true, and a second plan must be empty."""
        planned = self.run("plan", certificate, state, "--diff", **attributes)
        applied = self.run("apply", certificate, state, "--diff", **attributes)
        assert applied.error is None, repr(applied)
        assert applied.status == 0 and applied.changed, repr(applied)
        assert planned.result["changes"] == applied.result["changes"], repr((planned, applied))
        assert planned.result["diff"] == applied.result["diff"]  # null: only links change
        again = self.plan(certificate, state, **attributes)
        assert not again.changed and not again.result["changes"], repr(again)
        assert again.state["state"] == state
        return applied

    # ---- what a user without rights gets, inside ----

    def _verify(self, certificate, *arguments):
        self.root.write("/tmp/verified.pem", certificate.text)
        if self.old_openssl is None:
            self.old_openssl = self.root.run("openssl", "version").stdout.startswith("OpenSSL 1.")
        no_store = () if self.old_openssl else ("-no-CAstore",)
        done = subprocess.run(
            ["/usr/sbin/chroot", "--userspec=65534:65534", str(self.root.path), "openssl",
             "verify", *no_store, *arguments, "/tmp/verified.pem"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        return done.returncode == 0

    def bundle_trusts(self, certificate):
        return self._verify(certificate, "-no-CApath", "-CAfile", self.bundle)

    def directory_trusts(self, certificate):
        return self._verify(certificate, "-no-CAfile", "-CApath", self.hashed)

    def trusts(self, certificate):
        return self.bundle_trusts(certificate) and self.directory_trusts(certificate)

    def knows(self, certificate):
        return self.bundle_trusts(certificate) or self.directory_trusts(certificate)

    def compiled(self):
        return fingerprints(self.root.text(self.bundle))

    def dangling(self):
        """Links in the hashed directory that lead nowhere, seen from inside."""
        return self.root.run("find", self.hashed, "-xtype", "l").stdout.split()

    def entries(self, certificate):
        directory = self.root.outside(self.hashed)
        return {p.name for p in directory.glob(subject_hash(certificate) + ".*")}


def install_program(root, program):
    """Puts the program and the libraries that it needs inside; returns its environment."""
    directory = root.path / "opt" / "trustmend"
    directory.mkdir(parents=True)
    shutil.copy(program, directory / "trustmend")
    listed = subprocess.run(["ldd", str(program)], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=False)
    for library in re.findall(r"=> (/\S+)", listed.stdout):
        shutil.copy(library, directory)
    return {"LD_LIBRARY_PATH": "/opt/trustmend"}


def has_sanitizers(program):
    return b"__asan_init" in pathlib.Path(program).read_bytes()
