"""
Logins whose scripts are broken or mean harm, asked what they get: nothing is written, nothing is
left running, and the answer is what the real login gets, or that it cannot be told.
TRUSTMEND_HOSTILE=all runs every script and takes some minutes; else there are some of each kind.
"""

import os
import pathlib
import re
import time
import uuid

import pytest

from integration.logins import NOBODY, PERSON, logins_in

V = "STUDIO_SITE"
OPEN = re.compile(r"cannot tell", re.IGNORECASE)
SET = f"export {V}=/before\n"

# Scripts that end; the real login is held against the claim. SET stands before each.
ENDING = {
    "exec-true": "exec /bin/true\n", "exec-other": f"{V}=/forged exec /usr/bin/env\n",
    "exec-missing": "exec /nonexistent\n", "exit": "exit 0\n", "exit-7": "exit 7\n",
    "kill-9": "kill -9 $$\n", "kill-segv": "kill -SEGV $$\n", "kill-parent": "kill -9 $PPID\n",
    "kill-all": "kill -9 -1\n", "ulimit-f": "ulimit -f 0\n", "ulimit-n": "ulimit -n 3\n",
    "ulimit-v": "ulimit -v 2000\n", "ulimit-u": "ulimit -u 0 2>/dev/null || ulimit -p 0\n",
    "close-1": "exec >&- 2>&-\n", "close-all": "exec 0<&- 1>&- 2>&-\n",
    "close-more": 'for i in 3 4 5 6 7 8 9; do eval "exec $i>&-"; done\n',
    "full": "exec >/dev/full 2>&1\n", "forge-stdout": f"printf '{V}=/forged\\0'\nexit 0\n",
    "forge-devices": f"for f in /dev/[a-eg-np-su-z]*; do [ -c $f ] || [ -d $f ] || "
                     f"printf '{V}=/forged\\0' >$f; done 2>/dev/null\n",
    "forge-descriptors": f"for f in 3 4 5 6 7 8 9; do eval \"printf '{V}=/forged\\\\0' >&$f\"; "
                         "done 2>/dev/null\n",
    "forge-reporter": f"env -i {V}=/forged /dev/trustmend x 2>/dev/null\n",
    "exec-function": "exec() { :; }\n", "export-function": f"export() {{ :; }}\nexport {V}=/after\n",
    "unset-function": f"unset() {{ :; }}\nunset {V}\n", "env-function": "env() { :; }\n",
    "alias-exec": "shopt -s expand_aliases 2>/dev/null\nalias exec=true\n",
    "alias-export": f"shopt -s expand_aliases 2>/dev/null\nalias export=true\nexport {V}=/after\n",
    "builtin-function": "command() { :; }\nbuiltin() { :; }\n", "enable-n": "enable -n export exec\n",
    "ps4-runs": "PS4='$(touch ~/.traced)'\nset -x\n", "trace-off": f"set +x\nexport {V}=/after\n",
    "ps4-forges": f"PS4='+ /etc/profile:1: {V}=/forged '\nset -x\ntrue\n",
    "ps4-readonly": f"readonly PS4\nset -x\nexport {V}=/after\n",
    "xtracefd": "BASH_XTRACEFD=1\nset -x\n", "noexec": "set -n\n", "verbose": "set -v\n",
    "trap-debug-exit": "trap 'exit 3' DEBUG\n", "trap-exit": "trap 'exit 0' EXIT\n",
    "trap-exit-sets": f"trap 'export {V}=/trap' EXIT\n", "trap-debug-kill": "trap 'kill -9 $$' DEBUG\n",
    "trap-extdebug": "shopt -s extdebug\ntrap 'return 1' DEBUG\n", "readonly": f"readonly {V}\n",
    "readonly-value": f"readonly {V}=/ro\n", "errexit": "set -e\nfalse\n", "restricted": "set -r\n",
    "nul": "export B='a\0b'\n", "binary": "\x7fELF\x02\x01\x01\0\0\n", "long-line": "#" + "x" * 300000,
    "deep": "eval " * 2000 + "true\n", "parameter": "set -- " + "x " * 20000 + "\n",
    "many": "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); export N$i=$i; done\n",
    "odd-names": "env 'a b=c' true\n", "cr": f"export {V}=/after\r\n", "output": "seq 300000\n",
    "leave-sleep": "sleep 100000 &\n", "leave-setsid": "setsid sleep 100000 &\n",
    "leave-nohup": "nohup sh -c 'while :; do sleep 1; done' >/dev/null 2>&1 &\n",
    "leave-trap": "(trap '' HUP TERM INT; sleep 100000) &\n",
    "leave-stop": "(kill -STOP $(exec sh -c 'echo $PPID')) &\n",
    "chmod": "chmod 777 ~ ~/.profile /tmp /etc 2>/dev/null\n",
    "times": "touch -d 1999-01-01 ~ ~/.profile /etc/profile 2>/dev/null\n",
    "link": "ln -s /etc/passwd ~/.link; echo x >>~/.link\n",
    "mount": f"mount -t tmpfs none /mnt 2>/dev/null && export {V}=/mounted\n",
    "chroot": f"chroot / true 2>/dev/null && export {V}=/chroot\n",
    "socket-unix": "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"/tmp/.s\")' "
                   "2>/dev/null\n",
    "socket-tcp": f"(exec 3<>/dev/tcp/127.0.0.1/9) 2>/dev/null && export {V}=/connected\n",
    "setuid": f"[ \"$(su -c 'id -u' </dev/null 2>/dev/null)\" = 0 ] && export {V}=/root\n",
    "write": "for d in / /etc /usr /home /var /opt /dev /proc ~ /etc/profile.d; do echo x >$d/.hostile\n"
             "mkdir $d/.hostile.d; done 2>/dev/null\n",
}

