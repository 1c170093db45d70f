"""A variable that names a CA file: the file is loaded as its consumers would, by every verb."""

import os
import subprocess

import pytest

pytestmark = pytest.mark.posix_only("Windows has no variables in a root; its units do the same")

NAME = "SHOTGUN_API_CACERTS"
FILE = "/opt/studio/cacert.pem"
HTML = "<!DOCTYPE html>\n<html><head><title>cacert.pem</title></head></html>\n"
ROOTS = ("starfield-services-root-g2", "amazon-root-ca-1")


@pytest.fixture
def root(tmp_path):
    path = tmp_path / "root"
    (path / "etc/profile.d").mkdir(parents=True)
    (path / "etc/environment").write_text("LANG=C\n")
    (path / FILE[1:]).parent.mkdir(parents=True)
    return path


@pytest.fixture
def good(tm, tmp_path, pki):
    """The text of a bundle that holds a root which the API needs."""
    seed = tmp_path / "seed.pem"
    seed.write_text(pki.root("Other Root").text)
    done = tm("bundle", "apply", "path=/good.pem", f"sources={seed}", f"extra=builtin:{ROOTS[1]}",
              "requires=", root=tmp_path)
    assert done.status == 0, done
    return (tmp_path / "good.pem").read_text()


def break_base64(text):
    lines = text.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith("-----BEGIN")) + 2
    lines[at] = "*" + lines[at][1:]
    return "".join(lines)


# Name: the content of the file (None: there is none) from a good bundle and a foreign root, its
# mode, and words that name what is wrong.
FAULTS = {
    "nothing": (lambda good, foreign: None, 0o644, "there is no file"),
    "a web page": (lambda good, foreign: HTML, 0o644, "web page"),
    "an empty file": (lambda good, foreign: "", 0o644, "is empty"),
    "words": (lambda good, foreign: "no certificate here\n", 0o644, "no certificate in it"),
    "a damaged certificate": (lambda good, foreign: good + break_base64(foreign), 0o644, "damaged"),
    "a file for root alone": (lambda good, foreign: good, 0o600, "not every user can read"),
    "a bundle without the roots": (lambda good, foreign: foreign, 0o644, "neither " + ROOTS[0]),
}


@pytest.fixture(params=FAULTS)
def fault(request, root, good, pki):
    """The words that name what is wrong with the file, which stands there."""
    content, mode, words = FAULTS[request.param]
    write(root, content(good, pki.root("Studio Root").text), mode)
    return words


def write(root, content, mode=0o644):
    file = root / FILE[1:]
    file.unlink(missing_ok=True)
    if content is not None:
        file.write_text(content)
        file.chmod(mode)


def plan_and_apply(tm, root, *words):
    """The answers of both, which must agree."""
    answers = [tm("env", verb, f"name={NAME}", f"value={FILE}", *words, root=root)
               for verb in ("plan", "apply")]
    kinds = [answer.error and answer.error["kind"] for answer in answers]
    assert kinds[0] == kinds[1] and answers[0].status == answers[1].status, answers
    return answers


def test_every_verb_names_what_is_wrong_with_the_file(tm, root, fault):
    before = (root / "etc/environment").read_text()
    for answer in plan_and_apply(tm, root):
        assert answer.status == 1 and not answer.changed, answer
        assert answer.error["kind"] in ("refused", "conflict")
        assert fault in answer.error["message"]
    assert (root / "etc/environment").read_text() == before
    # As somebody else set it: the same, on every verb.
    (root / "etc/environment").write_text(f"{NAME}={FILE}\n")
    state = tm("env", "get", f"name={NAME}", "targets=etc_environment", root=root).state
    assert any(fault in problem for problem in state["problems"]), state
    for answer in plan_and_apply(tm, root, "targets=etc_environment"):
        assert answer.status == 1 and not answer.changed, answer
        assert fault in answer.error["message"]


def test_force_sets_it_and_says_what_is_wrong(tm, root, fault):
    done = tm("env", "apply", f"name={NAME}", f"value={FILE}", "force=true", root=root)
    assert done.status == 0 and done.changed, done
    again = tm("env", "apply", f"name={NAME}", f"value={FILE}", "force=true", root=root)
    assert again.status == 0 and not again.changed, again
    for answer in (done, again):
        assert any(fault in warning for warning in answer.result["warnings"]), answer


