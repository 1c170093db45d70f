"""Copies of the Python API, from outside: what is told of each kind, and another one put in its place."""

import os

import pytest

import api_copies as made

DEFAULT = "API calls and transfers that are given no other file"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root/lib").mkdir(parents=True)
    return tmp_path / "root"


def put(root, name, data):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def source(tm, tmp_path):
    """A file of the caller's, outside the root."""
    def write(name, data):
        return tm.path(put(tmp_path / "sources", name, data))
    return write


def api(tm, root, verb, *words, output="json"):
    return tm("trustmend", "python_api", verb, "--output", output, *words, root=root)


def get(tm, root, path):
    answer = api(tm, root, "get", f"path={path}")
    assert answer.status == 0, answer
    return answer.state


def release(root, name="lib"):
    """The release that a Python would import there, by what only it has."""
    files = made.below(root / name / "shotgun_api3")
    return [name for name in files if name.startswith("lib/only_")]


# ---- reading ----

def test_an_installed_copy_is_told_apart_from_its_source(tm, root):
    made.lay(root / "lib", made.pip_installed("3.8.5", says="3.8.4"))
    state = get(tm, root, "/lib")
    assert (state["version"], state["source_version"], state["distribution_version"]) == \
        ("3.8.5", "3.8.4", "3.8.5")
    assert (state["layout"], state["installer"], state["pythons"]) == ("dist-info", "pip", "3.6-3.11")
    assert state["ca_files"] == {
        "lib/certifi/cacert.pem": "API calls that are given no other file",
        "lib/httplib2/python2/cacerts.txt": "nothing",
        "lib/httplib2/python3/cacerts.txt": "API calls of Python 3 as the last resort"}
    assert state["problems"] is None and state["package"] == "/lib/shotgun_api3"


ARCHIVES = {
    "shotgun_api3-3.9.0-py3-none-any.whl": (made.wheel("3.9.0"), "wheel"),
    "shotgun_api3-3.9.0.tar.gz": (made.sdist("3.9.0"), "sdist"),
    "shotgun_api3-3.9.0.zip": (made.zipped(made.package("3.9.0")), "zip"),
    "python-api-3.9.0.zip": (made.zipped({f"python-api-3.9.0/{name}": text for name, text in
                                          made.package("3.9.0").items()}), "zip"),
    "shotgun_api3-3.9.0-py2.7.egg": (made.zipped({"EGG-INFO/PKG-INFO": made.metadata("3.9.0"),
                                                  **made.package("3.9.0")}), "egg")}


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_kind_of_archive_is_read(tm, root, name):
    data, layout = ARCHIVES[name]
    put(root, f"srv/{name}", data)
    state = get(tm, root, f"/srv/{name}")
    assert (state["version"], state["layout"]) == ("3.9.0", layout)
    assert state["ca_files"]["lib/certifi/cacert.pem"] == DEFAULT
    assert bool(state["problems"]) == (layout in ("zip", "egg"))


def test_the_zip_of_a_core_is_for_one_python_and_its_ca_file_lies_beside(tm, root):
    place = root / "core/requirements/3.11"
    put(place, "pkgs.zip", made.zipped({**made.package("3.10.0"), "other/__init__.py": ""}))
    put(place, "certs/shotgun_api3/lib/certifi/cacert.pem", b"")
    state = get(tm, root, "/core/requirements/3.11/pkgs.zip")
    assert (state["version"], state["layout"]) == ("3.10.0", "core zip")
    assert state["ca_files"]["lib/certifi/cacert.pem"] == "nothing"
    assert state["ca_files"]["/core/requirements/3.11/certs/shotgun_api3/lib/certifi/cacert.pem"] \
        == DEFAULT


def test_where_there_is_none_that_is_no_failure_and_a_core_is_a_hint(tm, root):
    made.lay(root / "core/python/tank_vendor", made.package("3.9.0"))
    assert get(tm, root, "/lib")["version"] is None
    answer = api(tm, root, "get", "path=/core")
    assert answer.status == 0 and "python/tank_vendor" in answer.result["warnings"][0]


