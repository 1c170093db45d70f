"""
Every text as it looks on terminals: 40, 80 and 200 columns wide, dumb, without colour, without
UTF-8. What is expected lies in tests/data/screens/, a file for each question; look at the difference
after TRUSTMEND_SCREENS=write, which writes them anew.
"""

import fcntl
import os
import pathlib
import re
import ssl
import struct
import subprocess
import termios
import threading

import pytest

pytestmark = [
    pytest.mark.posix_only("the consoles of Windows are no terminals of this machine"),
    pytest.mark.native_only("how text is laid out depends on no machine")]

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
SCREENS = TOP / "tests/data/screens"
DATA = TOP / "core/x509/data"
MODERN = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
TERMINALS = {
    "40 columns": (40, MODERN),
    "80 columns": (80, MODERN),
    "200 columns": (200, MODERN),
    "dumb": (80, {**MODERN, "TERM": "dumb"}),
    "without colour": (80, {**MODERN, "NO_COLOR": "1"}),
    "without UTF-8": (80, {**MODERN, "LC_ALL": "C"}),
}
ROOTS = ["starfield-services-root-g2", "amazon-root-ca-1"]
BUNDLE = "store=bundle:/opt/ca.pem"
ENV = "name=SHOTGUN_API_CACERTS"
QUESTIONS = {
    "help": ["--help"],
    "help-all": ["--help", "-v"],
    "help-anchor": ["anchor", "--help"],
    "help-bundle": ["bundle", "--help"],
    "help-core_api": ["core_api", "--help"],
    "help-env": ["env", "--help"],
    "help-env-all": ["env", "--help", "-v"],
    "bare": [],
    "check": ["check", "p.yml"],
    "explain": ["explain"],
    "bare-type": ["env"],
    "bare-core_api": ["core_api"],
    "no-such-verb": ["anchors", "list"],
    "no-such-option": ["env", "list", "--detaled"],
    "no-such-attribute": ["env", "plan", ENV, "valeu=/x"],
    "no-such-variable": ["plan", "--set", "bundel=/x"],
    "anchor-list": ["anchor", "list", BUNDLE],
    "anchor-list-all": ["anchor", "list", BUNDLE, "-v"],
    "anchor-get": ["anchor", "get", f"certificate=builtin:{ROOTS[0]}", BUNDLE],
    "bundle-plan": ["bundle", "plan", "path=/opt/new.pem", "sources=root/opt/ca.pem",
                    "extra=builtin:amazon-root-ca-2", "--diff"],
    "bundle-plan-all": ["bundle", "plan", "path=/opt/new.pem", "sources=root/opt/ca.pem", "-v"],
    "core_api-plan": ["core_api", "plan", "path=/proj", "version=v0.23.10", "--diff"],
    "env-get": ["env", "get", ENV, "targets=etc_environment"],
    "env-list": ["env", "list"],
    "env-refused": ["env", "plan", ENV, "value=/opt/page.pem", "targets=etc_environment"],
    "env-look-alike": ["env", "plan", "name=SHOTGRID_API_CACERTS", "value=/opt/ca.pem"],
    "profile-get": ["get", "p.yml"],
    "profile-plan": ["plan", "p.yml"],
}
PROFILE = """trustmend: 1
resources:
  - {type: bundle, path: /opt/new.pem, sources: [root/opt/ca.pem]}
  - {type: env, name: SHOTGUN_API_CACERTS, value: /opt/new.pem, targets: [etc_environment]}
"""


@pytest.fixture
def place(tmp_path):
    root = tmp_path / "root"
    for name in ("etc", "opt", "proj/core"):
        (root / name).mkdir(parents=True)
    (root / "etc/environment").write_text(
        "LANG=C\nSHOTGRID_API_CACERTS=/x\nSHOTGUN_API_CACERTS=/opt/page.pem\nNAME=caf\u00e9\n")
    (root / "opt/page.pem").write_text("<!DOCTYPE html>\n<html></html>\n")
    (root / "proj/core/core_api.yml").write_text(
        "location:\n  type: app_store\n  name: tk-core\n  version: v0.18.1\n")
    (tmp_path / "p.yml").write_text(PROFILE)
    (root / "opt/ca.pem").write_text("".join(
        ssl.DER_cert_to_PEM_cert((DATA / f"{name}.der").read_bytes()) for name in ROOTS))
    return tmp_path


def read_all(descriptor, out):
    while True:
        try:
            data = os.read(descriptor, 65536)
        except OSError:  # how a terminal says that nobody writes to it any more
            return
        if not data:
            return
        out.append(data)


def on_terminal(command, columns, env, cwd):
    """What a person sees who runs that; the lines of progress, which come and go, are taken out."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown = []
    reader = threading.Thread(target=read_all, args=(master, shown))
    reader.start()
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, cwd=cwd, env=env) as run:
        os.close(slave)
        run.wait()
    reader.join()
    os.close(master)
    text = b"".join(shown).decode().replace("\r\n", "\n")
    return re.sub(r"\r\x1b\[K[^\r\n]*(?=\r\x1b\[K)", "", text).replace("\r\x1b[K", "")


def screens(tm, place, words):
    parts = []
    for name, (columns, env) in TERMINALS.items():
        command = [os.path.abspath(tm.program()), *words]
        if "--help" not in words:
            command += ["--root", "root"]
        text = on_terminal(command, columns, tm.environment(env), place)
        check(text, words, columns, env)
        parts.append(f"==== {name} ====\n" + text.replace("\x1b", "^["))
    return "".join(parts)


def check(text, words, columns, env):
    plain = re.sub(r"\x1b\[[0-9]*m", "", text)
    assert "\x1b" not in plain, "nothing but colours"
    assert plain == text or (env["TERM"] != "dumb" and "NO_COLOR" not in env)
    assert "LC_ALL" not in env or text.isascii()
    for line in plain.splitlines():
        assert len(line) <= columns or " " not in line.strip(), f"too long: {line}"
    if words[-1:] == ["--help"] and columns >= 80:
        assert len(plain.splitlines()) <= 23, "does not fit on 24 rows with the prompt"


@pytest.mark.parametrize("what", QUESTIONS)
def test_every_text_looks_as_expected(tm, place, what):
    file = SCREENS / f"{what}.txt"
    shown = screens(tm, place, QUESTIONS[what])
    if os.environ.get("TRUSTMEND_SCREENS") == "write":
        SCREENS.mkdir(exist_ok=True)
        file.write_text(shown)
    assert shown == file.read_text()


def test_a_misspelt_profile_is_guessed(tm):
    answer = tm("plan", "shotgun-ssl")
    assert answer.status == 2 and "did you mean 'shotgrid-ssl'?" in answer.json["error"]["hint"]


def test_nothing_else_is_expected():
    assert {file.stem for file in SCREENS.iterdir()} == set(QUESTIONS)
