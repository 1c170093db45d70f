"""What every Python test uses: the programs under test, certificates, a TLS server."""

import http.server
import json
import os
import pathlib
import ssl
import subprocess
import threading

import pytest

from pki import Pki

TOP = pathlib.Path(__file__).resolve().parent.parent
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
SANITIZER_STATUS = 99  # scripts/test sets it, so that a finding is no ordinary failure


class Answer:
    """One run of a program: `status`, `stdout`, `stderr`, and the report that it printed."""

    def __init__(self, command, done):
        self.command = command
        self.status = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr

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

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)

    def program(self, name="trustmend"):
        path = self.directory / name
        assert path.exists(), f"{path} is not built: run scripts/test, or set TRUSTMEND_BIN_DIR"
        return str(path)

    def command(self, *arguments, root=None):
        words = [str(a) for a in arguments]
        if not words or not words[0].startswith("trustmend"):
            words.insert(0, "trustmend")
        words[0] = self.program(words[0])
        if root is not None:
            words += ["--root", str(getattr(root, "path", root))]
        return words

    @staticmethod
    def environment(env=None):
        wanted = {"PATH": PATH}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                wanted[name] = os.environ[name]
        wanted.update(env or {})
        return wanted

    def __call__(self, *arguments, root=None, stdin=None, env=None, cwd=None, timeout=120, **more):
        """
        tm("anchor", "get", "certificate=…", root=…), or tm("trustmend-anchor", "get", …).
        `root` is a directory or a Debian fixture; `stdin` is text, or an object to send as JSON.
        """
        command = self.command(*arguments, root=root)
        if stdin is not None and not isinstance(stdin, str):
            stdin = json.dumps(stdin)
        done = subprocess.run(command, input=stdin or "", text=True, timeout=timeout, cwd=cwd,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.environment(env), **more)
        answer = Answer(command, done)
        assert done.returncode >= 0, f"killed by a signal: {answer!r}"
        assert done.returncode != SANITIZER_STATUS and "Sanitizer" not in done.stderr, repr(answer)
        return answer


@pytest.fixture(scope="session")
def tm():
    """Runs a trustmend program; see Runner.__call__."""
    return Runner(os.environ.get("TRUSTMEND_BIN_DIR", TOP / "build"))


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
        request.settimeout(20)
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
