"""
A Windows to test in: Wine with a prefix, a server and a launcher of its own.

In Python, WinePrefix, and the fixtures `wine_template` and `fresh_wine` of conftest.py. For a
shell,

    tests/wine.py DIRECTORY

makes one in DIRECTORY, prints the path of its launcher when it is ready, and takes everything
down when its standard input ends. `LAUNCHER PROGRAM.exe WORD...` then runs a program in it.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
LOADERS = ("/usr/lib/wine/wine64", "/usr/bin/wine64", "/usr/bin/wine")

# Where Wine looks for the roots that it shows in LocalMachine/Root besides its own.
HOST_ROOTS = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/usr/share/ca-certificates",
              "/usr/local/share/certs")

# What every process of a prefix starts with. Nothing of the caller's environment gets in, the
# SSL_CERT_FILE of a machine behind a proxy least of all.
ENVIRONMENT = {
    "PATH": PATH,
    "LC_ALL": "C.UTF-8",  # or names that are not ASCII would not get through
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "mscoree,mshtml=d;winemenubuilder.exe=d",
}

# Owns the namespace, tells that it is there, and ends the server when its owner is gone.
KEEPER = """
for dir in "$@"; do mount -t tmpfs none "$dir" || exit 1; done
echo ready
cat >/dev/null
wineserver -k
"""

LAUNCHER = """\
#!/bin/sh
unset TMPDIR # a path of this machine means nothing in there
{exports}
exec {enter}{program} "$@"
"""


SILENT_END = (1, b"", b"")


class Unavailable(Exception):
    """Why there is no Wine, or none of this kind, on this machine."""


class WineAnswer:
    """One run: `status`, `stdout`, `stderr`; texts as they came, line ends included."""

    def __init__(self, command, status, stdout, stderr):
        self.command = command
        self.status = status
        self.stdout = stdout.decode(errors="backslashreplace")
        self.stderr = stderr.decode(errors="backslashreplace")

    def __repr__(self):
        return (f"{' '.join(self.command)}\nstatus {self.status}\n"
                f"stdout: {self.stdout}\nstderr: {self.stderr}")

    @property
    def json(self):
        """The report; fails unless stdout is exactly one JSON document."""
        try:
            return json.loads(self.stdout)
        except ValueError as error:
            raise AssertionError(f"not one JSON document: {error}\n{self!r}") from error


def run_to_files(command, data=b"", **options):
    """
    Status, standard output and standard error of a program. Not through pipes: what a program
    leaves behind, a service of Windows for one, would hold them open.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:
        given.write(data)
        given.seek(0)
        done = subprocess.run(command, stdin=given, stdout=out, stderr=err, **options)
        out.seek(0)
        err.seek(0)
        return done.returncode, out.read(), err.read()


def run_in_wine(command, data=b"", **options):
    """
    run_to_files() for a program in Wine, which ends about one in ten thousand with status 1
    before it said a word; why is not known. Ours always say why they fail, so such an end is
    tried again: what is silent by itself is so three times.
    """
    for _ in range(3):
        done = run_to_files(command, data, **options)
        if done != SILENT_END:
            break
        print(f"ended without a word: {command}", file=sys.stderr)
    return done


def loader():
    for path in LOADERS:
        if os.access(path, os.X_OK):
            return path
    raise Unavailable("wine is not installed")


def windows_path(path):
    """How a program in Wine sees an absolute path of this machine."""
    path = os.fspath(path)
    assert path.startswith("/"), f"not an absolute path: {path}"
    return "Z:" + path.replace("/", "\\")


