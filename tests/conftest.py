"""
What every Python test uses: the programs under test, certificates, a TLS server.

TRUSTMEND_BIN_DIR says where the programs are. TRUSTMEND_RUNNER says through what they run when
they were built for another machine: `qemu-aarch64`; `wine`, which gets a Windows of its own, or
the launcher of a WinePrefix. Nothing: they run as they are.

TRUSTMEND_EVERY=N takes every Nth test of each file, the first one always.
"""

import collections
import http.server
import json
import os
import pathlib
import shlex
import shutil
import ssl
import threading

import pytest

import costs
from pki import Pki
from result_schema import problems
from wine import Unavailable, WineAnswer, WinePrefix, run_in_wine, run_to_files, windows_path

TOP = pathlib.Path(__file__).resolve().parent.parent
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
SANITIZER_STATUS = 99  # scripts/test sets it, so that a finding is no ordinary failure


class Target:
    """The machine that the programs were built for."""

    def __init__(self, runner=()):
        self.runner = list(runner)
        self.foreign = bool(self.runner)
        name = os.path.basename(self.runner[0]) if self.runner else ""
        self.system = "windows" if name.startswith("wine") else "linux"
        self.suffix = ".exe" if self.system == "windows" else ""

    def path(self, path):
        """How a program under test sees an absolute path of this machine."""
        return windows_path(path) if self.system == "windows" else os.fspath(path)


TARGET = Target(shlex.split(os.environ.get("TRUSTMEND_RUNNER", "")))

# Marker to: does a test with it run here?
ONLY = {
    "posix_only": TARGET.system != "windows",
    "windows_only": TARGET.system == "windows",
    "native_only": not TARGET.foreign,
}


def pytest_configure(config):
    costs.pytest_configure(config)
    config.addinivalue_line("markers", "posix_only(reason): has no meaning on Windows")
    config.addinivalue_line("markers", "windows_only(reason): has no meaning elsewhere")
    config.addinivalue_line("markers", "native_only(reason): needs programs of this machine")


def every(items, number):
    """One of so many in each file, in the order in which they stand there."""
    seen = collections.Counter()
    taken, left = [], []
    for item in items:
        (left if seen[item.path] % number else taken).append(item)
        seen[item.path] += 1
    return taken, left


def pytest_collection_modifyitems(config, items):
    items[:], left = every(items, int(os.environ.get("TRUSTMEND_EVERY") or 1))
    if left:
        config.hook.pytest_deselected(items=left)
    for item in items:
        for name, runs in ONLY.items():
            for marker in item.iter_markers(name):
                assert marker.args, f"{item.nodeid}: {name} without a reason"
                if not runs:
                    item.add_marker(pytest.mark.skip(reason=f"{name}: {marker.args[0]}"))


class Answer(WineAnswer):
    """One run of a program: `status`, `stdout`, `stderr`, and the report that it printed."""

    @property
    def json(self):
        """The report, which is what the published schema says."""
        document = super().json
        assert not problems(document), f"not as docs/result.schema.json says: {self!r}"
        return document

    @property
    def results(self):
        return self.json["results"]

    @property
    def result(self):
        """The result of a run with one resource."""
        assert len(self.results) == 1, repr(self)
        return self.results[0]

    @property
    def state(self):
        return self.result["state"]

    @property
    def changed(self):
        return self.json["changed"]

    @property
    def error(self):
        return self.result["error"]


