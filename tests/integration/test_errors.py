"""
Mistakes that a new user makes, and machines that do not play along: each gets one line that
says what, where and what to do, and nothing is half-written.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

HTML = "<!DOCTYPE html>\n<html><head><title>cacert.pem</title></head><body></body></html>\n"


@pytest.fixture
def place():
    """A directory that every user can look into."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="trustmend-errors-"))
    path.chmod(0o755)
    mounts = []
    yield path, mounts
    for mount in reversed(mounts):
        subprocess.run(["umount", "-l", str(mount)], check=True)
    subprocess.run(["rm", "-rf", "--one-file-system", str(path)], check=True)


@pytest.fixture
def root(place):
    path = place[0] / "root"
    (path / "etc/ssl/certs").mkdir(parents=True)
    (path / "etc/environment").write_text("LANG=C\n")
    (path / "etc/os-release").write_text("ID=debian\n")
    return path


def mount(place, target, *options):
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a file system")
    subprocess.run(["mount", *options, str(target)], check=True)
    place[1].append(target)


def snapshot(path):
    return {str(p): p.read_bytes() for p in path.rglob("*")
            if p.is_file() and p.name != "trustmend.lock"}


def complaint(answer, kind, *parts, status=1):
    """The one failing resource's error: its kind, and what its single line has to say."""
    assert answer.status == status, answer
    error = next(r["error"] for r in answer.results if r["error"])
    line = " ".join(str(error[k]) for k in ("message", "path", "hint"))
    assert error["kind"] == kind, error
    assert error["hint"], f"no word on what to do: {error}"
    assert "\n" not in line
    for part in parts:
        assert str(part) in line, error
    return error


def bundle(tm, root, *words):
    return tm("bundle", "apply", "path=/opt/ca.pem", *words, root=root)


def test_without_root_rights(tm, root, place):
    if os.geteuid() != 0:
        pytest.skip("needs root to become nobody")
    program = place[0] / "trustmend"
    shutil.copy(tm.program(), program)
    before = snapshot(root)
    said = {"plan": ["needs root: sudo trustmend env apply name=A"],
            "apply": ["permission", "run as root"]}
    for verb, words in said.items():
        done = subprocess.run(
            [program, "env", verb, "name=A", "value=b", "targets=etc_environment", "--root", root,
             "--output", "text"], user="nobody", group="nogroup", extra_groups=[],
            capture_output=True, text=True, env=tm.environment(), cwd="/")
        assert done.returncode == 1, done
        assert all(word in done.stdout for word in words), done.stdout
        assert str(snapshot(root)) == str(before)


def test_reading_needs_no_root_rights(tm, root, place):
    if os.geteuid() != 0:
        pytest.skip("needs root to become nobody")
    program = place[0] / "trustmend"
    shutil.copy(tm.program(), program)
    (root / "etc/environment").write_text("A=b\n")
    done = subprocess.run(
        [program, "env", "apply", "name=A", "value=b", "targets=etc_environment", "--root", root],
        user="nobody", group="nogroup", extra_groups=[], capture_output=True, text=True,
        env=tm.environment(), cwd="/")
    assert done.returncode == 0, "nothing to do needs no rights: " + done.stdout


def test_missing_certificate_file(tm, root):
    complaint(tm("anchor", "apply", "certificate=/nowhere/ca.pem", root=root), "not_found",
              "/nowhere/ca.pem")


def test_missing_source(tm, root):
    complaint(bundle(tm, root, "sources=/nowhere/ca.pem"), "not_found", "/nowhere/ca.pem")
    assert not (root / "opt").exists()


def test_html_instead_of_pem(tm, root, tmp_path):
    """The link in the article leads to a web page, not to a bundle."""
    page = tmp_path / "cacert.pem"
    page.write_text(HTML)
    complaint(bundle(tm, root, f"sources={page}"), "refused", "HTML", page)
    complaint(tm("anchor", "apply", f"certificate={page}", root=root), "refused", "HTML", page)
    assert not (root / "opt").exists()


def assert_untold(answer, secret):
    for line in secret.splitlines()[1:-1]:
        assert line not in answer.stdout + answer.stderr


