"""
Real hosts for Ansible: OpenSSH servers on loopback, each in a Debian root of its own.

A host is an overlay over an unpacked root, mounted in a mount namespace of its own together with
a /proc and a /dev of its own, and lives in a PID namespace of its own. So nothing of a host is
mounted where the machine could see it, and everything of it ends with its first process, which
ends at the latest with the process that made it. The machine's own /dev is never in a host.

A host of the kind bookworm-ssh-arm64 is another machine to whoever logs in: its shell and tools
are arm64 programs, run by qemu. That is registered in a user namespace of the host's own.
"""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time

from integration.few_roots import keep_few_roots
from integration.fleet import runs

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PASSWORD = "correct horse"
USERS = ("root", "deploy", "artist")  # deploy needs no password for sudo, artist does

SSHD_CONFIG = """
ListenAddress 127.0.0.1
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin yes
PasswordAuthentication no
UsePAM yes
UseDNS no
PrintMotd no
MaxStartups 200
MaxSessions 50
PidFile none
Subsystem sftp internal-sftp
"""

SUDOERS = "deploy ALL=(ALL) NOPASSWD: ALL\nartist ALL=(ALL) ALL\n"

# $1 directory of the host, $2 its base, $3 port, $4 size of its disk or nothing.
BOOT = r"""
set -e
cd "$1"
hostname localhost
if [ -n "$4" ]; then mount -t tmpfs -o "size=$4,mode=0755" tmpfs disk; fi
mkdir -p disk/upper disk/work
mount -t overlay -o "lowerdir=$2,upperdir=$1/disk/upper,workdir=$1/disk/work" overlay root
mount -t proc proc root/proc
mount -t tmpfs -o mode=0755,size=1m tmpfs root/dev
mount -t tmpfs -o mode=0755,size=64m tmpfs root/run
mkdir root/dev/pts root/dev/shm root/run/sshd root/run/lock
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts root/dev/pts
ln -s pts/ptmx root/dev/ptmx
ln -s /proc/self/fd root/dev/fd
while read -r name major minor; do
	mknod -m 0666 "root/dev/$name" c "$major" "$minor"
done <<NODES
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
NODES
set -- root /usr/sbin/sshd -D -e -f /etc/ssh/fleet_config -p "$3"
if [ -z "$RULE" ]; then exec chroot "$@"; fi

# Programs for another machine: the rest is in a user namespace of its own, so that what is
# registered there is for this host only. Every id is mapped to itself. The namespace is entered
# when that is done, because whoever starts a program before has no privileges left; hence the
# holder.
unshare --user --mount sleep infinity &
holder=root/proc/$!
until [ "$(readlink $holder/ns/mnt)" != "$(readlink root/proc/self/ns/mnt)" ]; do sleep 0.01; done
echo 0 0 4294967295 >$holder/uid_map
echo 0 0 4294967295 >$holder/gid_map
exec nsenter --user=$holder/ns/user --mount=$holder/ns/mnt sh -ec '
	cd "$1"
	kill "$2"
	mount -t binfmt_misc binfmt_misc root/proc/sys/fs/binfmt_misc
	printf %s "$RULE" >root/proc/sys/fs/binfmt_misc/register
	shift 2
	exec chroot "$@"' sh "$PWD" $! "$@"
"""

# What the kernel is told of arm64 programs. F: the interpreter is the one that is seen now; P: it
# is told their first word, which busybox goes by.
RULE = (r":qemu-aarch64:M::\x7fELF\x02\x01\x01" + r"\x00" * 9 + r"\x02\x00\xb7\x00:"
        + r"\xff" * 7 + r"\x00" + r"\xff" * 8 + r"\xfe\xff\xff\xff:"
        "root/usr/local/lib/arm64/qemu-aarch64-static:FP")

# Writes what Ansible's callbacks are told, a line of JSON each.
CALLBACK = '''
import json
import os

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fleet_results"
    CALLBACK_NEEDS_ENABLED = True

    def tell(self, status, result):
        line = {"host": result._host.get_name(), "task": result._task.get_name(),
                "status": status, "result": result._result}
        with open(os.environ["FLEET_RESULTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\\n")

    def v2_runner_on_ok(self, result):
        self.tell("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.tell("failed", result)

    def v2_runner_on_unreachable(self, result):
        self.tell("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self.tell("skipped", result)
'''