def test_a_file_that_loads_is_no_matter(tm, root, good):
    write(root, good)
    plan, done = plan_and_apply(tm, root)
    assert done.status == 0 and done.changed and done.state["problems"] == [], done
    again = tm("env", "apply", f"name={NAME}", f"value={FILE}", root=root)
    assert again.status == 0 and not again.changed, again


def test_other_variables_need_no_root_of_the_service(tm, root, pki):
    write(root, pki.root("Studio Root").text)
    done = tm("env", "apply", "name=SSL_CERT_FILE", f"value={FILE}", root=root)
    assert done.status == 0 and done.changed, done


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT",
                                  "HTTPLIB2_CA_CERTS", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO",
                                  "AWS_CA_BUNDLE"])
def test_every_variable_that_names_a_ca_file_is_known(tm, root, name):
    write(root, HTML)
    answer = tm("env", "plan", f"name={name}", f"value={FILE}", root=root)
    assert answer.error["kind"] == "refused" and "web page" in answer.error["message"], answer


def run(tm, root, verb, *resources):
    return tm(verb, "--input", "-", root=root, stdin={"resources": list(resources)})


ENV = {"type": "env", "name": NAME, "value": FILE}


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_what_the_same_run_makes_counts(tm, root, good, tmp_path, verb):
    answer = run(tm, root, verb, ENV, {"type": "bundle", "path": FILE,
                                       "sources": [str(tmp_path / "good.pem")], "requires": []})
    assert answer.status == 0 and answer.changed, answer
    assert (root / FILE[1:]).exists() == (verb == "apply")


@pytest.mark.parametrize("verb", ["plan", "apply"])
@pytest.mark.parametrize("linked", [False, True])
def test_what_the_same_run_removes_is_not_named(tm, root, good, verb, linked):
    write(root, good)
    (root / "etc/environment").write_text(f"{NAME}={FILE}\n")
    path = FILE
    if linked:
        os.symlink("/opt/studio", root / "opt/link")
        path = "/opt/link/cacert.pem"
    for order in (1, -1):
        wishes = [{**ENV, "targets": ["etc_environment"]},
                  {"type": "bundle", "path": path, "state": "absent"}][::order]
        answer = run(tm, root, verb, *wishes)
        assert answer.status == 1 and not answer.changed, answer
        for result in answer.json["results"]:
            assert "one removes the file that the other names" in result["error"]["message"]
        assert (root / FILE[1:]).read_text() == good


def test_what_is_removed_with_its_variable_goes(tm, root, good):
    write(root, good)
    (root / "etc/environment").write_text(f"{NAME}={FILE}\n")
    answer = run(tm, root, "apply", {"type": "env", "name": NAME, "state": "absent"},
                 {"type": "bundle", "path": FILE, "state": "absent"})
    assert answer.status == 0 and answer.changed, answer
    assert not (root / FILE[1:]).exists() and (root / "etc/environment").read_text() == ""


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_what_the_same_run_takes_out_of_the_file_is_told_as_what_will_be(tm, root, good, pki, verb):
    write(root, good)
    takes = {"type": "anchor", "certificate": f"builtin:{ROOTS[1]}", "state": "absent",
             "store": f"bundle:{FILE}"}
    answer = run(tm, root, verb, ENV, takes)
    assert f"after this run, {FILE} holds neither" in answer.results[0]["error"]["message"], answer
    write(root, pki.root("Studio Root").text)
    answer = run(tm, root, verb, ENV)
    assert f"{NAME}: {FILE} holds neither" in answer.result["error"]["message"], answer
    state = tm("env", "get", f"name={NAME}", root=root).state
    assert not [p for p in state["problems"] if "after this run" in p]