def test_private_key(tm, root, tmp_path, pki):
    ca = pki.root("Studio Root")
    secret = pathlib.Path(ca.key).read_text()
    mixed = tmp_path / "mixed.pem"
    mixed.write_text(ca.text + secret)
    for answer in (tm("anchor", "apply", f"certificate={mixed}", root=root),
                   bundle(tm, root, f"sources={mixed}"),
                   bundle(tm, root, f"sources={ca.pem}", f"extra={mixed}")):
        complaint(answer, "refused", "private key", mixed)
        assert_untold(answer, secret)
    # As text in the input there is no file to name, and the text itself is part of the state.
    anchors = [{"type": "anchor", "certificate": text} for text in (
        secret, ca.text + secret, secret.replace("PRIVATE KEY", "CERTIFICATE"))]
    bundles = [{"type": "bundle", "path": "/opt/ca.pem", "sources": [str(ca.pem)], **more}
               for more in ({"extra": [secret]}, {"sources": [ca.text + secret]})]
    for wish in anchors + bundles:
        for verb in ("get", "plan", "apply"):
            answer = tm(verb, "--input", "-", root=root, stdin=wish)
            assert answer.status == 1 and answer.error["kind"] == "refused", answer
            assert_untold(answer, secret)
    leaked = subprocess.run(["grep", "-r", "PRIVATE KEY", str(root)], capture_output=True)
    assert leaked.returncode == 1, leaked.stdout


def test_a_directory_as_bundle(tm, root, pki):
    (root / "opt/ca.pem").mkdir(parents=True)
    complaint(bundle(tm, root, f"sources={pki.root('R').pem}", "requires=" + pki.root("R").sha256),
              "refused", "/opt/ca.pem", "directory")


def test_a_directory_as_source(tm, root, tmp_path):
    complaint(bundle(tm, root, f"sources={tmp_path}"), "refused", tmp_path)


def test_several_certificates_where_one_is_meant(tm, root, tmp_path, pki):
    chain = tmp_path / "chain.pem"
    chain.write_text(pki.root("First CA").text + pki.root("Second CA").text)
    complaint(tm("anchor", "apply", f"certificate={chain}", root=root), "refused", "First CA",
              "Second CA", chain)


def test_a_full_disk(tm, root, place, pki):
    target = root / "opt"
    target.mkdir()
    mount(place, target, "-t", "tmpfs", "-o", "size=64k", "tmpfs")
    (target / "ca.pem").write_text(pki.root("Old").text)
    before = snapshot(target)
    (target / "filler").write_bytes(b"")
    with pytest.raises(OSError), open(target / "filler", "wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
    ca = pki.root("New")
    answer = bundle(tm, root, f"sources={ca.pem}", f"requires={ca.sha256}")
    complaint(answer, "io", "/opt/ca.pem", "full")
    (target / "filler").unlink()
    assert snapshot(target) == before, "a temporary file or a half-written bundle is left"
    assert bundle(tm, root, f"sources={ca.pem}", f"requires={ca.sha256}").status == 0


def test_a_read_only_file_system(tm, root, place):
    mount(place, root / "etc", "-t", "tmpfs", "tmpfs")
    (root / "etc/environment").write_text("LANG=C\n")
    subprocess.run(["mount", "-o", "remount,ro", str(root / "etc")], check=True)
    said = {"plan": ["needs root: sudo trustmend env apply name=A"],
            "apply": ["permission", "run as root"]}
    for verb, words in said.items():
        answer = tm("env", verb, "name=A", "value=b", "targets=etc_environment", root=root)
        complaint(answer, "io", "/etc/environment", "read-only")
    assert (root / "etc/environment").read_text() == "LANG=C\n"


def test_plan_sees_what_would_fail(tm, root, place):
    """A what-if that only compares states cannot see a missing permission."""
    mount(place, root / "etc", "-t", "tmpfs", "tmpfs")
    subprocess.run(["mount", "-o", "remount,ro", str(root / "etc")], check=True)
    answer = tm("env", "plan", "name=A", "value=b", "targets=etc_environment", root=root)
    assert answer.result["changes"], "what is wanted is shown all the same"
    assert not answer.changed and answer.json["failed"]


def test_wrong_attribute_is_one_line_on_a_terminal(tm):
    done = tm("anchor", "plan", "cert=x", "--output", "text")
    told = [line for line in done.stdout.splitlines() if "'cert'" in line]
    assert done.status == 2 and len(told) == 1 and not done.stderr
    assert "did you mean 'certificate'?" in told[0]