SSH_OPTIONS = ("-F /dev/null -o ControlMaster=auto -o ControlPersist=120s -o IdentitiesOnly=yes"
               " -o LogLevel=ERROR")


class Unavailable(Exception):
    """This machine cannot have hosts; the text says why."""


def remove(directory):
    subprocess.run(["rm", "-rf", "--one-file-system", str(directory)], check=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bases:
    """Unpacked roots with users and keys in them, the lower layers of hosts."""

    def __init__(self):
        if os.geteuid() != 0:
            raise Unavailable("needs root: its hosts are chroots with an SSH server")
        for program in ("ssh", "ssh-keygen", "unshare", "nsenter", "setpriv"):
            if not shutil.which(program, path=PATH):
                raise Unavailable(f"needs the program {program}")
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="trustmend-bases-"))
        self.directory.chmod(0o755)
        self.key = self.directory / "key"
        self.made = {}
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)],
                       check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        remove(self.directory)

    def can_register(self):
        """Does the kernel let a user namespace say how programs of another machine are run?"""
        done = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "binfmt_misc",
             "none", str(self.directory)], check=False, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={"PATH": PATH})
        return done.returncode == 0

    def base(self, kind):
        if kind.endswith("-arm64") and not self.can_register():
            raise Unavailable("needs binfmt_misc in a user namespace (Linux 6.7)")
        if kind not in self.made:
            root = self.directory / kind
            root.mkdir(mode=0o755)
            made = subprocess.run([str(TOP / "scripts/make-root"), kind], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if made.returncode != 0:
                raise Unavailable(f"scripts/make-root {kind} failed: {made.stderr.strip()[-300:]}")
            subprocess.run(["tar", "--numeric-owner", "-xzf", made.stdout.strip(), "-C",
                            str(root)], check=True)
            self.prepare(root)
            if not kind.endswith("-arm64"):  # its shell does not run here
                keep_few_roots(root)
            self.made[kind] = root
        return self.made[kind]

    def prepare(self, root):
        def inside(*words):
            return subprocess.run(["chroot", str(root)] + list(words), check=True, text=True,
                                  stdout=subprocess.PIPE, env={"PATH": PATH}).stdout.strip()

        public = self.key.with_suffix(".pub").read_text()
        password = inside("openssl", "passwd", "-6", PASSWORD)
        inside("usermod", "-p", password, "root")
        for user in USERS[1:]:
            inside("useradd", "-m", "-s", "/bin/sh", "-p", password, user)
        for user in USERS:
            home = "/root" if user == "root" else f"/home/{user}"
            inside("install", "-d", "-m", "0700", "-o", user, "-g", user, f"{home}/.ssh")
            keys = root / home.lstrip("/") / ".ssh/authorized_keys"
            keys.write_text(public)
            inside("chown", user, f"{home}/.ssh/authorized_keys")
        (root / "etc/ssh/fleet_config").write_text(SSHD_CONFIG)
        sudoers = root / "etc/sudoers.d/fleet"
        sudoers.write_text(SUDOERS)
        sudoers.chmod(0o440)
        (root / "etc/hosts").write_text("127.0.0.1 localhost\n")


class Host:
    """One running host. Paths of its methods are as seen inside."""

    def __init__(self, directory, name, kind, bases, disk=None, like=None):
        self.directory = directory
        self.name = name
        self.kind = kind
        self.foreign = kind.endswith("-arm64")
        self.key = bases.key
        self.port = free_port()
        for part in ("disk", "root"):
            (directory / part).mkdir(parents=True)
        if like:
            has = like.directory / "disk/upper"
            subprocess.run(["cp", "-a", str(has), str(directory / "disk")], check=True)
        self.log = directory / "log"
        with open(self.log, "wb") as log:
            self.keeper = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--fork", "--kill-child=KILL",
                 "--pid", "--uts", "--mount", "--propagation", "private", "sh", "-c", BOOT, "boot",
                 str(directory), str(bases.base(kind)), str(self.port), disk or ""],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": PATH, "RULE": RULE if self.foreign else ""})
        self.pid = None
        try:
            self.wait_until_up()
        except BaseException:
            self.stop()
            raise

    def wait_until_up(self):
        limit = time.monotonic() + 300
        while time.monotonic() < limit:
            if self.keeper.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as probe:
                    if probe.recv(4) == b"SSH-":
                        children = pathlib.Path(
                            f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children")
                        self.pid = int(children.read_text().split()[0])
                        return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"{self.name} does not come up: {self.log.read_text()}")

    def stop(self):
        """Ends the first process, and with it every other one and every mount."""
        self.keeper.kill()
        self.keeper.wait()
        if self.pid:
            limit = time.monotonic() + 300
            while runs(self.pid) and time.monotonic() < limit:
                time.sleep(0.01)

    def outside(self, name):
        """The path from outside. Links inside the host are not followed the host's way."""
        return pathlib.Path(f"/proc/{self.pid}/root") / str(name).lstrip("/")

    def exists(self, name):
        return os.path.lexists(self.outside(name))

    def text(self, name):
        return self.outside(name).read_text()

    def write(self, name, content, mode=0o644):
        path = self.outside(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)

    def run(self, *words, check=True):
        """Runs a program on the host, as root, with an empty environment plus PATH."""
        done = subprocess.run(
            ["nsenter", "-t", str(self.pid), "-m", "-p", "-r", "-w"]
            + ["-U"] * self.foreign + [str(w) for w in words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={"PATH": PATH}, timeout=600)
        assert not check or done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}"
        return done

    def login(self, command, user="root"):
        """What a command prints in a session of its own, which no other one shares."""
        return subprocess.run(
            ["ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o",
             "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "ControlPath=none",
             "-o", "IdentitiesOnly=yes", "-i", str(self.key), "-p", str(self.port),
             f"{user}@127.0.0.1", command], check=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True, env={"PATH": PATH}, timeout=600).stdout

    def tree(self):
        """
        Everything that this host has of its own: path, kind, mode, owner, and content. What sudo
        notes about its users is not looked at.
        """
        top = self.directory / "disk/upper"
        if os.path.ismount(f"/proc/{self.pid}/root{top}"):
            top = pathlib.Path(f"/proc/{self.pid}/root{top}")
        found = {}
        for path in sorted(top.rglob("*")):
            name = str(path.relative_to(top))
            if name.startswith(("var/lib/sudo", "var/log")) or name in ("var", "var/lib"):
                continue
            info = path.lstat()
            content = None
            if stat.S_ISREG(info.st_mode):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
            elif stat.S_ISLNK(info.st_mode):
                content = os.readlink(path)
            found[name] = (stat.filemode(info.st_mode), info.st_uid, info.st_gid, content)
        return found