def test_list_finds_every_copy(tm, root):
    made.lay(root / "studio/a", made.package("3.9.0"))
    made.lay(root / "studio/core/python/tank_vendor", made.package("3.4.0"))
    put(root, "studio/wheels/shotgun_api3-3.10.3-py3-none-any.whl", made.wheel("3.10.3"))
    answer = api(tm, root, "list", "under=/studio")
    assert answer.status == 0, answer
    assert [(one["state"]["version"], one["state"]["layout"]) for one in answer.results] == \
        [("3.9.0", "source"), ("3.4.0", "core"), ("3.10.3", "wheel")]


def put_python(root, name, **config):
    """A Python in PREFIX/bin, with a pyvenv.cfg where there are settings."""
    python = put(root, name, b"\x7fELF")
    python.chmod(0o755)
    if config:
        text = "".join(f"{key.replace('_', '-')} = {value}\n" for key, value in config.items())
        put(root, f"{name.rsplit('/', 2)[0]}/pyvenv.cfg", text.encode())
    return "/" + name


def imported(tm, root, python):
    state = get(tm, root, python)
    return state["version"], state["package"]


def test_a_python_has_the_copy_of_its_own_directories(tm, root):
    venv = put_python(root, "venv/bin/python", home="/usr/bin", version="3.11.2",
                      include_system_site_packages="true")
    bare = put_python(root, "bare/bin/python", home="/usr/bin", version="3.11.2",
                      include_system_site_packages="false")
    system = put_python(root, "usr/bin/python3.11")
    (root / "venv/lib/python3.11/site-packages").mkdir(parents=True)
    made.lay(root / "usr/lib/python3/dist-packages", made.package("3.4.0"))
    for python in (venv, system):
        assert imported(tm, root, python) == ("3.4.0", "/usr/lib/python3/dist-packages/shotgun_api3")
    assert imported(tm, root, bare) == (None, None)
    made.lay(root / "usr/local/lib/python3.11/dist-packages", made.package("3.6.1"))
    assert imported(tm, root, system)[0] == "3.6.1"
    made.lay(root / "venv/lib/python3.11/site-packages", made.pip_installed("3.9.0"))
    assert imported(tm, root, venv)[0] == "3.9.0"


def test_a_develop_install_is_followed(tm, root):
    python = put_python(root, "opt/python/bin/python3.9")
    made.lay(root / "src/api", made.package("3.10.3"))
    made.lay(root / "opt/python/lib/python3.9/site-packages", {
        "__editable__.shotgun_api3-3.10.3.pth": "# a comment\nimport site\n/src/api\n"})
    assert imported(tm, root, python) == ("3.10.3", "/src/api/shotgun_api3")


@pytest.mark.posix_only("a Python of Windows lies elsewhere")
def test_the_packages_of_a_python_are_left_to_its_pip(tm, root, source):
    python = put_python(root, "usr/bin/python3.11")
    made.lay(root / "usr/lib/python3/dist-packages", made.package("3.4.0"))
    words = (f"path={python}", "version=3.10.3", f"source={source(*KINDS['wheel']('3.10.3'))}")
    answer = api(tm, root, "plan", *words)
    assert answer.error["kind"] == "unsupported" and "-m pip install" in answer.error["hint"]
    put(root, "usr/lib/python3.11/EXTERNALLY-MANAGED", b"")
    answer = api(tm, root, "plan", *words)
    assert answer.error["kind"] == "refused" and "virtual environment" in answer.error["hint"]


# ---- converging ----

KINDS = {
    "wheel": lambda v: (f"shotgun_api3-{v}-py3-none-any.whl", made.wheel(v)),
    "sdist": lambda v: (f"shotgun_api3-{v}.tar.gz", made.sdist(v)),
    "zip": lambda v: (f"shotgun_api3-{v}.zip", made.zipped(made.package(v))),
}


