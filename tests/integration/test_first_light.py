"""The documented repair, from a store that lacks a root to one that has it, and back."""

import os

import pytest

SFS = "/usr/share/ca-certificates/mozilla/Starfield_Services_Root_Certificate_Authority_-_G2.crt"
BUILTIN = "certificate=builtin:starfield-services-root-g2"


def tree(path):
    """Everything below that a write would change, times of change included."""
    found = {}
    for directory, names, files in os.walk(path):
        for name in [".", *names, *files]:
            entry = os.path.join(directory, name)
            status = os.lstat(entry)
            found[entry] = (status.st_mode, status.st_size, status.st_ino, status.st_mtime_ns,
                            status.st_ctime_ns)
    return found


def dangling(root):
    done = root.run("find", "/etc/ssl/certs", "-xtype", "l")
    return done.stdout.split()


@pytest.fixture
def without_sfs(debian12):
    """A Debian 12 whose administrator has switched SFS G2 off."""
    listed = SFS.removeprefix("/usr/share/ca-certificates/")
    conf = debian12.text("/etc/ca-certificates.conf")
    assert f"\n{listed}\n" in conf
    debian12.write("/etc/ca-certificates.conf", conf.replace(f"\n{listed}\n", f"\n!{listed}\n"))
    debian12.run("update-ca-certificates")
    return debian12


def knows_sfs(root):
    """Does OpenSSL accept the root as its own end of a chain, by bundle and by directory?"""
    answers = {root.run("openssl", "verify", *where, SFS, check=False).returncode == 0
               for where in (["-no-CAfile", "-CApath", "/etc/ssl/certs"],
                             ["-no-CApath", "-CAfile", "/etc/ssl/certs/ca-certificates.crt"])}
    assert len(answers) == 1, "bundle and directory differ"
    return answers.pop()


def test_sfs_g2_is_added_where_it_was_removed(tm, without_sfs):
    assert not knows_sfs(without_sfs)
    before = tree(without_sfs.path)
    plan = tm("anchor", "plan", BUILTIN, root=without_sfs)
    assert plan.status == 0 and plan.changed
    assert tree(without_sfs.path) == before, "plan wrote something"
    apply = tm("anchor", "apply", BUILTIN, root=without_sfs)
    assert apply.status == 0 and apply.result["changes"] == plan.result["changes"], apply
    assert knows_sfs(without_sfs)
    assert not tm("anchor", "apply", BUILTIN, root=without_sfs).changed


def test_a_chain_is_refused_then_accepted_then_refused(tm, debian12, pki, tls_server):
    ca = pki.root("Studio Root")
    middle = pki.intermediate(ca)
    server = tls_server(pki.leaf(middle, "localhost"), chain=[middle])
    clean = set(os.listdir(debian12.outside("/etc/ssl/certs")))
    for state, trusted in (("present", True), ("absent", False), ("present", True)):
        assert debian12.trusts(server) != trusted
        assert debian12.openssl_trusts(server) != trusted
        words = [f"certificate={ca.pem}", f"state={state}"]
        assert tm("anchor", "apply", *words, root=debian12).status == 0
        assert debian12.trusts(server) == trusted
        assert debian12.openssl_trusts(server) == trusted
        assert dangling(debian12) == []
        assert not tm("anchor", "apply", *words, root=debian12).changed
        if not trusted:
            assert set(os.listdir(debian12.outside("/etc/ssl/certs"))) == clean
