"""What scripts/build-puppet makes: a tarball, installed by Puppet 7 and 8, that delivers its program."""

import hashlib
import json
import pathlib
import subprocess
import tarfile

import pytest

from integration import puppet_module
from integration.conftest import Debian, remove

pytestmark = pytest.mark.native_only("the module takes the program for this machine")

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = ["trustmend-linux-aarch64", "trustmend-linux-x86_64", "trustmend-windows-x86_64.exe"]
MODULE = "/etc/puppet/code/modules/trustmend"
CACHE = "/var/cache/puppet/trustmend"

# What a provider asks for, in the words of Puppet's own settings.
ASK = """
require 'puppet'
Puppet.initialize_settings
$LOAD_PATH.unshift(ARGV.fetch(0))
require 'puppet_x/trustmend/delivery'
require 'puppet_x/trustmend/fact'
Puppet[:default_file_terminus] = :file_server
Puppet.override(current_environment: Puppet.lookup(:environments).get('production')) do
  begin
    puts eval(ARGV.fetch(1)).inspect
  rescue Puppet::Error => e
    puts "error: #{e.message}"
  end
end
"""


@pytest.fixture(scope="module")
def tarball(tmp_path_factory):
    return puppet_module.built(tmp_path_factory.mktemp("dist"))


def kinds(*names):
    return [pytest.param(name, marks=pytest.mark.xdist_group(f"module-{name}")) for name in names]


@pytest.fixture(scope="module", params=kinds(*puppet_module.VERSIONS))
def machine(request, debian_base, tarball, tmp_path_factory):
    """With the module installed as an administrator does it."""
    root = Debian(tmp_path_factory.mktemp(request.param) / "root")
    root.path.parent.chmod(0o755)
    subprocess.run(["cp", "-a", debian_base(request.param), root.path], check=True)
    assert root.run("puppet", "--version").stdout.startswith(
        puppet_module.VERSIONS[request.param] + ".")
    root.write("/tmp/module.tar.gz", tarball.read_bytes())
    root.run("puppet", "module", "install", "--ignore-dependencies", "/tmp/module.tar.gz")
    root.write("/tmp/ask.rb", ASK)
    yield root
    remove(root.path.parent)


@pytest.fixture
def node(machine):
    """With nothing staged, and no settings."""
    machine.run("rm", "-rf", CACHE, "/etc/puppet/trustmend.yaml", "/usr/local/bin/trustmend", "/tmp/lib")
    return machine


def ask(node, code, lib=f"{MODULE}/lib"):
    return node.run("ruby", "/tmp/ask.rb", lib, code).stdout.strip()


def program(node, **where):
    return ask(node, "PuppetX::Trustmend::Delivery.program", **where).strip('"')


def synced(node):
    """Without the files beside it, as pluginsync leaves it."""
    node.run("cp", "-r", f"{MODULE}/lib", "/tmp/lib")
    return "/tmp/lib"


def known(tarball):
    with tarfile.open(tarball) as archive:
        member, = (one for one in archive if one.name.endswith("/lib/puppet_x/trustmend/index.json"))
        return json.load(archive.extractfile(member))


# ---- the tarball ----

def test_it_holds_all_programs_and_the_index_knows_them(tarball):
    index = known(tarball)
    with tarfile.open(tarball) as archive:
        members = {one.name.partition("/")[2]: one for one in archive if one.isfile()}
        assert {entry["file"] for entry in index["programs"].values()} == set(PROGRAMS)
        for entry in index["programs"].values():
            data = archive.extractfile(members[f"files/bin/{entry['file']}"]).read()
            assert hashlib.sha256(data).hexdigest() == entry["sha256"] and len(data) == entry["size"]
        metadata = json.load(archive.extractfile(members["metadata.json"]))
    assert metadata["version"] == index["version"] and f"-{index['version']}.tar.gz" in tarball.name
    assert all(one.uid == one.gid == 0 and not one.mode & 0o022 for one in members.values())
    assert not [name for name in members if "spec" in name.split("/")]
    assert {"README.md", "LICENSE", "hiera.yaml", "data/common.yaml", "manifests/init.pp",
            "tasks/run.sh", "plans/mend.pp", "lib/facter/trustmend.rb"} <= set(members)
    sent = sum(one.size for name, one in members.items() if name.startswith("lib/"))
    assert sent < 200_000  # pluginsync sends it to every node


def test_programs_of_another_version_or_none_are_refused(tmp_path):
    directory = tmp_path / "programs"
    directory.mkdir()
    for name in PROGRAMS:
        (directory / name).write_text("#!/bin/sh\necho trustmend 0.0.9\n")
        (directory / name).chmod(0o755)
    made = puppet_module.build(tmp_path / "out", TRUSTMEND_PROGRAMS=str(directory))
    assert made.returncode == 1 and "is 'trustmend 0.0.9', and metadata.json says" in made.stdout
    (directory / PROGRAMS[0]).unlink()
    for name in PROGRAMS[1:]:
        (directory / name).write_text("#!/bin/sh\necho trustmend 0.1.0\n")
    made = puppet_module.build(tmp_path / "out", TRUSTMEND_PROGRAMS=str(directory))
    assert made.returncode == 1 and f"{PROGRAMS[0]} is missing" in made.stdout
    assert not (tmp_path / "out").exists()


# ---- the program on a node ----

