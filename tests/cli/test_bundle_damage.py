"""
Bundles lose nothing silently: every damage that damage.py knows is mended with the type bundle,
added to with an anchor, and used as a source. Python's ssl says what is read before and after.
"""

import os
import re

import pytest

import damage

# Where char has no sign, OpenSSL strips fewer bytes off the end of a line than it does here.
pytestmark = pytest.mark.native_only("this machine's OpenSSL is the judge")


@pytest.fixture(scope="module")
def pems(pki):
    """Three roots whose base64 ends in each of the three ways."""
    found = {}
    for i in range(40):
        root = pki.root("Damage " + "x" * i)
        pem = root.text.encode()
        found.setdefault(damage.body(pem).count(b"="), pem)
        if len(found) == 3:
            return list(found.values())
    raise AssertionError("no three lengths")


@pytest.fixture(scope="module")
def damaged(pems):
    """Every seventh of them, or as many as asked for."""
    return damage.variations(pems, int(os.environ.get("TRUSTMEND_DAMAGE_EVERY", "7")))


def lines_of(text, pem):
    """The lines on which pieces of a certificate stand, generously."""
    piece = damage.body(pem)[100:130]
    flat = text.replace(b"\0", b"")
    at = flat.find(piece)
    line = flat[:at].count(b"\n") + 1 if at >= 0 else 1
    return range(line - 30, line + 31)


def told(result):
    """Every line number that warnings and error name, and whether anything is named at all."""
    texts = [*result["warnings"]]
    if result["error"]:
        texts.append(result["error"]["message"])
    return {int(number) for text in texts for number in re.findall(r"\bline (\d+)", text)}


def run(tm, root, verb, resources):
    answer = tm(verb, "--input", "-", root=root, stdin={"resources": resources}, timeout=600)
    assert len(answer.results) == len(resources), repr(answer)[:2000]
    return answer.results


def test_mending_keeps_every_certificate_or_names_it(tm, tmp_path, pems, damaged):
    root = tmp_path / "root"
    root.mkdir()
    for i, (_, text) in enumerate(damaged):
        (root / f"{i}.pem").write_bytes(text)
    resources = [{"type": "bundle", "path": f"/{i}.pem", "requires": []}
                 for i in range(len(damaged))]
    before_all = [damage.loaded(root / f"{i}.pem") or set() for i in range(len(damaged))]
    plan = run(tm, root, "plan", resources)
    first = run(tm, root, "apply", resources)
    second = run(tm, root, "plan", resources)
    wrong = []
    for i, (name, text) in enumerate(damaged):
        after = (root / f"{i}.pem").read_bytes()
        now = damage.loaded(root / f"{i}.pem")
        before = before_all[i]
        wanted = damage.readable(text, pems) | before
        error = first[i]["error"]
        if (plan[i]["error"] or {}).get("message") != (error or {}).get("message"):
            wrong.append((name, "plan is not apply", plan[i]["error"], error))
        if not error and plan[i]["warnings"] != first[i]["warnings"]:
            wrong.append((name, "plan warns of other things", plan[i]["warnings"],
                          first[i]["warnings"]))
        if error:
            if after != text:
                wrong.append((name, "refused, and changed"))
            named = told(first[i]) or "UTF-16" in error["message"]
            if error["kind"] not in ("conflict", "refused") or not named:
                wrong.append((name, "refused without a line", error))
            continue
        if now is None:
            wrong.append((name, "does not load"))
            continue
        if not before <= now:
            wrong.append((name, "what was read is not read any more", len(before), len(now)))
        for pem in pems:
            if damage.der(pem) in wanted - now and \
                    not told(first[i]) & set(lines_of(text, pem)):
                wrong.append((name, "lost without a word", first[i]["warnings"]))
        if second[i]["changed"] or second[i]["error"]:
            wrong.append((name, "not at rest", second[i]["changes"], second[i]["error"]))
    assert not wrong, f"{len(wrong)} of {len(damaged)}: " + "\n".join(map(str, wrong[:40]))


