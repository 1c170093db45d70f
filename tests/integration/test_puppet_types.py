"""The types of the Puppet module, by `puppet apply` and `puppet resource` of both series."""

import re

import pytest

from integration.anchor_tools import fingerprints
from integration.puppet_local import Code, resource

pytestmark = pytest.mark.native_only("Puppet takes the program for this machine")

BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
ROOT = "/usr/share/ca-certificates/mozilla/Amazon_Root_CA_1.crt"
LOCAL = "/usr/local/share/ca-certificates"


@pytest.fixture
def place(puppet, request):
    """A root to manage: (its path outside, its path inside)."""
    outside, inside = puppet.directory(re.sub(r"\W", "_", request.node.name))
    (outside / "etc").mkdir()
    return outside, inside


def env(title, root, **attributes):
    return resource("trustmend_env", title, root=root, targets=["etc_environment"], **attributes)


def environment(outside):
    path = outside / "etc/environment"
    return path.read_text() if path.exists() else ""


# ---- what is told, and what is so ----

def test_noop_predicts_what_is_done_then_and_never_again(puppet, place):
    outside, inside = place
    (outside / "etc/environment").write_text("OLD=1\nKEEP=2\n")
    manifest = (env("NEW", inside, value="x") + env("OLD", inside, ensure="absent")
                + env("CHANGED", inside, value="x", require=Code("Trustmend_env['NEW']"))
                + resource("trustmend_bundle", "/opt/ca.pem", root=inside, requires=[],
                           sources=[ROOT], mode="0640", backup=True))
    predicted = puppet.apply(manifest, noop=True)
    assert predicted.status == 0 and environment(outside) == "OLD=1\nKEEP=2\n", predicted
    assert not (outside / "opt").exists()
    done = puppet.apply(manifest)
    assert done.status == 2, done
    for ref in [f"Trustmend_env[{name}]" for name in ("NEW", "OLD", "CHANGED")] + [
            "Trustmend_bundle[/opt/ca.pem]"]:
        told = [(name, event[0]["previous_value"], event[0]["desired_value"]) for name, event in
                (("predicted", predicted[ref]["events"]), ("done", done[ref]["events"]))]
        assert told[0][1:] == told[1][1:], told
        assert [event[0] for event in predicted.events(ref)] == [event[0] for event in
                                                                done.events(ref)] == ["ensure"]
    assert (outside / "opt/ca.pem").stat().st_mode & 0o777 == 0o640
    assert sorted(environment(outside).split()) == ["CHANGED=x", "KEEP=2", "NEW=x"]
    again = puppet.apply(manifest)
    assert again.status == 0 and set(again.outcomes().values()) == {"in sync"}, again


def test_each_attribute_that_differs_is_told_by_its_name(puppet, place):
    _outside, inside = place
    wish = {"root": inside, "requires": [], "sources": [ROOT]}
    puppet.apply(resource("trustmend_bundle", "/opt/ca.pem", mode="0640", **wish)
                 + env("A", inside, value="before"))
    done = puppet.apply(resource("trustmend_bundle", "/opt/ca.pem", mode="0644", **wish)
                        + env("A", inside, value="after"))
    assert done.events("Trustmend_bundle[/opt/ca.pem]") == [
        ("mode", "success", "mode changed '0640' to '0644'")]
    assert done.events("Trustmend_env[A]") == [
        ("value", "success", "value changed 'before' to 'after'; counts from: next login")]
    assert puppet.runs == ["plan", "apply", "plan", "apply"]


def test_what_differs_without_a_wish_for_it_stands_on_ensure(puppet, place):
    outside, inside = place
    wish = resource("trustmend_bundle", "/opt/ca.pem", root=inside, requires=[],
                    sources=[ROOT])
    puppet.apply(wish)
    path = outside / "opt/ca.pem"
    text = path.read_text()
    path.write_text(text.rstrip("\n"))
    path.chmod(0o600)
    (event,) = puppet.apply(wish).events("Trustmend_bundle[/opt/ca.pem]")
    assert event[:2] == ("ensure", "success") and "mode 0600 -> 0644" in event[2], event
    assert path.stat().st_mode & 0o777 == 0o644
    assert puppet.apply(wish).status == 0


def test_a_failure_is_told_by_the_core_and_stops_what_depends_on_it_alone(puppet, place):
    outside, inside = place
    done = puppet.apply(
        env("BAD", inside, value="x#y") + env("GOOD", inside, value="x")
        + env("BEHIND", inside, value="x", require=Code("Trustmend_env['BAD']"))
        + env("FURTHER", inside, value="x", require=Code("Trustmend_env['BEHIND']")))
    assert done.status == 6, done
    assert done.outcomes() == {"Trustmend_env[BAD]": "failed", "Trustmend_env[GOOD]": "changed",
                               "Trustmend_env[BEHIND]": "skipped",
                               "Trustmend_env[FURTHER]": "skipped"}
    (message,) = done.messages("err")
    assert "the value holds a '#'" in message and "(" in message and "\n" not in message
    assert environment(outside) == "GOOD=x\n"


