"""
What `trustmend env` says that programs get, against what they really get: logins through su with
dash and bash, systemd's environment generator, and systemd's manager started in a namespace of its
own. The first two are asked by the program in its sandbox; the manager's files are read by rules.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
GENERATOR = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"
LINK = "usr/lib/environment.d/99-environment.conf"
UNTOLD = "(cannot tell)"

PROBE = """\
[Unit]
DefaultDependencies=no
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'env -0 >/probe.out'
"""

# The machine's own /proc/sys, /sys, /dev and /run stay out of the manager's reach.
BOOT = """\
set -e
cd "$1"
mount -t tmpfs tmpfs run
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t tmpfs tmpfs sys
mkdir -p sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs dev
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/urandom c 1 9
exec env -i container=other PATH=$PATH chroot . /lib/systemd/systemd --system \\
    --unit=probe.service --log-level=warning --log-target=console --show-status=0
"""


class Machine:
    """A Debian 12 root with systemd, and what its programs make of environment files."""

    def __init__(self, path):
        self.path = path

    def outside(self, name):
        return self.path / name.lstrip("/")

    def write(self, name, content):
        path = self.outside(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def run(self, *arguments, **env):
        done = subprocess.run(["/usr/sbin/chroot", str(self.path), *arguments], timeout=600,
                              env={"PATH": PATH, **env}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done

    def reset(self):
        """No environment files but Debian's own."""
        for name in ("etc/environment.d", "run/environment.d", "etc/systemd/system.conf.d",
                     "usr/lib/systemd/system.conf.d", "root/.config", "etc/profile.d",
                     "etc/systemd/system-environment-generators"):
            shutil.rmtree(self.outside(name), ignore_errors=True)
        for path in self.outside("usr/lib/environment.d").iterdir():
            path.unlink()
        self.outside(LINK).symlink_to("/etc/environment")
        for name in ("etc/default/locale", "root/.profile"):
            self.outside(name).unlink(missing_ok=True)
        self.write("etc/environment", "")
        self.write("etc/security/pam_env.conf", "")

    # ---- the real readers: all variables, as bytes ----

    def pam(self, user="root"):
        done = self.run("/bin/su", "-s", "/usr/bin/env", user, "--", "-0")
        assert done.returncode == 0, done
        return variables(done.stdout)

    def login(self, user, shell):
        """What a login has in its environment; None where it ends before."""
        done = self.run("/bin/su", "-l", "-s", shell, user, "-c", "exec env -0")
        return variables(done.stdout) if done.returncode == 0 else None

    def generator(self):
        done = self.run("/bin/sh", "-c", f"{GENERATOR}", HOME="/root")
        return unquoted(done.stdout) if done.returncode == 0 else {}

    def shell(self, script, program="/bin/sh"):
        """A shell after these commands; None where it did not come through them."""
        done = self.run(program, "-c", script + "\nexec /usr/bin/env -0")
        return variables(done.stdout) if done.returncode == 0 else None

    def manager(self):
        """What a service of the real system manager is started with."""
        out = self.outside("probe.out")
        out.unlink(missing_ok=True)
        self.write("etc/systemd/system/probe.service", PROBE)
        with Cgroup() as cgroup:
            done = subprocess.run(
                ["sh", "-c", f'echo $$ >{cgroup}/cgroup.procs; exec timeout -s KILL 600 unshare '
                 '--pid --fork --kill-child --mount --net --uts --ipc --cgroup sh -c "$0" sh "$1"',
                 BOOT, str(self.path)], env={"PATH": PATH}, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if not out.exists():
            pytest.skip("systemd does not start in namespaces here: " +
                        done.stdout.decode(errors="replace")[-300:])
        return variables(out.read_bytes())


class Cgroup:
    """A control group of its own, so that the manager leaves nothing in the machine's tree."""

    def __enter__(self):
        for line in pathlib.Path("/proc/mounts").read_text().splitlines():
            _, where, kind = line.split()[:3]
            if kind == "cgroup2":
                self.path = pathlib.Path(where) / f"trustmend-test-{os.getpid()}"
                break
        else:
            pytest.skip("no cgroup2 hierarchy for systemd's manager")
        try:
            self.path.mkdir()
        except OSError as error:
            pytest.skip(f"no control group for systemd's manager: {error}")
        return self.path

    def __exit__(self, *_):
        for directory, _, _ in os.walk(self.path, topdown=False):
            os.rmdir(directory)


def variables(output):
    return dict(entry.split(b"=", 1) for entry in output.split(b"\0") if b"=" in entry)


def unquoted(output):
    """The generator's own quoting, undone as the manager does: other escapes are letters to it."""
    found = {}
    for line in output.split(b"\n"):
        if b"=" not in line:
            continue
        name, value = line.split(b"=", 1)
        if len(value) > 1 and value[:1] == value[-1:] == b'"':
            value = re.sub(rb'\\(["\\`$])', rb"\1", value[1:-1])
        found[name] = value
    return found


@pytest.fixture(scope="module")
def installed(debian_base, tmp_path_factory):
    holder = tmp_path_factory.mktemp("env")
    holder.chmod(0o755)
    root = Machine(holder / "root")
    subprocess.run(["cp", "-a", "--reflink=auto", str(debian_base("bookworm-systemd")),
                    str(root.path)], check=True)
    yield root
    subprocess.run(["rm", "-rf", "--one-file-system", str(holder)], check=True)


@pytest.fixture
def machine(installed):
    installed.reset()
    return installed


@pytest.fixture
def told(tm, machine):
    """told("etc_environment", "A") is what trustmend says that programs get, as bytes."""

    def get(target, name="A", scope="machine"):
        words = ["scope=user", "user=root"] if scope == "user" else []
        answer = tm("trustmend-env", "get", f"name={name}", f"targets={target}", "--output",
                    "json", *words, root=machine)
        assert answer.status == 0, repr(answer)
        value = answer.state["per_target"][target]
        return value if value is None else value.encode()

    return get


# One line each, from the reference's table and from what its readers turned out to do.
LINES = [
    b"A=/p#q\n", b'A="/p#q"\n', b"A=/p   # c\n", b"A=/p/$ROOT\n", b"A='/${ROOT}'\n",
    b"A=C:\\x\\y\n", b"A=a b\n", b"export A=x\n", b"export  A=x\n", b"A = x\n", b"A=x  \n",
    b"A=x\\\nB=y\n", b"A=x\r\nB=y\r\n", b"\xef\xbb\xbfA=x\nB=y\n", b"A=1\nA=2\n", b"A='x'\n",
    b'A="a\'b"\n', b'A="a" b\n', b'A="x" \n', b"A='a\"\n", b'A=a"\n', b'A="\n', b'A=""\n',
    b"A=\n", b"A\n", b"A=1\nA\n", b"A=1\nA=\n", b"1A=x\nA=1\n", b"A.B=x\nA=1\n", b"=x\nA=1\n",
    b"A= x\n", b"B=1\nA=x\\", b"A=x\\  \nB=y\n", b"A=x\\\n# c\nB=y\n", b"A=x\\\n\n\n B=y\n",
    b"# c\\\nB=1\nA=1\n", b"A=\xc3\xa9\n", b"A=a\tb\n", b"#!/bin/sh\nA=1\n", b"A=;x\n",
    b";A=x\n", b"A=1\nB=x\0y\nA=2\n", b'A="x\nB=1\n', b"B='x\nA=1\n", b"A=1\n\\\n", b"A=$$x$\n",
    b"A=${X:-d}${X:+e}\n", b"B=b\nA=${B:+$B$B}\n", b"A=${B\n", b'A="x\\$B\\q"\n', b"A=x\\",
    b"A=" + b"x" * 1100 + b"\n", b"A=" + b"x" * 8188 + b"\nB=1\n", b"A=" + b"x" * 8189 + b"\nB=1\n",
    b"B=1\n#" + b"x" * 8190 + b"\nA=1\n", b"B=1\nA=" + b"x" * 8188, b"B=1\nA=" + b"x" * 8189,
]


# What dash and bash, or people, take differently; each stands alone and between exports.
SHELL_SCRIPTS = [
    b"if [ -d /nowhere ]; then A=/a; fi\nA=/b\n", b"eval A=/a\nA=/b\n", b"read A\nA=/b\n",
    b"f() { A=/a; }\nA=/b\n", b"{ A=/a; }\nA=/b\n", b"{ export A=/a; }\nA=/b\n", b"A+=:/x\n",
    b"A[0]=/x\n", b"for A in /x /y; do :; done\n", b"for A do :; done\n", b"export -n A\n",
    b"unset -v A\n", b"typeset A=/x\n", b"declare -x A=/x\n", b"readonly A=/x\nA=/y\n",
    b"printf -v A x\n", b"getopts x A\n", b"mapfile A </dev/null\n", b"A=$'x'\n", b'A=$"x"\n',
    b"A=$[1]\n", b": ${A:=/d}\n", b"echo ${A=/d}\n", b"B=${A:=/d}\n", b"B=$((A=1))\n",
    b"f() { A=/a; }\nf\n", b"f() { g; }\ng() { A=/a; }\nf\n", b"f() A=/a\n", b"f()\n(A=/a)\nf\n",
    b"f() { return; }\nf\nA=/b\n", b"case fi in if|fi) A=/c;; (done) A=/d;; esac\n",
    b"case x in esac\n", b"set -eo allexport\nA=/e\n", b"set -- -a\nA=/e\n", b"time A=/x\n",
    b"export A\nunset A\nA=/u\n", b"! A=/n\n", b"A=(/x /y)\n", b"function f { A=/f; }\nf\n",
    b"fi\n", b"}\n", b"esac\n", b"done\n", b")\n", b";;\n", b"then\n", b"if :; then A=/i\n",
    b"if :; then :; fi A=/i\n",
]


@pytest.fixture
def shells(machine):
    """Somebody logs in with bash, as root does, and somebody else with dash."""
    passwd = machine.outside("etc/passwd")
    before = passwd.read_text()
    passwd.write_text(before + "ann:x:1000:1000::/home/ann:/bin/bash\n"
                               "dan:x:1001:1001::/home/dan:/bin/dash\n")
    yield ("/bin/bash", "/bin/dash")
    passwd.write_text(before)


def problems(tm, machine, *words):
    return tm("trustmend-env", "get", "name=A", *words, root=machine).state["problems"]


def test_pam_gives_of_etc_environment_what_we_say(machine, told):
    machine.outside(LINK).unlink()  # without it the file has one meaning
    for text in LINES:
        machine.write("etc/environment", text)
        assert told("etc_environment") == machine.pam().get(b"A"), text[:200]


def test_pam_reads_three_files_in_the_order_we_say(machine, told):
    machine.outside(LINK).unlink()
    for conf in ("", "A DEFAULT=/conf\n", "A DEFAULT=/home/@{USER}\n"):
        for environment in ("", "A=/etc\n"):
            for locale in ("", 'A="/locale"\n'):
                machine.write("etc/security/pam_env.conf", conf)
                machine.write("etc/environment", environment)
                machine.write("etc/default/locale", locale)
                value = told("etc_environment")
                real = machine.pam("nobody").get(b"A")
                assert value == real, (conf, environment, locale)


def test_the_generator_reads_environment_d_as_we_say(machine, told):
    for text in LINES:
        machine.write("etc/environment.d/10-case.conf", text)
        assert told("environment_d") == machine.generator().get(b"A"), text[:200]


def test_a_line_that_pam_and_systemd_read_differently_is_drift(machine, tm, told):
    machine.write("etc/environment", "A=/p#q\n")
    assert told("etc_environment") == UNTOLD.encode()
    assert any("line 1 of /etc/environment: read differently by pam_env and systemd: /p, /p#q" in
               problem for problem in problems(tm, machine))


def test_the_generator_sorts_directories_as_we_say(machine, told):
    def agree(wanted):
        assert machine.generator().get(b"A") == wanted
        assert told("environment_d") == wanted

    machine.write("usr/lib/environment.d/70-vendor.conf", "A=/vendor\n")
    agree(b"/vendor")
    machine.write("run/environment.d/80-run.conf", "A=/run${A}\n")
    agree(b"/run/vendor")
    machine.write("etc/environment.d/70-vendor.conf", "B=1\n")
    agree(b"/run")
    machine.outside("etc/environment.d/80-run.conf").symlink_to("/dev/null")
    agree(None)
    machine.outside("etc/environment.d/90-lost.conf").symlink_to("/nowhere")
    machine.write("usr/lib/environment.d/90-lost.conf", "A=/hidden\n")
    agree(None)
    machine.write("etc/environment", "A=/environment\n")
    agree(b"/environment")
    machine.write("etc/environment.d/.hidden.conf", "A=/no\n")
    machine.write("etc/environment.d/zz.txt", "A=/no\n")
    agree(b"/environment")


def test_logins_get_of_profile_files_what_we_say(machine, told, shells):
    compared = 0
    for text in LINES[:30] + SHELL_SCRIPTS:
        if b"\0" in text:
            continue
        machine.write("etc/profile.d/studio.sh", b"export A=0\n" + text)
        real = [machine.login("nobody", shell) for shell in shells]
        alive = {variables.get(b"A") for variables in real if variables is not None}
        value = told("profile_d")
        if len(alive) == 1:
            assert value == alive.pop(), text
            compared += 1
        else:
            assert value == UNTOLD.encode(), text
    assert compared > 40


def test_a_login_that_dies_is_told_with_its_last_words(machine, tm, told, shells):
    machine.write("etc/profile.d/aa.sh", "b=(1 2)\n")
    machine.write("etc/profile.d/studio.sh", "export A=/x\n")
    assert machine.login("nobody", "/bin/dash") is None
    assert told("profile_d") == machine.login("nobody", "/bin/bash")[b"A"] == b"/x"
    assert any("with dash end before they begin" in problem and
               "2: /etc/profile.d/aa.sh: Syntax error" in problem.replace("-dash: 1", "2")
               for problem in problems(tm, machine))


def test_shells_and_users_that_differ_are_told_apart(machine, tm, told, shells):
    machine.write("etc/profile.d/studio.sh", '[ -z "$BASH" ] || export A=/bash\n')
    assert told("profile_d") == UNTOLD.encode()
    assert any("with bash gets /bash, " in problem and "with dash gets nothing" in problem
               for problem in problems(tm, machine))
    machine.write("etc/profile.d/studio.sh", '[ "$(id -un)" != ann ] || export A=/ann\n')
    assert told("profile_d") == UNTOLD.encode()
    assert any("ann with bash gets /ann" in problem for problem in problems(tm, machine))


def test_file_and_line_come_from_what_ran(machine, tm, told):
    machine.write("etc/studio/env", "# c\nA=/sourced\n")
    machine.write("etc/profile.d/zz.sh", "set -a\n. /etc/studio/env\nset +a\n")
    assert told("profile_d") == b"/sourced"
    answer = tm("trustmend-env", "apply", "name=A", "value=/x", "targets=profile_d", root=machine)
    assert (answer.error["kind"], answer.error["path"]) == ("conflict", "/etc/studio/env")
    assert "line 2 of this file decides" in answer.error["message"]
    assert not machine.outside("etc/profile.d/trustmend.sh").exists()


def test_a_line_that_did_not_run_is_a_note(machine, tm, told):
    machine.write("etc/profile.d/studio.sh", "if [ -d /nowhere ]; then\n\texport A=/x\nfi\n")
    assert told("profile_d") is None
    assert any(problem.startswith("line 2 of /etc/profile.d/studio.sh names A and was not seen to")
               for problem in problems(tm, machine))


def test_another_variable_that_would_change_is_a_conflict_and_no_secret_is_told(machine, tm):
    machine.write("etc/profile.d/zz.sh", 'export OTHER="s3cret${A:-none}"\n')
    answer = tm("trustmend-env", "apply", "name=A", "value=/x", root=machine)
    assert answer.error["kind"] == "conflict" and answer.error["path"] == "/etc/profile.d/zz.sh"
    assert "OTHER would change with it, by line 1 of this file" in answer.error["message"]
    assert "s3cret" not in answer.stdout + answer.stderr
    assert machine.outside("etc/environment").read_text() == ""


def test_a_variable_that_is_never_the_same_is_no_conflict(machine, tm):
    machine.write("etc/profile.d/zz.sh", 'export STAMP="$(date +%s%N)"\n')
    answer = tm("trustmend-env", "apply", "name=A", "value=/x", root=machine)
    assert answer.status == 0, repr(answer)


def test_a_slow_script_is_named(machine, tm, told):
    machine.write("etc/profile.d/slow.sh", "sleep 600\n")
    assert told("profile_d") == UNTOLD.encode()
    assert any("not observed: a login of nobody with bash" in problem and "sleep" in problem
               for problem in problems(tm, machine))


@pytest.mark.parametrize("words", [("observe=false",), ("--no-observe",)])
def test_nobody_is_asked_where_that_is_not_wanted(machine, tm, words):
    machine.write("etc/profile.d/studio.sh", "export A=/x\n")
    answer = tm("trustmend-env", "get", "name=A", "targets=profile_d", *words, root=machine)
    assert answer.state["per_target"]["profile_d"] == UNTOLD
    assert "profile_d: not observed: observe=false" in answer.state["problems"]


def test_a_plan_leaves_the_tree_as_it_is(machine, tm):
    def shown():
        return subprocess.run(["find", str(machine.path), "-xdev", "-printf",
                               "%p %m %U %s %A@ %T@ %C@\\n"], check=True, capture_output=True).stdout

    machine.write("etc/profile.d/studio.sh", "echo x >/etc/x; touch ~/x /etc/profile; :>/tmp/x\n")
    tm("trustmend-env", "plan", "name=A", "value=/x", root=machine)  # reads, and so changes times
    shown()
    before = shown()
    answer = tm("trustmend-env", "plan", "name=A", "value=/x", root=machine)
    assert answer.status == 0 and answer.changed, repr(answer)
    assert shown() == before


def test_a_login_shell_reads_profile_d_in_the_order_we_say(machine, told):
    def agree(wanted):
        assert machine.login("nobody", "/bin/bash").get(b"A") == wanted
        assert told("profile_d") == wanted

    machine.write("etc/profile.d/mm.sh", "export A=/mm\n")
    agree(b"/mm")
    machine.write("etc/profile.d/zz.sh", "A=/zz\n")
    agree(b"/zz")
    machine.write("etc/profile.d/aa.sh", "export A=/aa\n")
    agree(b"/zz")
    machine.write("etc/profile.d/zzz.txt", "export A=/no\n")
    machine.write("etc/profile.d/zzzz.sh", "unset A\n")
    agree(None)


# Each is the rest of a drop-in of its own; @ becomes its number, so that all fit into one start.
MANAGER_LINES = [
    b"A@=1", b"B=x A@=2", b'"A@=2 3" B=1', b'A@="2 3"', b"'A@=a b'c", b"A@=a\\x41\\101\\n\\\\",
    b"A@= B=1", b"A@=$B#x", b'A@=1 B="x', b'"B=x A@=1', b"B=\\q A@=1", b"A@=x\\ y", b"b.c=1 A@=1",
    b"A@=50%", b"A@=%@x", b"B=1 \\\n  A@=2", b"B=1 \\\n# c\n A@=2", b"B=1\n#DefaultEnvironment=A@=1",
    b"B=1\n#\\\nDefaultEnvironment=A@=1", b"B=1\n[Other]\nDefaultEnvironment=A@=1",
    b"B=1\n[Other]\n[Manager]\nDefaultEnvironment=A@=1", b"B=1\n DefaultEnvironment = A@=1",
    b"B=1\ndefaultenvironment=A@=1", b"A@=1\r", b"A@=1 A@=2", b"A@=\xc3\xa9\\u00e9", b"A@=a=b",
    b'A@=""', b"A@=x\\", b"A@=\\0", b"A@=\\x00", b"A@='\\s'", b"A@=1;B=2", b"A@",
]


def test_the_manager_reads_default_environment_as_we_say(machine, told):
    for number, text in enumerate(MANAGER_LINES):
        machine.write(f"etc/systemd/system.conf.d/{number:03}.conf",
                      b"[Manager]\nDefaultEnvironment=" +
                      text.replace(b"A@", b"A%d" % number) + b"\n")
    real = machine.manager()
    for number, text in enumerate(MANAGER_LINES):
        assert told("systemd", f"A{number}") == real.get(b"A%d" % number), text


def test_the_manager_takes_drop_ins_in_the_order_we_say(machine, told):
    machine.write("usr/lib/systemd/system.conf.d/50-a.conf",
                  "[Manager]\nDefaultEnvironment=A=/vendor B=/vendor C=/vendor\n")
    machine.write("etc/systemd/system.conf.d/60-trustmend.conf",
                  "[Manager]\nDefaultEnvironment=A=/ours\n")
    machine.write("usr/lib/systemd/system.conf.d/70-b.conf", "[Manager]\nDefaultEnvironment=D=1\n")
    machine.write("etc/systemd/system.conf.d/70-b.conf", "[Manager]\nDefaultEnvironment=B=/late\n")
    real = machine.manager()
    assert (real[b"A"], real[b"B"], real[b"C"]) == (b"/ours", b"/late", b"/vendor")
    for name in "ABCD":
        assert told("systemd", name) == real.get(name.encode())
    machine.write("etc/systemd/system.conf.d/80-reset.conf", "[Manager]\nDefaultEnvironment=\n")
    assert b"A" not in machine.manager()
    assert told("systemd") is None


@pytest.mark.parametrize("bad", [b"[Manager\n", b"X=\xff\n"])
def test_a_malformed_line_ends_the_managers_reading(machine, told, bad):
    machine.write("etc/systemd/system.conf.d/10-a.conf", "[Manager]\nDefaultEnvironment=A=1\n")
    machine.write("etc/systemd/system.conf.d/20-b.conf", b"[Manager]\nDefaultEnvironment=B=1\n" +
                  bad + b"[Manager]\nDefaultEnvironment=C=1\n")
    machine.write("etc/systemd/system.conf.d/30-c.conf", "[Manager]\nDefaultEnvironment=D=1\n")
    real = machine.manager()
    assert [name for name in "ABCD" if name.encode() in real] == ["A", "B"]
    for name in "ABCD":
        assert told("systemd", name) == real.get(name.encode())


VALUES = ["/opt/ca/cacert.pem", "/opt/studio ca/a b.pem", "~/x", "/p;q&r|s", "(a)<b>*?[c]{d,e}!^",
          "/opt/zertifikate-\u00fc.pem", "50%", "a=b", "x" * 900]


@pytest.mark.parametrize("value", VALUES)
def test_what_we_write_is_what_every_program_gets(machine, tm, value):
    machine.write("etc/environment", "# kept\r\nPATH=/bin:/usr/bin\nQ='open\n")
    applied = tm("trustmend-env", "apply", "name=A", f"value={value}", root=machine)
    assert applied.status == 0, repr(applied)
    assert applied.state["value"] == value
    wanted = value.encode()
    assert machine.pam()[b"A"] == wanted
    assert machine.generator()[b"A"] == wanted
    assert machine.shell(". /etc/profile")[b"A"] == wanted
    assert machine.manager()[b"A"] == wanted
    gone = tm("trustmend-env", "apply", "name=A", "state=absent", root=machine)
    assert gone.status == 0, repr(gone)
    assert machine.outside("etc/environment").read_bytes() == \
        b"# kept\r\nPATH=/bin:/usr/bin\nQ='open\n"
    for real in (machine.pam(), machine.generator(), machine.shell(". /etc/profile"),
                 machine.manager()):
        assert b"A" not in real


def test_files_are_edited_so_that_both_readers_agree(machine, tm):
    edited = 0
    for text in LINES:
        if b"\0" in text:
            continue  # the generator ends there, whatever stands around it
        machine.write("etc/environment", text)
        pam, generator = machine.pam(), machine.generator()
        answer = tm("trustmend-env", "apply", "name=A", "value=/new ca",
                    "targets=etc_environment", root=machine)
        after_pam, after_generator = machine.pam(), machine.generator()
        if answer.status != 0:
            assert answer.error["kind"] == "conflict", repr(answer)
            assert machine.outside("etc/environment").read_bytes() == text
            continue
        edited += 1
        assert b"A" in after_pam and b"A" in after_generator, text[:200]
        assert after_pam.pop(b"A") == after_generator.pop(b"A") == b"/new ca", text[:200]
        pam.pop(b"A", None)
        assert after_pam == pam, text[:200]
        if b"$" not in text:  # whoever refers to A gets the new value, which is as it should be
            generator.pop(b"A", None)
            assert after_generator == generator, text[:200]
    assert edited > 25


def test_a_users_profile_reaches_the_users_login_shell(machine, tm):
    machine.write("root/.profile", "if [ -n \"$BASH\" ]; then\n  :\nfi\numask 022")
    applied = tm("trustmend-env", "apply", "name=A", "value=/mine", "scope=user", "user=root",
                 root=machine)
    assert applied.status == 0, repr(applied)
    done = machine.run("/bin/su", "-", "root", "-c", "exec env -0")
    assert variables(done.stdout)[b"A"] == b"/mine"
    assert machine.generator()[b"A"] == b"/mine"
    # Debian's link sorts behind most names; the user's value must win all the same.
    machine.write("etc/environment", "A=/machine\n")
    assert machine.generator()[b"A"] == b"/mine"