@pytest.mark.parametrize("way", ["etc_environment", "profile_d"])
def test_a_blank_before_the_equals_sign_is_a_problem_for_pam_env_alone(tm, root, good, way):
    write(root, good)
    (root / "etc/environment").write_text(f"{NAME} ={FILE}\nOTHER = x\n")
    state = tm("env", "get", f"name={NAME}", f"targets={way}", root=root).state
    told = [p for p in state["problems"] if "blank" in p]
    assert told == ([f"line 1 of /etc/environment: pam_env passes over {NAME} for the blank before "
                     "its '=': remove the blank"] if way == "etc_environment" else [])


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_look_alike_is_warned_of_although_nothing_changes(tm, root, good, verb):
    write(root, good)
    (root / "etc/environment").write_text(f"{NAME}={FILE}\nSHOTGRID_API_CACERTS=/x\n")
    wish = {**ENV, "targets": ["etc_environment"]}
    for more in ([], [{"type": "env", "name": "TANK_NEW", "value": "1"}]):  # alone, and verified
        answer = run(tm, root, verb, wish, *more)
        told = [w for w in answer.results[0]["warnings"] if w.startswith("SHOTGRID_API_CACERTS (")]
        assert len(told) == 1 and answer.results[0]["changes"] == {}, answer
    assert tm("env", "get", f"name={NAME}", root=root).result["warnings"] == []


def hashed(root, directory, certificate, name=None):
    """Puts it there under the hash of its subject, or of another certificate's, as rehash does."""
    digits = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", (name or certificate).pem],
                            check=True, capture_output=True, text=True).stdout.strip()
    path = root / directory[1:] / f"{digits}.0"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(certificate.text)


def verifies(root, value, certificate):
    """Does OpenSSL find it where SSL_CERT_DIR says?"""
    dirs = ":".join(f"{root}{part}" for part in value.split(":") if part)
    done = subprocess.run(["openssl", "verify", certificate.pem], check=False,
                          env={"PATH": os.environ["PATH"], "SSL_CERT_DIR": dirs,
                               "SSL_CERT_FILE": "/nowhere"}, capture_output=True)
    return done.returncode == 0


@pytest.mark.parametrize("value, fault", [
    ("/good", None), ("/empty:/good", None), ("/good:/none", None), (":/good:", None),
    ("/none", "there is no directory /none"), ("/empty", "none has its hash for a name"),
    ("/wrong", "not one that loads stands under its hash"), ("/none:/empty", "no directory /none"),
    ("/opt/studio/a.pem", "is a file"),
])
def test_directories_are_looked_into_as_openssl_does(tm, root, pki, value, fault):
    studio, other = pki.root("Studio Root"), pki.root("Other Root")
    hashed(root, "/good", studio)
    hashed(root, "/wrong", other, studio)
    (root / "empty").mkdir()
    (root / "opt/studio/a.pem").write_text(studio.text)
    if fault != "is a file":  # in its place OpenSSL 3 takes a file, and 1.1.1 does not
        assert verifies(root, value, studio) == (not fault)
    words = ["name=SSL_CERT_DIR", "targets=etc_environment"]
    for verb in ("plan", "apply"):
        answer = tm("env", verb, *words, f"value={value}", root=root)
        if fault:
            assert answer.error["kind"] == "refused" and fault in answer.error["message"], answer
            assert "directory" in answer.error["hint"]
        else:
            assert answer.status == 0 and answer.changed, answer
            beside = [w for w in answer.result["warnings"] if "directory" in w]
            assert len(beside) == (1 if "/empty" in value or "/none" in value else 0), beside
    if fault:
        forced = tm("env", "apply", *words, f"value={value}", "force=true", root=root)
        assert forced.status == 0 and any(fault in w for w in forced.result["warnings"]), forced
    state = tm("env", "get", *words, root=root).state
    assert any("directory" in p for p in state["problems"]) == (value not in ("/good", ":/good:"))


def test_a_directory_for_root_alone_is_none_for_the_machine(tm, root, pki):
    studio = pki.root("Studio Root")
    hashed(root, "/private", studio)
    hashed(root, "/good", studio)
    (root / "private").chmod(0o700)
    words = ["name=SSL_CERT_DIR", "targets=etc_environment"]
    for verb in ("plan", "apply"):
        answer = tm("env", verb, *words, "value=/private:/none", root=root)
        assert answer.error and "has mode 0700" in answer.error["message"], answer
        assert "not every user can look into the directory" in answer.error["message"]
        assert answer.error["kind"] == "conflict" and "a+x the directories" in answer.error["hint"]
    assert tm("env", "apply", *words, "value=/private:/good", root=root).status == 0
    assert tm("env", "get", *words, root=root).state["problems"] == []
    (root / "good").chmod(0o700)
    problems = tm("env", "get", *words, root=root).state["problems"]
    assert [p for p in problems if p.startswith("not every user can look into the directory: ")]


