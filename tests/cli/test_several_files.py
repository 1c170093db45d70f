"""Commas and wildcards in lists of the caller's files: on the command line, in JSON, in profiles."""

import pytest

PROFILE = """trustmend: 1
variables:
  extra: []
resources:
  - type: bundle
    path: /made.pem
    sources: [a.pem]
    extra: ${extra}
    requires: []
  - type: anchor
    foreach: extra
    certificate: ${item}
    store: bundle:/made.pem
"""


@pytest.fixture
def here(tmp_path, pki):
    """Certificates of the caller's; `root` beside them is where the bundle is made."""
    tmp_path.chmod(0o755)  # in Wine a drive is a link, which leads root to what all may read
    (tmp_path / "root").mkdir()
    for number, name in enumerate(("a.pem", "b.pem", "c,d.pem")):
        (tmp_path / name).write_text(pki.root(f"Several {number}").text)
    (tmp_path / "notes.txt").write_text("none\n")
    return tmp_path


def count(answer):
    assert answer.status == 0, answer
    return answer.results[0]["state"]["count"]


def bundle(tm, here, *words):
    return tm("bundle", "apply", "path=/made.pem", "requires=", *words, root=here / "root",
              cwd=str(here))


@pytest.mark.parametrize("words, wanted", [
    (["sources=a.pem,b.pem"], 2), (["sources=a.pem, b.pem"], 2), (["sources=*.pem"], 3),
    (["sources=[ab].pem"], 2), (["sources=a.pem", "sources=b.pem"], 2),
    (["sources=c,d.pem"], 1), (["sources=a.pem,c,,d.pem"], 2), (["sources=c,d.pem", "extra=?.pem"], 3),
    (["sources=a.pem", "extra=[bc]*.pem"], 3),
])
def test_words_name_several_files(tm, here, words, wanted):
    assert count(bundle(tm, here, *words)) == wanted
    again = bundle(tm, here, *words)
    assert again.status == 0 and not again.changed


def test_json_names_them_too_and_the_state_is_a_no_op(tm, here):
    wish = {"type": "bundle", "path": "/made.pem", "requires": [], "sources": ["a.pem,[b]*"]}
    answer = tm("apply", "--input", "-", root=here / "root", cwd=str(here), stdin=wish)
    assert count(answer) == 2
    state = {"type": "bundle", **answer.state}
    again = tm("apply", "--input", "-", root=here / "root", cwd=str(here), stdin=state)
    assert again.status == 0 and not again.changed


def test_what_matches_nothing_is_named_as_it_was_written(tm, here):
    answer = bundle(tm, here, "sources=a.pem,none*.pem")
    assert answer.status == 1 and answer.error["kind"] == "not_found"
    assert "none*.pem" in answer.error["path"] + answer.error["message"]


@pytest.mark.parametrize("settings", [
    ["extra=a.pem,b.pem,c,,d.pem"], ["extra=*.pem"], ["extra=a.pem", "extra=[bc]*.pem"],
])
def test_settings_name_several_files_for_lists_and_for_foreach(tm, here, settings):
    (here / "profile.yml").write_text(PROFILE)
    words = [word for setting in settings for word in ("--set", setting)]
    answer = tm("apply", "profile.yml", *words, root=here / "root", cwd=str(here))
    assert count(answer) == 3 and len(answer.results) == 4
    assert tm("plan", "profile.yml", *words, root=here / "root", cwd=str(here)).changed is False


# ---- the bundle among its sources ----

def made_inside(tm, here, *words, path="/made.pem"):
    return tm("bundle", "apply", f"path={path}", "requires=", *words, root=here, cwd=str(here))


@pytest.mark.parametrize("words", [["sources=*.pem"], ["sources=seed.txt", "extra=*.pem"]])
@pytest.mark.parametrize("path", ["/made.pem", "/root/../made.pem"])
def test_a_certificate_leaves_with_its_file(tm, here, pki, words, path):
    (here / "seed.txt").write_text(pki.root("Seed").text)
    first = count(made_inside(tm, here, *words, path=path))
    assert not made_inside(tm, here, *words, path=path).changed
    (here / "a.pem").unlink()
    assert count(made_inside(tm, here, *words, path=path)) == first - 1
    again = made_inside(tm, here, *words, path=path)
    assert again.status == 0 and not again.changed


def test_a_backup_is_no_source(tm, here):
    (here / "notes.txt").unlink()
    assert count(made_inside(tm, here, "sources=*", "backup=true")) == 3
    (here / "a.pem").unlink()
    for _ in range(2):
        assert count(made_inside(tm, here, "sources=*", "backup=true")) == 2
        assert (here / "made.pem.trustmend-backup").exists()


@pytest.mark.posix_only("what others can read is asked of the whole path")
def test_a_bundle_of_this_machine_is_no_source_of_itself(tm, here):
    for number in (3, 2):
        answer = tm("bundle", "apply", "path=./made.pem", "requires=", f"sources={here}/*.pem",
                    "mode=0600", cwd=str(here))
        assert count(answer) == number
        (here / "a.pem").unlink(missing_ok=True)


@pytest.mark.posix_only("Wine makes no links")
@pytest.mark.parametrize("link", ["/link.pem", "/root/link.pem"])
def test_a_link_to_the_bundle_is_the_bundle(tm, here, link):
    assert count(made_inside(tm, here, "sources=*.pem")) == 3
    (here / link[1:]).symlink_to("../made.pem" if link.startswith("/root") else "made.pem")
    (here / "a.pem").unlink()
    assert count(made_inside(tm, here, "sources=*.pem", path=link)) == 2


@pytest.mark.posix_only("hard links")
def test_a_hard_link_is_a_source_of_its_own(tm, here):
    (here / "made.pem").hardlink_to(here / "a.pem")
    for changed in (True, False):
        answer = made_inside(tm, here, "sources=*.pem")
        assert count(answer) == 3 and answer.changed is changed


def test_a_bundle_that_is_named_as_its_source_stays_one(tm, here):
    assert count(made_inside(tm, here, "sources=*.pem")) == 3
    (here / "a.pem").unlink()
    for words in (["sources=made.pem,b.pem"], ["sources=made.pem", "sources=b*.pem"]):
        answer = made_inside(tm, here, *words)
        assert count(answer) == 3 and not answer.changed


def test_a_wildcard_for_the_bundle_alone_matches_nothing(tm, here):
    assert count(made_inside(tm, here, "sources=*.pem")) == 3
    answer = made_inside(tm, here, "sources=m*.pem")
    assert answer.status == 1 and answer.error["kind"] == "not_found"
    assert "nothing matches it but the file that is made" in answer.error["message"]
