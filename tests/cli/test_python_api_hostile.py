"""Archives that nobody should take: each refused in words, without a crash, and without a file changed."""

import gzip
import io
import os
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib

import pytest

import api_copies as made

FILES = made.package("3.10.3")
ZIP = made.wheel("3.10.3")
TAR = made.sdist("3.10.3")
HOSTILE = {}


def case(function):
    """Adds what a function yields, (name, data) each."""
    for name, data in function():
        assert name not in HOSTILE
        HOSTILE[f"{function.__name__}-{name}"] = data
    return function


def zip_with(*members, method=zipfile.ZIP_DEFLATED):
    """A whole copy, and (name or ZipInfo, content) besides."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # two files of one name
            for name, content in members:
                archive.writestr(name, content)
    return data.getvalue()


def tar_with(*members):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, text in FILES.items():
            archive.addfile(member(f"x/{name}", len(text)), io.BytesIO(text.encode()))
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def member(name, size=0, kind=tarfile.REGTYPE, **more):
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    for key, value in more.items():
        setattr(info, key, value)
    return info


def unix_entry(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


NAMES = ["../x.py", "a/../../x.py", "/etc/cron.d/x", "//x", "..", "a/..", "C:/Windows/x", "c:x", "a\\..\\..\\x",
         "\\\\server\\share\\x", "shotgun_api3/x:stream", "shotgun_api3/x.", "shotgun_api3/x ", "shotgun_api3 /x",
         "shotgun_api3/\x1b[2J", "shotgun_api3/a\nb", "shotgun_api3/" + "d/" * 40 + "x", "n" * 600]


@case
def zip_name():
    for number, name in enumerate(NAMES):
        if "\\" in name:
            continue  # zipfile turns them around
        yield str(number), zip_with((zipfile.ZipInfo(name), b"x"))


@case
def zip_backslash():
    for number, name in enumerate(name for name in NAMES if "\\" in name):
        plain = name.replace("\\", "#")
        yield str(number), zip_with((zipfile.ZipInfo(plain), b"x")).replace(plain.encode(), name.encode())


@case
def tar_name():
    for number, name in enumerate(NAMES):
        yield str(number), tar_with((member(name, 1), b"x"))


@case
def zip_kind():
    # What calls itself a FIFO is a file: zip says so of what it read from a pipe.
    kinds = {"link": stat.S_IFLNK, "device": stat.S_IFBLK, "tty": stat.S_IFCHR,
             "socket": stat.S_IFSOCK}
    for name, kind in kinds.items():
        yield name, zip_with((unix_entry("shotgun_api3/x", kind | 0o777), b"/etc/passwd"))
    yield "link_for_a_directory", zip_with((unix_entry("shotgun_api3/d", stat.S_IFLNK | 0o777), b"/etc"),
                                           ("shotgun_api3/d/passwd", b"x"))


@case
def tar_kind():
    kinds = {"link": tarfile.SYMTYPE, "hard_link": tarfile.LNKTYPE, "fifo": tarfile.FIFOTYPE,
             "block": tarfile.BLKTYPE, "character": tarfile.CHRTYPE}
    for name, kind in kinds.items():
        yield name, tar_with((member("x/shotgun_api3/x", kind=kind, linkname="/etc/passwd"), b""))
    yield "link_for_a_directory", tar_with(
        (member("x/shotgun_api3/d", kind=tarfile.SYMTYPE, linkname="/etc"), b""),
        (member("x/shotgun_api3/d/passwd", 1), b"x"))
    yield "link_inside", tar_with((member("x/shotgun_api3/x", kind=tarfile.SYMTYPE, linkname="shotgun.py"), b""))


@case
def twice():
    yield "zip", zip_with(("shotgun_api3/shotgun.py", b"other"))
    yield "zip_other_case", zip_with(("shotgun_api3/Shotgun.py", b"other"))
    yield "zip_dot", zip_with(("./shotgun_api3/shotgun.py", b"other"))
    yield "zip_file_and_directory", zip_with(("shotgun_api3/shotgun.py/x", b"other"))
    yield "tar", tar_with((member("x/shotgun_api3/shotgun.py", 1), b"x"))
    yield "tar_other_case", tar_with((member("X/shotgun_api3/shotgun.py", 1), b"x"))
    yield "two_copies", made.zipped({**{f"a/{k}": v for k, v in FILES.items()},
                                     **{f"b/{k}": v for k, v in FILES.items()}})


@case
def bomb():
    yield "zip", zip_with(("shotgun_api3/x", b"\0" * (30 << 20)))
    yield "zip_many_files", zip_with(*((f"shotgun_api3/{i}", b"\0" * (1 << 20)) for i in range(20)))
    yield "tar", gzip.compress(b"\0" * (40 << 20), 1)
    yield "tar_in_a_file", tar_with((member("x/shotgun_api3/x", 30 << 20), b"\0" * (30 << 20)))
    yield "entries", zip_with(*((f"shotgun_api3/{i}", b"") for i in range(20001)))


@case
def cut():
    for name, data in (("zip", ZIP), ("tar", TAR)):
        for part in range(1, 10):
            yield f"{name}_{part}", data[:len(data) * part // 10]
        yield f"{name}_last", data[:-1]
    plain = zlib.decompress(TAR, 31)
    yield "tar_inside", gzip.compress(plain[:len(plain) // 2])
    yield "tar_at_an_entry", gzip.compress(plain.rstrip(b"\0")[:-1 << 9])


@case
def damaged():
    for name, data in (("zip", ZIP), ("tar", TAR)):
        at = len(data) // 2
        yield f"{name}_byte", data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1:]
        yield f"{name}_zeros", data[:at] + b"\0" * 64 + data[at + 64:]
    yield "tar_sum", TAR[:-8] + bytes([TAR[-8] ^ 1]) + TAR[-7:]
    yield "tar_length", TAR[:-1] + bytes([TAR[-1] ^ 1])
    yield "tar_behind_it", TAR + b"x"
    yield "zip_sum", zip_with(("shotgun_api3/x", b"four"), method=zipfile.ZIP_STORED).replace(b"four", b"five")
    directory = struct.unpack("<I", ZIP[-6:-2])[0]
    yield "zip_directory", ZIP[:directory] + b"\0" * 8 + ZIP[directory + 8:]
    yield "zip_directory_elsewhere", ZIP[:-6] + struct.pack("<I", 0x7fffffff) + ZIP[-2:]
    yield "zip_without_entries", b"PK\5\6" + b"\0" * 18


@case
def locked():
    plain = bytearray(zip_with(("shotgun_api3/secret", b"0123456789abcdef"), method=zipfile.ZIP_STORED))
    for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = plain.rfind(magic)
        plain[at + offset] |= 1
    yield "zip", bytes(plain)


@case
def another():
    yield "empty", b""
    yield "text", b"<html><body>404</body></html>"
    yield "tar_plain", made.tarred(FILES, "w")
    yield "bzip2", made.tarred(FILES, "w:bz2")
    yield "xz", made.tarred(FILES, "w:xz")
    yield "zip_in_gzip", gzip.compress(ZIP)
    yield "gzip_twice", gzip.compress(TAR)
    yield "script", b"#!/bin/sh\nexit 0\n" + ZIP
    yield "nothing_of_it", made.zipped({"other/__init__.py": ""})
    yield "only_ca_files", made.zipped({"shotgun_api3/lib/certifi/cacert.pem": ""})


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    (root / "srv").mkdir()
    for name, data in HOSTILE.items():
        (root / "srv" / name).write_bytes(data)
        made.lay(root / "lib" / name, made.package("3.8.1"))
    return root


def test_there_are_a_hundred():
    assert len(HOSTILE) >= 100


def ask(tm, root, verb):
    """Of all of them in one run: by `get` each as a copy, by `apply` as the source of one."""
    def wish(name):
        if verb == "get":
            return {"type": "python_api", "path": f"/srv/{name}"}
        return {"type": "python_api", "path": f"/lib/{name}", "version": "3.10.3",
                "source": f"{root}/srv/{name}"}
    done = tm("trustmend", verb, "--output", "json", "--input", "-", root=root,
              stdin={"resources": [wish(name) for name in HOSTILE]})
    return {os.path.basename(result["name"]): result for result in done.results}


# Read as a copy, what nobody asks for is not unpacked.
ONLY_UNPACKED = ("bomb-zip", "damaged-zip_byte", "damaged-zip_zeros", "damaged-zip_sum")


def test_none_is_read_as_a_copy(tm, root):
    answers = ask(tm, root, "get")
    assert len(answers) == len(HOSTILE)
    for name, result in answers.items():
        error = result["error"]
        if name.startswith(ONLY_UNPACKED) and not error:
            continue
        absent = not error and result["state"]["version"] is None  # whole, and of something else
        assert absent or (error and error["kind"] in ("refused", "invalid_input")), (name, result)
        assert "\x1b" not in str(error) and "\n" not in (error or {}).get("message", "")


@pytest.mark.posix_only("directories are not replaced on Windows")
def test_none_takes_the_place_of_a_copy(tm, root):
    before = made.below(root)
    answers = ask(tm, root, "apply")
    assert len(answers) == len(HOSTILE)
    for name, result in answers.items():
        error = result["error"]
        assert error and error["kind"] in ("refused", "invalid_input", "not_found"), (name, result)
        assert error["message"] and not result["changed"]
    assert made.below(root / "lib") == {name[4:]: text for name, text in before.items()
                                        if name.startswith("lib/")}
    assert not (root / "etc/cron.d").exists() and not (root / "x.py").exists()
