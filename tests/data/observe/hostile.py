"""
Tries everything that a program in a sandbox must not be able to do, and prints what it could.

    hostile.py REPORTER TOKEN PROCESS PORT ABSTRACT NAMESPACE...

PROCESS is one of the user's outside; PORT and ABSTRACT are listened on there; NAMESPACE are what
/proc/self/ns/* lead to there. In the tree /srv holds what belongs to the user: a file, a FIFO with a
reader, a socket, a device, a set-user-ID program, and a mount of its own.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
ARM = os.uname().machine == "aarch64"
reporter, token, process, port, abstract, *namespaces = sys.argv[1:]
process, port = int(process), int(port)
tried = 0


def call(number, *arguments):
    """A system call by its number; raises as os.open() does."""
    result = libc.syscall(ctypes.c_long(number), *(
        ctypes.c_long(value) if isinstance(value, int) else value for value in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "system call")
    return result


def attempt(what, function, *arguments):
    """It must fail."""
    global tried
    tried += 1
    try:
        function(*arguments)
    except (OSError, ValueError, MemoryError):
        return
    print("COULD", what)


def check(what, fine):
    global tried
    tried += 1
    if not fine:
        print("COULD", what)


def write(path, flags=os.O_WRONLY):
    os.write(os.open(path, flags), b"x")


def either(here, on_arm):
    return on_arm if ARM else here


for name in os.listdir("/proc/self/fd"):
    link = f"/proc/self/fd/{name}"
    leads = os.readlink(link) if os.path.lexists(link) else __file__
    check(f"have {leads} open", int(name) < 3 or leads == __file__)

# ---- files ----

def write_anew():
    fd = os.open("/srv/file", os.O_RDONLY)
    write(f"/proc/self/fd/{fd}")


def leave_chroot():
    os.mkdir("/tmp/hole")
    os.chroot("/tmp/hole")


def map_shared():
    mmap.mmap(os.open("/srv/file", os.O_RDWR), 1)


check("leave the tree", os.path.samefile("/..", "/"))
for prefix in ("/srv", "/srv/mount", "/proc/self/root/srv"):
    file = f"{prefix}/file"
    attempt(f"write {file}", write, file)
    attempt(f"append {file}", write, file, os.O_RDWR | os.O_APPEND)
    attempt(f"truncate {file}", os.truncate, file, 0)
    attempt(f"empty {file}", os.open, file, os.O_RDONLY | os.O_TRUNC)
    attempt(f"chmod {file}", os.chmod, file, 0o600)
    attempt(f"chown {file}", os.chown, file, os.getuid(), os.getgid())
    attempt(f"touch {file}", os.utime, file)
    attempt(f"label {file}", os.setxattr, file, "user.x", b"x")
    attempt(f"rename {file}", os.rename, file, f"{prefix}/other")
    attempt(f"link {file}", os.link, file, f"{prefix}/other")
    attempt(f"remove {file}", os.unlink, file)
    attempt(f"link in {prefix}", os.symlink, "x", f"{prefix}/link")
    attempt(f"directory in {prefix}", os.mkdir, f"{prefix}/directory")
    attempt(f"FIFO in {prefix}", os.mkfifo, f"{prefix}/new-fifo")
    attempt(f"file in {prefix}", os.open, f"{prefix}/new", os.O_WRONLY | os.O_CREAT)
    attempt(f"nameless file in {prefix}", os.open, prefix, os.O_WRONLY | os.O_TMPFILE)
attempt("write a file that is open", write_anew)
attempt("map a file", map_shared)
attempt("write to a FIFO", write, "/srv/fifo", os.O_WRONLY | os.O_NONBLOCK)
attempt("open a device of the tree", os.open, "/srv/null", os.O_RDONLY)
attempt("make a device", os.mknod, "/tmp/device", 0o20666, os.makedev(1, 3))
attempt("write to /dev", write, "/dev/new", os.O_WRONLY | os.O_CREAT)
attempt("change /dev/null", os.chmod, "/dev/null", 0o600)
attempt("touch /dev/null", os.utime, "/dev/null")
attempt("replace the reporter", os.unlink, reporter)
attempt("write to /proc/sys", write, "/proc/sys/kernel/core_pattern")
attempt("write to /proc", write, "/proc/self/oom_score_adj")
attempt("change root directories", leave_chroot)
for place in ("/srv", "/srv/mount", "/usr"):
    flags = os.statvfs(place).f_flag
    for name in ("ST_RDONLY", "ST_NOSUID", "ST_NODEV"):
        check(f"{place} without {name}", flags & getattr(os, name))

# ---- sockets ----

def connect(family, kind, address):
    socket.socket(family, kind).connect(address)


def send_by_pair():
    pair = (ctypes.c_int * 2)()
    call(either(53, 199), socket.AF_UNIX, socket.SOCK_DGRAM, 0, pair)
    socket.socket(fileno=pair[0]).sendto(b"x", "/srv/datagrams")


attempt("connect to a port", connect, socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port))
attempt("connect to a socket", connect, socket.AF_UNIX, socket.SOCK_STREAM, "/srv/socket")
attempt("connect to an abstract socket", connect, socket.AF_UNIX, socket.SOCK_STREAM,
        "\0" + abstract)
attempt("send to a socket", send_by_pair)
attempt("a netlink socket", socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, 0)
attempt("a raw socket", socket.socket, socket.AF_INET, socket.SOCK_RAW, 1)

# ---- processes ----

def trace():
    if libc.ptrace(16, 1, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def be_traced():
    if libc.ptrace(0, 0, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


attempt("signal a process outside", os.kill, process, 0)
attempt("trace the first process", trace)
attempt("be traced", be_traced)
attempt("read the first process's memory", os.open, "/proc/1/mem", os.O_RDONLY)
attempt("see the first process's files", os.readlink, "/proc/1/fd/3")
attempt("enter the first process's root", os.stat, "/proc/1/root/srv")
check("see processes outside", max(int(n) for n in os.listdir("/proc") if n.isdigit()) < 30000
      and not os.path.exists(f"/proc/{process}/status"))
for name in namespaces:
    check(f"stay in {name}", os.readlink(f"/proc/self/ns/{name.split(':')[0]}") != name)
session = os.getsid(0)
check("have a session of others", session == os.getpid())
attempt("have a terminal", os.open, "/dev/tty", os.O_RDWR)

# ---- mounts, namespaces, and the kernel's less travelled parts ----

EMPTY = ctypes.create_string_buffer(256)
NEW_USER, NEW_MOUNTS = 0x10000000, 0x20000
attempt("mount", call, either(165, 40), b"none", b"/tmp", b"tmpfs", 0, None)
attempt("mount anew", call, either(165, 40), None, b"/srv", None, 0x1020, None)
attempt("unmount", call, either(166, 39), b"/tmp", 2)
attempt("pivot_root", call, either(155, 41), b"/tmp", b"/tmp")
attempt("unshare users", call, either(272, 97), NEW_USER)
attempt("unshare mounts", call, either(272, 97), NEW_MOUNTS)
attempt("setns", call, either(308, 268), os.open("/proc/self/ns/mnt", os.O_RDONLY), 0)
attempt("clone users", call, either(56, 220), NEW_USER | signal.SIGCHLD, 0, 0, 0, 0)
attempt("clone3", call, 435, EMPTY, 88)
attempt("open_tree", call, 428, -100, b"/srv", 1)
attempt("fsopen", call, 430, b"tmpfs", 0)
attempt("mount_setattr", call, 442, -100, b"/srv", 0, EMPTY, 32)
attempt("io_uring_setup", call, 425, 4, EMPTY)
attempt("keyctl", call, either(250, 219), 0, -3, 0)
attempt("add_key", call, either(248, 217), b"user", b"x", b"x", 1, -3)
attempt("bpf", call, either(321, 280), 0, EMPTY, 128)
attempt("perf_event_open", call, either(298, 241), EMPTY, 0, -1, -1, 0)
attempt("userfaultfd", call, either(323, 282), 1)
attempt("memfd_create", call, either(319, 279), b"x", 0)
attempt("shmget", call, either(29, 194), 0, 4096, 0o1600)
attempt("semget", call, either(64, 190), 0, 1, 0o1600)
attempt("msgget", call, either(68, 186), 0, 0o1600)
attempt("mq_open", call, either(240, 180), b"x", 0o102, 0o600, None)
attempt("process_vm_readv", call, either(310, 270), 1, None, 0, None, 0, 0)
attempt("sethostname", socket.sethostname, "x")
attempt("set the clock", time.clock_settime, time.CLOCK_REALTIME, 0)

# ---- rights and limits ----

status = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/self/status")
              if ":\t" in line)
RIGHTS = int(os.environ.get("RIGHTS", "0"), 16)
for name in ("CapInh", "CapAmb"):
    check(f"have {name}", int(status[name], 16) == 0)
for name in ("CapPrm", "CapEff", "CapBnd"):
    check(f"have {name}", int(status[name], 16) == RIGHTS)
check("get rights", status["NoNewPrivs"] == "1")
check("make any system call", status["Seccomp"] == "2")
if os.getuid() != 0:
    attempt("become root", os.setuid, 0)
    found = subprocess.run(["/srv/as-root", "-u"], stdout=subprocess.PIPE, check=False).stdout
    check("become root by a program", found != b"0\n")
if not RIGHTS:
    attempt("read reports", os.open, "/dev/trustmend.fifo", os.O_RDONLY | os.O_NONBLOCK)
    attempt("become another", os.setresuid, 12345, 12345, 12345)
    attempt("have other groups", os.setgroups, [12345])
    attempt("raise a limit", resource.setrlimit, resource.RLIMIT_FSIZE, (1 << 40, 1 << 40))
attempt("have more memory", mmap.mmap, -1, 5 << 30)


def fill():
    with open("/tmp/large", "wb", buffering=0) as large:
        for _ in range(17):
            large.write(bytes(1 << 20))


signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
attempt("write a large file", fill)
for name, most in (("CPU", 20), ("CORE", 0), ("FSIZE", 16 << 20), ("AS", 4 << 30), ("NPROC", 4096)):
    limit = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
    check(f"use {name}", 0 <= limit[1] <= most)
with open("/proc/self/oom_score_adj") as score:
    check("outlive others without memory", int(score.read()) == 1000)


def hold(function, *arguments):
    """A lock that is not there does not keep off another who asks for it."""
    with open("/srv/file") as one, open("/srv/file") as other:
        function(one, *arguments)
        try:
            function(other, *arguments)
        except OSError as wrong:
            return wrong.errno in (errno.EAGAIN, errno.EACCES)
    return False


OFD_SETLK = 37
check("hold a lock", not hold(fcntl.flock, fcntl.LOCK_EX | fcntl.LOCK_NB))
record = struct.pack("hhqqi", fcntl.F_RDLCK, 0, 0, 0, 0)
with open("/srv/file") as one:
    fcntl.fcntl(one, OFD_SETLK, record)
    with open("/srv/file") as other:
        asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0)
        found = fcntl.fcntl(other, 36, asked)  # F_OFD_GETLK
        check("hold a record lock", struct.unpack("hhqqi", found)[0] == fcntl.F_UNLCK)

print("tried", tried, flush=True)
os.execve(reporter, [reporter, token], {"TRIED": str(tried)})
