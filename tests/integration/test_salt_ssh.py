"""The Salt extension over salt-ssh, from the tree in file_roots, on a Debian 12 host without a minion."""

import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from integration.ansible_fleet import Host, Unavailable, kill_group, remove
from integration.salt_fleet import LIMIT, PATH, programs_of

CORE = "/mnt/projects/demo/config/core/core_api.yml"
OLD_CORE = "location:\n  type: app_store\n  name: tk-core\n  version: v0.18.91\n"
BUNDLE = "/opt/trustmend/cacert.pem"
STATE = "trustmend_|-shotgrid-ssl_|-shotgrid-ssl_|-profile"


@pytest.fixture
def directory():
    """Short: names of sockets have at most some hundred characters."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="tmd-"))
    path.chmod(0o755)
    yield path
    remove(path)


@pytest.fixture
def host(bases, directory, pki):
    host = Host(directory / "host", "host", "bookworm-ssh-python", bases)
    try:
        ca = pki.root("Studio CA")
        (directory / "studio.pem").write_text(ca.text)
        host.write("/srv/leaf.pem", pki.leaf(ca).text)
        host.write(CORE, OLD_CORE)
        yield host
    finally:
        host.stop()


class SaltSsh:
    """salt-ssh with a configuration, file_roots and a home of its own, and one host in its roster."""

    def __init__(self, directory, programs, host):
        self.directory, self.programs, self.host = directory, programs, host
        self.states, self.pillar = directory / "states", directory / "pillar"
        for path in (self.states / "ca", self.pillar, directory / "etc", directory / "home"):
            path.mkdir(parents=True)
        self.environment = {"PATH": f"{programs}:{PATH}", "HOME": str(directory / "home"),
                            "LC_ALL": "C.UTF-8"}
        self.write("etc/master", {
            "root_dir": str(directory), "pki_dir": str(directory / "pki"), "user": "root",
            "cachedir": str(directory / "cache"), "log_file": str(directory / "log"),
            "ssh_log_file": str(directory / "ssh.log"), "roster_file": str(directory / "roster"),
            "file_roots": {"base": [str(self.states)]}, "pillar_roots": {"base": [str(self.pillar)]},
            # 3006 copies files without the options of the roster, and would ask a terminal.
            "ignore_host_keys": True, "no_host_keys": True})
        self.write("roster", {"host": {"host": "127.0.0.1", "port": host.port, "user": "root",
                                       "priv": str(host.key), "ssh_options": [
                                           "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
                                           "LogLevel=ERROR"]}})
        self.write("pillar/top.sls", {"base": {"*": ["trust"]}})
        self.write("pillar/trust.sls", {"shotgrid_ssl": {
            "extra_ca": ["salt://ca/studio.pem"], "core_configs": "/mnt/projects/demo"}})
        shutil.copy(directory / "studio.pem", self.states / "ca")

    def write(self, name, value):
        (self.directory / name).write_text(json.dumps(value))  # JSON is YAML

    def __call__(self, *words):
        process = subprocess.Popen(
            [str(self.programs / "salt-ssh"), "-c", str(self.directory / "etc"), "--out=json", "--static",
             "-l", "quiet", "host", *words], env=self.environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            said, _nothing = process.communicate(timeout=LIMIT)
        finally:
            with contextlib.suppress(ProcessLookupError):
                kill_group(process)  # it works in processes of its own
        assert "Traceback" not in said, said
        try:
            return json.loads(said)["host"]
        except (ValueError, KeyError):
            raise AssertionError(f"{words}: {process.returncode}\n{said}") from None

    def apply(self, *words):
        answer = self(*words)
        assert isinstance(answer, dict) and STATE in answer, answer
        return answer[STATE]


def works(host):
    """A login finds the variable, both stores verify a chain, and the core is pinned; all or nothing."""
    found = [host.login('printf %s "$SHOTGUN_API_CACERTS"') == BUNDLE,
             "version: v0.23.10" in host.text(CORE)]
    for store in (["-CApath", "/etc/ssl/certs", "-no-CAfile"], ["-CAfile", BUNDLE, "-no-CApath"]):
        found.append(host.run("openssl", "verify", *store, "/srv/leaf.pem", check=False).returncode == 0)
    assert len(set(found)) == 1, found
    return found[0]


def mends(ssh, host, *first):
    """Predicts, mends, and has nothing to do then."""
    words = ("state.apply", "shotgrid_ssl")
    assert not works(host)
    planned = ssh.apply(*first, *words, "test=True")
    assert planned["result"] is None and len(planned["changes"]) == 4, planned
    assert not works(host)
    applied = ssh.apply(*words)
    assert applied["result"] is True and applied["changes"] == planned["changes"], applied
    assert works(host)
    again = ssh.apply(*words)
    assert again["result"] is True and not again["changes"], again


def in_series(*names):
    return pytest.mark.parametrize(
        "series", [pytest.param(name, marks=pytest.mark.xdist_group("salt-ssh")) for name in names])


@pytest.fixture
def ssh(directory, host, series):
    try:
        return SaltSsh(directory, programs_of(series), host)
    except Unavailable as why:
        pytest.skip(str(why))


@in_series("3006", "3008")
def test_the_tree_mends_a_host_without_a_minion(ssh, host, extension):
    extension.unpack(ssh.states)
    mends(ssh, host)
