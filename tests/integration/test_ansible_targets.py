"""The collection's own integration targets, with the newest ansible-core and with Debian's."""

import pathlib
import shutil

import pytest

from integration.ansible_local import Local

pytestmark = pytest.mark.native_only("the collection takes the program for this machine")

TARGETS = pathlib.Path(__file__).resolve().parents[2] / "plugins/ansible/tests/integration/targets"
MODULES = pathlib.Path(__file__).resolve().parents[2] / "plugins/ansible/plugins/modules"


@pytest.fixture(scope="module", params=["newest", "debian"])
def ansible(request, tmp_path_factory):
    return Local(tmp_path_factory.mktemp(request.param), request.param)


def test_every_module_has_a_target():
    """But the one in PowerShell, which only the others use, on Windows hosts."""
    modules = {p.stem for p in MODULES.glob("*.py") if not p.with_suffix(".ps1").exists()}
    assert {p.name for p in TARGETS.iterdir()} == modules


@pytest.mark.parametrize("target", sorted(p.name for p in TARGETS.iterdir()))
def test_target(ansible, target, tmp_path):
    """As ansible-test runs it: the role on this machine, with an `output_dir` of its own."""
    book = tmp_path / "play.yml"
    book.write_text(f"- hosts: localhost\n  connection: local\n  gather_facts: false\n"
                    f"  roles: [{target}]\n")
    ansible.environment["ANSIBLE_ROLES_PATH"] = str(TARGETS)
    output = tmp_path / "output"
    output.mkdir()
    done = ansible.call("ansible-playbook", "-i", "localhost,", "-e", f"output_dir={output}", book)
    assert "failed=0" in done.stdout and "All assertions passed" in done.stdout
    shutil.rmtree(output)
