"""
Debian roots on one machine, and what runs in them.

All of it lives in one PID and mount namespace: a root is an overlay over an unpacked archive that is
mounted there only, and everything ends with the namespace's first process, which ends at the latest
with the process that made it. Nothing is mounted where the machine could see it.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from integration.few_roots import keep_few_roots

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
LIMIT = 600  # seconds for anything that has to happen; the machine may be slow

# $1 directory of the fleet. The shell stays, because somebody has to take the ends of processes that
# lost their parents.
KEEPER = """
mount -t proc proc /proc
: >"$1/ready"
sleep infinity &
wait
"""

# $1 base, $2 directory of the root.
OVERLAY = """
set -e
mkdir -p "$2/upper" "$2/work" "$2/root"
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/root"
"""


class Unavailable(Exception):
    """This machine cannot have a fleet; the text says why."""


def remove(directory):
    subprocess.run(["rm", "-rf", "--one-file-system", str(directory)], check=True)


def free_ports(number):
    """Ports that nobody listened on a moment ago, all different."""
    probes = [socket.socket() for _index in range(number)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def wait_for(what, said, limit=LIMIT):
    """The first value that is true, of a function that is asked again and again."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"not in {limit} seconds: {said() if callable(said) else said}")


class Root:
    """A Debian root in the namespace of a fleet. Paths of its methods are as seen inside."""

    def __init__(self, fleet, directory):
        self.fleet = fleet
        self.path = directory / "root"

    def outside(self, name):
        """The path as this process sees it. Links inside are not followed the root's way."""
        return self.fleet.outside(self.path / str(name).lstrip("/"))

    def text(self, name):
        return self.outside(name).read_text()

    def exists(self, name):
        return os.path.lexists(self.outside(name))

    def write(self, name, content, mode=0o644):
        path = self.outside(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(mode)

    def run(self, *words, check=True):
        """Runs a program of the root, with an empty environment plus PATH."""
        return self.fleet.run("chroot", self.path, *words, check=check)

    def verifies(self, leaf, *store):
        """Does OpenSSL of this root verify the certificate in that file with its store?"""
        store = store or ("-CApath", "/etc/ssl/certs", "-no-CAfile")
        return self.run("openssl", "verify", *store, leaf, check=False).returncode == 0


class Namespace:
    """What a fleet lives in, with a directory of its own. To be entered."""

    def __init__(self):
        if os.geteuid() != 0:
            raise Unavailable("needs root: it makes namespaces and Debian roots")
        for program in ("unshare", "nsenter", "setpriv"):
            if not shutil.which(program, path=PATH):
                raise Unavailable(f"needs the program {program}")
        # Short: names of sockets have at most some hundred characters.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tmd-"))
        self.directory.chmod(0o755)
        (self.directory / "bases").mkdir()
        self.bases, self.pid, self.keeper = {}, None, None

    def __enter__(self):
        try:
            self.start_namespace()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error):
        if self.keeper:
            self.keeper.kill()
            self.keeper.wait()
        if self.pid:
            wait_for(lambda: not runs(self.pid), "the namespace of the fleet does not end")
        remove(self.directory)

    def start_namespace(self):
        self.keeper = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--fork", "--kill-child=KILL", "--pid",
             "--mount", "--propagation", "private", "sh", "-c", KEEPER, "keeper",
             str(self.directory)], stdin=subprocess.DEVNULL, env={"PATH": PATH})
        wait_for(lambda: (self.directory / "ready").exists() or self.keeper.poll() is not None,
                 "a namespace")
        children = pathlib.Path(f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children")
        words = children.read_text().split() if children.exists() else []
        if not words:
            raise Unavailable("the kernel gives no namespaces here")
        self.pid = int(words[0])

    def outside(self, path):
        return pathlib.Path(f"/proc/{self.pid}/root{path}")

    def inside(self, *words):
        return ["nsenter", "-t", str(self.pid), "-m", "-p", *(str(word) for word in words)]

    def run(self, *words, check=True, env=None, errors=subprocess.STDOUT):
        done = subprocess.run(
            self.inside(*words), check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=errors, text=True, timeout=LIMIT, env={"PATH": PATH, **(env or {})})
        assert not check or done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}"
        return done

    def processes(self, *words):
        """Those of this namespace whose command line, or root directory, has one of the words in it."""
        wanted = [os.fsencode(word) for word in words]
        for path in self.outside("/proc").glob("[1-9]*"):
            try:
                said = (path / "cmdline").read_bytes() + os.fsencode(os.readlink(path / "root"))
            except OSError:
                continue
            if any(word in said for word in wanted):
                yield int(path.name)

    def kill(self, *words):
        """Until nobody is left, because one may have started another meanwhile."""
        while True:
            pids = list(self.processes(*words))
            if not pids:
                return
            self.run("kill", "-KILL", *pids, check=False)
            time.sleep(0.05)

    def base(self, kind):
        """An unpacked archive, the lower layer of roots."""
        if kind not in self.bases:
            made = subprocess.run([str(TOP / "scripts/make-root"), kind], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if made.returncode != 0:
                raise Unavailable(f"scripts/make-root {kind} failed: {made.stderr.strip()[-300:]}")
            base = self.directory / "bases" / kind
            base.mkdir(mode=0o755)
            subprocess.run(["tar", "--numeric-owner", "-xzf", made.stdout.strip(), "-C",
                            str(base)], check=True)
            keep_few_roots(base)
            self.bases[kind] = base
        return self.bases[kind]

    def root(self, name, kind):
        directory = self.directory / "roots" / name
        directory.mkdir(parents=True)
        self.run("sh", "-c", OVERLAY, "overlay", self.base(kind), directory)
        return Root(self, directory)


def runs(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"