@pytest.mark.parametrize("way", ["unpacked", "synced"])
def test_the_program_is_fetched_once_and_kept_under_its_hash(node, tarball, way):
    lib = {"lib": synced(node)} if way == "synced" else {}
    entry = known(tarball)["programs"]["Linux-x86_64"]
    path = program(node, **lib)
    assert path == f"{CACHE}/{entry['sha256']}/{entry['file']}"
    assert hashlib.sha256(node.read(path)).hexdigest() == entry["sha256"]
    assert node.run(path, "--version").stdout == f"trustmend {known(tarball)['version']}\n"
    assert node.outside(path).stat().st_mode & 0o777 == 0o755
    before = node.outside(path).stat()
    served = node.outside(f"{MODULE}/files")
    served.rename(served.with_name("gone"))
    try:
        assert program(node, **lib) == path
        assert node.outside(path).stat().st_ino == before.st_ino
        node.run("rm", "-r", CACHE)
        assert "the server has no puppet:///modules/trustmend/bin/" in program(node, lib=synced(node)) \
            or way == "synced"
    finally:
        served.with_name("gone").rename(served)


def test_a_program_that_was_damaged_on_the_way_is_not_kept(node):
    lib = synced(node)
    path = f"{MODULE}/files/bin/{puppet_module.PROGRAM}"
    good = node.read(path)
    node.write(path, good[:-1] + bytes([good[-1] ^ 1]), mode=0o755)
    try:
        said = program(node, lib=lib)
    finally:
        node.write(path, good, mode=0o755)
    assert "is damaged, or of another build than the rest of the module" in said
    assert not node.outside(CACHE).exists()


@pytest.mark.parametrize("machine", kinds("trixie-puppet"), indirect=True)
@pytest.mark.parametrize("spoil", ["truncate -s 1000 {}", "chmod o+w {}", "chown nobody {}",
                                   "sh -c 'mv {0} {0}.real; ln -s {0}.real {0}'"])
def test_what_is_not_the_program_that_was_kept_is_fetched_anew(node, spoil):
    path = program(node)
    good = node.read(path)
    node.run("sh", "-c", spoil.format(path))
    assert program(node) == path
    assert node.read(path) == good and not node.outside(path).is_symlink()
    assert node.outside(path).stat().st_mode & 0o777 == 0o755 and node.outside(path).stat().st_uid == 0


def test_an_installed_program_of_the_same_version_is_preferred(node, tarball):
    staged = program(node)
    node.write("/usr/local/bin/trustmend", "#!/bin/sh\necho trustmend 0.0.9\n", mode=0o755)
    assert program(node) == staged
    node.write("/usr/local/bin/trustmend", f"#!/bin/sh\necho trustmend {known(tarball)['version']}\n",
               mode=0o755)
    assert program(node) == "/usr/local/bin/trustmend"
    node.write("/etc/puppet/trustmend.yaml", "program: /srv/trustmend\n")
    assert program(node) == "/srv/trustmend"


@pytest.mark.parametrize("machine", kinds("trixie-puppet"), indirect=True)
@pytest.mark.parametrize("text, said", [
    ("program: trustmend\n", "program: 'trustmend' is not an absolute path"),
    ("prog: /a\n", "there is no setting prog (there are program, root"),
    ("timeout: long\n", 'timeout: "long" does not fit: give Numeric'),
    ("- a\n", "it holds no settings"),
    ("a: [\n", "cannot be read"),
])
def test_a_setting_that_is_wrong_is_told_with_its_file(node, text, said):
    node.write("/etc/puppet/trustmend.yaml", text)
    told = program(node)
    assert told.startswith("error: /etc/puppet/trustmend.yaml") and said in told


def test_files_of_the_server_come_as_bytes_and_none_is_told_apart(node):
    node.write(f"{MODULE}/files/odd.der", b"\x00\xff\r\n")
    content = "PuppetX::Trustmend::Delivery.content('puppet:///modules/trustmend/%s')&.bytes"
    assert ask(node, content % "odd.der") == "[0, 255, 13, 10]"
    assert ask(node, content % "none.der") == "nil"


# ---- the fact ----

def fact(node):
    return json.loads(node.run("puppet", "facts", "show", "trustmend").stdout)["trustmend"]


def test_the_fact_is_there_once_the_program_is_and_tells_what_changed(node, tarball):
    assert not fact(node)
    program(node)
    first = fact(node)
    assert first["version"] == known(tarball)["version"] and first["effective"] is False
    assert fact(node) == first
    node.write("/etc/environment", "SHOTGUN_API_CACERTS=/nowhere.pem\n")
    try:
        assert fact(node) == first  # it is kept, until a run changes something
        node.run("puppet", "apply", "-e", "trustmend_env { 'SHOTGUN_API_CACERTS': "
                 "value => '/etc/ssl/certs/ca-certificates.crt' }")
        second = fact(node)
        assert second["digest"] != first["digest"]
        node.write("/etc/puppet/trustmend.yaml", "fact: false\n")
        assert not fact(node)
    finally:
        node.run("sh", "-c", "rm -f /etc/environment /etc/profile.d/*trustmend*")


@pytest.mark.parametrize("machine", kinds("trixie-puppet"), indirect=True)
def test_a_program_that_does_not_answer_holds_up_no_run(node):
    """For longer than the limit that the module has for it."""
    node.write("/srv/slow", "#!/bin/sh\nexec sleep 600\n", mode=0o755)
    node.write("/etc/puppet/trustmend.yaml", "program: /srv/slow\n")
    said = node.run("puppet", "facts", "show", "trustmend").stdout
    assert "did not answer within 10 seconds and was stopped" in said
