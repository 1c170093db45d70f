"""Every conformance case through the states of the Salt extension, in both long-term series."""

import pytest

from conformance.cases import BATCH, CASES, Certificates, Trial, examine, groups
from conformance.command_line import CommandLine
from conformance.salt import Salt
from integration.salt_local import SaltLocal, in_each_series

pytestmark = pytest.mark.native_only("Salt takes the program for this machine")

GROUPS = groups([case for case in CASES if "linux" in case.systems])


salt = in_each_series(SaltLocal)


@pytest.fixture(scope="module")
def certificates(pki, machines):
    return Certificates(pki, machines.vendor)


@pytest.mark.parametrize("group", GROUPS)
def test_states(salt, tm, certificates, machines, tmp_path, group):
    def trials(tool, name):
        return [Trial(case, way, tool, certificates, tmp_path / name, machines.of)
                for case in GROUPS[group] for way in case.ways]

    tool, other = Salt(salt), CommandLine(tm)
    examine(tool, trials(tool, "salt"), (other, trials(other, "command line")))


@pytest.mark.parametrize("group", GROUPS)
def test_one_state_for_all(salt, certificates, machines, tmp_path, group):
    tool = Salt(salt, as_profile=True)
    examine(tool, [Trial(case, BATCH, tool, certificates, tmp_path, machines.of)
                   for case in GROUPS[group]])