def namespace_command():
    """The words that give a command mounts of its own; for others than root, as a mock root."""
    words = ["unshare", "--mount", "--propagation", "private"]
    if os.geteuid() != 0:
        words += ["--user", "--map-root-user"]
    done = subprocess.run([*words, "true"], env={"PATH": PATH}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Unavailable("mounts of its own need root, or user namespaces")
    return words


class WinePrefix:
    """
    A Windows below `directory`, made when it is not there yet. Use it as a context manager, or
    call kill(): its server runs until then, or until this process ends, however it does.

    With `hide_host_roots` LocalMachine/Root does not show what this machine trusts: all its
    processes see empty directories in place of HOST_ROOTS. Raises Unavailable where that, or
    Wine, cannot be had.
    """

    def __init__(self, directory, hide_host_roots=True):
        self.directory = pathlib.Path(directory)
        self.prefix = self.directory / "prefix"
        self.drive_c = self.prefix / "drive_c"
        self.launcher = self.directory / "wine"
        self.hides_host_roots = hide_host_roots
        self.keeper = None
        self.serving = False
        self.loader = loader()
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "home").mkdir(exist_ok=True)
        try:
            self._start_keeper()
            self._write_launcher(self.launcher, self.loader)
            self._write_launcher(self.directory / "wineserver", "wineserver")
            self._boot()
        except BaseException:
            self.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    # ---- making it ----

    def _environment(self):
        return {**ENVIRONMENT, "HOME": str(self.directory / "home"),
                "WINEPREFIX": str(self.prefix)}

    def _start_keeper(self):
        words, hidden = [], []
        if self.hides_host_roots:
            words = namespace_command()
            hidden = [path for path in HOST_ROOTS if os.path.isdir(path)]
        self.keeper = subprocess.Popen(
            [*words, "sh", "-c", KEEPER, "sh", *hidden], env=self._environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True)  # an interrupt from the keyboard is for its owner alone
        if self.keeper.stdout.readline() != b"ready\n":
            raise Unavailable("cannot hide the roots of this machine: "
                              + self.keeper.stderr.read().decode().strip())

    def _write_launcher(self, path, program):
        enter = ""
        if self.hides_host_roots:
            enter = f"nsenter --target {self.keeper.pid} --mount --wd=\"$PWD\" "
            if os.geteuid() != 0:
                enter = enter.replace("--mount", "--user --preserve-credentials --mount")
        exports = "\n".join(f"export {name}='{value}'"
                            for name, value in self._environment().items())
        path.write_text(LAUNCHER.format(exports=exports, enter=enter, program=program))
        path.chmod(0o755)

    def _boot(self):
        self.prefix.mkdir(exist_ok=True)
        booted = self.run("wineboot", "-i", timeout=600)
        if not (self.drive_c / "windows").exists():
            raise Unavailable(f"wineboot failed: {booted!r}")

    def _server(self, *words):
        subprocess.run([str(self.directory / "wineserver"), *words], timeout=600,
                       env={"PATH": PATH}, cwd=self.directory, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    # ---- using it ----

    def run(self, *argv, env=None, stdin="", timeout=600, cwd=None):
        """
        Runs a program, a path of this machine or a name that Windows knows, and answers what it
        said. Paths among the words are given as it sees them; `stdin` is text or bytes.
        """
        if not self.serving:
            # It stays between two programs: starting it takes longer than any of them.
            self._server("-p")
            self.serving = True
        command = [str(self.launcher), str(argv[0])]
        command += [windows_path(a) if isinstance(a, pathlib.PurePath) else str(a)
                    for a in argv[1:]]
        done = run_in_wine(command, stdin.encode() if isinstance(stdin, str) else stdin,
                           timeout=timeout, cwd=cwd or self.directory,
                           env={"PATH": PATH, **(env or {})})
        return WineAnswer(command, *done)

    @staticmethod
    def path(path):
        """How a program in here sees an absolute path of this machine."""
        return windows_path(path)

    def registry_export(self, key):
        """A key of the registry with all below it, as `reg export` writes it; "" for none."""
        file = self.directory / "exported.reg"
        file.unlink(missing_ok=True)
        self.run("reg", "export", key, file, "/y")
        return file.read_bytes().decode("utf-16") if file.exists() else ""

    def stop(self):
        """Ends all programs; the server writes the registry to disk. run() starts it anew."""
        self._server("-k")
        self._server("-w")
        self.serving = False

    def restart(self):
        """What a restart of the machine is: nothing lives on but what is on the disk."""
        self.stop()
        self.run("wineboot", timeout=600)

    def kill(self):
        """Ends everything. The directory is left to its owner."""
        if self.keeper is None:
            return
        if self.keeper.poll() is None:
            self.stop()
            self.keeper.stdin.close()
            try:
                self.keeper.wait(300)
            except subprocess.TimeoutExpired:
                self.keeper.kill()
                self.keeper.wait()
        for stream in (self.keeper.stdin, self.keeper.stdout, self.keeper.stderr):
            stream.close()
        self.keeper = None

    def copy_to(self, directory):
        """
        A new prefix like this one, which is stopped for it. What programs write is copied, the
        hundreds of megabytes of Windows itself are shared.
        """
        target = pathlib.Path(directory)
        target.mkdir(parents=True, exist_ok=True)
        self.stop()
        subprocess.run(["cp", "-al", str(self.prefix), str(target / "prefix")], check=True)
        for source in [*self.prefix.glob("*.reg"), self.drive_c / "users",
                       self.drive_c / "ProgramData"]:
            copy = target / "prefix" / source.relative_to(self.prefix)
            subprocess.run(["rm", "-rf", str(copy)], check=True)
            if source.exists():
                subprocess.run(["cp", "-a", str(source), str(copy)], check=True)
        return WinePrefix(target, hide_host_roots=self.hides_host_roots)


def main():
    directory = pathlib.Path(sys.argv[1])
    try:
        prefix = WinePrefix(directory)
    except Unavailable as why:
        print(f"{why}; the roots of this machine stay visible", file=sys.stderr)
        prefix = WinePrefix(directory, hide_host_roots=False)
    with prefix:
        print(prefix.launcher, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