def test_a_failure_in_the_run_itself_is_that_of_one_resource(puppet, place):
    outside, inside = place
    (outside / "opt").mkdir()
    (outside / "opt/ca.pem").mkdir()
    bundle = {"root": inside, "requires": [], "sources": [ROOT]}
    done = puppet.apply(resource("trustmend_bundle", "/opt/ca.pem", **bundle)
                        + resource("trustmend_bundle", "/opt/good.pem", **bundle))
    assert done.status == 6
    assert done.outcomes() == {"Trustmend_bundle[/opt/ca.pem]": "failed",
                               "Trustmend_bundle[/opt/good.pem]": "changed"}
    assert (outside / "opt/good.pem").exists()


# ---- one run ----

def test_many_anchors_are_one_plan_one_run_and_one_rebuild(puppet, pki):
    root = puppet.root
    certificates = [pki.root(f"trustmend puppet {index}") for index in range(20)]
    hook = root.write("/etc/ca-certificates/update.d/count",
                      "#!/bin/sh\necho rebuilt >>/tmp/rebuilds\n", mode=0o755)
    root.outside("/tmp/rebuilds").unlink(missing_ok=True)
    manifest = "".join(resource("trustmend_anchor", f"anchor {index}", certificate=one.text)
                       for index, one in enumerate(certificates))
    try:
        assert puppet.apply(manifest, noop=True).status == 0 and puppet.runs == ["plan"]
        done = puppet.apply(manifest)
        assert done.status == 2 and puppet.runs == ["plan", "apply"], done
        assert root.text("/tmp/rebuilds") == "rebuilt\n"
        held = fingerprints(root.text(BUNDLE))
        assert all(held.count(one.sha256.lower()) == 1 for one in certificates)
        again = puppet.apply(manifest)
        assert again.status == 0 and puppet.runs == ["plan"], again
        gone = puppet.apply(manifest.replace("certificate", "ensure => absent, certificate"))
        assert gone.status == 2 and puppet.runs == ["plan", "apply"]
        assert root.text("/tmp/rebuilds") == "rebuilt\n" * 2
        assert not set(fingerprints(root.text(BUNDLE))) & {one.sha256.lower() for one in certificates}
    finally:
        hook.unlink()


def test_what_a_plan_rested_on_may_change_in_the_same_run(puppet, place):
    """The file of a certificate, and the directory of a bundle, come from resources of Puppet's."""
    outside, inside = place
    manifest = (
        env("SSL_CERT_FILE", inside, value="/opt/ca.pem")
        + resource("trustmend_bundle", "/opt/ca.pem", root=inside, requires=[],
                   sources=[f"{inside}/sources/one.pem"])
        + resource("file", f"{inside}/sources", ensure="directory")
        + resource("file", f"{inside}/sources/one.pem",
                   source=ROOT))
    predicted = puppet.apply(manifest, noop=True)
    assert predicted.status == 0 and set(predicted.outcomes().values()) == {"noop"}, predicted
    message = predicted.events("Trustmend_bundle[/opt/ca.pem]")[0][2]
    assert f"File[{inside}/sources/one.pem] is not there yet" in message
    done = puppet.apply(manifest)
    assert done.status == 2 and set(done.outcomes().values()) == {"changed"}, done
    assert (outside / "opt/ca.pem").exists() and "SSL_CERT_FILE=/opt/ca.pem" in environment(outside)
    assert puppet.apply(manifest).status == 0


def test_what_another_resource_undoes_after_the_common_run_is_done_again(puppet, place):
    outside, inside = place
    (outside / "etc/environment").write_text("")
    manifest = (env("A", inside, value="x")
                + resource("exec", f"/bin/sed -i /B=/d {inside}/etc/environment")
                + env("B", inside, value="x"))
    done = puppet.apply(manifest)
    assert done.outcome("Trustmend_env[B]") == "changed", done
    assert sorted(environment(outside).split()) == ["A=x", "B=x"]


# ---- as Puppet's own types, with `file` beside ----

def twins(name, inside, **attributes):
    """A variable and a file of one name, with the same relations: `Twin[NAME]` is of the same kind."""
    def own(reference):
        return {key: Code(re.sub(r"Twin\[(\w+)\]", reference, value)) if isinstance(value, Code)
                else value for key, value in attributes.items()}

    return (env(name, inside, value="x", **own(r"Trustmend_env['\1']"))
            + resource("file", f"{inside}/{name}", content="x", **own(rf"File['{inside}/\1']")))


