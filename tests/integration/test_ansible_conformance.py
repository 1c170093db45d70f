"""Every conformance case through the Ansible collection: one batch, and the single modules."""

import pytest

from conformance.ansible import Ansible
from conformance.cases import Certificates, Trial, examine, groups
from conformance.command_line import CommandLine
from integration.ansible_local import Local

pytestmark = pytest.mark.native_only("the collection takes the program for this machine")

GROUPS = groups()


@pytest.fixture(scope="module")
def ansible(tmp_path_factory):
    return Local(tmp_path_factory.mktemp("ansible"))


@pytest.fixture(scope="module")
def certificates(pki, machines):
    return Certificates(pki, machines.vendor)


@pytest.mark.parametrize("group", GROUPS)
def test_cases(ansible, tm, certificates, machines, tmp_path, group):
    cases = [(case, way) for case in GROUPS[group] if "linux" in case.systems for way in case.ways]

    def trials(tool, name):
        return [Trial(*case, tool, certificates, tmp_path / name, machines.of) for case in cases]

    tool, other = Ansible(ansible, tmp_path), CommandLine(tm)
    examine(tool, trials(tool, "ansible"), (other, trials(other, "command line")))
