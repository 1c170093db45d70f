"""Which program is used, how it comes to the minion, and what is told where there is none."""

import errno
import hashlib
import json
import os
import stat

import pytest

from salt.exceptions import CommandExecutionError
from salt.exceptions import SaltReqTimeoutError
from saltext.trustmend.modules import trustmend as module

NAME = "trustmend-here"


def text_of(version="0.1.0", mark=""):
    return f"#!/bin/sh\n# {mark}\necho trustmend {version}\n".encode()


def place(path, data, mode=0o755):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    return path


def entry(data):
    return {"file": NAME, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


class Here:
    """A minion of the platform `Here-arch`, and its master's files."""

    def __init__(self, directory, monkeypatch):
        self.directory = directory
        self.set = monkeypatch.setattr
        self.fetched = []
        self.opts = {"cachedir": str(directory / "cache")}
        self.set(module, "__opts__", self.opts, raising=False)
        self.set(module, "__context__", {}, raising=False)
        self.set(module, "__salt__", dict(self.salt), raising=False)
        self.set(module, "_platform", lambda: "Here-arch")
        self.set(module, "__file__", str(directory / "package/modules/trustmend.py"))
        self.installed = [directory / "usr/local/bin/trustmend", directory / "usr/bin/trustmend"]
        self.set(module, "INSTALLED", [str(path) for path in self.installed])
        self.builds(text_of())

    def builds(self, data):
        """The module knows the program that was built with it."""
        self.data = data
        self.set(module, "PROGRAMS", {"Here-arch": entry(data), "Other-arch": entry(b"")})

    @property
    def salt(self):
        return {"cp.cache_file": self.cache_file, "cp.envs": lambda: ["base", "dev", "prod"]}

    def cache_file(self, url, saltenv):
        path = self.directory / "master" / saltenv / url[len("salt://") :]
        if not path.exists():
            return ""
        self.fetched.append(url)
        return str(path)

    def master_has(self, data, name=NAME, saltenv="base"):
        return place(self.directory / "master" / saltenv / "trustmend/bin" / name, data, 0o644)

    @property
    def staged(self):
        return self.directory / "cache/trustmend" / entry(self.data)["sha256"] / NAME

    @property
    def carried(self):
        return self.directory / "package/bin" / NAME


@pytest.fixture
def here(tmp_path, monkeypatch):
    return Here(tmp_path, monkeypatch)


def used():
    found = module.program()
    return found["source"], found["path"]


def refusal():
    with pytest.raises(CommandExecutionError) as caught:
        module.program()
    text = str(caught.value)
    assert "\n" not in text
    return text


# ---- the order ----


def test_the_option_comes_first(here):
    path = place(here.directory / "mine", text_of("0.9.9"))
    place(here.installed[0], text_of())
    here.opts["trustmend.program"] = str(path)
    assert module.program() == {"path": str(path), "source": "option", "version": "0.9.9"}


def test_an_installed_one_of_this_version_comes_next(here):
    place(here.installed[0], text_of("0.0.9"))
    place(here.installed[1], text_of())
    place(here.carried, here.data)
    assert used() == ("installed", str(here.installed[1]))


def test_one_that_is_upgraded_or_goes_is_noticed(here):
    place(here.carried, here.data)
    place(here.installed[0], text_of("0.0.9"))
    assert used()[0] == "extension"
    here.installed[0].unlink()
    place(here.installed[0], text_of())
    assert used()[0] == "installed"
    here.installed[0].unlink()
    assert used()[0] == "extension"


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"#!/bin/sh\nexit 1\n", b"#!/none\n"])
def test_an_installed_one_that_does_not_run_is_passed_over(here, data):
    place(here.installed[0], data)
    place(here.carried, here.data)
    assert used()[0] == "extension"


def test_the_one_of_the_wheel_comes_before_the_master(here):
    place(here.carried, here.data)
    here.master_has(here.data)
    assert used() == ("extension", str(here.carried)) and not here.fetched


