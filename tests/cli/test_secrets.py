"""A file that turns out not to be what it should be is not quoted: it may be anybody's secret."""

import pytest

SECRET = "hunter2"
FILES = {
    "passwords": f"root:{SECRET}:19000:0:99999:7:::\n{SECRET}:*:1::::::\n",
    "yaml": f"password: {SECRET}\n{SECRET}: yes\n",
    "yaml list": f"- {SECRET}\n",
    "yaml text": f"{SECRET}\n",
    "broken yaml": f"a: {SECRET} : x\n\t{SECRET}: [\n",
    "yaml date": f"date: 2024-13-45T{SECRET}\n",
    "yaml number": f"{SECRET}: 2024-13-45\n",
    "yaml tag": f"pass: !vault {SECRET}\n",
    "yaml mark": f"pass: !{SECRET}\n",
    "yaml location": f"location: {SECRET}\n{SECRET}:x:\n{SECRET}:x:\n",
    "json": f'{{"password": "{SECRET}"}}\n',
    "broken json": f'{{"password": {SECRET}}}\n',
    "json key": f'{{"{SECRET}": 1, "{SECRET}": 2}}\n',
    "key": f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n",
    "block": f"-----BEGIN CERTIFICATE-----\n{SECRET}\n-----END CERTIFICATE-----\n",
    "shell": f"export TOKEN={SECRET}\n{SECRET} |\n",
}
QUESTIONS = [
    ["anchor", "get", "certificate={}"], ["anchor", "plan", "certificate={}"],
    ["anchor", "list", "store=bundle:{}"], ["anchor", "plan", "certificate=@ca", "store=bundle:{}"],
    ["bundle", "get", "path={}"], ["bundle", "plan", "path={}"],
    ["bundle", "plan", "path={}", "state=absent"],
    ["bundle", "plan", "path={}", "sources=@ca", "requires="],
    ["bundle", "plan", "path=/new.pem", "sources={}"], ["bundle", "plan", "path=/new.pem", "extra={}"],
    ["bundle", "plan", "path=/new.pem", "sources=@ca", "requires={}"],
    ["core_api", "get", "path={}"], ["core_api", "plan", "path={}", "version=v0.23.10"],
    ["env", "get", "name=SSL_CERT_FILE", "targets=etc_environment"],
    ["env", "plan", "name=SSL_CERT_FILE", "targets=etc_environment", "value=/opt/ca.pem"],
    ["plan", "{}"], ["plan", "--input", "{}"], ["core_api", "plan", "--input", "{}"],
]


@pytest.mark.native_only("the readers are the same, and it is five hundred runs")
@pytest.mark.parametrize("kind", FILES)
def test_a_wrong_file_is_not_quoted(tm, tmp_path, pki, kind):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/environment").write_text(f"SSL_CERT_FILE=/secret\n{FILES[kind]}")
    (tmp_path / "secret").write_text(FILES[kind])
    ca = pki.root("Studio Root").pem
    for words in QUESTIONS:
        inside = words[0] in ("core_api", "bundle") and "path={}" in words or "store=" in words[-1]
        path = "/secret" if inside else str(tmp_path / "secret")
        asked = [word.replace("{}", path).replace("@ca", str(ca)) for word in words]
        for output in ("text", "json"):
            answer = tm(*asked, "--verbose", "--diff", "--output", output, root=tmp_path)
            told = answer.stdout + answer.stderr
            assert SECRET not in told, answer


@pytest.mark.parametrize("wrong", [{"sha": "1"}, {"sha256": 1}, {"state": "gone"}, {"certificate": None}])
@pytest.mark.parametrize("output", ["json", "text"])
def test_the_texts_of_a_malformed_resource_are_not_repeated(tm, tmp_path, wrong, output):
    text = FILES["key"]
    malformed = [
        {"type": "anchor", "certificate": text, **wrong},
        {"type": "bundle", "path": "/b", "sources": [text], "extra": [text], "requires": [text],
         "mdoe": "0644"},
        {"type": "anchro", "path": "/b", "certificate": text}]
    answer = tm("apply", "--input", "-", "--verbose", "--diff", "--output", output, root=tmp_path,
                stdin={"resources": malformed})
    assert answer.status == 2 and SECRET not in answer.stdout + answer.stderr, answer
    if output == "json":
        assert [r["name"] for r in answer.results] == \
            [None if "certificate" in wrong else "certificate", "/b", "/b"]