class Runner:
    """Runs a trustmend program with an empty environment plus PATH."""

    def __init__(self, directory, target=TARGET):
        self.directory = pathlib.Path(directory)
        self.target = target
        self.path = target.path

    def program(self, name="trustmend"):
        path = self.directory / (name + self.target.suffix)
        assert path.exists(), f"{path} is not built: run scripts/test, or set TRUSTMEND_BIN_DIR"
        return str(path)

    def command(self, *arguments, root=None):
        words = [self.path(a) if isinstance(a, pathlib.PurePath) else str(a) for a in arguments]
        if not words or not words[0].startswith("trustmend"):
            words.insert(0, "trustmend")
        words[0] = self.program(words[0])
        if root is not None:
            words += ["--root", self.path(getattr(root, "path", root))]
        return self.target.runner + words

    @staticmethod
    def environment(env=None):
        wanted = {"PATH": PATH}
        for name in os.environ:
            if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") or name.startswith("WINE"):
                wanted[name] = os.environ[name]
        wanted.update(env or {})
        return wanted

    def json(self, value):
        """The text that is sent for an object; paths in it as the program sees them."""
        return json.dumps(value, default=self.path)

    def __call__(self, *arguments, root=None, stdin=None, env=None, cwd=None, timeout=600, **more):
        """
        tm("anchor", "get", "certificate=…", root=…), or tm("trustmend-anchor", "get", …).
        `root` is a directory or a Debian fixture; `stdin` is text, or an object to send as JSON.
        Path objects are given as the program sees them; in a text, use tm.path().
        """
        command = self.command(*arguments, root=root)
        if stdin is not None and not isinstance(stdin, str):
            stdin = self.json(stdin)
        run = run_in_wine if self.target.system == "windows" else run_to_files
        answer = Answer(command, *run(command, (stdin or "").encode(), timeout=timeout, cwd=cwd,
                                      env=self.environment(env), **more))
        assert answer.status >= 0, f"killed by a signal: {answer!r}"
        assert answer.status != SANITIZER_STATUS and "Sanitizer" not in answer.stderr, repr(answer)
        return answer


@pytest.fixture(scope="session")
def target(tmp_path_factory):
    """The machine that the programs were built for: `system`, `foreign`, `path()`."""
    if TARGET.runner != ["wine"] or "WINEPREFIX" in os.environ:
        yield TARGET
        return
    directory = tmp_path_factory.mktemp("wine")
    try:
        with WinePrefix(directory) as prefix:
            yield Target([str(prefix.launcher)])
    except Unavailable as why:
        pytest.skip(f"needs Wine: {why}")
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def tm(target):
    """Runs a trustmend program; see Runner.__call__."""
    return Runner(os.environ.get("TRUSTMEND_BIN_DIR", TOP / "build"), target)


# ---- a Windows beside the programs of this machine ----

@pytest.fixture(scope="session")
def wine_template(tmp_path_factory):
    """A WinePrefix to take copies of: that is twice as fast as making one."""
    directory = tmp_path_factory.mktemp("wine")
    try:
        with WinePrefix(directory) as prefix:
            yield prefix
    except Unavailable as why:
        pytest.skip(f"needs Wine: {why}")
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def fresh_wine(wine_template, tmp_path_factory):
    """A WinePrefix in which nothing was changed yet. It takes two seconds."""
    directory = tmp_path_factory.mktemp("wine-fresh")
    with wine_template.copy_to(directory) as prefix:
        yield prefix
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    """Makes test certificates: pki.root(), pki.intermediate(ca), pki.leaf(ca, "localhost")."""
    return Pki(tmp_path_factory.mktemp("pki"))


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *arguments):
        pass


class TlsServer(http.server.ThreadingHTTPServer):
    """Answers `ok` to every GET on a free port of 127.0.0.1."""

    daemon_threads = True

    def __init__(self, leaf, chain=()):
        super().__init__(("127.0.0.1", 0), Quiet)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        combined = leaf.pem.with_suffix(".chain")
        combined.write_text(leaf.text + "".join(c.text for c in chain))
        self.context.load_cert_chain(combined, leaf.key)
        self.port = self.server_address[1]
        self.url = f"https://localhost:{self.port}/"
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)

    def finish_request(self, request, client_address):
        # In the thread of this connection, so that a client that never speaks blocks nobody.
        request.settimeout(300)
        with self.context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request, client_address):
        pass  # a client that refuses the certificate is what tests are about


@pytest.fixture
def tls_server():
    """tls_server(leaf, chain=[…]) starts a server and gives it, with `url` and `port`."""
    servers = []

    def start(leaf, chain=()):
        server = TlsServer(leaf, chain)
        server.thread.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