def test_a_damaged_one_of_the_wheel_is_not_run(here):
    place(here.carried, here.data)
    assert used()[0] == "extension"
    place(here.carried, here.data.replace(b"0.1.0", b"0.1.1"))
    text = refusal()
    assert str(here.carried) in text and "damaged" in text and "install the extension again" in text


# ---- from the master ----


def test_it_is_fetched_once_and_kept(here):
    here.master_has(here.data)
    os.umask(0o077)
    try:
        assert used() == ("staged", str(here.staged))
    finally:
        os.umask(0o022)
    assert here.staged.read_bytes() == here.data
    assert stat.S_IMODE(here.staged.stat().st_mode) == 0o755
    assert here.fetched == [f"salt://trustmend/bin/{NAME}"]
    assert used()[0] == "staged" and used()[0] == "staged" and len(here.fetched) == 1
    assert [path.name for path in here.staged.parent.iterdir()] == [NAME]


def test_a_windows_minion_gets_its_program(here, monkeypatch):
    name = "trustmend-windows.exe"
    entries = {"Windows-AMD64": {**entry(here.data), "file": name}}
    monkeypatch.undo()
    monkeypatch.setattr(module, "PROGRAMS", entries)
    monkeypatch.setattr(module, "INSTALLED", [])
    monkeypatch.setattr(module, "__opts__", here.opts, raising=False)
    monkeypatch.setattr(module, "__context__", {}, raising=False)
    monkeypatch.setattr(module, "__salt__", here.salt, raising=False)
    monkeypatch.setattr(module.salt.utils.platform, "is_windows", lambda: True)
    monkeypatch.setattr(module.platform, "machine", lambda: "AMD64")
    monkeypatch.setenv("SystemRoot", "C:\\Windows")
    monkeypatch.setenv("SSL_CERT_FILE", "C:\\other.pem")
    here.master_has(here.data, name)
    assert used()[1].endswith(name) and here.fetched == [f"salt://trustmend/bin/{name}"]
    environment = module._environment()
    assert environment["SystemRoot"] == "C:\\Windows" and "SSL_CERT_FILE" not in environment


def test_the_tree_may_lie_in_any_environment_of_the_master(here):
    here.master_has(here.data, saltenv="prod")
    assert used()[0] == "staged"
    here.builds(text_of(mark="new"))
    here.master_has(here.data, saltenv="dev")
    here.opts["saltenv"] = "dev"
    assert used()[0] == "staged"


def test_what_was_looked_at_is_not_read_again(here, monkeypatch):
    here.master_has(here.data)
    used()
    monkeypatch.setattr(module, "_sha256_of", lambda path: pytest.fail("it was hashed again"))
    used()


