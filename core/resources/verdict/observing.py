"""
Run by the interpreter in question (2.7.9 to 3.13): uses the Python API as a program does, and stops
where each TLS handshake would begin, to tell what the very context that the API made would trust.
No name is looked up and nothing is connected: sockets are ends of pairs.

Arguments: the directory that holds shotgun_api3; ca_certs ("=TEXT", or "" for none); the directory to
run in, or ""; then the program that gets the answer as its environment, with its arguments. Without
one the answer is printed.
A variable for each use has lines NAME=VALUE: file, system, verify, names, sni, strict, partial, proxy;
or absent, or error; "system" has the places of OpenSSL, file and directory. Where the API cannot be imported or used at all, the variable "fails" says why.
"""
import os
import socket
import ssl
import sys
import time

sys.path[:] = [place for place in sys.path if place]  # the directory that -c puts there
SITE, STORAGE = "site.invalid", "storage.invalid"
BODY = b'{"results": {"version": [8, 0, 0]}}'
ANSWER = (b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s"
          .replace(b"%s", str(len(BODY)).encode(), 1).replace(b"%s", BODY))
NAMES = ({"subject": ((("commonName", "elsewhere.invalid"),),),
          "subjectAltName": (("DNS", "elsewhere.invalid"),)})


class Reached(BaseException):
    """The handshake would begin, or the first byte be sent; nobody catches it on the way."""


class State(object):
    pretend = False  # handshakes succeed, with a server of another name
    found = None     # what the last context was
    proxy = False    # the last connection went to a proxy
    loads = {}       # by context: what was loaded into it
    kept = []        # other ends of pairs, which stay open


class Pretended(object):
    """Stands for OpenSSL's connection to a server whose certificate has another name."""

    def do_handshake(self, *arguments):
        pass

    def getpeercert(self, binary=False):
        return b"" if binary else NAMES

    peer_certificate = getpeercert

    def __getattr__(self, name):
        raise Reached("sent")


def loaded(context, what):
    State.loads.setdefault(id(context), []).append(what)
    State.loads[id(context), "kept"] = context  # so that its id stays its own


def watch_contexts():
    context_class = ssl.SSLContext
    load, default = context_class.load_verify_locations, context_class.set_default_verify_paths

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        load(self, cafile, capath, cadata)
        loaded(self, "file=%s" % (cafile or ""))

    def set_default_verify_paths(self):
        default(self)
        loaded(self, "system=yes")

    def wrap(self, sock, server_side, server_hostname=None, *rest, **more):
        State.found = describe(self, server_hostname)
        if State.pretend:
            return Pretended()
        raise Reached("handshake")

    context_class.load_verify_locations = load_verify_locations
    context_class.set_default_verify_paths = set_default_verify_paths
    context_class._wrap_socket = wrap


def describe(context, name):
    flags = int(context.verify_flags)
    lines = list(State.loads.get(id(context), []))
    lines.append("verify=%s" % ("no" if context.verify_mode == ssl.CERT_NONE else "yes"))
    lines.append("names=%s" % ("yes" if context.check_hostname else "no"))
    lines.append("sni=%s" % ("yes" if name else "no"))
    lines.append("strict=%s" % ("yes" if flags & 0x20 else "no"))
    lines.append("partial=%s" % ("yes" if flags & 0x80000 else "no"))
    lines.append("proxy=%s" % ("yes" if State.proxy else "no"))
    return lines


def make_pair():
    here, there = socket._socket.socketpair()
    there.send(ANSWER)
    there.shutdown(socket.SHUT_WR)
    State.kept.append(there)
    return here


def watch_sockets():
    plain = socket.socket

    class Socket(plain):
        def __init__(self, family=0, type=0, proto=0, fileno=None, _sock=None):
            if sys.version_info[0] == 2:
                plain.__init__(self, _sock=_sock or make_pair())
                return
            if fileno is None:
                fileno = make_pair().detach()
            plain.__init__(self, socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno)

        def connect(self, address):
            State.proxy = address[0] not in (SITE, STORAGE)

        def setsockopt(self, *arguments):
            pass  # of TCP

    socket.socket = Socket
    socket.getaddrinfo = lambda host, port, *rest, **more: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, int(port or 0)))]


class Program(object):
    """A program with the API."""

    def __init__(self, arguments):
        import shotgun_api3
        self.module = shotgun_api3.shotgun
        self.made = self.module.Shotgun("http://" + SITE, "script", "key", connect=False, **arguments)
        config = self.made.config
        config.scheme, config.max_rpc_attempts, config.session_token = "https", 1, "token"
        self.made.MAX_ATTEMPTS = 1
        self.made._server_caps = self.module.ServerCapabilities(config.server, {"version": [8, 0, 0]})
        self.made._connection = None

    def api(self):
        self.made._connection = None
        self.made.info()

    def form(self):
        self.made.upload("Version", 1, os.__file__, "sg_file")

    def storage_upload(self):
        with open(os.devnull, "rb") as nothing:
            self.made._upload_data_to_storage(nothing, "text/plain", 0, "https://%s/a" % STORAGE)

    def site_download(self):
        self.made.download_attachment({"url": "https://%s/file_serve/attachment/1" % SITE})

    def storage_download(self):
        self.made.download_attachment({"url": "https://%s/a" % STORAGE})

    storage_download_after = storage_download


def attempt(do):
    """How it ended: in words of Reached, or with an error."""
    try:
        do()
    except Reached as reached:
        return str(reached)
    except Exception as error:
        return "%s: %s" % (type(error).__name__, " ".join(str(error).split())[:200])
    return "nothing happened"


def observe(program, use):
    if use == "storage_upload" and not hasattr(program.made, "_upload_data_to_storage"):
        return ["absent=yes"]
    State.found, State.pretend = None, False
    end = attempt(getattr(program, use))
    if State.found is None:
        return ["error=" + end]
    lines, State.pretend = State.found, True
    if "names=no" in lines and attempt(getattr(program, use)) != "sent":
        lines[lines.index("names=no")] = "names=yes"
    return lines


USES = ("api", "form", "storage_upload", "storage_download", "site_download", "storage_download_after")


def main(place, argument, directory, answer):
    if directory:
        os.chdir(directory)
    time.sleep = lambda seconds: None
    sys.path.insert(0, place)
    watch_contexts()
    watch_sockets()
    told = {"system": "file=%s\ndirectory=%s" % ssl.get_default_verify_paths()[3::2]}
    try:
        program = Program({"ca_certs": argument[1:]} if argument else {})
        told.update((use, "\n".join(observe(program, use))) for use in USES)
    except BaseException as error:
        told["fails"] = "%s: %s" % (type(error).__name__, " ".join(str(error).split())[:300])
    if answer:
        os.execve(answer[0], answer, told)
    print("\n".join("[%s]\n%s" % pair for pair in sorted(told.items())))


main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