@pytest.mark.posix_only("directories are not replaced on Windows")
@pytest.mark.parametrize("kind", [*KINDS, "directory"])
def test_another_release_takes_the_place_of_a_copy(tm, root, source, tmp_path, kind):
    made.lay(root / "lib", made.package("3.8.1"))
    put(root, "lib/mine.py", b"import shotgun_api3\n")
    made.lay(root / "lib/shotgun_api3/__pycache__", {"shotgun.pyc": "old"})
    if kind == "directory":
        taken = str(made.lay(tmp_path / "unpacked", made.package("3.10.3")))
    else:
        taken = source(*KINDS[kind]("3.10.3"))
    words = ("path=/lib", "version=3.10.3", f"source={taken}")
    planned = api(tm, root, "plan", *words)
    assert planned.changed and release(root) == ["lib/only_3_8_1.py"]
    assert planned.result["changes"]["version"] == {"from": "3.8.1", "to": "3.10.3"}
    applied = api(tm, root, "apply", *words)
    assert applied.status == 0 and applied.result["changes"] == planned.result["changes"]
    wanted = {name.split("/", 1)[1]: text.encode() for name, text in made.package("3.10.3").items()}
    assert made.below(root / "lib/shotgun_api3") == wanted
    assert sorted(os.listdir(root / "lib")) == ["mine.py", "shotgun_api3"]
    assert not api(tm, root, "apply", *words).changed


@pytest.mark.posix_only("directories are not replaced on Windows")
def test_a_new_copy_is_made_where_there_is_none(tm, root, source):
    taken = source(*KINDS["wheel"]("3.10.3"))
    wish = {"type": "python_api", "path": "/studio/new/shotgun_api3", "version": None, "source": taken}
    answer = tm("trustmend", "python_api", "apply", "--input", "-", root=root, stdin=wish)
    assert answer.status == 0 and answer.state["version"] == "3.10.3"
    assert release(root, "studio/new") == ["lib/only_3_10_3.py"]


@pytest.mark.posix_only("directories are not replaced on Windows")
def test_a_damaged_copy_of_the_same_release_is_mended(tm, root, source):
    made.lay(root / "lib", made.package("3.10.3"))
    (root / "lib/shotgun_api3/lib/__init__.py").write_text("edited\n")
    words = ("path=/lib", "version=3.10.3", f"source={source(*KINDS['wheel']('3.10.3'))}")
    assert api(tm, root, "plan", *words).result["changes"] == \
        {"matches_source": {"from": False, "to": True}}
    assert api(tm, root, "apply", *words).status == 0
    assert (root / "lib/shotgun_api3/lib/__init__.py").read_text() == ""
    (root / "lib/shotgun_api3/lib/__init__.py").write_text("edited\n")
    assert not api(tm, root, "plan", *words, "match=at_least").changed


@pytest.mark.posix_only("files of Windows have no modes")
def test_the_new_copy_has_owner_and_mode_of_the_old_one(tm, root, source):
    made.lay(root / "lib", made.package("3.8.1"))
    (root / "lib/shotgun_api3").chmod(0o2775)
    mine = (12345, 12345) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(root / "lib/shotgun_api3", *mine)
    (root / "lib/shotgun_api3").chmod(0o2775)
    taken = source(*KINDS["wheel"]("3.10.3"))
    assert api(tm, root, "apply", "path=/lib", "version=3.10.3", f"source={taken}").status == 0
    for path in [root / "lib/shotgun_api3", *(root / "lib/shotgun_api3").rglob("*")]:
        st = path.stat()
        assert (st.st_uid, st.st_gid) == mine, path
        assert oct(st.st_mode & 0o7777) == (oct(0o2775) if path.is_dir() else oct(0o664)), path


@pytest.mark.posix_only("directories are not replaced on Windows")
def test_a_link_stays_and_what_it_leads_to_is_replaced(tm, root, source):
    made.lay(root / "releases/now", made.package("3.8.1"))
    (root / "lib/shotgun_api3").symlink_to("../releases/now/shotgun_api3")
    taken = source(*KINDS["wheel"]("3.10.3"))
    assert api(tm, root, "apply", "path=/lib", "version=3.10.3", f"source={taken}").status == 0
    assert (root / "lib/shotgun_api3").is_symlink()
    assert release(root, "releases/now") == ["lib/only_3_10_3.py"]


@pytest.mark.posix_only("directories are not replaced on Windows")
def test_a_release_that_calls_itself_by_the_one_before_converges(tm, root, source):
    taken = source("shotgun_api3-3.8.5-py3-none-any.whl", made.wheel("3.8.5", says="3.8.4"))
    words = ("path=/lib", "version=3.8.5", f"source={taken}")
    assert api(tm, root, "apply", *words).state["version"] == "3.8.4"
    assert not api(tm, root, "plan", *words).changed
    assert not api(tm, root, "plan", *words, "match=at_least").changed


