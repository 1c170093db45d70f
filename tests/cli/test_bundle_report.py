"""What a bundle's plan says and shows of itself."""

import pytest


def bundle(tm, root, verb, *words):
    return tm("bundle", verb, "path=/ca.pem", "requires=", *words, root=root)


def test_duplicates_that_go_are_in_the_difference(tm, tmp_path, pki):
    one, two = pki.root("One"), pki.root("Two")
    (tmp_path / "ca.pem").write_text(one.text + two.text + one.text)
    for verb in "plan", "apply":
        diff = bundle(tm, tmp_path, verb, "--diff").result["diff"]
        assert diff["path"] == "/ca.pem" and diff["after"] == ""
        assert diff["before"].count("\n") == 1 and "CN=One" in diff["before"], diff
    assert bundle(tm, tmp_path, "get").state["count"] == 2


def test_a_difference_of_the_text_alone_shows_its_lines(tm, tmp_path, pki):
    sound = pki.root("One").text
    (tmp_path / "ca.pem").write_text(sound.replace("-----BEGIN", "> -----BEGIN"))
    (tmp_path / "ca.pem").write_text(pki.root("Two").text + sound.replace("-----\n", "----- \x00\n", 1))
    answer = bundle(tm, tmp_path, "plan", "--diff")
    assert answer.changed and answer.error is None, repr(answer)
    assert answer.result["diff"]["before"] != answer.result["diff"]["after"], repr(answer)


@pytest.mark.posix_only("making links takes a right on Windows")
def test_of_a_link_the_link_goes_and_it_is_said(tm, tmp_path, pki):
    target = tmp_path / "real.pem"
    target.write_text(pki.root("One").text)
    (tmp_path / "ca.pem").symlink_to("real.pem")
    for verb in "plan", "apply":
        answer = bundle(tm, tmp_path, verb, "state=absent")
        assert answer.changed and answer.error is None
        assert any("/ca.pem is a symbolic link: the link goes" in w and "real.pem" in w
                   for w in answer.result["warnings"]), repr(answer)
    assert target.exists() and not (tmp_path / "ca.pem").is_symlink()
    assert not bundle(tm, tmp_path, "plan", "state=absent").changed


@pytest.mark.posix_only("files have no mode on Windows")
def test_a_mode_with_more_than_permissions_says_what_is_too_much(tm, tmp_path, pki):
    (tmp_path / "ca.pem").write_text(pki.root("One").text)
    for mode in "4777", "1644", "2755":
        error = bundle(tm, tmp_path, "plan", f"mode={mode}").error
        assert error["kind"] == "invalid_input" and mode in error["message"]
        assert "set-id" in error["hint"], error


def test_an_extra_file_of_two_says_what_to_do_with_it(tm, tmp_path, pki):
    (tmp_path / "ca.pem").write_text(pki.root("One").text)
    two = tmp_path / "two.pem"
    two.write_text(pki.root("Two").text + pki.root("Three").text)
    error = bundle(tm, tmp_path, "plan", f"extra={tm.path(two)}").error
    assert error["kind"] == "refused" and "2 certificates" in error["message"]
    assert "a file of its own" in error["hint"] and "anchor" not in error["hint"]