def alike(applied, inside, *names):
    found = {name: applied.outcome(f"Trustmend_env[{name}]") for name in names}
    assert found == {name: applied.outcome(f"File[{inside}/{name}]") for name in names}, applied
    return found


def test_metaparameters_mean_what_they_mean_for_a_file(puppet, place):
    outside, inside = place
    (outside / "etc/environment").write_text("SAME=x\n")
    (outside / "SAME").write_text("x")
    manifest = (
        resource("schedule", "never", range="0:00 - 0:01", weekday="Monday", period="never")
        + twins("PLAIN", inside)
        + twins("SAME", inside)
        + twins("ONE_NOOP", inside, noop=True)
        + twins("LATER", inside, schedule="never")
        + twins("BEHIND_NOOP", inside, require=Code("Twin[ONE_NOOP]"))
        + twins("TAGGED", inside, tag="chosen")
        + resource("exec", "/bin/false")
        + twins("BEHIND_FAILED", inside, require=Code("Exec['/bin/false']"))
        + "".join(resource("exec", f"of {kind}", command=f"/bin/sh -c 'echo >>{inside}/{kind}'",
                           refreshonly=True, subscribe=Code(f"{kind}[{called}]"))
                  for kind, called in (("Trustmend_env", "'PLAIN'"), ("File", f"'{inside}/PLAIN'")))
        + "".join(resource("exec", f"of same {kind}", command=f"/bin/sh -c 'echo >>{inside}/{kind}'",
                           refreshonly=True, subscribe=Code(f"{kind}[{called}]"))
                  for kind, called in (("Trustmend_env", "'SAME'"), ("File", f"'{inside}/SAME'"))))
    names = ("PLAIN", "SAME", "ONE_NOOP", "LATER", "BEHIND_NOOP", "TAGGED", "BEHIND_FAILED")
    tagged = puppet.apply(manifest, "--tags", "chosen")
    assert [name for name, word in alike(tagged, inside, *names).items() if word == "changed"] == [
        "TAGGED"]
    assert sorted(environment(outside).split()) == ["SAME=x", "TAGGED=x"]
    found = alike(puppet.apply(manifest), inside, *names)
    assert found == {"PLAIN": "changed", "SAME": "in sync", "ONE_NOOP": "noop", "LATER": "skipped",
                     "BEHIND_NOOP": "changed", "TAGGED": "in sync", "BEHIND_FAILED": "skipped"}
    assert sorted(environment(outside).split()) == ["BEHIND_NOOP=x", "PLAIN=x", "SAME=x", "TAGGED=x"]
    assert (outside / "Trustmend_env").read_text() == (outside / "File").read_text() == "\n"


def test_an_audit_reports_and_never_changes(puppet, place):
    outside, inside = place
    (outside / "etc/environment").write_text("A=x\n")
    (outside / "A").write_text("x")
    manifest = (env("A", inside, audit=["value", "per_target"])
                + resource("file", f"{inside}/A", audit="content"))
    first = puppet.apply(manifest)
    assert first.status == 0 and alike(first, inside, "A") == {"A": "in sync"}
    assert puppet.runs == ["get"]
    (outside / "etc/environment").write_text("A=y\n")
    (outside / "A").write_text("y")
    second = puppet.apply(manifest)
    audits = [event for event in second["Trustmend_env[A]"]["events"] if event["status"] == "audit"]
    assert {event["property"]: event["previous_value"] for event in audits}["value"] == "y"
    assert len([event for event in second[f"File[{inside}/A]"]["events"]
                if event["status"] == "audit"]) == 1
    assert environment(outside) == "A=y\n"


def test_a_program_that_cannot_be_run_fails_the_types_resources_and_what_is_behind(puppet, place):
    outside, inside = place
    done = puppet.apply(
        env("A", inside, value="x", program="/nowhere/trustmend") + env("B", inside, value="x")
        + resource("file", f"{inside}/behind", content="x", require=Code("Trustmend_env['A']"))
        + resource("file", f"{inside}/beside", content="x"))
    assert done.outcome(f"File[{inside}/behind]") == "skipped"
    assert done.outcome(f"File[{inside}/beside]") == "changed"
    assert done.outcome("Trustmend_env[A]") in ("failed", "skipped")
    assert "/nowhere/trustmend does not run" in "".join(done.messages("err")), done
    assert not (outside / "behind").exists() and environment(outside) == ""


# ---- secrets ----