class Run:
    """What one ansible-playbook did."""

    def __init__(self, command, status, output, results):
        self.command = command
        self.status = status
        self.output = output
        self.results = results

    def of(self, host):
        """Results of this host's tasks."""
        return [line for line in self.results if line["host"] == host]

    def last(self, host):
        """(status, result) of this host's last task; a role checks its arguments before."""
        lines = self.of(host)
        assert lines, f"nothing of {host}: {self!r}"
        return lines[-1]["status"], lines[-1]["result"]

    def __repr__(self):
        return f"{self.command}: status {self.status}\n{self.output}"


class Fleet:
    """Hosts, and an Ansible that knows of them and of nothing else."""

    def __init__(self, bases, programs, collections=None, forks=20):
        """`programs` is the directory of ansible-playbook, `collections` a collections path."""
        self.bases = bases
        self.programs = pathlib.Path(programs)
        # Short, like %p-%r: names of control sockets have at most some hundred characters.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tmd-"))
        self.directory.chmod(0o755)
        self.hosts = {}
        self.lines = {}  # of the inventory, by host
        self.prefix = []  # what ansible-playbook is started by
        for name in ("home", "control", "callbacks", "tmp"):
            (self.directory / name).mkdir()
        (self.directory / "callbacks/fleet_results.py").write_text(CALLBACK)
        (self.directory / "ansible.cfg").write_text(self.settings(collections, forks))

    def settings(self, collections, forks):
        return f"""
[defaults]
inventory = {self.directory}/inventory.json
collections_path = {collections or self.directory / 'collections'}
callback_plugins = {self.directory}/callbacks
local_tmp = {self.directory}/tmp
host_key_checking = False
forks = {forks}
timeout = 300
nocows = True
retry_files_enabled = False
interpreter_python = /usr/bin/python3
private_key_file = {self.bases.key}
[ssh_connection]
pipelining = True
control_path_dir = {self.directory}/control
control_path = %(directory)s/%%p-%%r
ssh_args = {SSH_OPTIONS} -o UserKnownHostsFile={self.directory}/known_hosts
"""

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def add(self, name, kind="bookworm-ssh", disk=None, like=None, **variables):
        """
        Starts a host. `disk` is the size of everything that it may write; `like` is a host of the
        same kind whose files it has.
        """
        host = Host(self.directory / "hosts" / name, name, kind, self.bases, disk, like)
        self.hosts[name] = host
        self.lines[name] = {"ansible_host": "127.0.0.1", "ansible_port": host.port,
                            "ansible_user": "root", **variables}
        self.write_inventory()
        return host

    def write_inventory(self):
        hosts = {name: {k: v for k, v in line.items() if v is not None}
                 for name, line in self.lines.items()}
        (self.directory / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))

    def environment(self, **more):
        return {"PATH": f"{self.programs}:{PATH}", "HOME": str(self.directory / "home"),
                "LC_ALL": "C.UTF-8", "ANSIBLE_CONFIG": str(self.directory / "ansible.cfg"),
                "ANSIBLE_NOCOLOR": "1", **more}

    def command(self, playbook, *options):
        return self.prefix + [str(self.programs / "ansible-playbook"), str(playbook)] + [
            str(o) for o in options]

    def playbook(self, plays):
        """
        Writes a playbook and gives its path; its `files/` is beside it. A text is one already: a
        path, or the name of one in a collection.
        """
        if isinstance(plays, (str, pathlib.Path)):
            return plays
        if isinstance(plays, dict):
            plays = [plays]
        path = self.directory / "play/playbook.yml"
        (path.parent / "files").mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(plays))  # JSON is YAML
        return path

    def file(self, name, content):
        path = self.directory / "play/files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def start(self, plays, *options, output=subprocess.DEVNULL):
        """Starts ansible-playbook in a process group of its own."""
        return subprocess.Popen(self.command(self.playbook(plays), *options), stdout=output,
                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                start_new_session=True, env=self.environment(),
                                cwd=self.directory)

    def run(self, plays, *options, timeout=900):
        results = self.directory / "results"
        results.unlink(missing_ok=True)
        command = self.command(self.playbook(plays), *options)
        # To a file: masters of SSH connections outlive the command and would keep a pipe open.
        with open(self.directory / "output", "w+b") as output:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                cwd=self.directory, timeout=timeout,
                env=self.environment(FLEET_RESULTS=str(results),
                                     ANSIBLE_CALLBACKS_ENABLED="fleet_results"))
            output.seek(0)
            text = output.read().decode(errors="replace")
        lines = results.read_text().splitlines() if results.exists() else []
        return Run(" ".join(command), done.returncode, text, [json.loads(x) for x in lines])

    def task(self, module, arguments, *options, hosts="all", play=None, **keywords):
        """A play with one task of the collection."""
        task = {"name": module, f"trustmend.trustmend.{module}": arguments, **keywords}
        return self.run({"name": "fleet", "hosts": hosts, "gather_facts": False,
                         "tasks": [task], **(play or {})}, *options)

    def forget_connections(self):
        """Ends the masters, so that the next run connects anew."""
        for control in (self.directory / "control").glob("*"):
            subprocess.run(["ssh", "-F", "/dev/null", "-o", f"ControlPath={control}", "-O", "exit",
                            "any"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           check=False)

    def close(self):
        self.forget_connections()
        for host in self.hosts.values():
            host.stop()
        remove(self.directory)


def kill_group(process):
    """SIGKILL for a process made by Fleet.start() and for all its workers."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
