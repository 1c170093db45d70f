"""docs/add-a-type.md, followed: a new type in a copy of the repository."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

# One group, so that it is built once.
pytestmark = [pytest.mark.native_only("the type is built for this machine"), pytest.mark.xdist_group("add-a-type")]

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
SOURCES = ("CMakeLists.txt", "cmake", "core", "docs", "plugins", "profiles", "scripts", "README.md",
           "CHANGELOG.md", "tests/unit", "tests/data", "tests/CMakeLists.txt")
OWN = ("core/resources/note/",)
MOST = 7  # files outside its directory that a type may ask for, tests aside


def run(*words, cwd, status=0, **env):
    done = subprocess.run([str(word) for word in words], cwd=cwd, text=True, env={
        "PATH": PATH, "HOME": str(cwd), "GIT_CONFIG_GLOBAL": "/dev/null", "PYTHONDONTWRITEBYTECODE": "1",
        **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == status, done.stdout[-4000:]
    return done.stdout


def touched(copy):
    run("git", "add", "--all", cwd=copy)
    return set(run("git", "diff", "--cached", "--name-only", cwd=copy).split())


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    top = tmp_path_factory.mktemp("copy")
    for name in SOURCES:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, top / name,
                            ignore=shutil.ignore_patterns("__pycache__", "_bin"))
        else:
            shutil.copy(TOP / name, top / name)
    run("git", "init", "--quiet", cwd=top)
    run("git", "add", "--all", cwd=top)
    run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "before", cwd=top)
    (top / ".git/info/exclude").write_text("build/\n")
    shutil.copytree(TOP / "tests/toy/note", top / "core/resources/note")
    types = top / "cmake/Types.cmake"
    types.write_text(re.sub(r"(set\(TMD_TYPES [^)]*)", r"\1 note", types.read_text()))
    options = ["-DCMAKE_BUILD_TYPE=Debug", "-DTRUSTMEND_TESTS=OFF"]
    if "CC" in os.environ:
        options.append(f"-DCMAKE_C_COMPILER={os.environ['CC']}")
    run("bash", "-c", f". scripts/lib.sh && configure build {shlex.join(options)}", cwd=top,
        **{name: os.environ[name] for name in ("HOME", "TRUSTMEND_CACHE", "XDG_CACHE_HOME")
           if name in os.environ})
    run("ninja", "-C", "build", cwd=top)
    return top


def test_a_name_in_the_list_is_enough_to_build_and_converge(copy, tmp_path):
    assert touched(copy) - {p for p in touched(copy) if p.startswith(OWN)} == {"cmake/Types.cmake"}
    (tmp_path / "etc").mkdir()
    words = ("path=/etc/motd", "text=hello", "--root", tmp_path)
    for program in ((copy / "build/trustmend", "note"), (copy / "build/trustmend-note",)):
        planned = json.loads(run(*program, "plan", *words, cwd=copy))["results"][0]
        assert planned["changes"]["text"]["to"] == "hello" and planned["state"]["backup"] is False
        assert not (tmp_path / "etc/motd").exists()
        assert json.loads(run(*program, "apply", *words, cwd=copy))["changed"]
        assert (tmp_path / "etc/motd").read_text() == "hello\n"
        assert not json.loads(run(*program, "apply", *words, cwd=copy))["changed"]
        run(*program, "apply", "path=/etc/motd", "state=absent", "--root", tmp_path, cwd=copy)
        assert not (tmp_path / "etc/motd").exists()


def test_what_is_generated_needs_no_hand(copy):
    before = touched(copy)
    for name in ("docs", "dsc", "ansible", "salt", "puppet"):
        run(f"scripts/generate-{name}", "build", cwd=copy)
    assert touched(copy) - before == {
        "docs/attributes.md", "docs/man/trustmend-note.1", "plugins/dsc/trustmend.note.dsc.resource.json",
        "plugins/ansible/meta/runtime.yml", "plugins/ansible/plugins/action/note.py",
        "plugins/ansible/plugins/modules/note.py", "plugins/ansible/plugins/plugin_utils/specs.py",
        "plugins/salt/src/saltext/trustmend/modules/trustmend.py",
        "plugins/salt/src/saltext/trustmend/states/trustmend.py",
        "plugins/puppet/lib/puppet/type/trustmend_note.rb",
        "plugins/puppet/lib/puppet/provider/trustmend_note/trustmend.rb",
        "plugins/puppet/lib/puppet_x/trustmend/attributes.rb",
        "plugins/puppet/manifests/init.pp", "plugins/puppet/data/common.yaml"}
    for name in ("docs", "dsc", "ansible", "salt", "puppet"):
        run(f"scripts/generate-{name}", "--check", "build", cwd=copy)


def test_the_page_names_at_most_seven_files_outside_the_type(copy):
    page = (TOP / "docs/add-a-type.md").read_text()
    table = page.split("## 2.")[1].split("## 3.")[0]
    named = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert 0 < len(named) <= MOST
    assert [name for name in named if not (TOP / name).exists()] == []