def removal(tm, root, verb, *before):
    return run(tm, root, verb, *before, {"type": "bundle", "path": FILE, "state": "absent"})


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_removal_names_the_variables_that_lead_there(tm, root, good, verb):
    write(root, good)
    os.symlink("studio", root / "opt/link")
    (root / "etc/environment").write_text(f"LANG=C\n{NAME}={FILE}\nPIP_CERT=/opt/link/cacert.pem\n"
                                          "SSL_CERT_FILE=/opt/studio/other.pem\nMINE=" + FILE + "\n")
    (root / "etc/profile.d/trustmend.sh").write_text(f"# c\nexport {NAME}={FILE}\n")
    answer = removal(tm, root, verb)
    assert answer.status == 0 and answer.changed, answer
    assert answer.result["warnings"] == [
        f"{NAME} names this file (line 2 of /etc/environment, line 2 of /etc/profile.d/trustmend.sh), "
        "and programs that heed it will not find it: remove it with: trustmend env apply "
        f"name={NAME} state=absent",
        "PIP_CERT names this file (line 3 of /etc/environment), and programs that heed it will not "
        "find it: remove it with: trustmend env apply name=PIP_CERT state=absent"]
    assert (root / FILE[1:]).exists() == (verb == "plan")


@pytest.mark.parametrize("verb", ["plan", "apply"])
@pytest.mark.parametrize("wish", [{"state": "absent"}, {"value": "/opt/studio/new.pem"}])
def test_a_variable_that_the_same_run_takes_from_there_is_not_named(tm, root, good, verb, wish):
    write(root, good)
    (root / "opt/studio/new.pem").write_text(good)
    (root / "etc/environment").write_text(f"{NAME}={FILE}\n")
    for order in (1, -1):
        wishes = [{"type": "env", "name": NAME, "targets": ["etc_environment"], **wish},
                  {"type": "bundle", "path": FILE, "state": "absent"}][::order]
        answer = run(tm, root, verb, *wishes)
        assert answer.status == 0 and not [w for r in answer.results for w in r["warnings"]
                                           if "names this file" in w], answer


def test_what_is_lost_of_a_file_that_loads_is_named(tm, root, good, pki):
    """In the words of type bundle, as a warning: the programs run."""
    foreign = pki.root("Studio Root").text
    write(root, good + foreign.replace("-----BEGIN", "----!BEGIN"))
    problems = tm("bundle", "get", f"path={FILE}", root=root).state["problems"]
    assert len(problems) == 1 and "a damaged BEGIN line" in problems[0], problems
    words = f"{NAME}: {FILE}: {problems[0]}"
    for answer in plan_and_apply(tm, root):
        assert answer.status == 0 and answer.changed, answer
        assert answer.result["warnings"].count(words) == 1, answer
    state = tm("env", "get", f"name={NAME}", root=root).state
    assert state["problems"] == [words], state
    again = tm("env", "apply", f"name={NAME}", f"value={FILE}", root=root)
    assert again.status == 0 and not again.changed and words in again.result["warnings"], again


JOE = ("scope=user", "user=joe")
PRIVATE = {  # what keeps joe from it: the file's mode, its directory's, and who is named
    "the file": (0o600, 0o755, f"{FILE} has mode 0600"),
    "the directory": (0o644, 0o700, "/opt/studio has mode 0700"),
}


@pytest.fixture
def users(root):
    """A user joe, who is nobody that runs the tests."""
    (root / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n"
                                     "joe:x:54321:54321::/home/joe:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\njoe:x:54321:\n"
                                    f"studio:x:{os.getegid() or 77}:joe\n")
    (root / "home/joe").mkdir(parents=True)


