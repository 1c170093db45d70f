"""The conformance cases on machines with a real trust store, through the command line."""

import pytest

from conformance.cases import CASES, Certificates, Trial, examine
from conformance.command_line import CommandLine

STORES = [(case, way) for case in CASES if case.machine != "empty" for way in case.ways]


@pytest.fixture(scope="module")
def certificates(pki, machines):
    return Certificates(pki, machines.vendor)


@pytest.mark.parametrize("case, way", STORES, ids=str)
def test_case(tm, certificates, machines, tmp_path, case, way):
    tmp_path.chmod(0o755)
    tool = CommandLine(tm)
    examine(tool, [Trial(case, way, tool, certificates, tmp_path, machines.of)])
