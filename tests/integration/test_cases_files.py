"""Cases 16, 17 and 18 of the twenty: files that resist, and /etc/environment's grammar."""

import array
import fcntl
import os
import subprocess

import pytest

from integration.test_env_parsers import installed, machine  # noqa: F401 (fixtures)

GET_FLAGS, SET_FLAGS, IMMUTABLE = 0x80086601, 0x40086602, 0x10

# ---- case 16 ----


@pytest.fixture
def place(tmp_path, pki):
    """A root with an old bundle, and the words that make a new one of it."""
    root = tmp_path / "root"
    (root / "opt").mkdir(parents=True)
    old, new = pki.root("Old"), pki.root("New")
    (root / "opt/ca.pem").write_text(old.text)
    words = ["path=/opt/ca.pem", f"sources={new.pem}", "requires="]

    class Place:
        path = root / "opt/ca.pem"
        before = old.text
        mounts = []

        def bundle(self, tm, verb="apply"):
            return tm("bundle", verb, *words, root=root)

        def mount(self, *arguments):
            if os.geteuid() != 0:
                pytest.skip("needs root to mount")
            subprocess.run(["mount", *map(str, arguments)], check=True)
            self.mounts.append(arguments[-1])

    place = Place()
    place.root, place.new = root, new
    yield place
    for mount in reversed(place.mounts):
        subprocess.run(["umount", "-l", str(mount)], check=True)
    place.mounts.clear()


def converged(place, tm):
    answer = place.bundle(tm)
    assert answer.status == 0, answer
    assert place.new.text.splitlines()[1] in place.path.read_text()
    assert not place.bundle(tm).changed


def refused(place, tm, kind):
    """plan says it already, and the old file is as it was."""
    for verb in ("plan", "apply"):
        answer = place.bundle(tm, verb)
        assert answer.status == 1 and answer.error["kind"] == kind, answer
        assert answer.error["hint"]
    assert place.path.read_text() == place.before
    assert sorted(os.listdir(place.path.parent)) == ["ca.pem"]


def test_case_16_bundle_is_a_symlink(tm, place):
    real = place.root / "srv.pem"
    place.path.rename(real)
    place.path.symlink_to("/srv.pem")
    assert place.bundle(tm).status == 0
    assert os.readlink(place.path) == "/srv.pem", "the link is lost"
    assert place.new.text.splitlines()[1] in real.read_text()
    assert not place.bundle(tm).changed


def test_case_16_bundle_is_a_hard_link(tm, place):
    twin = place.root / "twin.pem"
    os.link(place.path, twin)
    converged(place, tm)
    assert twin.read_text() == place.before, "the twin keeps the old content, whole"


def test_case_16_bundle_is_a_bind_mount(tm, place):
    other = place.root / "other.pem"
    other.write_text(place.before)
    place.mount("--bind", other, place.path)
    refused(place, tm, "conflict")


def test_case_16_bundle_is_immutable(tm, place):
    with open(place.path) as file:
        flags = array.array("L", [0])
        try:
            fcntl.ioctl(file, GET_FLAGS, flags)
            was = flags[0]
            flags[0] |= IMMUTABLE
            fcntl.ioctl(file, SET_FLAGS, flags)
        except OSError as error:
            pytest.skip(f"no immutable flag on this file system: {error}")
        try:
            refused(place, tm, "permission")
        finally:
            flags[0] = was
            fcntl.ioctl(file, SET_FLAGS, flags)
    converged(place, tm)


def test_case_16_bundle_is_on_a_read_only_file_system(tm, place):
    place.mount("-t", "tmpfs", "tmpfs", place.path.parent)
    place.path.write_text(place.before)
    subprocess.run(["mount", "-o", "remount,ro", str(place.path.parent)], check=True)
    refused(place, tm, "io")
    subprocess.run(["mount", "-o", "remount,rw", str(place.path.parent)], check=True)
    converged(place, tm)