@pytest.mark.parametrize("obstacle", PRIVATE)
def test_a_user_is_not_pointed_to_what_he_cannot_read(tm, root, users, good, obstacle):
    mode, directory, words = PRIVATE[obstacle]
    write(root, good, mode)
    (root / FILE[1:]).parent.chmod(directory)
    words = f"user joe cannot read the file: {words}"
    for answer in plan_and_apply(tm, root, *JOE):
        assert answer.status == 1 and answer.error["kind"] == "conflict", answer
        assert words in answer.error["message"] and not answer.changed
    done = tm("env", "apply", f"name={NAME}", f"value={FILE}", "force=true", *JOE, root=root)
    assert done.changed and any(words in line for line in done.result["warnings"]), done
    state = tm("env", "get", f"name={NAME}", *JOE, root=root).state
    assert words in state["problems"], state
    (root / FILE[1:]).parent.chmod(0o755)
    (root / FILE[1:]).chmod(0o644)
    again = tm("env", "apply", f"name={NAME}", f"value={FILE}", *JOE, root=root)
    assert again.status == 0 and not again.changed and again.state["problems"] == [], again


@pytest.mark.skipif(os.geteuid() != 0, reason="to give a file away needs root")
@pytest.mark.parametrize("uid, gid, mode, reads", [
    (54321, 0, 0o600, True), (0, 54321, 0o640, True), (0, 77, 0o640, True), (0, 0, 0o640, False),
    (0, 78, 0o640, True)], ids=["his", "of his own group", "of a group that lists him",
                                "of another group", "of a group that nobody knows"])
def test_owner_and_groups_of_the_user_count(tm, root, users, good, uid, gid, mode, reads):
    write(root, good, mode)
    os.chown(root / FILE[1:], uid, gid)
    for answer in plan_and_apply(tm, root, *JOE):
        assert (answer.status == 0) == reads, answer


@pytest.mark.parametrize("mode", ["0600", "0644"])
def test_the_mode_that_the_same_run_gives_counts_for_the_user(tm, root, users, good, tmp_path, mode):
    wishes = [{**ENV, "scope": "user", "user": "joe"},
              {"type": "bundle", "path": FILE, "sources": [str(tmp_path / "good.pem")],
               "requires": [], "mode": mode}]
    for verb in ("plan", "apply"):
        answer = run(tm, root, verb, *wishes)
        said = [r["error"]["message"] for r in answer.json["results"] if r.get("error")]
        # Without root's rights what is new is the caller's, and he sets his own variables.
        if mode == "0600" and os.geteuid() == 0:
            assert any(f"user joe cannot read the file: {FILE} has mode 0600" in line
                       for line in said), answer
        elif mode == "0644":
            assert answer.status == 0 and not said, answer


LOOK_ALIKES = ["SHOTGRID_API_CACERTS", "FPTR_API_CACERTS", "shotgun_api_cacerts", "SG_API_CACERTS"]


@pytest.mark.parametrize("name", LOOK_ALIKES)
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_look_alike_is_answered_with_the_right_name(tm, root, good, name, verb):
    write(root, good)
    answer = tm("env", verb, f"name={name}", f"value={FILE}", root=root)
    assert answer.status == 1 and answer.error["kind"] == "refused", answer
    assert f"{NAME} is meant" in answer.error["message"]
    assert f"name={NAME}" in answer.error["hint"]
    forced = tm("env", verb, f"name={name}", f"value={FILE}", "force=true", root=root)
    assert forced.status == 0 and forced.changed, forced
    again = tm("env", verb, f"name={name}", f"value={FILE}", "force=true", root=root)
    assert again.status == 0 and again.changed == (verb == "plan"), again
    words = f"{name}: nothing reads a variable of this name; {NAME} is meant"
    for answer in (forced, again):
        assert answer.result["warnings"].count(words) == 1, answer
    state = tm("env", "get", f"name={name}", root=root).state
    assert any(f"{NAME} is meant" in problem for problem in state["problems"]), state


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_a_stray_says_how_to_remove_it_and_that_works(tm, root, name):
    (root / "etc/environment").write_text(f"LANG=C\n{name}=/x\n")
    strays = tm("env", "get", f"name={NAME}", root=root).state["strays"]
    assert len(strays) == 1 and strays[0].startswith(f"{name} (nothing reads it; "), strays
    command = strays[0].split("remove it with: ")[1].split()
    assert command[0] == "trustmend", command
    done = tm(*command[1:], root=root)
    assert done.status == 0 and done.changed, done
    assert (root / "etc/environment").read_text() == "LANG=C\n"
    assert tm("env", "get", f"name={NAME}", root=root).state["strays"] == []
