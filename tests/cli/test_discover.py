"""`trustmend list`: what of the API, of Toolkit and of their trust lies on a machine, wherever."""

import io
import stat
import tarfile
import zipfile

import pytest

API = "shotgun_api3/shotgun.py"
METADATA = "Metadata-Version: 2.1\nName: shotgun_api3\nVersion: 3.8.5\n"
PROGRAMS = pytest.mark.posix_only("file modes say which file is a program")


def put(root, path, data=b"", program=False):
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data if isinstance(data, bytes) else data.encode())
    if program:
        place.chmod(place.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def put_api(root, above, version="3.0.14"):
    put(root, f"{above}/{API}", f'__version__ = "{version}"\n')
    put(root, f"{above}/shotgun_api3/__init__.py", "from .shotgun import Shotgun\n")


def archive(*members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for member in members:
            file.writestr(member, METADATA if member.endswith(("METADATA", "PKG-INFO")) else "x = 1\n" * 100)
    return data.getvalue()


def release(*names):
    """The members of a release of the API, with what `names` say of it."""
    return ["shotgun_api3/__init__.py", API, *names]


def tarred(top, *members):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as file:
        for member in members:
            info = tarfile.TarInfo(f"{top}/{member}")
            text = METADATA.encode() if member == "PKG-INFO" else b""
            info.size = len(text)
            file.addfile(info, io.BytesIO(text))
    return data.getvalue()


def put_core(root, path, version="v0.20.10"):
    put(root, f"{path}/info.yml", f"version: {version}\n")
    put(root, f"{path}/python/tank/__init__.py")
    put_api(root, f"{path}/python/tank_vendor")


def found(tm, root, *words):
    """
    The answer, and what was found as {kind: {path: detail}}; with '/' alone. Copies of the API are
    resources, by the directory that holds them.
    """
    answer = tm("list", *words, root=root)
    kinds = {}
    for result in answer.results:
        path = result["name"].replace("\\", "/")
        if result["type"] == "python_api":
            kinds.setdefault("python_api", {})[path] = result["state"]["layout"]
    for item in answer.json["found"]:
        path = item["path"].replace("\\", "/")
        kinds.setdefault(item["kind"], {})[path] = item["detail"]
    return answer, kinds


@pytest.fixture
def root(tmp_path):
    path = tmp_path / "root"
    path.mkdir()
    return path


# ---- each documented place, as a tree of that shape: (what is put there, kind, path, detail) ----

def site(top):
    return lambda root: put_api(root, top)


def file(path, data=b"", program=False):
    return lambda root: put(root, path, data, program)


def several(*makers):
    return lambda root: [make(root) for make in makers]


def api(above, detail, *more):
    return several(site(above), *more), "python_api", above, detail


def python(path, detail, *more):
    return several(file(path, program=True), *more), "interpreter", path, detail


SITE = "lib/python3.11/site-packages"
ROWS = {
    "a copy anywhere": api("/x/tools/lib", "source"),
    "a wheel's install": api(f"/x/{SITE}", "dist-info",
                             file(f"/x/{SITE}/shotgun_api3-3.8.5.dist-info/METADATA", METADATA)),
    "an old install": api("/x/lib/python2.7/dist-packages", "egg",
                          file("/x/lib/python2.7/dist-packages/shotgun_api3-3.8.5-py2.7.egg-info",
                               METADATA)),
    "an unpacked sdist": api("/x/shotgun_api3-3.0.14", "sdist",
                            file("/x/shotgun_api3-3.0.14/PKG-INFO", METADATA)),
    "an egg that is a directory": api("/x/shotgun_api3-3.0.14-py2.7.egg", "egg",
                                     file("/x/shotgun_api3-3.0.14-py2.7.egg/EGG-INFO/PKG-INFO",
                                          METADATA)),
    "a wheel": (file("/x/shotgun_api3-3.8.5-py3-none-any.whl",
                     archive(*release("shotgun_api3-3.8.5.dist-info/METADATA"))), "python_api",
                "/x/shotgun_api3-3.8.5-py3-none-any.whl", "wheel"),
    "an sdist": (file("/x/shotgun_api3-3.0.14.tar.gz", tarred("shotgun_api3-3.0.14", *release("PKG-INFO"))), "python_api",
                 "/x/shotgun_api3-3.0.14.tar.gz", "sdist"),
    "an sdist as zip": (file("/x/shotgun_api3-3.0.14.zip", archive(
        *(f"shotgun_api3-3.0.14/{name}" for name in release("PKG-INFO")))), "python_api",
                        "/x/shotgun_api3-3.0.14.zip", "sdist"),
    "an egg file": (file("/x/shotgun_api3-3.0.14-py2.7.egg", archive(*release("EGG-INFO/PKG-INFO"))), "python_api",
                    "/x/shotgun_api3-3.0.14-py2.7.egg", "egg"),
    "the copy in a core": (lambda root: put_core(root, "/x/sg/install/core"), "python_api",
                           "/x/sg/install/core/python/tank_vendor", "core"),
    "the zip of a core": (file("/x/c/requirements/3.11/pkgs.zip", archive("yaml/a.py", *release())),
                          "python_api", "/x/c/requirements/3.11/pkgs.zip", "core zip"),
    "a shared zip of a core": (file("/x/c/requirements/any/shotgun_api3.zip", archive(*release())),
                               "python_api", "/x/c/requirements/any/shotgun_api3.zip", "core zip"),
    "an installed core": (lambda root: put_core(root, "/x/sg/install/core"), "core",
                          "/x/sg/install/core", "installed"),
    "a core in a bundle cache": (
        lambda root: put_core(root, "/x/bundle_cache/app_store/tk-core/v0.20.10"), "core",
        "/x/bundle_cache/app_store/tk-core/v0.20.10", "in a bundle cache"),
    "a core of a git checkout": (
        several(file("/x/tk-core/info.yml", "version: HEAD\n"),
                file("/x/tk-core/python/tank/__init__.py")), "core", "/x/tk-core", "source"),
    "a core in a framework": (
        lambda root: put_core(root, "/x/bundle_cache/git/tk-framework-desktopstartup/a1b2/python/"
                                    "tk-core"), "core",
        "/x/bundle_cache/git/tk-framework-desktopstartup/a1b2/python/tk-core", "in a framework"),
    "a bundle cache": (file("/x/.shotgun/bundle_cache/manual/tk-x/v1/info.yml"), "bundle_cache",
                       "/x/.shotgun/bundle_cache", "bundle cache"),
    "a bundle cache of another name": (
        file("/x/Cache/app_store/tk-maya/v0.12.1/info.yml"), "bundle_cache", "/x/Cache",
        "bundle cache"),
    "an installed configuration's": (
        file("/x/sg/install/app_store/tk-maya/v0.12.1/info.yml"), "bundle_cache", "/x/sg/install",
        "of an installed configuration"),
    "a virtual environment": python("/x/v/bin/python3", "virtual environment",
                                    file("/x/v/pyvenv.cfg", "home = /usr/bin\n")),
    "one of Windows": python("/x/v/Scripts/python.exe", "virtual environment",
                             file("/x/v/pyvenv.cfg", "home = C:\\Python311\n")),
    "Python of Windows": python("/x/Program Files/Python311/python.exe", "Python"),
    "site-packages of Windows": api("/x/Python311/Lib/site-packages", "source"),
    "a user's site": api("/x/home/u/.local/lib/python3.11/site-packages", "source"),
    "a user's site on Windows": api("/x/AppData/Roaming/Python/Python311/site-packages", "source"),
    "an editable install": (
        several(site("/x/src/api"), file(f"/x/{SITE}/__editable__.shotgun_api3-3.8.5.pth",
                                         "/x/src/api\n")),
        "python_api", "/x/src/api", "source"),
    "an egg-link": (
        several(site("/x/src/api"), file(f"/x/{SITE}/shotgun_api3.egg-link", "/x/src/api\n.")),
        "python_api", "/x/src/api", "source"),
    "easy-install.pth": (
        several(site("/x/src/api"), file(f"/x/{SITE}/easy-install.pth", "/x/src/api\n")),
        "python_api", "/x/src/api", "source"),
    "conda": python("/x/conda/envs/a/bin/python3.11", "conda environment",
                    file("/x/conda/envs/a/conda-meta/python-3.11.json", "{}")),
    "the API in conda": api(f"/x/conda/envs/a/{SITE}", "source"),
    "rez": api("/x/rez/shotgun_api3/3.4.0/python", "source",
               file("/x/rez/shotgun_api3/3.4.0/package.py")),
    "Maya": python("/x/usr/autodesk/maya2024/bin/mayapy", "Maya"),
    "the API in Maya": api("/x/usr/autodesk/maya2024/lib/python3.10/site-packages", "source"),
    "Nuke": python("/x/usr/local/Nuke15.0v4/python3", "Nuke"),
    "Houdini": python("/x/opt/hfs20.0/bin/hython", "Houdini"),
    "the API in Houdini": api("/x/opt/hfs20.0/python/lib/python3.10/site-packages", "source"),
    "Flame": python("/x/opt/Autodesk/python/2024.2/bin/python3.9", "Flame"),
    "Blender": python("/x/blender-4.0/4.0/python/bin/python3.10", "Blender"),
    "Unreal": python("/x/Engine/Binaries/ThirdParty/Python3/Linux/bin/python3.9", "Unreal"),
    "the desktop app": python("/x/opt/Shotgun/Python3/bin/python3.9", "desktop app"),
    "a Mac's": python("/x/Applications/Shotgun.app/Contents/Resources/Python3/bin/python3.9",
                      "desktop app"),
}


@PROGRAMS
def test_every_documented_place_is_found(tm, root):
    """Each in a directory of its own, all in one run."""
    for number, (make, *_) in enumerate(ROWS.values()):
        directory = root / str(number)
        directory.mkdir()
        make(directory)
        for path in directory.rglob("*"):  # what names a path means one in this directory
            if path.suffix in (".pth", ".egg-link"):
                path.write_text(path.read_text().replace("/x/src", f"/{number}/x/src"))
    answer, kinds = found(tm, root, "--under", "/")
    assert answer.status == 0, answer
    missing = {}
    for number, (title, (_, kind, path, detail)) in enumerate(ROWS.items()):
        got = kinds.get(kind, {}).get(f"/{number}{path}")
        if got != detail:
            missing[title] = got
    assert missing == {}


@PROGRAMS
def test_what_only_looks_like_it_is_not_found(tm, root):
    put(root, "/x/shotgun.py")
    put(root, f"/x/half/{API}")
    put(root, "/x/app_store/__init__.py")
    put(root, "/x/python/tank/__init__.py")
    put(root, "/x/requirements/3.11/pkgs.zip", archive("yaml/a.py"))
    put(root, "/x/share/python")
    put(root, "/x/bin/python3-config", program=True)
    put(root, "/x/lib/venv/scripts/nt/python.exe")
    put(root, "/x/.pyenv/shims/python3", "#!/bin/sh\n", program=True)
    put(root, "/x/site-packages/easy-install.pth", "import os; os.system('x')\n/nowhere\n")
    answer, kinds = found(tm, root, "--under", "/x")
    assert answer.status == 0 and answer.results == [] and kinds == {}
    text = tm("list", "--under", "/x", "--output", "text", root=root).stdout
    assert text.startswith("nothing found\n")


@pytest.mark.posix_only("Wine makes no links")
def test_links_lead_nowhere_and_a_virtual_environment_is_its_link(tm, root):
    put(root, "/x/v/pyvenv.cfg")
    (root / "x/v/bin").mkdir()
    (root / "x/v/bin/python3").symlink_to("/usr/bin/python3.11")
    put_api(root, "/outside")
    (root / "x/loop").symlink_to("..")
    (root / "x/shotgun").symlink_to("/outside")
    _, kinds = found(tm, root, "--under", "/x")
    assert kinds == {"interpreter": {"/x/v/bin/python3": "virtual environment"}}


# ---- with what types list ----

@pytest.fixture
def project(root, pki):
    """A project with a script, a configuration, and what belongs to a bundle of Toolkit's."""
    put(root, "/p/tools/publish.py", "from shotgun_api3 import Shotgun\nsg = Shotgun('u', 's', 'k')\n")
    put(root, "/p/config/core/core_api.yml", "location: {type: app_store, name: tk-core, version: v0.20.10}\n")
    (root / "p/install/core").mkdir(parents=True)
    put(root, "/p/install/app_store/tk-config/v1.2.3/core/core_api.yml", "location: {}\n")
    put_core(root, "/p/install/app_store/tk-core/v0.20.10")
    put(root, "/p/ca/studio.pem", "".join(pki.root(name).text for name in "ABC"))
    put(root, "/p/ca/one.pem", pki.root("A").text)
    put(root, "/p/ca/key.pem", "".join(pki.root(name).text for name in "ABC")
        + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    return root


def test_one_word_lists_all_there_is_below_a_directory(tm, project):
    answer, kinds = found(tm, project, "--under", "/p")
    assert answer.status == 0, answer
    assert [(r["type"], r["name"].replace("\\", "/")) for r in answer.results
            if r["type"] != "verdict"] == [
        ("bundle", "/p/ca/studio.pem"), ("core_api", "/p"),
        ("python_api", "/p/install/app_store/tk-core/v0.20.10/python/tank_vendor"),
        ("script", "/p/tools/publish.py")]
    assert "bundle" not in kinds
    assert set(kinds["core"]) == {"/p/install/app_store/tk-core/v0.20.10"}
    assert set(kinds["bundle_cache"]) == {"/p/install"}
    remarks = answer.json["remarks"]
    assert any("1 core_api.yml" in remark for remark in remarks), remarks
    assert len(remarks) == len(set(remarks))


def test_the_text_has_a_line_for_each_and_a_sum_for_each_kind(tm, project):
    text = tm("list", "--under", "/p", "--output", "text", root=project).stdout
    assert "  /p/install/app_store/tk-core/v0.20.10  (in a bundle cache)\n1 Toolkit core\n" in text
    assert "1 bundle\n" in text and "1 configuration\n" in text and "1 script\n" in text


def test_a_bundle_is_listed_as_get_tells_it(tm, project):
    answer = tm("bundle", "list", "--under", "/p", root=project)
    assert answer.status == 0 and len(answer.results) == 1, answer
    state = answer.results[0]["state"]
    assert state == tm("bundle", "get", "path=/p/ca/studio.pem", root=project).state
    assert state["count"] == 3 and state["missing"]
    assert any("it lacks builtin:" in text for text in answer.results[0]["warnings"])
    resource = {"type": "bundle", **state, "requires": []}
    again = tm("plan", "--input", "-", root=project, stdin=resource)
    assert again.status == 0 and not again.changed, again


def test_several_directories_and_wildcards_are_looked_through_once(tm, project):
    put_api(project, "/q/a/lib")
    _, kinds = found(tm, project, "--under", "/p", "--under", "/q/*/lib", "--under", "/q")
    assert "/q/a/lib" in kinds["python_api"]
    assert len(kinds["core"]) == 1


def test_a_directory_that_is_not_there_is_an_error(tm, project):
    for words in (["--under", "/none"], ["--under", "/p/ca/one.pem"], ["--under", "/n*ne"]):
        answer = tm("list", *words, root=project)
        assert answer.status == 2 and answer.results == [], answer
    assert tm("list", "store=x", root=project).status == 2


@pytest.mark.posix_only("it starts elsewhere")
def test_a_relative_directory_begins_where_the_caller_is(tm, project, monkeypatch):
    monkeypatch.chdir(project / "p")
    for words in (["--under", "."], ["--under", "tools"]):
        answer = tm("list", *words)
        assert answer.status == 0, answer
        assert [r["name"] for r in answer.results if r["type"] == "script"] == [
            str(project / "p/tools/publish.py")]


@pytest.mark.posix_only("it is about Linux")
def test_without_a_directory_the_usual_places_are_looked_through(tm, root):
    put(root, "/etc/os-release", "ID=debian\n")
    put(root, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/people/ann:/bin/sh\n"
                             "daemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n")
    put(root, "/etc/environment", 'LANG=C\nSHOTGUN_BUNDLE_CACHE_PATH="/data/cache"\n')
    wanted = ["/usr/lib/python3/dist-packages", "/usr/local/lib/python3.11/site-packages",
              "/opt/studio/deep/er/lib", "/usr/autodesk/maya2024/lib/python3.10/site-packages",
              "/usr/local/Nuke15.0v4/lib", "/opt/hfs20.0/lib", "/people/ann/src/p/.venv/" + SITE,
              "/home/bob/.local/lib/python3.11/site-packages", "/root/lib",
              "/people/ann/.shotgun/bundle_cache/a/b/c/d/e/f/g/h/i/j/k/l",
              "/data/cache/app_store/tk-core/v1/python/tank_vendor"]
    for above in wanted:
        put_api(root, above)
    for above in ("/usr/sbin/lib", "/mnt/share/lib", "/var/lib/x"):
        put_api(root, above)
    put(root, "/usr/bin/python3.11", program=True)
    put(root, "/people/ann/.venv/core/core_api.yml", "location: {type: dev, path: /x}\n")
    answer, kinds = found(tm, root)
    assert answer.status == 0, answer
    assert set(kinds["python_api"]) == set(wanted)
    assert kinds["interpreter"] == {"/usr/bin/python3.11": "system"}
    assert set(kinds["bundle_cache"]) == {"/data/cache", "/people/ann/.shotgun/bundle_cache"}
    assert {r["type"] for r in answer.results} >= {"core_api", "env"}