def test_at_least_leaves_a_newer_release_and_exact_refuses_an_older_one(tm, root, source):
    made.lay(root / "lib", made.package("3.10.3"))
    words = ("path=/lib", "version=3.8.1", f"source={source(*KINDS['wheel']('3.8.1'))}")
    assert not api(tm, root, "plan", *words, "match=at_least").changed
    refused = api(tm, root, "plan", *words)
    assert refused.error["kind"] == "refused" and "newer than 3.8.1" in refused.error["message"]
    if tm.target.system != "windows":
        assert api(tm, root, "plan", *words, "allow_downgrade=true").changed


def test_a_source_of_another_release_is_an_error(tm, root, source):
    answer = api(tm, root, "plan", "path=/lib", "version=3.10.3",
                 f"source={source(*KINDS['wheel']('3.8.1'))}")
    assert answer.error["kind"] == "invalid_input" and "3.8.1, not 3.10.3" in answer.error["message"]


def test_half_a_source_is_refused(tm, root, tmp_path):
    files = made.package("3.10.3")
    del files["shotgun_api3/lib/certifi/cacert.pem"]
    taken = tm.path(made.lay(tmp_path / "half", files))
    answer = api(tm, root, "plan", "path=/lib", "version=3.10.3", f"source={taken}")
    assert answer.error["kind"] == "refused" and "cacert.pem is missing" in answer.error["message"]


def test_without_a_source_a_release_that_is_there_is_fine_and_another_is_asked_for(tm, root):
    made.lay(root / "lib", made.package("3.9.0"))
    assert not api(tm, root, "plan", "path=/lib", "version=3.9.0").changed
    answer = api(tm, root, "plan", "path=/lib", "version=3.10.3")
    assert answer.error["kind"] == "invalid_input" and "nothing is fetched" in answer.error["message"]


@pytest.mark.parametrize("files, words", [
    (made.pip_installed("3.8.1"), "pip install"),
    (made.pip_installed("3.8.1", installer="conda"), "conda install"),
    ({**made.package("3.8.1"), "shotgun_api3.egg-info/PKG-INFO": made.metadata("3.8.1")}, "egg-info")])
def test_what_a_packaging_tool_installed_is_left_to_it(tm, root, source, files, words):
    made.lay(root / "lib", files)
    before = made.below(root)
    answer = api(tm, root, "apply", "path=/lib", "version=3.10.3",
                 f"source={source(*KINDS['wheel']('3.10.3'))}")
    assert answer.error["kind"] == "refused" and words in answer.error["hint"]
    assert made.below(root / "lib") == {name.split("/", 1)[1]: text for name, text in before.items()
                                        if name.startswith("lib/")}


@pytest.mark.parametrize("place", [
    "core/python/tank_vendor", "config/install/core/python", "bundle_cache/app_store/tk-x/v1.0.0",
    "core"])
def test_what_is_toolkits_is_left_to_toolkit(tm, root, source, place):
    made.lay(root / place, made.package("3.8.1"))
    if place == "core":
        made.lay(root / "core/python/tank_vendor", made.package("3.8.1"))
    answer = api(tm, root, "plan", f"path=/{place}", "version=3.10.3",
                 f"source={source(*KINDS['wheel']('3.10.3'))}")
    assert answer.error["kind"] == "refused" and "core_api" in answer.error["hint"]


@pytest.mark.posix_only("directories are not replaced on Windows")
def test_leftovers_of_killed_runs_go_with_the_next_change(tm, root, source):
    made.lay(root / "lib", made.package("3.8.1"))
    left = root / "lib/.shotgun_api3.0123456789abcdef.trustmend-tmp"
    made.lay(left / "lib/deeper", {"x.py": "", "y.py": ""})
    taken = source(*KINDS["wheel"]("3.10.3"))
    assert api(tm, root, "apply", "path=/lib", "version=3.10.3", f"source={taken}").status == 0
    assert os.listdir(root / "lib") == ["shotgun_api3"]
