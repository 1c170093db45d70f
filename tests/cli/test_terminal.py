"""Nothing that a file, a name or a path holds reaches a terminal as it is."""

import json
import subprocess
import sys
import unicodedata

import pytest

# What a terminal obeys, and what hides from a reader: C0, C1 in both spellings, directions, tags.
EVIL = "\x1b]0;pwned\x07\x1b[2J\x7f\x9b\u202e\u2066\u200b\ufeff\u2028\U000e0041"
NAME = "w\x1b]0;pwned\x07\x9b\u202e\u2067"
OUTPUTS = ["text", "json"]

pytestmark = pytest.mark.posix_only("Windows has no such names; its texts take the same way")


@pytest.fixture
def root(tmp_path, pki):
    """A root in which everything that can be called or filled badly is."""
    path = tmp_path / "root"
    (path / "etc/profile.d").mkdir(parents=True)
    (path / "etc/environment").write_text(
        f"SHOTGUN_API_CACERTS=/x{EVIL}\nSHOTGRID_API_CACERTS=/y{EVIL}\nEDITOR=z{EVIL}\n")
    (path / f"etc/profile.d/{NAME}.sh").write_text(f"export SSL_CERT_FILE='{EVIL}'\n")
    for name in ("q", NAME):
        (path / name / "core").mkdir(parents=True)
        (path / name / "core/core_api.yml").write_bytes(
            b'location:\n  type: app_store\n  name: tk-core\n  "\\e]0;pwned\\a\\e[2J\\u202e": v\n'
            b'  "\\x9b": "\\x9b\\u2066"\n  version: v0.20.0\n')
    (path / "raw/core").mkdir(parents=True)
    (path / "raw/core/core_api.yml").write_bytes(b"location: {type: \x9b\x1b, \x07\n")
    ca = pki.root("Studio\u202e\x1b[2J")
    (path / "ca.pem").write_text(f"# {EVIL}\n{ca.text}-----BEGIN {EVIL}-----\n{EVIL}\n")
    (path / f"{NAME}.pem").write_text(ca.text)
    (path / "good.pem").write_text(ca.text)
    return path


def hidden(text):
    """Characters that must not be in a report: every control or format character but the newline."""
    return sorted({f"U+{ord(c):04X}" for c in text
                   if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs")})


QUESTIONS = {
    "a state": ["core_api", "get", "path=/q"],
    "a difference": ["core_api", "plan", "path=/q", "version=v0.23.10", "-v"],
    "a path": ["core_api", "plan", f"path=/{NAME}", "version=v0.23.10", "-v"],
    "a path that is not there": ["core_api", "get", f"path=/{EVIL}"],
    "a file that cannot be read": ["core_api", "get", "path=/raw"],
    "a value": ["env", "get", "name=SHOTGUN_API_CACERTS"],
    "a changed value": ["env", "plan", "name=SHOTGUN_API_CACERTS", "value=/v", "-v"],
    "a wished value": ["env", "plan", "name=SHOTGUN_API_CACERTS", f"value=/v{EVIL}", "-v"],
    "a variable's name": ["env", "get", f"name=A{EVIL}"],
    "a file's name": ["env", "get", "name=SSL_CERT_FILE"],
    "all variables": ["env", "list"],
    "a bundle": ["bundle", "get", "path=/ca.pem"],
    "a bundle's name": ["bundle", "plan", f"path=/{NAME}.pem", f"owner={EVIL}", "-v"],
    "a bundle that changes": ["bundle", "plan", "path=/ca.pem", "requires=", "-v",
                              f"sources=/nowhere{EVIL}"],
    "a certificate": ["anchor", "get", "certificate=@ca", "store=bundle:/ca.pem"],
    "all certificates": ["anchor", "list", "store=bundle:/ca.pem"],
    "all of it": ["anchor", "list", "store=bundle:/ca.pem", "-v"],
    "a store": ["anchor", "get", "certificate=@ca", f"store=bundle:/{NAME}.pem"],
    "a store that is none": ["anchor", "get", "certificate=@ca", f"store={EVIL}"],
    "a pin": ["anchor", "get", "certificate=@ca", f"sha256={EVIL}"],
    "an attribute": ["env", "get", f"{EVIL}=x"],
    "a verb": ["env", EVIL],
    "an option": ["env", "get", f"--{EVIL}"],
    "an output": ["env", "get", "--output", EVIL],
    "a time": ["env", "get", "--lock-timeout", EVIL],
    "a root": ["env", "list", "--root", f"/nowhere/{EVIL}"],
    "a profile": ["plan", f"/nowhere/{EVIL}.yml"],
    "a setting": ["plan", "--set", f"{EVIL}=1"],
    "a request's name": ["plan", "--input", f"/nowhere/{EVIL}"],
}
# What is wrong is told without a word of it.
UNTOLD = ["a file that cannot be read", "a bundle", "a pin"]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("what", QUESTIONS)
def test_what_others_wrote_is_shown_as_escapes(tm, root, what, output):
    words = [word.replace("@ca", str(root / "good.pem")) for word in QUESTIONS[what]]
    if "--root" not in words:
        words += ["--root", str(root)]
    if "--output" not in words:
        words += ["--output", output]
    answer = tm(*words)
    assert not hidden(answer.stdout + answer.stderr), answer
    told = "2J" in answer.stdout + answer.stderr or "pwned" in answer.stdout
    assert told or what in UNTOLD, f"shows nothing of it: {answer}"


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("request_text", [
    {"resources": [{"type": "env", EVIL: "x"}]}, {"resources": [{"type": EVIL}]}, {EVIL: 1}],
    ids=["attribute", "type", "key"])
def test_a_request_is_quoted_as_escapes(tm, root, request_text, output):
    for stdin in (json.dumps(request_text), json.dumps(request_text, ensure_ascii=False)):
        answer = tm("plan", "--input", "-", "--output", output, root=root, stdin=stdin)
        assert answer.status == 2 and not hidden(answer.stdout + answer.stderr), answer


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("profile", [
    'trustmend: 1\nresources:\n  - type: env\n    "\\e[2J\\u202e": x\n',
    'trustmend: 1\nvariables:\n  "\\e[2J\\u202e": [[x]]\nresources: []\n',
    'trustmend: 1\nresources:\n  - type: "\\e[2J\\u202e"\n',
    'trustmend: 1\nresources:\n  - type: env\n    name: "${\\e[2J\\u202e}"\n'])
def test_a_profile_is_quoted_as_escapes(tm, root, profile, output):
    answer = tm("plan", "-", "--output", output, root=root, stdin=profile)
    assert answer.status == 2 and not hidden(answer.stdout + answer.stderr), answer


def test_json_keeps_the_values(tm, root):
    answer = tm("env", "get", "name=EDITOR", "targets=etc_environment", root=root)
    assert answer.state["per_target"]["etc_environment"] == f"z{EVIL}" and answer.stdout.isascii()


@pytest.mark.parametrize("path", ["/q", f"/{NAME}"])
def test_a_terminal_is_not_steered_by_progress_lines(tm, root, path):
    script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    command = tm.command("core_api", "plan", f"path={path}", "version=v0.23.10", "-v", root=root)
    done = subprocess.run([sys.executable, "-c", script, *command], stdin=subprocess.DEVNULL,
                          capture_output=True, env=tm.environment({"NO_COLOR": "1", "TERM": "xterm", "LANG": "C.UTF-8"}))
    shown = done.stdout.decode().replace("\r\x1b[K", "").replace("\r\n", "\n")
    assert "core_api" in shown and not hidden(shown), shown
