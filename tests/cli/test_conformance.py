"""
Every conformance case through the command line: plan, apply, and a second apply. Those that need a
real trust store are in integration/test_conformance_stores.py.
"""

import pytest

from conformance.cases import CASES, Certificates, Trial, examine
from conformance.command_line import CommandLine

EMPTY = [(case, way) for case in CASES if case.machine == "empty" for way in case.ways]


@pytest.fixture(scope="module")
def certificates(pki):
    return Certificates(pki)


@pytest.mark.parametrize("case, way", EMPTY, ids=str)
def test_case(tm, certificates, tmp_path, case, way):
    if tm.target.system not in case.systems:
        pytest.skip(f"a case for {' and '.join(case.systems)}")
    tool = CommandLine(tm)
    examine(tool, [Trial(case, way, tool, certificates, tmp_path)])
