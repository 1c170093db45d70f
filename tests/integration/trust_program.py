"""
Run by an interpreter from 2.7 to 3.13: uses a real shotgun_api3 in every way that there is, and says
which servers it accepted. Standard input is a request (see trust_matrix.py); standard output has a
line of JSON for each of its cells. Every cell is a process of its own.
"""

from __future__ import print_function

import json
import os
import re
import socket
import sys
import time
import traceback

SPECIAL = ("wrong name", "lax root", "intermediate only")
USES = ("api", "form", "storage_upload", "storage_download", "site_download",
        "storage_download_after")
UPLOAD = "/tmp/trust-upload"


class Programs(object):
    """One process with the API imported, and what it does to a server."""

    def __init__(self, request, cell):
        import shotgun_api3
        self.api = shotgun_api3.shotgun
        self.request = request
        self.arguments = dict(cell["arguments"])
        self.at_once = False

    def connect(self, port):
        """A Shotgun that talks to this port; one that calls at once is made elsewhere."""
        url = "https://site.test:%d" % port
        try:
            made = self.make(url)
        except Exception as error:
            if isinstance(error, TypeError):
                raise
            self.at_once = True
            made = self.make("http://site.test:%d" % self.request["control"])
            made.config.scheme, made.config.server = "https", url[8:]
        made.config.max_rpc_attempts = 1
        made.MAX_ATTEMPTS = 1
        made.config.session_token = "token"
        made._server_caps = self.api.ServerCapabilities(made.config.server, {"version": [8, 0, 0]})
        return made

    def make(self, url):
        return self.api.Shotgun(url, "script", "key", connect=False, **self.arguments)

    def api_use(self, made, port):
        assert made.info()

    def form(self, made, port):
        assert made.upload("Version", 1, UPLOAD, "sg_file") == 17

    def storage_upload(self, made, port):
        made._upload_file_to_storage(UPLOAD, "https://storage.test:%d/file" % port)

    def site_download(self, made, port):
        url = "https://site.test:%d/file_serve/attachment/1" % port
        assert made.download_attachment({"url": url}) == b"content"

    def storage_download(self, made, port):
        url = "https://storage.test:%d/file" % port
        assert made.download_attachment({"url": url}) == b"content"


def seen(request, port):
    """What the server saw of the last connection; without what the API may have installed."""
    plain = socket.create_connection(("127.0.0.1", request["control"]), 300)
    plain.sendall(("GET /seen/%d HTTP/1.0\r\n\r\n" % port).encode())
    answer = b""
    while True:
        data = plain.recv(65536)
        if not data:
            break
        answer += data
    plain.close()
    return json.loads(answer.partition(b"\r\n\r\n")[2].decode())


def describe(error):
    text = traceback.format_exception_only(type(error), error)[-1].strip()
    return re.sub(r"\s+", " ", text)[:300]


def attempt(programs, use, port):
    """None: it works; else why not."""
    do = {"api": "api_use", "storage_download_after": "storage_download"}.get(use, use)
    try:
        getattr(programs, do)(programs.connect(port), port)
    except Exception as error:
        return describe(error)
    return None


def try_use(programs, cell, use):
    if use == "storage_upload" and not hasattr(programs.api.Shotgun, "_upload_file_to_storage"):
        return None
    ports = programs.request["ports"]
    refused = attempt(programs, use, ports["stranger"])
    found = seen(programs.request, ports["stranger"])
    answer = {"trusted": [] if refused else ["stranger"], "why": refused,
              "proxy": found.get("proxy"), "sni": bool(found.get("sni"))}
    answer["trusted"] += [name for name in cell["sources"]
                          if attempt(programs, use, ports[name]) is None]
    if answer["trusted"]:
        for name in SPECIAL:
            answer[name] = attempt(programs, use, ports[name]) is None
    return answer


def enter(request, cell):
    """The process becomes what the cell says, before anything of trust is imported."""
    time.sleep = lambda seconds: None  # between attempts
    os.environ.update(cell["environment"])
    os.chdir(cell["directory"])
    sys.path[:0] = cell["path"] + [request["api"]]
    sys.stdout = sys.stderr


def run_cell(request, cell):
    enter(request, cell)
    try:
        programs = Programs(request, cell)
        programs.connect(request["ports"]["stranger"])
    except BaseException as error:
        return {"fails": describe(error)}
    uses = dict((use, try_use(programs, cell, use)) for use in USES)
    return {"uses": uses, "at_once": programs.at_once}


def in_child(request, cell):
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writable, json.dumps(run_cell(request, cell)).encode())
        except BaseException:
            traceback.print_exc()
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable, "rb") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text.decode()) if text else {"broken": True}


def main():
    request = json.load(sys.stdin)
    with open(UPLOAD, "w") as upload:
        upload.write("upload")
    for cell in request["cells"]:
        print(json.dumps(in_child(request, cell)))
        sys.stdout.flush()


main()
