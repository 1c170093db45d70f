"""
Stores of one certificate, or none. The script's rehash makes an entry for the bundle then as for
any file with one certificate, and what is left of it outlives the bundle; with nothing to compile
the script leaves the earlier bundle as it is, or fails.
"""

import pytest

from integration.anchor_tools import BUNDLE, CONF, HASHED, LOCAL, REBUILD, Store, snapshot, warnings
from integration.conftest import copy_of

SUITES = ["bullseye-ssh", "bookworm", "trixie-ssh"]

# In the order of names the bundle's is between them, and rehash takes the first of two equal files.
FIRST, LAST, THIRD = "Aurora Root", "Zenith Root", "Beacon Root"


@pytest.fixture(scope="module", params=SUITES)
def shared(request, debian_base, tmp_path_factory):
    """One root of a suite for all tests."""
    with copy_of(debian_base(request.param), tmp_path_factory.mktemp(request.param)) as root:
        yield root


@pytest.fixture
def root(shared):
    """With nothing in its store yet."""
    shared.run("find", LOCAL, HASHED, "-mindepth", "1", "-delete")
    return shared


@pytest.fixture
def store(tm, root):
    return Store(tm, root)


@pytest.fixture
def roots(pki):
    return {name: pki.root(name) for name in (FIRST, LAST, THIRD)}


def fill(root, certificates):
    """The store with these local files and nothing else, as Debian's own tool makes it."""
    root.write(CONF, "# nothing of the distribution's\n")
    for name, certificate in certificates.items():
        root.write(f"{LOCAL}/{name.split()[0]}.crt", certificate.text)
    if certificates:
        root.run(REBUILD, "--fresh")


def assert_holds(store, roots, names):
    for name, certificate in roots.items():
        if name in names:
            assert store.trusts(certificate), name
        else:
            assert not store.knows(certificate), name
    assert not store.dangling()


@pytest.mark.parametrize("before, after", [
    ([], [FIRST]), ([], [LAST]),
    ([FIRST], []), ([LAST], []),
    ([FIRST], [LAST]), ([LAST], [FIRST]),
    ([FIRST], [FIRST, LAST]), ([LAST], [FIRST, LAST]),
    ([FIRST, LAST], [LAST]), ([FIRST, LAST], [FIRST]), ([FIRST, LAST], []),
    ([FIRST, LAST], [THIRD]),
])
@pytest.mark.parametrize("rehashed", [False, True])
def test_few_certificates_come_and_go(root, store, roots, before, after, rehashed):
    fill(root, {name: roots[name] for name in before})
    if rehashed:  # as any other package does: now the bundle has an entry, where it holds one
        root.run("openssl", "rehash", HASHED)
    assert_holds(store, roots, before)
    wishes = [(roots[name], "present" if name in after else "absent") for name in roots]
    planned = store.run_many("plan", wishes)
    applied = store.run_many("apply", wishes)
    assert applied.status == 0 and applied.changed, repr(applied)
    assert [r["changes"] for r in planned.results] == [r["changes"] for r in applied.results]
    assert [r["warnings"] for r in planned.results] == [r["warnings"] for r in applied.results]
    assert_holds(store, roots, after)
    settled = snapshot(root.path / "etc")
    again = store.run_many("apply", wishes)
    assert again.status == 0 and not again.changed, repr(again)
    assert snapshot(root.path / "etc") == settled
    # Whatever else runs the store's own tools leaves it so.
    if after:
        root.run(REBUILD)
    root.run("openssl", "rehash", HASHED)
    assert_holds(store, roots, after)
    assert not store.run_many("plan", wishes).changed


def test_the_last_one_goes_for_good_and_it_is_said(root, store, roots):
    fill(root, {LAST: roots[LAST]})
    applied = store.converge(roots[LAST], "absent")
    assert "it is the last one" in warnings(applied)
    assert root.read(BUNDLE) == b"" and not store.compiled()
    store.converge(roots[FIRST])
    assert_holds(store, roots, [FIRST])


def test_an_entry_for_a_bundle_that_has_grown_is_right_and_goes(root, store, roots):
    """HASH.0 leads to the bundle, and then Debian's own tool adds another certificate."""
    fill(root, {LAST: roots[LAST]})
    root.run(REBUILD, "--fresh")
    root.write(f"{LOCAL}/Aurora.crt", roots[FIRST].text)
    root.run(REBUILD)
    assert_holds(store, roots, [FIRST, LAST])
    for name in FIRST, LAST:
        assert store.get(roots[name]).state["effective"]
    store.converge(roots[THIRD])
    assert_holds(store, roots, roots)
    leading = [link for link in root.outside(HASHED).iterdir()
               if link.is_symlink() and link.readlink().name == "ca-certificates.crt"]
    assert not leading


@pytest.mark.parametrize("suite", ["bookworm"])
def test_what_hides_an_entry_from_openssl_is_seen(tm, debian, pki, suite):
    """Of two with one subject the first was removed without its tool: HASH.0 leads nowhere."""
    root = debian(suite)
    store = Store(tm, root)
    key_ids = ("basicConstraints = critical,CA:TRUE\nsubjectKeyIdentifier = hash\n"
               "authorityKeyIdentifier = keyid:always\n")
    first, second = (pki.root("Twin Root", extensions=key_ids) for _ in range(2))
    for name, certificate in ("one", first), ("two", second):
        root.write(f"{LOCAL}/{name}.crt", certificate.text)
        root.run(REBUILD)
    assert store.trusts(first) and store.trusts(second)
    root.outside(f"{LOCAL}/one.crt").unlink()
    root.run(REBUILD)
    reached = store.directory_trusts(second)
    assert store.get(second).state["effective"] <= reached, "OpenSSL does not reach it"
    store.apply(second)
    assert store.trusts(second) and not store.knows(first) and not store.dangling()
    assert not store.plan(second).changed


@pytest.mark.parametrize("name", [".crt", "a b.crt", "ä.crt", "-x.crt", "[*].crt", "d.crt/in.crt"])
def test_odd_names_in_the_administrators_directory_hold_up_nothing(root, store, roots, name):
    fill(root, {FIRST: roots[FIRST]})
    root.write(f"{LOCAL}/{name}", roots[LAST].text)
    root.outside(f"{LOCAL}/dangling.crt").symlink_to("/nowhere")
    applied = store.apply(roots[THIRD])
    assert applied.status == 0, repr(applied)
    assert LAST in warnings(applied)
    assert_holds(store, roots, roots)
    assert store.get(roots[LAST]).state["effective"]
    store.converge(roots[LAST], "absent")
    assert_holds(store, roots, [FIRST, THIRD])
    assert not store.plan(roots[THIRD]).changed