def test_case_16_bundle_is_on_a_full_disk(tm, place):
    place.mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", place.path.parent)
    place.path.write_text(place.before)
    filler = place.path.with_name("filler")
    with pytest.raises(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    answer = place.bundle(tm)
    assert answer.status == 1 and answer.error["kind"] == "io", answer
    assert place.path.read_text() == place.before
    filler.unlink()
    assert os.listdir(place.path.parent) == ["ca.pem"], "a temporary file is left"
    converged(place, tm)


def test_case_16_mode_owner_and_attributes_are_kept(tm, place):
    place.path.chmod(0o664)
    if os.geteuid() == 0:
        os.chown(place.path, 1234, 2345)
    try:
        os.setxattr(place.path, "user.studio", b"kept")
    except OSError as error:
        pytest.skip(f"no extended attributes here: {error}")
    owner = ["owner=1234", "group=2345"] if os.geteuid() == 0 else [] # root's own by default
    answer = tm("bundle", "apply", "path=/opt/ca.pem", f"sources={place.new.pem}", "requires=",
                "mode=0664", *owner, root=place.root)
    assert answer.status == 0, answer
    status = place.path.stat()
    assert status.st_mode & 0o7777 == 0o664
    assert os.geteuid() != 0 or (status.st_uid, status.st_gid) == (1234, 2345)
    assert os.getxattr(place.path, "user.studio") == b"kept"


# ---- case 17 ----

FILES = {
    "duplicates": b"A=1\nB=keep\nA=2\n",
    "export": b"export A=old\nB=keep\n",
    "quotes": b"A=\"old value\"\nB='keep it'\n",
    "crlf": b"A=old\r\nB=keep\r\n",
    "bom": b"\xef\xbb\xbf# first\nB=keep\n",
    "trailing backslash": b"B=keep\\",
    "trailing backslash and newline": b"B=keep\\\n",
    "blanks": b"A = old\nB=keep   \n",
    "no final newline": b"B=keep",
    "comment of the same name": b"#A=no\n# A=no\nB=keep\n",
    "empty": b"",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_case_17_only_our_variable_changes_in_etc_environment(tm, machine, text):  # noqa: F811
    machine.write("etc/environment", text)
    pam, generator = machine.pam(), machine.generator()
    words = ["name=A", "targets=etc_environment"]
    answer = tm("env", "apply", *words, "value=/opt/ca.pem", root=machine)
    assert answer.status == 0, answer
    for before, after in ((pam, machine.pam()), (generator, machine.generator())):
        assert after.pop(b"A") == b"/opt/ca.pem"
        before.pop(b"A", None)
        assert after == before, "another variable reads differently"
    kept = [line for line in text.splitlines(True) if not line.lstrip(b"export ").startswith(b"A")]
    written = machine.outside("etc/environment").read_bytes()
    for line in kept:
        assert line in written
    assert not tm("env", "apply", *words, "value=/opt/ca.pem", root=machine).changed


# ---- case 18 ----

@pytest.mark.parametrize("value", ["/p#q", "/p/$HOME", "C:\\x", 'a"b', "a'b", "a`b", "a\nb", ""])
def test_case_18_values_that_readers_differ_about_are_refused(tm, machine, value):  # noqa: F811
    machine.write("etc/environment", b"B=keep\n")
    answer = tm("env", "apply", "--input", "-", root=machine,
                stdin={"type": "env", "name": "A", "value": value})
    assert answer.status in (1, 2), answer
    error = answer.json.get("error") or answer.error
    assert error["kind"] in ("refused", "invalid_input") and error["hint"], error
    assert machine.outside("etc/environment").read_bytes() == b"B=keep\n"


def test_case_18_absent_really_unsets(tm, machine):  # noqa: F811
    machine.write("etc/environment", b"A=1\nexport A=2\nA = 3\nB=keep\n")
    answer = tm("env", "apply", "name=A", "state=absent", root=machine)
    assert answer.status == 0, answer
    assert machine.outside("etc/environment").read_bytes() == b"B=keep\n"
    for real in (machine.pam(), machine.generator(), machine.shell(". /etc/profile")):
        assert b"A" not in real
    assert not tm("env", "apply", "name=A", "state=absent", root=machine).changed
