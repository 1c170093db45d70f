"""
What real releases of shotgun_api3 trust, and whether trustmend says the same: every release by every
interpreter, each with a number of settings, with TRUSTMEND_MATRIX=all in all combinations, which takes
an hour. TRUSTMEND_MATRIX=print shows the table as well (with pytest -s).
"""

import os

import pytest

from integration import trust_matrix
from integration.conftest import copy_of
from integration.trust_matrix import BASE, PLAIN, RELEASES, USES, USER, VARIABLE, told
from integration.trust_site import Sites

WANTED = os.environ.get("TRUSTMEND_MATRIX", "")


def settings():
    return trust_matrix.every_setting() if "all" in WANTED else trust_matrix.few_settings()


class Matrix:
    """What each release does on one interpreter, asked once."""

    def __init__(self, python, host):
        self.python = python
        self.host = host
        self.answers = {}

    def cells(self, release):
        if release not in self.answers:
            asked = settings()
            self.answers[release] = list(zip(asked, self.host.run(release, asked)))
            self.show(release)
        return self.answers[release]

    def show(self, release):
        if "print" in WANTED:
            for setting, answer in self.answers[release]:
                print("\n".join(trust_matrix.lines(self.python, release, setting, answer)))

    def answer(self, release, **setting):
        wanted = {**PLAIN, **setting}
        return next(answer for asked, answer in self.cells(release) if asked == wanted)

    def uses(self, release, **setting):
        """What each use trusts, in words."""
        answer = self.answer(release, **setting)
        assert "uses" in answer, answer
        return {use: told(answer["uses"][use]) for use in USES}


@pytest.fixture(scope="module")
def sites(pki):
    made = Sites(pki)
    yield made
    made.close()


@pytest.fixture(scope="module")
def releases():
    found = {release: trust_matrix.fetch(release) for release in RELEASES}
    missing = [release for release, directory in found.items() if directory is None]
    if missing:
        give_up = pytest.fail if "TRUSTMEND_RELEASES" in os.environ else pytest.skip
        give_up(f"shotgun_api3 {', '.join(missing)} cannot be had here")
    return found


@pytest.fixture(scope="module", params=[
    pytest.param(python, marks=pytest.mark.xdist_group(f"trust-{python}"))
    for python in trust_matrix.INTERPRETERS])
def matrix(request, debian_base, tmp_path_factory, sites, releases):
    suite, program = trust_matrix.INTERPRETERS[request.param]
    with copy_of(debian_base(suite), tmp_path_factory.mktemp(f"trust-{suite}")) as root:
        yield Matrix(request.param, trust_matrix.Host(root.path, program, sites, releases))


IMPORTABLE = {"2.7": {"3.0.14", "3.0.34", "3.2.2"},
              "3.11": {"3.2.2", "3.6.2", "3.8.1", "3.8.5", "3.9.0", "3.10.3"},
              "3.13": {"3.9.0", "3.10.3"}}


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_is_imported_by_the_interpreters_of_its_era(matrix, release):
    assert ("uses" in matrix.answer(release)) == (release in IMPORTABLE[matrix.python])


def imported(matrix, release):
    if release not in IMPORTABLE[matrix.python]:
        pytest.skip(f"Python {matrix.python} cannot import shotgun_api3 {release}")


@pytest.mark.parametrize("release", RELEASES)
def test_calls_never_trust_the_store_of_the_system(matrix, release):
    imported(matrix, release)
    for setting, answer in matrix.cells(release):
        if "uses" in answer:
            assert not set(answer["uses"]["api"]["trusted"]) & {
                "system file", "system directory", "SSL_CERT_FILE", "SSL_CERT_DIR"}, setting


def test_a_variable_decides_calls_but_no_transfer_of_3_8_5(matrix):
    imported(matrix, "3.8.5")
    uses = matrix.uses("3.8.5", variable="set")
    assert uses.pop("api") == "SHOTGUN_API_CACERTS"
    assert set(uses.values()) == {"system file and system directory"}


def test_a_download_from_the_site_changes_what_3_2_2_trusts_of_storage(matrix):
    imported(matrix, "3.2.2")
    uses = matrix.uses("3.2.2", variable="set")
    assert uses["storage_download"] == "system file and system directory"
    assert uses["storage_download_after"] == "SHOTGUN_API_CACERTS, any name, no SNI"