def test_an_added_certificate_is_read_or_the_file_is_left_alone(tm, tmp_path, pki, pems, damaged):
    root = tmp_path / "root"
    root.mkdir()
    new = pki.root("Added").text.encode()
    for i, (_, text) in enumerate(damaged):
        (root / f"{i}.pem").write_bytes(text)
    resources = [{"type": "anchor", "certificate": new.decode(), "store": f"bundle:/{i}.pem"}
                 for i in range(len(damaged))]
    before_all = [damage.loaded(root / f"{i}.pem") or set() for i in range(len(damaged))]
    plan = run(tm, root, "plan", resources)
    first = run(tm, root, "apply", resources)
    second = run(tm, root, "apply", resources)
    wrong = []
    for i, (name, text) in enumerate(damaged):
        after = (root / f"{i}.pem").read_bytes()
        now = damage.loaded(root / f"{i}.pem") or set()
        error = first[i]["error"]
        if (plan[i]["error"] or {}).get("message") != (error or {}).get("message"):
            wrong.append((name, "plan is not apply", plan[i]["error"], error))
        if error and (after != text or error["kind"] not in ("conflict", "refused")):
            wrong.append((name, "refused, and changed", error))
        if not error and not (damage.der(new) in now and before_all[i] <= now):
            wrong.append((name, "what should be read is not", len(now)))
        if not error and after.replace(new, b"").replace(new.replace(b"\n", b"\r\n"), b"") \
                not in (text, text + b"\n", text + b"\r\n"):
            wrong.append((name, "other bytes changed"))
        if not error and (second[i]["changed"] or second[i]["error"]):
            wrong.append((name, "not at rest", second[i]["changes"], second[i]["error"]))
        unread = damage.readable(text, pems) - before_all[i]
        if unread and not told(first[i]) and "UTF-16" not in str(error):
            wrong.append((name, "what is not read is not named", first[i]["warnings"], error))
    assert not wrong, f"{len(wrong)} of {len(damaged)}: " + "\n".join(map(str, wrong[:40]))


def test_a_source_gives_every_certificate_or_names_it(tm, tmp_path, pems, damaged):
    root = tmp_path / "root"
    root.mkdir()
    for i, (_, text) in enumerate(damaged):
        (tmp_path / f"{i}.pem").write_bytes(text)
    resources = [{"type": "bundle", "path": f"/{i}.pem", "requires": [],
                  "sources": [tm.path(tmp_path / f"{i}.pem")]} for i in range(len(damaged))]
    plan = run(tm, root, "plan", resources)
    first = run(tm, root, "apply", resources)
    second = run(tm, root, "plan", resources)
    wrong = []
    for i, (name, text) in enumerate(damaged):
        error = first[i]["error"]
        before = damage.loaded(tmp_path / f"{i}.pem") or set()
        wanted = damage.readable(text, pems) | before
        if (plan[i]["error"] or {}).get("message") != (error or {}).get("message"):
            wrong.append((name, "plan is not apply", plan[i]["error"], error))
        if error:
            vague = "there is no certificate in it" in error["message"]
            if error["kind"] != "refused" or (wanted and vague):
                wrong.append((name, "refused without a reason", error))
            continue
        now = damage.loaded(root / f"{i}.pem") or set()
        if not before <= now:
            wrong.append((name, "what was read is not there", len(before), len(now)))
        for pem in pems:
            if damage.der(pem) in wanted - now and \
                    not told(first[i]) & set(lines_of(text, pem)):
                wrong.append((name, "lost without a word", first[i]["warnings"]))
        if now - before and not told(first[i]):
            wrong.append((name, "taken without a word", first[i]["warnings"]))
        if second[i]["changed"] or second[i]["error"]:
            wrong.append((name, "not at rest", second[i]["changes"], second[i]["error"]))
    assert not wrong, f"{len(wrong)} of {len(damaged)}: " + "\n".join(map(str, wrong[:40]))


@pytest.mark.parametrize("heading", ["CERTFICATE", "CA CERTIFICATE", "CERT", "PUBLIC KEY"])
def test_a_certificate_under_another_heading_is_named(tm, tmp_path, pki, pems, heading):
    renamed = pems[1].replace(b"CERTIFICATE", heading.encode())
    root = tmp_path / "root"
    root.mkdir()
    path = root / "renamed.pem"
    path.write_bytes(pems[0] + renamed + pems[2])
    line = pems[0].count(b"\n") + 1
    assert damage.loaded(path) == {damage.der(pems[0]), damage.der(pems[2])}
    resources = [{"type": "bundle", "path": "/renamed.pem", "requires": []},
                 {"type": "bundle", "path": "/made.pem", "requires": [],
                  "sources": [tm.path(path)]},
                 {"type": "anchor", "certificate": pki.root("Beside").text,
                  "store": "bundle:/renamed.pem"}]
    for verb in ("plan", "apply"):
        for resource in resources:
            told = run(tm, root, verb, [resource])[0]
            assert not told["error"], told["error"]
            assert f"line {line}: a certificate under another heading" in str(told["warnings"])
    assert renamed in path.read_bytes()


def test_a_mark_of_utf_16_before_ascii_makes_no_utf_16_of_it(tm, tmp_path, pems):
    """OpenSSL reads all but the first block, which the mark stands before."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "ca.pem").write_bytes(b"\xff\xfe" + b"".join(pems))
    assert damage.loaded(root / "ca.pem") == {damage.der(pem) for pem in pems[1:]}
    resource = {"type": "bundle", "path": "/ca.pem", "requires": []}
    before = run(tm, root, "get", [resource])[0]
    assert "line 1: " in before["state"]["problems"][0], before
    assert "UTF-16" not in str(before["state"]["problems"]), before
    after = run(tm, root, "apply", [resource])[0]
    assert after["error"] is None and "line 1: " in str(after["warnings"]), after
    assert damage.loaded(root / "ca.pem") == {damage.der(pem) for pem in pems}
