"""
A site and its storage on loopback, once for each certificate authority of `Authorities`: whatever
a client accepts says which authorities it trusts, and how strictly it looks at them.
"""

import contextlib
import http.server
import json
import socket
import ssl
import threading

SITE, STORAGE, ELSEWHERE = "site.test", "storage.test", "elsewhere.test"
PROXIED = "127.0.0.2"  # where the proxy connects from

# Every source of certificates has an authority of its own, named after it.
SOURCES = ("argument", "SHOTGUN_API_CACERTS", "HTTPLIB2_CA_CERTS", "ca_certs_locater", "certifi",
           "home", "lib/certifi/cacert.pem", "lib/httplib2/cacerts.txt",
           "lib/httplib2/python2/cacerts.txt", "lib/httplib2/python3/cacerts.txt",
           "system file", "system directory", "SSL_CERT_FILE", "SSL_CERT_DIR")

# What the servers behind these names are good for; the first three are trusted by every source.
WRONG_NAME, LAX, PARTIAL, STRANGER = "wrong name", "lax root", "intermediate only", "stranger"

NO_KEY_USAGE = ("basicConstraints = critical,CA:TRUE\nsubjectKeyIdentifier = hash\n"
                "authorityKeyIdentifier = keyid\n")


class Authorities:
    """The certificates: `leaf` of each server, and what a source's file holds."""

    def __init__(self, pki):
        self.roots = {source: pki.root("root of " + source.replace("/", " ")) for source in SOURCES}
        self.leaf = {source: self._leaf(pki, root) for source, root in self.roots.items()}
        common, lax = pki.root("common root"), pki.root("lax root", extensions=NO_KEY_USAGE)
        part = pki.intermediate(pki.root("root that nobody has"), "intermediate only")
        self.leaf[WRONG_NAME] = self._leaf(pki, common, ELSEWHERE)
        self.leaf[LAX] = self._leaf(pki, lax)
        self.leaf[PARTIAL] = self._leaf(pki, part)
        self.leaf[STRANGER] = self._leaf(pki, pki.root("stranger"))
        self.everywhere = [common, lax, part]

    @staticmethod
    def _leaf(pki, issuer, *hosts):
        hosts = hosts or (SITE, STORAGE)
        return pki.leaf(issuer, "site", names=hosts)

    def of(self, source):
        """The certificates of a source, one by one."""
        return [self.roots[source], *self.everywhere]

    def text(self, source):
        return "".join(certificate.text for certificate in self.of(source))


class Handler(http.server.BaseHTTPRequestHandler):
    """As much of a site as the API needs: calls, forms, downloads, and storage."""

    def answer(self, body, **headers):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path.startswith("/seen/"):  # asked by the program under test, without TLS
            self.answer(json.dumps(self.server.seen.pop(int(self.path[6:]), {})).encode())
            return
        self.answer(b"content")

    def do_PUT(self):
        self.answer(b"", Etag='"1"')

    def do_POST(self):
        if self.path.startswith("/api3/"):
            self.answer(json.dumps({"results": {"version": [8, 0, 0]}}).encode(),
                        **{"Content-Type": "application/json"})
            return
        self.answer(b"1:17\n")

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, seen, leaf=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.seen = seen
        self.context = leaf and self.make_context(leaf)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2},
                         daemon=True).start()

    def make_context(self, leaf):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(leaf.pem, leaf.key)
        context.sni_callback = self.note
        return context

    def note(self, connection, name, _context):
        """A client that said hello; one that only connects may come to be served after later ones."""
        self.seen[self.port] = {"sni": name, "proxy": connection.getpeername()[0] == PROXIED}

    def finish_request(self, request, client_address):
        if not self.context:
            super().finish_request(request, client_address)
            return
        request.settimeout(300)
        with self.context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request, client_address):
        pass  # a client that does not trust this server is what tests ask about


def pump(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Tunnel(http.server.BaseHTTPRequestHandler):
    """CONNECT NAME:PORT, whose names all lead to this machine."""

    def do_CONNECT(self):
        port = int(self.path.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 300, (PROXIED, 0)) as far:
            self.connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
            back = threading.Thread(target=pump, args=(far, self.connection), daemon=True)
            back.start()
            pump(self.connection, far)
            back.join()

    def log_message(self, *arguments):
        pass


class Sites:
    """All servers, `ports` by name; `control` answers without TLS what they saw last."""

    def __init__(self, pki):
        self.authorities = Authorities(pki)
        seen = {}
        self.servers = {name: Server(seen, leaf) for name, leaf in self.authorities.leaf.items()}
        self.ports = {name: server.port for name, server in self.servers.items()}
        self.plain = Server(seen)
        self.control = self.plain.port
        self.proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tunnel)
        self.proxy.daemon_threads = True
        threading.Thread(target=self.proxy.serve_forever, kwargs={"poll_interval": 0.2},
                         daemon=True).start()
        self.proxy_url = f"http://127.0.0.1:{self.proxy.server_address[1]}"

    def close(self):
        for server in [*self.servers.values(), self.plain, self.proxy]:
            server.shutdown()
            server.server_close()
