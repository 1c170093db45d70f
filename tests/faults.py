"""Which system calls of a run change something, for tests that refuse each of them or kill before it."""

import re

CALLS = ("openat mkdirat fchmod fchown fsetxattr fremovexattr write pwrite64 ftruncate fsync "
         "rename renameat renameat2 link linkat symlinkat unlink unlinkat rmdir flock").split()
ERRORS = ["ENOSPC", "EIO", "EACCES", "EMFILE"]


def changing_calls(machine, directory):
    """(name, n): the n-th call of that name, as strace counts, changes something."""
    log = directory / "strace"
    machine.reset()
    done = machine.apply("strace", "-f", "-o", str(log), "-e", "trace=" + ",".join(CALLS))
    assert done.returncode == 0, done.stdout + done.stderr
    counts, found = {}, []
    for line in log.read_text().splitlines():
        match = re.match(r"(?:\d+ +)?(\w+)\((.*)", line)
        if not match or match[1] not in CALLS:
            continue
        name, arguments = match.groups()
        counts[name] = counts.get(name, 0) + 1
        reads = name == "openat" and "O_CREAT" not in arguments
        if not reads and not re.match(r"[012],", arguments):
            found.append((name, counts[name]))
    return found