def test_one_that_changed_is_fetched_again(here):
    here.master_has(here.data)
    used()
    before = here.staged.stat()
    here.staged.write_bytes(here.data.replace(b"0.1.0", b"0.1.1"))
    os.utime(here.staged, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert module.program()["version"] == "0.1.0"
    assert here.staged.read_bytes() == here.data and len(here.fetched) == 2


@pytest.mark.parametrize("what", ["file", "directory", "store"])
def test_one_that_others_can_write_is_fetched_again(here, what):
    here.master_has(here.data)
    used()
    directory = here.staged.parent
    path = {"file": here.staged, "directory": directory, "store": directory.parent}[what]
    path.chmod(0o777)
    assert used()[0] == "staged" and len(here.fetched) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_a_link_in_its_place_is_replaced(here):
    here.master_has(here.data)
    used()
    place(here.directory / "foreign", here.data)
    here.staged.unlink()
    here.staged.symlink_to(here.directory / "foreign")
    assert used()[0] == "staged" and not here.staged.is_symlink()


def test_a_new_build_is_another_program(here):
    here.master_has(here.data)
    used()
    old = here.staged
    here.builds(text_of(mark="new"))
    here.master_has(here.data)
    assert used() == ("staged", str(here.staged)) and here.staged != old


def test_what_is_known_of_programs_may_be_damaged(here):
    here.master_has(here.data)
    used()
    for text in ("", "[]", '{"files": 5}', '{"files": {"x": 1}}'):
        place(here.directory / "cache/trustmend/program.json", text.encode(), 0o644)
        assert used()[0] == "staged"
    # What others could have written is not believed: the hash is asked for again.
    known = here.directory / "cache/trustmend/program.json"
    here.staged.write_bytes(b"#!/bin/sh\necho trustmend 6.6.6\n")
    seen = here.staged.stat()
    identity = [seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns]
    fact = {"identity": identity, "fact": entry(here.data)["sha256"]}
    place(known, json.dumps({"files": {str(here.staged): fact}}).encode(), 0o666)
    assert module.program()["version"] == "0.1.0"


@pytest.mark.parametrize(
    "error", [SaltReqTimeoutError("Message timed out"), OSError(errno.ENOSPC, "No space left")]
)
def test_a_master_that_does_not_answer_is_told(here, monkeypatch, error):
    def fails(_url, _saltenv):
        raise error

    monkeypatch.setitem(module.__salt__, "cp.cache_file", fails)
    text = refusal()
    assert "could not be fetched (Message timed out)" in text or "(No space left)" in text
    assert f"salt://trustmend/bin/{NAME}" in text
    here.set(module, "_platform", lambda: "Linux-riscv64")
    assert "Linux-riscv64" in refusal()


def test_a_tree_of_another_build_is_refused(here):
    here.master_has(here.data + b"#")
    text = refusal()
    assert "another build" in text and "saltutil.sync_all" in text
    assert not here.staged.exists()


def test_that_there_is_none_says_what_to_do(here):
    text = refusal()
    assert f"salt://trustmend/bin/{NAME}" in text
    assert "file_roots" in text and "trustmend.program" in text


def test_that_there_is_none_for_this_platform_says_which_there_are(here):
    here.set(module, "_platform", lambda: "Linux-riscv64")
    text = refusal()
    assert "Linux-riscv64" in text and "carries Here-arch, Other-arch" in text
    assert "trustmend.program" in text


def test_the_index_of_the_tree_knows_further_platforms(here):
    here.set(module, "_platform", lambda: "Linux-riscv64")
    data = text_of(mark="riscv")
    here.master_has(data)
    index = {"version": "0.1.0", "programs": {"Linux-riscv64": entry(data)}}
    here.master_has(json.dumps(index).encode(), "index.json")
    assert used()[0] == "staged"
    here.master_has(json.dumps({**index, "version": "0.0.9"}).encode(), "index.json")
    assert "0.0.9" in refusal()
    for damaged in (b"damaged", b"[]", b'{"version": "0.1.0", "programs": {"Linux-riscv64": {}}}'):
        here.master_has(damaged, "index.json")
        assert "Linux-riscv64" in refusal()


def test_a_store_that_cannot_be_written_is_told_with_the_reason(here, monkeypatch):
    here.master_has(here.data)

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module.os, "fsync", full)
    text = refusal()
    assert "No space left on device" in text and str(here.staged.parent) in text
    assert list(here.staged.parent.iterdir()) == []


def test_a_program_of_another_machine_is_told_as_such(here):
    here.opts["trustmend.program"] = str(place(here.directory / "foreign", b"\x7fELF" + b"\0" * 60))
    assert "Exec format error" in refusal()
    here.opts["trustmend.program"] = str(here.directory / "missing")
    assert "No such file" in refusal()
    here.opts["trustmend.program"] = "trustmend"
    assert "not an absolute path" in refusal()


def test_the_grain_can_tell_which_one_was_used(here):
    here.master_has(here.data)
    used()
    known = json.loads((here.directory / "cache/trustmend/program.json").read_text())
    assert known["program"] == {"path": str(here.staged), "source": "staged"}