# Scripts whose real login is not tried: it would hang, fill the machine or take files away.
ENDLESS = {
    "loop": "while :; do :; done\n", "sleep": "sleep 100000\n", "exec-sleep": "exec sleep 100000\n",
    "bomb": "b() { b | b & }\nb\nwait\n", "sleeps": "while :; do sleep 1000 & done\n",
    "stop": "kill -STOP $$\n", "fifo": "mkfifo ~/.f; cat ~/.f\n", "yes": "yes\n",
    "deaf": "trap '' TERM INT HUP QUIT\nwhile :; do sleep 1; done\n",
    "memory": "x=aaaaaaaa; while :; do x=$x$x; done\n", "zero": "cat /dev/zero\n",
    "recursion": ". ~/.profile\n", "fill-home": "dd if=/dev/zero of=~/.big bs=1M\nsleep 100000\n",
    "fill-shm": "dd if=/dev/zero of=/dev/shm/big bs=1M\nsleep 100000\n",
    "files": "i=0; while :; do i=$((i+1)); : >/tmp/$i; done\n",
    "remove": "rm -rf ~ /etc /opt /var/tmp /tmp 2>/dev/null\nsleep 100000\n",
}

SOME = ("exit-7", "kill-all", "close-all", "forge-stdout", "exec-function", "ps4-forges",
        "trap-debug-exit", "readonly", "leave-setsid", "write", "socket-unix", "bomb", "loop")


def chosen(scripts):
    wanted = scripts if os.environ.get("TRUSTMEND_HOSTILE") == "all" else SOME
    return [name for name in scripts if name in wanted]


@pytest.fixture(scope="module")
def root(debian_base, tmp_path_factory):
    with logins_in(tmp_path_factory.mktemp("hostile"), debian_base("bookworm-systemd")) as made:
        yield made


def running(mark):
    """Processes that a script with this mark has left."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes())
        except OSError:
            continue
    return found


def place(root, shell, script, of_user):
    mark = uuid.uuid4().hex
    root.reset((shell,))
    name = f"home/{PERSON}/.profile" if of_user else "etc/profile.d/50-studio.sh"
    root.write(name, f"export HOSTILE={mark}\n{SET}{script}".encode("latin-1"))
    return mark.encode()


def ask(tm, root, verb, of_user, *words):
    scope = ("scope=user", f"user={PERSON}") if of_user else ()
    return tm("env", verb, f"name={V}", "targets=profile_d", "--output", "json", *words, *scope,
              root=root)


def asked_in_peace(tm, root, mark, of_user):
    before = root.snapshot()
    answer = ask(tm, root, "get", of_user)
    after = root.snapshot()
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert not changed, changed
    deadline = time.monotonic() + 60  # the kernel takes a namespace's processes away by itself
    while running(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not running(mark)
    assert str(root.path) not in pathlib.Path("/proc/self/mountinfo").read_text()
    assert answer.status == 0, repr(answer)
    return answer.state


def is_open(state):
    value = state["per_target"]["profile_d"]
    return bool(value and OPEN.search(value) and state["problems"])


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize("name", chosen(ENDING))
def test_a_hostile_script_that_ends(tm, root, shell, name):
    mark = place(root, shell, ENDING[name], of_user=False)
    state = asked_in_peace(tm, root, mark, of_user=False)
    value = state["per_target"]["profile_d"]
    real = {user: root.login(shell, user) for user in (PERSON, NOBODY)}
    if None in real.values():
        assert is_open(state) or state["problems"], state
    if is_open(state):
        return
    for user, found in real.items():
        if found is not None:
            assert found.get(V.encode()) == (value and value.encode()), (user, state)


@pytest.mark.parametrize("name", chosen(ENDLESS))
def test_a_hostile_script_that_does_not_end(tm, root, name):
    mark = place(root, "bash" if len(name) % 2 else "dash", ENDLESS[name], of_user=True)
    state = asked_in_peace(tm, root, mark, of_user=True)
    # A bomb that finds no room for more processes is over, and the script goes on.
    assert is_open(state) or (name == "bomb" and state["value"] == "/before"), state


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize("name", ["readonly", "readonly-value"])
def test_what_cannot_be_set_is_a_conflict(tm, root, shell, name):
    """Both die or keep the old value where trustmend.sh sets it again."""
    place(root, shell, ENDING[name], of_user=False)
    before = root.snapshot()
    answer = ask(tm, root, "apply", False, "value=/after")
    if answer.error is None:
        assert root.login(shell)[V.encode()] == b"/after"
        return
    assert answer.error["kind"] == "conflict", answer.error
    assert root.snapshot() == before


def test_a_plan_leaves_even_the_times_of_reading(tm, root):
    root.reset(("bash", "dash", "zsh", "fish", "tcsh"))
    root.append("etc/profile", f"export {V}=/old\n")
    # Of a link the time changes with everybody who follows it.
    paths = [path for path in root.snapshot() if not os.path.islink(path)]
    for path in paths:
        os.utime(path, ns=(10**9, os.lstat(path).st_mtime_ns), follow_symlinks=False)
    before = {path: tuple(os.lstat(path)) + (os.lstat(path).st_atime_ns,) for path in paths}
    for arguments in (("targets=profile_d",), ("targets=etc_environment",),
                      ("targets=profile_d", "scope=user", f"user={PERSON}")):
        tm("env", "plan", f"name={V}", "value=/new", *arguments, root=root)
    assert {path for path in paths
            if before[path] != tuple(os.lstat(path)) + (os.lstat(path).st_atime_ns,)} == set()