def test_a_sensitive_value_is_shown_nowhere(puppet, place):
    outside, inside = place
    before, after = "/secret/before", "/secret/after"

    def manifest(value):
        return env("SECRET", inside, value=Code(f"Sensitive('{value}')"), audit="all")

    runs = [puppet.apply(manifest(before), noop=True), puppet.apply(manifest(before), "--debug"),
            puppet.apply(manifest(after), "--debug"), puppet.apply(manifest("/secret/#"), "--debug")]
    assert environment(outside) == f"SECRET={after}\n"
    for applied in runs:
        text = applied.output + "".join(map(str, applied.resources.values()))
        text += "".join(str(log["message"]) for log in applied.logs)
        assert "/secret" not in text, re.findall(".*/secret.*", text)
    assert "[redacted]" in runs[2].output


# ---- what is refused before anything is done ----

@pytest.mark.parametrize("words, told", [
    ({"ensure": "gone"}, "Invalid value \"gone\""),
    ({"scope": "everyone"}, "Invalid value \"everyone\""),
    ({"bogus": "x"}, "no parameter named 'bogus'"),
    ({"root": "etc"}, "'etc' is not an absolute path"),
])
def test_a_catalog_that_makes_no_sense_is_refused(puppet, words, told):
    assert told in puppet.refused(resource("trustmend_env", "A", value="x", **words))


def test_a_mode_without_quotes_is_refused(puppet):
    assert "quote it" in puppet.refused(resource("trustmend_bundle", "/opt/a", mode=Code("0644")))


# ---- puppet resource, and purging ----

def test_puppet_resource_lists_and_sets(puppet):
    assert "created" in puppet.resource("trustmend_env", "TM_TEST", "value=one")
    told = puppet.resource("trustmend_env", "TM_TEST")
    assert re.search(r"value +=> 'one'", told) and re.search(r"ensure +=> 'present'", told)
    assert "trustmend_env { 'TM_TEST':" in puppet.resource("trustmend_env")
    assert puppet.apply(told).status == 0  # what it prints is a manifest
    assert "ensure => 'absent'" in re.sub(" +", " ", puppet.resource("trustmend_env", "TM_TEST",
                                                                    "ensure=absent"))
    anchors = puppet.resource("trustmend_anchor")
    assert len(re.findall("^trustmend_anchor {", anchors, re.MULTILINE)) == len(
        fingerprints(puppet.root.text(BUNDLE)))
    assert "give its path" in puppet.resource("trustmend_core_api", check=False)
    assert f"trustmend_bundle {{ '{BUNDLE}':" in puppet.resource("trustmend_bundle")
    assert f"path     => '{BUNDLE}'" in puppet.resource("trustmend_bundle", BUNDLE)


def test_purging_takes_what_was_added_and_nothing_of_the_distribution(puppet, pki):
    root, kept, stray = puppet.root, pki.root("trustmend kept"), pki.root("trustmend stray")
    before = set(fingerprints(root.text(BUNDLE)))
    root.write(f"{LOCAL}/kept.crt", kept.text)
    root.write(f"{LOCAL}/stray.crt", stray.text)
    root.run("update-ca-certificates")
    manifest = (resource("resources", "trustmend_anchor", purge=True)
                + resource("trustmend_anchor", "what we want", certificate=f"{LOCAL}/kept.crt"))
    predicted = puppet.apply(manifest, noop=True)
    done = puppet.apply(manifest)
    for applied in (predicted, done):
        touched = [ref for ref, word in applied.outcomes().items() if word not in ("in sync",)]
        assert touched == ["Trustmend_anchor[CN=trustmend stray,O=trustmend tests]"], applied
        assert len([text for text in applied.messages("warning")
                    if "the distribution brings are not purged" in text]) == 1
    assert set(fingerprints(root.text(BUNDLE))) == before | {kept.sha256.lower()}
    assert puppet.apply(manifest).status == 0
    puppet.apply(resource("trustmend_anchor", "x", certificate=kept.text, ensure="absent"))
    assert set(fingerprints(root.text(BUNDLE))) == before


def test_purging_is_refused_where_it_is_not_known_what_is_what(puppet):
    puppet.root.write("/etc/environment", "TM_OTHER=1\n")
    done = puppet.apply(resource("resources", "trustmend_env", purge=True))
    assert done.outcome("Trustmend_env[TM_OTHER]") == "failed"
    assert "not purged" in "".join(done.messages("err"))
    assert puppet.root.text("/etc/environment") == "TM_OTHER=1\n"
    assert "ensure" in puppet.refused(resource("resources", "trustmend_core_api", purge=True))
    bundle = puppet.apply(resource("resources", "trustmend_bundle", purge=True))
    assert bundle.status in (4, 6) or "give its path" in bundle.output, bundle
    puppet.root.outside("/etc/environment").unlink()


