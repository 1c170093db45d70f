"""
The whole story with the real shotgun_api3 from PyPI: a site behind a private root, the
API fails, one profile is applied, and the API connects in every login environment.
"""

import http.server
import json
import os
import pathlib
import shutil
import subprocess

import pytest

CLIENT = """
import sys
import shotgun_api3
site = shotgun_api3.Shotgun(sys.argv[1], script_name="s", api_key="k", connect=False)
site.config.max_rpc_attempts = 1
version = site.info()["version"]
print("connected", version)
"""

PROFILE = """\
trustmend: 1
variables:
  bundle: /opt/studio/ca/cacert.pem
resources:
  - type: bundle
    path: ${bundle}
    sources: [system]
    extra: [studio-root.pem]
  - type: env
    name: SHOTGUN_API_CACERTS
    value: ${bundle}
    targets: [etc_environment, profile_d, environment_d, systemd]
"""


class Site(http.server.BaseHTTPRequestHandler):
    """As much of a site as shotgun_api3 asks for when it connects."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"results": {"version": [8, 80, 0]}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def site(tls_server, pki):
    root = pki.root("Studio Root")
    server = tls_server(pki.leaf(root, "localhost"))
    server.RequestHandlerClass = Site
    return root, server


def api_directory():
    path = pathlib.Path(os.environ.get("TRUSTMEND_PYTHON_API", "/nonexistent"))
    assert (path / "shotgun_api3").is_dir(), \
        "shotgun_api3 is missing: scripts/test fetches it and sets TRUSTMEND_PYTHON_API"
    return path


@pytest.fixture
def studio(debian12):
    """A Debian 12 root with shotgun_api3 in /srv/api and a user who logs in."""
    shutil.copytree(api_directory(), debian12.outside("/srv/api"))
    debian12.write("/srv/client.py", CLIENT)
    debian12.write("/etc/hosts", "127.0.0.1 localhost\n")
    debian12.run("useradd", "--create-home", "--shell", "/bin/sh", "artist")
    return debian12


def connect(root, url, *login, env=None):
    """Runs the client inside the root: bare, or through a login shell of somebody."""
    command = f"PYTHONPATH=/srv/api exec python3 /srv/client.py {url}"
    done = root.run(*(login or ["sh"]), "-c", command, check=False, env=env)
    if "connected" not in done.stdout:
        assert "CERTIFICATE_VERIFY_FAILED" in done.stdout, done.stdout
        return False
    return True


def test_shotgun_api3_fails_then_one_profile_mends_it(tm, studio, site, tmp_path):
    root, server = site
    (tmp_path / "studio-root.pem").write_text(root.text)
    profile = tmp_path / "studio.yml"
    profile.write_text(PROFILE)
    assert not connect(studio, server.url)
    assert not connect(studio, server.url, "su", "-", "artist")

    planned = tm("plan", profile, root=studio)
    assert planned.status == 0 and planned.changed, planned
    applied = tm("apply", profile, root=studio)
    assert applied.status == 0, applied
    assert [r["changes"] for r in applied.results] == [r["changes"] for r in planned.results]
    assert not tm("apply", profile, root=studio).changed

    # pam_env reads /etc/environment for su; the login shell reads /etc/profile.d besides.
    assert connect(studio, server.url, "su", "artist")
    assert connect(studio, server.url, "su", "-", "artist")
    # Each target by itself, as its parser reads it.
    state = tm("env", "get", "name=SHOTGUN_API_CACERTS", "targets=etc_environment",
               "targets=profile_d", "targets=environment_d", "targets=systemd", root=studio).state
    assert set(state["per_target"]) == {"etc_environment", "profile_d", "environment_d", "systemd"}
    for target, value in state["per_target"].items():
        assert connect(studio, server.url, env={"SHOTGUN_API_CACERTS": value}), target
    # A process that none of them reaches still fails: it is the variable that helps.
    assert not connect(studio, server.url)


def test_an_anchor_alone_does_not_mend_a_current_api(tm, studio, site, tmp_path):
    """From 3.2.6 the operating system's store no longer counts: its own bundle does."""
    root, server = site
    (tmp_path / "root.pem").write_text(root.text)
    applied = tm("anchor", "apply", f"certificate={tmp_path}/root.pem", root=studio)
    assert applied.status == 0, applied
    assert studio.trusts(server), "Python's ssl takes the system's store"
    assert not connect(studio, server.url)


def test_removal_takes_the_variable_away_again(tm, studio, site, tmp_path):
    root, server = site
    (tmp_path / "studio-root.pem").write_text(root.text)
    profile = tmp_path / "studio.yml"
    profile.write_text(PROFILE)
    assert tm("apply", profile, root=studio).status == 0
    assert connect(studio, server.url, "su", "-", "artist")
    gone = tm("env", "apply", "name=SHOTGUN_API_CACERTS", "state=absent", root=studio)
    assert gone.status == 0, gone
    assert not connect(studio, server.url, "su", "-", "artist")
    assert subprocess.run(["grep", "-r", "SHOTGUN_API_CACERTS", str(studio.outside("/etc"))],
                          capture_output=True).returncode == 1
