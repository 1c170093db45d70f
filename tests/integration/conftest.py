"""Real Debian roots for the integration tests: copied per test, thrown away afterwards."""

import contextlib
import os
import pathlib
import shutil
import subprocess

import pytest

from integration.few_roots import keep_few_roots

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

CONNECT = """
import socket, ssl, sys
context = ssl.create_default_context()
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 300) as plain:
    with context.wrap_socket(plain, server_hostname=sys.argv[2]):
        pass
"""


class Debian:
    """A writable Debian root at `path`; paths of its methods are as seen inside."""

    def __init__(self, path):
        self.path = path
        self.mounts = []

    def outside(self, name):
        """The path from outside. Links inside the root are not followed the chroot's way."""
        return self.path / str(name).lstrip("/")

    def read(self, name):
        return self.outside(name).read_bytes()

    def text(self, name):
        return self.outside(name).read_text()

    def write(self, name, content, mode=0o644):
        path = self.outside(name)
        # A link of the root that is absolute leads to this machine's own file from here.
        assert path.resolve().is_relative_to(self.path.resolve()), f"{name} leads out of the root"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return path

    def run(self, *arguments, check=True, env=None, stdin=None, timeout=600):
        """Runs a program inside the root, with an empty environment plus PATH."""
        done = subprocess.run(
            ["/usr/sbin/chroot", str(self.path)] + [str(a) for a in arguments], text=True,
            input=stdin or "", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
            env={"PATH": PATH, **(env or {})})
        if check:
            assert done.returncode == 0, f"{arguments}: status {done.returncode}\n{done.stdout}"
        return done

    def mount(self, *names):
        """Makes the machine's /proc, /dev … visible inside, until the end of the test."""
        for name in names or ("/proc", "/dev"):
            subprocess.run(["mount", "--rbind", name, str(self.outside(name))], check=True)
            subprocess.run(["mount", "--make-rslave", str(self.outside(name))], check=True)
            self.mounts.append(self.outside(name))

    def unmount(self):
        for path in reversed(self.mounts):
            subprocess.run(["umount", "-R", "-l", str(path)], check=True)
        self.mounts = []

    def trusts(self, server, host="localhost", env=None):
        """Does a Python program with the default context accept this TLS server?"""
        done = self.run("python3", "-c", CONNECT, server.port, host, check=False, env=env)
        if done.returncode != 0:
            assert "CERTIFICATE_VERIFY_FAILED" in done.stdout, done.stdout
        return done.returncode == 0

    def openssl_trusts(self, server, host="localhost", env=None):
        """Does `openssl s_client` with its default places accept this TLS server?"""
        done = self.run("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
                        "-servername", host, "-verify_hostname", host, "-verify_return_error",
                        check=False, env=env)
        return done.returncode == 0


def unpack(suite, directory):
    if os.geteuid() != 0:
        pytest.skip("needs root: it works on a Debian root in a chroot")
    made = subprocess.run([str(TOP / "scripts" / "make-root"), suite], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if made.returncode != 0:
        pytest.fail(f"scripts/make-root {suite} failed: {made.stderr.strip()[-300:]}")
    subprocess.run(["tar", "--numeric-owner", "-xzf", made.stdout.strip(), "-C", str(directory)],
                   check=True)


def remove(directory):
    subprocess.run(["rm", "-rf", "--one-file-system", str(directory)], check=True)


@contextlib.contextmanager
def copy_of(base, directory):
    """A writable copy of a root below that directory; both go in the end."""
    directory.chmod(0o755)
    root = Debian(directory / "root")
    subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(root.path)], check=True)
    try:
        yield root
    finally:
        root.unmount()
        remove(directory)


@pytest.fixture(scope="session")
def debian_base(tmp_path_factory):
    """
    debian_base("bookworm") is one unpacked root for the session; never change it. Few of the
    distribution's certificates are switched on, unless the `whole` store is asked for.
    """
    bases = {}

    def base(suite, whole=False):
        if (suite, whole) not in bases:
            bases[suite, whole] = directory = tmp_path_factory.mktemp(suite)
            directory.chmod(0o755)
            unpack(suite, directory)
            if not whole:
                keep_few_roots(directory)
        return bases[suite, whole]

    yield base
    for directory in bases.values():
        remove(directory)


@pytest.fixture
def debian(debian_base, tmp_path_factory):
    """debian("bookworm") gives a fresh writable copy of such a root; call it again for more."""
    with contextlib.ExitStack() as roots:
        yield lambda suite="bookworm", whole=False: roots.enter_context(
            copy_of(debian_base(suite, whole), tmp_path_factory.mktemp(f"{suite}-copy")))


@pytest.fixture
def debian12(debian):
    """A fresh writable Debian 12 root with ca-certificates, openssl, p11-kit and python3."""
    return debian("bookworm")


@pytest.fixture(scope="session")
def windows_program():
    """trustmend.exe as it travels; TRUSTMEND_WINDOWS names another one."""
    path = pathlib.Path(os.environ.get("TRUSTMEND_WINDOWS")
                        or TOP / "dist/trustmend-windows-x86_64.exe")
    if not path.exists():
        pytest.skip(f"{path} is not built: run scripts/build-portable windows")
    return path


@pytest.fixture(scope="session")
def needs():
    """needs("strace", …) skips the test unless these programs are installed."""

    def check(*programs):
        for program in programs:
            if not shutil.which(program, path=PATH):
                pytest.skip(f"needs the program {program}")

    return check


@pytest.fixture(scope="session")
def machines(debian_base, tmp_path_factory):
    """The machines of the conformance cases."""
    from integration.conformance_machines import Machines
    directory = tmp_path_factory.mktemp("machines")
    directory.chmod(0o755)
    found = Machines(debian_base("bookworm"), directory)
    yield found
    found.check()
    remove(directory)


@pytest.fixture(scope="session")
def bases():
    """What hosts with an SSH server are laid over."""
    from integration.ansible_fleet import Bases, Unavailable
    try:
        with Bases() as made:
            yield made
    except Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def extension(tmp_path_factory):
    """The Salt extension as it is handed out."""
    from integration.salt_extension import Extension, programs
    if programs() is None:
        pytest.skip("the programs that travel are not built: run scripts/build-portable all")
    return Extension(tmp_path_factory.mktemp("extension"))


@pytest.fixture(scope="module", params=[
    pytest.param(series, marks=pytest.mark.xdist_group(f"puppet-{series}")) for series in ("7", "8")])
def puppet(request, debian_base, tmp_path_factory):
    """An agent of each series in a root of its own; tests of a module share it."""
    from integration.puppet_local import SERIES, PuppetLocal, portable
    if not portable().exists():
        pytest.skip(f"{portable()} is not built: run scripts/build-portable")
    base = debian_base(SERIES[request.param])
    with copy_of(base, tmp_path_factory.mktemp(f"puppet-{request.param}")) as root:
        yield PuppetLocal(root)
