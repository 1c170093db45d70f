"""
An offline image may be anybody's: its programs run as root of the image when trustmend rebuilds
its trust store, and get at nothing outside of it.
"""

import subprocess

import pytest

from integration.anchor_tools import REBUILD, Store

# What a rebuild of a hostile image tries; each line of its record tells what worked.
HOSTILE = r"""#!/usr/bin/python3
import ctypes, os, signal, socket, stat
libc = ctypes.CDLL(None, use_errno=True)
SELF = os.getpid()
def tried(name, act):
    try:
        worked = act()
    except Exception as error:
        worked = False
    record.write(f"{name} {'worked' if worked else 'failed'}\n")
def escape():
    os.mkdir("/tmp/jail"); here = os.open("/", os.O_RDONLY); os.chroot("/tmp/jail"); os.fchdir(here)
    for _ in range(20): os.chdir("..")
    return os.path.exists(OUTSIDE.lstrip("/"))
def device():
    os.mknod("/tmp/device", 0o600 | stat.S_IFBLK, os.makedev(7, 0)); return True
def kill():
    os.kill(VICTIM, signal.SIGKILL); return True
def trace():
    return libc.ptrace(16, VICTIM, 0, 0) == 0
def mount():
    return libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0
def listen():
    socket.create_connection(("127.0.0.1", PORT), 2); return True
def write():
    open("/etc/ssl/certs/mine", "w").close(); os.chown("/etc/ssl/certs/mine", 5, 5); return True
OUTSIDE, VICTIM, PORT = @OUTSIDE@, @VICTIM@, @PORT@
with open("/record", "w") as record:
    for name, act in [("write", write), ("device", device), ("kill", kill), ("trace", trace),
                      ("mount", mount), ("listen", listen), ("escape", escape)]:
        tried(name, act)
"""


@pytest.fixture
def victim():
    process = subprocess.Popen(["sleep", "1000"])
    yield process
    process.kill()
    process.wait()


def test_a_hostile_rebuild_reaches_nothing_outside(tm, debian12, pki, tls_server, victim, tmp_path):
    root = debian12
    ca = pki.root("Studio Root")
    server = tls_server(pki.leaf(ca, "localhost"))
    root.write(REBUILD, HOSTILE.replace("@OUTSIDE@", repr(str(tmp_path))).replace(
        "@VICTIM@", str(victim.pid)).replace("@PORT@", str(server.port)), 0o755)
    # Without protection it works: the test would notice.
    subprocess.run(["unshare", "-m", "chroot", str(root.path), REBUILD], check=True)
    done = dict(line.split() for line in root.text("/record").splitlines()[:7])
    assert done["write"] == done["device"] == done["escape"] == done["listen"] == "worked", done
    victim.wait(timeout=600)
    replacement = subprocess.Popen(["sleep", "1000"])
    try:
        root.write(REBUILD, root.text(REBUILD).replace(
            f"{victim.pid}, {server.port}", f"{replacement.pid}, {server.port}"), 0o755)
        for name in ("/tmp/jail", "/tmp/device", "/record"):
            subprocess.run(["rm", "-rf", str(root.outside(name))], check=True)
        answer = Store(tm, root).apply(ca)
        assert answer.status != 0, "the store was not compiled"
        assert replacement.poll() is None, "a process of the machine was ended"
    finally:
        replacement.kill()
        replacement.wait()
    done = dict(line.split() for line in root.text("/record").splitlines()[:7])
    assert done.pop("write") == "worked", "a rebuild has to write root's files"
    assert set(done.values()) == {"failed"}, done
