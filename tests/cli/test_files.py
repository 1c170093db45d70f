"""Files that come with a request: as if they lay where the resources say."""

import base64

import pytest

FOUND = "found"  # where the request was written, and so on this machine in the comparison


@pytest.fixture
def root(tmp_path):
    path = tmp_path / "root"
    (path / "etc").mkdir(parents=True)
    (path / "opt").mkdir()
    return path


def sent(**files):
    return {name: None if data is None else base64.b64encode(data).decode()
            for name, data in files.items()}


def request(resources, files):
    return {"resources": resources, "files": sent(**files)}


def bundle(**more):
    return {"type": "bundle", "path": "/opt/ca.pem", "requires": [], **more}


def forms(ca):
    return {"ca.pem": ca.text.encode(), "ca.der": ca.der,
            "mark.pem": b"\xef\xbb\xbf" + ca.text.encode(),
            "latin.pem": "# Bärlauch\n".encode("latin-1") + ca.text.encode()}


@pytest.mark.parametrize("name", ["ca.pem", "ca.der", "mark.pem", "latin.pem"])
def test_a_sent_file_is_as_good_as_one_on_the_disk(tm, root, tmp_path, pki, name):
    """The same report, but for nothing, and the same file in the end."""
    ca, base = pki.root("Sent"), pki.root("Base")
    path = tmp_path / name
    data = forms(ca)[name]
    path.write_bytes(data)
    resources = [bundle(sources=[base.text], requires=[f"builtin:amazon-root-ca-1 or {tm.path(path)}"],
                        extra=[tm.path(path)]),
                 {"type": "anchor", "certificate": tm.path(path), "store": "bundle:/opt/ca.pem"}]
    plans = [tm("plan", "--input", "-", root=root, stdin={"resources": resources}).json]
    path.unlink()
    assert tm("plan", "--input", "-", root=root, stdin={"resources": resources}).status == 1
    travelled = request(resources, {tm.path(path): data})
    plans.append(tm("plan", "--input", "-", root=root, stdin=travelled).json)
    assert plans[0] == plans[1] and plans[0]["changed"] and not plans[0]["failed"], plans
    assert tm("apply", "--input", "-", root=root, stdin=travelled).status == 0
    assert ca.text in (root / "opt/ca.pem").read_text()
    assert not tm("plan", "--input", "-", root=root, stdin=travelled).changed


def test_wildcards_and_commas_name_files_of_this_machine_beside_those_that_came(tm, root, tmp_path, pki):
    sent_ca, here = pki.root("Sent"), tmp_path / "ca"
    here.mkdir()
    for number in range(3):
        (here / f"{number}.pem").write_text(pki.root(f"Here {number}").text)
    for sources, count in ((["salt://ca/*.pem", tm.path(here / "*.pem")], 4),
                           (["salt://ca/*.pem", f"{tm.path(here / '0.pem')},{tm.path(here / '2.pem')}"], 3)):
        travelled = request([bundle(sources=sources)], {"salt://ca/*.pem": sent_ca.text.encode()})
        answer = tm("apply", "--input", "-", root=root, stdin=travelled)
        assert answer.status == 0, answer
        assert answer.state["count"] == count
    lost = request([bundle(sources=["ca/*.pem"])], {"other": b""})
    answer = tm("plan", "--input", "-", root=root, stdin=lost)
    assert answer.error["kind"] == "invalid_input" and answer.error["path"] == "ca/*.pem"


def test_names_are_taken_to_the_letter(tm, root, pki):
    first, second = pki.root("First"), pki.root("Second")
    for given in ("ca.pem", "files/ca.pem", "/nowhere/ca.pem", "C:\\ca.pem", "ä b"):
        answer = tm("plan", "--input", "-", root=root, stdin=request(
            [bundle(sources=[given], requires=[second.sha256])],
            {given: second.text.encode(), f"./{given}": b"other"}))
        assert answer.error is None and answer.changed, answer
    for name, held in ((tm.path(first.pem), second), ("other", first)):
        answer = tm("plan", "--input", "-", root=root, stdin=request(
            [bundle(sources=[first.pem], requires=[held.sha256])], {name: second.text.encode()}))
        assert answer.error is None and answer.changed, answer


def test_words_that_name_no_file_never_do(tm, root, pki):
    fingerprint = "0" * 64
    files = {name: b"no certificate" for name in ("builtin:amazon-root-ca-1", fingerprint)}
    answer = tm("plan", "--input", "-", root=root, stdin=request(
        [bundle(sources=[pki.root().text], extra=["builtin:amazon-root-ca-1"],
                requires=[f"{fingerprint} or builtin:amazon-root-ca-1"])], files))
    assert answer.error is None and answer.changed, answer