def test_transfers_of_3_9_0_are_strict_from_python_3_13_on(matrix):
    imported(matrix, "3.9.0")
    uses = matrix.uses("3.9.0", variable="set")
    assert uses["api"] == "SHOTGUN_API_CACERTS"
    strict = ", strict, partial chains" if matrix.python == "3.13" else ""
    assert uses["form"] == uses["storage_download"] == "SHOTGUN_API_CACERTS" + strict


@pytest.mark.parametrize("value", ["missing", "html", "directory", "damaged", "tilde"])
def test_a_variable_whose_file_does_not_load_stops_3_10_3(matrix, value):
    imported(matrix, "3.10.3")
    assert all(text.startswith("nothing: ") for text in matrix.uses("3.10.3", variable=value).values())


def test_a_proxy_of_the_environment_is_for_transfers_alone(matrix):
    imported(matrix, "3.10.3")
    uses = matrix.answer("3.10.3", other="proxy")["uses"]
    assert [use for use in USES if uses[use]["proxy"]] == list(USES[1:])


def verdicts(tm, matrix, release, asked):
    """What trustmend says of these settings, so many at a time as a request can hold."""
    for first in range(0, len(asked), 200):
        resources = [trust_matrix.resource(release, matrix.host.python, setting)
                     for setting in asked[first:first + 200]]
        answer = tm("verdict", "get", "--input", "-", root=matrix.host,
                    stdin={"resources": resources})
        for result in answer.results:
            assert not result["error"], result
            yield result["state"]


@pytest.mark.parametrize("release", RELEASES)
def test_the_verdict_foretells_what_each_use_trusts(matrix, tm, release):
    cells = matrix.cells(release)
    found = []
    for (setting, answer), state in zip(cells, verdicts(tm, matrix, release, [c[0] for c in cells])):
        different = trust_matrix.differences(release, setting, answer, state)
        found += [f"{setting}: {line}" for line in different]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("release", RELEASES)
def test_an_interpreter_tells_itself_what_each_use_trusts(matrix, release):
    """Without the sandbox; in it, where a test below asks more of them."""
    cells = matrix.cells(release)
    found = []
    for setting, answer in cells if "all" in WANTED else cells[::24]:
        seen = trust_matrix.observe(matrix.host, release, setting)
        different = trust_matrix.observed_differences(release, setting, answer, seen)
        found += [f"{setting}: {line}" for line in different]
    assert not found, "\n".join(found)


def observed(tm, matrix, resources):
    """What trustmend says when it has the interpreter run the API."""
    answer = tm("verdict", "get", "--input", "-", root=matrix.host,
                stdin={"resources": [{**one, "user": USER, "observe": True} for one in resources]})
    for result in answer.results:
        assert not result["error"], result
        assert result["state"]["basis"] == "observed", result["state"]["problems"]
        yield result["state"]


@pytest.mark.parametrize("release", RELEASES)
def test_what_the_verdict_observes_is_what_the_api_does_and_was_predicted(matrix, tm, release):
    cells = matrix.cells(release)[::8]
    resources = [trust_matrix.resource(release, matrix.host.python, cell[0]) for cell in cells]
    found = []
    for (setting, answer), state in zip(cells, observed(tm, matrix, resources)):
        different = trust_matrix.differences(release, setting, answer, state)
        different += [line for line in state["problems"] if "observed" in line]
        found += [f"{setting}: {line}" for line in different]
    assert not found, "\n".join(found)


def test_a_copy_that_was_changed_is_observed_and_the_difference_told(matrix, tm):
    imported(matrix, "3.8.5")
    source = matrix.host.path / f"{BASE}/api/3.8.5/shotgun_api3/shotgun.py".lstrip("/")
    changed = source.read_text()
    assert "SHOTGUN_API_CACERTS" in changed
    source.write_text(changed.replace("SHOTGUN_API_CACERTS", "STUDIO_CACERTS"))
    setting = {**PLAIN, "variable": "set"}
    try:
        [state] = observed(tm, matrix,
                           [trust_matrix.resource("3.8.5", matrix.host.python, setting)])
    finally:
        source.write_text(changed)
    own = f"{BASE}/api/3.8.5/shotgun_api3/lib/certifi/cacert.pem"
    assert (state["api"]["source"], state["api"]["file"]) == ("package", own)
    assert (f"api: predicted SHOTGUN_API_CACERTS {VARIABLE['set']}, observed package {own}"
            in state["problems"])
    assert state["form"]["source"] == "system" and state["fixes"] == []