@pytest.mark.parametrize("resource", [
    {"type": "anchor", "certificate": "NAME", "store": "bundle:/opt/ca.pem"},
    bundle(sources=["NAME"]), bundle(extra=["NAME"]), bundle(requires=["builtin:no or NAME"]),
    bundle(requires=["NAME"]),
])
@pytest.mark.parametrize("name, data, kind", [
    ("/nowhere/ca.pem", None, "not_found"),
    ("ca.pem", None, "not_found"),
    ("../ca.der", b"hello", "refused"),
    ("/nowhere/empty", b"", "refused"),
    ("big", b"x" * (17 << 18), "refused"),
    ("not-sent.pem", FOUND, "invalid_input"),
], ids=["missing", "missing too", "text", "empty", "large", "not sent"])
def test_what_is_wrong_with_it_is_told_by_its_name(tm, root, pki, resource, name, data, kind):
    def named(value):
        return [named(v) for v in value] if isinstance(value, list) else value.replace("NAME", name)
    wrong = {key: named(value) for key, value in resource.items()}
    wrong["requires"] = [text.replace("builtin:no", "builtin:amazon-root-ca-1")
                         for text in wrong.get("requires", [])]
    if resource["type"] == "anchor":
        del wrong["requires"]
    elif "sources" not in wrong:
        wrong["sources"] = [pki.root().text]
    (root / "opt/ca.pem").write_text(pki.root("Held").text)
    held = (root / "opt/ca.pem").read_text()
    answer = tm("apply", "--input", "-", root=root, cwd=root,
                stdin=request([wrong], {} if data is FOUND else {name: data}))
    assert answer.status == 1 and answer.error["kind"] == kind, answer
    assert answer.error["path"] == name or name in answer.error["message"], answer
    assert (root / "opt/ca.pem").read_text() == held


@pytest.mark.parametrize("kind", ["pem", "der", "both"])
def test_a_private_key_is_refused_and_not_repeated(tm, root, pki, kind):
    ca = pki.root()
    text = ca.key.read_bytes()
    body = b"".join(text.splitlines()[1:-1])
    data = {"pem": text, "der": base64.b64decode(body), "both": ca.text.encode() + text}[kind]
    for resource in ({"type": "anchor", "certificate": "key", "store": "bundle:/opt/ca.pem"},
                     bundle(sources=["key"]), bundle(sources=[ca.text], extra=["key"])):
        for output in ("json", "text"):
            answer = tm("apply", "--input", "-", "--diff", "--verbose", "--output", output,
                        root=root, stdin=request([resource], {"key": data}))
            assert answer.status == 1, answer
            assert body[20:40].decode() not in answer.stdout + answer.stderr
    assert not (root / "opt/ca.pem").exists()


def test_what_came_from_elsewhere_has_no_directory_here(tm, root):
    resource = {"type": "core_api", "path": "proj", "version": None}
    answer = tm("plan", "--input", "-", cwd=root, stdin=request([resource], {}))
    assert answer.status == 2 and answer.error["path"] == "proj", answer
    assert "relative" in answer.error["message"] and "absolute" in answer.error["hint"]


@pytest.mark.parametrize("files", [[], {"a": 1}, {"a": "aGk"}, {"": ""}])
def test_files_that_are_none_stop_everything(tm, root, files):
    answer = tm("plan", "--input", "-", root=root,
                stdin={"resources": [bundle(sources=[])], "files": files})
    assert answer.status == 2 and answer.results == []
    assert "files" in answer.json["error"]["message"]


def test_describe_says_what_may_name_files(tm):
    types = tm("describe").json["types"]
    assert {(kind, name) for kind, schema in types.items()
            for name, prop in schema["properties"].items() if prop.get("x-input-file")} == {
        ("anchor", "certificate"), ("bundle", "sources"), ("bundle", "extra"),
        ("bundle", "requires"), ("python_api", "source"), ("verdict", "requires")}


@pytest.mark.parametrize("form", [
    "{pem} or {builtin}", "{builtin} or {pem}", "{pem}\n or ca.pem or {builtin}", "{pem}or {builtin}",
    "# This or That\n{pem} or {builtin}", "none.pem or {builtin} or\n{pem}", "{pem}or\n{pem}",
])
@pytest.mark.parametrize("held", [True, False])
def test_alternatives_may_be_pem_texts(tm, root, pki, form, held):
    wanted, other = pki.root("This or That"), pki.root("Other")
    text = form.format(pem=wanted.text, builtin="builtin:amazon-root-ca-1")
    files = {"ca.pem": other.text.encode() if held else wanted.text.encode(),
             "none.pem": other.text.encode() if held else wanted.text.encode()}
    answer = tm("plan", "--input", "-", root=root, stdin=request(
        [bundle(sources=[(wanted if held else pki.root("Third")).text], requires=[text])], files))
    assert (answer.error is None) == held, answer
    assert held or answer.error["kind"] == "refused" and "none of" in str(answer.error) \
        or "This or That" in str(answer.error), answer


@pytest.mark.parametrize("around", ["subject=CN = This or That\n{pem}", "{pem}\nthis or that\n",
                                    "{pem}\n# or not\n"])
def test_what_is_written_around_a_pem_text_is_no_alternative(tm, root, pki, around):
    wanted = pki.root("Wanted")
    answer = tm("plan", "--input", "-", root=root, stdin=request(
        [bundle(sources=[wanted.text], requires=[around.format(pem=wanted.text)])], {}))
    assert answer.error is None and answer.changed, answer
