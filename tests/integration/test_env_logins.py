"""
What `env` claims about logins, against the real logins: random scripts made of what people write
(TRUSTMEND_LOGIN_CASES says how many, 343 take some minutes), and each wrong claim that was once
made as a test of its own.
"""

import os
import re
import shutil

import pytest

from integration.login_scripts import VARIABLES, Case
from integration.logins import NOBODY, PERSON, logins_in

CASES = int(os.environ.get("TRUSTMEND_LOGIN_CASES", "12"))
GROUPS = 2  # of cases, so that workers share them
OPEN = re.compile(r"cannot tell", re.IGNORECASE)
V, NEW, OLD = "STUDIO_SITE", "/opt/studio/cacert.pem", "/opt/old/cacert.pem"
PROFILE_D = "etc/profile.d/trustmend.sh"


@pytest.fixture(scope="module")
def root(debian_base, tmp_path_factory):
    with logins_in(tmp_path_factory.mktemp("logins"), debian_base("bookworm-systemd")) as made:
        yield made


@pytest.fixture
def logins(root):
    root.reset()
    return root


class Claims:
    """What one run told of variables: `value(name)`, bytes or None; `is_open(name)`; `words`."""

    def __init__(self, results):
        self.results = {result["name"]: result for result in results}

    def state(self, name):
        return self.results[name]["state"]

    def error(self, name):
        return self.results[name]["error"]

    def told(self, name):
        """All that is said besides the value."""
        result = self.results[name]
        error = result["error"] or {}
        return [*(result["state"] or {}).get("problems", []),
                *filter(None, (error.get("message"), error.get("hint")))]

    def value(self, name):
        value = self.state(name)["per_target"]["profile_d"]
        return None if value is None else value.encode()

    def is_open(self, name):
        value = self.state(name)["per_target"]["profile_d"]
        return value is not None and bool(OPEN.search(value) or differs(value))


def differs(value):
    """Does the text tell shells or users apart?"""
    return len(re.findall(r"\((?:[^()]*\b)?(?:bash|dash|zsh|fish|tcsh|nobody|artist)\b[^()]*\)",
                          value)) > 1


@pytest.fixture
def ask(tm, logins):
    """ask("get", names, scope=…) in one run; or ask("apply", values={"NAME": "value"})."""

    def run(verb, names=(V,), values=None, **more):
        resources = [{"type": "env", "name": name, "targets": ["profile_d"], **more}
                     for name in values or names]
        for resource in resources if values else ():
            resource["value"] = values[resource["name"]]
        answer = tm(verb, "--input", "-", "--output", "json", root=logins,
                    stdin={"resources": resources})
        return Claims(answer.results)

    return run


def of_user():
    return {"scope": "user", "user": PERSON}


# ---- random scripts ----

def real_logins(logins, case):
    users = (PERSON,) if case.of_user else (PERSON, NOBODY)
    shells = case.shells[:1] if case.of_user else case.shells
    return {(shell, user): logins.login(shell, user) for shell in shells for user in users}


def check_claim(claims, name, real, what):
    """The value is that of every login, or it is said that it cannot be told, and why."""
    assert claims.error(name) is None, what
    got = {login: found and found.get(name.encode()) for login, found in real.items()}
    dead = [login for login, found in real.items() if found is None]
    if claims.is_open(name):
        assert claims.told(name), f"{name} without a reason: {what}"
        return False
    if dead:
        assert claims.told(name), f"{name}: {dead} end, and nothing is told: {what}"
    alive = {value for login, value in got.items() if login not in dead}
    assert alive <= {claims.value(name)}, f"{name}: {claims.value(name)}, not {got}: {what}"
    return True


def check_apply(logins, claims, name, before, case, what):
    """Done, then every login has the wish and all else as before; or nothing was done."""
    after = real_logins(logins, case)
    if claims.error(name):
        assert after == before, f"{claims.error(name)}, and logins differ: {what}"
        return False
    for login, found in after.items():
        old = before[login]
        if found is None:
            assert old is None and claims.told(name), f"{login} ends: {what}"
            continue
        assert found.get(name.encode()) == NEW.encode(), f"{login}: {found}: {what}"
        for other in () if old is None else set(found) | set(old):
            if other not in (name.encode(), b"_"):
                assert found.get(other) == old.get(other), f"{login}, {other}: {what}"
    return True


@pytest.mark.parametrize("group", range(GROUPS))
def test_claims_of_random_scripts_are_what_logins_get(logins, ask, group):
    definite = applied = total = 0
    for number in range(group, CASES, GROUPS):
        case = Case(number)
        case.place(logins)
        more = of_user() if case.of_user else {}
        claims = ask("get", VARIABLES, **more)
        real = real_logins(logins, case)
        definite += sum(check_claim(claims, name, real, case.told()) for name in VARIABLES)
        done = ask("apply", VARIABLES[:1], value=NEW, **more)
        applied += check_apply(logins, done, VARIABLES[0], real, case, case.told())
        total += 1
    assert definite >= total and applied >= total / 3, (definite, applied, total)


# ---- claims that were wrong once ----

def check(claims, logins, shells=("bash",), users=(PERSON, NOBODY), name=V):
    """The claim holds in these logins, or is open with a reason; nothing else is right."""
    real = {(shell, user): logins.login(shell, user) for shell in shells for user in users}
    return check_claim(claims, name, real, str(claims.results[name]))


def test_an_export_behind_the_loop_in_etc_profile(logins, ask):
    logins.append("etc/profile", f"export {V}={OLD}\n")
    assert ask("get").value(V) == OLD.encode()
    error = ask("apply", value=NEW).error(V)
    assert error["kind"] == "conflict" and error["path"] == "/etc/profile", error
    assert not logins.outside(PROFILE_D).exists()
    error = ask("apply", state="absent").error(V)
    assert error["kind"] == "conflict" and error["path"] == "/etc/profile", error
    assert logins.login()[V.encode()] == OLD.encode()


def test_an_export_before_the_loop_loses_against_ours(logins, ask):
    profile = logins.outside("etc/profile").read_text()
    logins.write("etc/profile", f"export {V}={OLD}\n{profile}")
    assert ask("apply", value=NEW).error(V) is None
    assert logins.login()[V.encode()] == NEW.encode()


def test_sh_local_counts_where_etc_profile_reads_it(logins, ask):
    logins.write("etc/profile.d/sh.local", f"# overrides\nexport {V}={OLD}\n")
    assert ask("get").value(V) is None
    profile = logins.outside("etc/profile").read_text()
    changed = profile.replace("/etc/profile.d/*.sh", "/etc/profile.d/*.sh /etc/profile.d/sh.local")
    assert changed != profile
    logins.write("etc/profile", changed)
    assert ask("get").value(V) == OLD.encode()
    error = ask("apply", value=NEW).error(V)
    assert error["kind"] == "conflict" and error["path"] == "/etc/profile.d/sh.local", error
    assert logins.login()[V.encode()] == OLD.encode()


def test_bash_sorts_names_by_the_logins_locale(logins, ask):
    logins.reset(("bash", "dash"))
    logins.outside("usr/lib/locale").mkdir(exist_ok=True)
    if not logins.outside("usr/lib/locale/en_US.utf8").exists():
        logins.run("localedef", "-i", "en_US", "-f", "UTF-8", "/usr/lib/locale/en_US.utf8")
    logins.write("etc/default/locale", "LANG=en_US.UTF-8\n")
    logins.write("etc/profile.d/Z99-studio.sh", f"export {V}={OLD}\n")
    try:
        done = ask("apply", value=NEW)
        if done.error(V) is None:
            assert not done.is_open(V)
            check(done, logins, ("bash", "dash"))
        else:
            assert done.error(V)["kind"] == "conflict", done.error(V)
            assert not logins.outside(PROFILE_D).exists()
    finally:
        shutil.rmtree(logins.outside("usr/lib/locale/en_US.utf8"))


SOURCING = [
    "set -a\n. /etc/studio/@V.env\nset +a\n", "set -a; . /etc/studio/@V.env; set +a\n",
    "[ -r /etc/studio/@V.env ] && . /etc/studio/@V.env; export @V\n",
    'eval "$(cat /etc/studio/@V.env)"; export @V\n', "eval export @V=/opt/old/cacert.pem\n",
    "while read -r l; do export \"$l\"; done </etc/studio/@V.env\n"]


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_files_that_are_sourced_and_texts_that_are_evaluated_count(logins, ask, shell):
    logins.reset((shell,))
    names = [f"STUDIO_{number}" for number in range(len(SOURCING))]
    for name in names:
        logins.write(f"etc/studio/{name}.env", f"{name}={OLD}\n")
    logins.write("etc/profile.d/zz-studio.sh", "".join(
        text.replace("@V", name) for name, text in zip(names, SOURCING)))
    got = ask("get", names)
    changed = ask("apply", names, value=NEW)
    gone = ask("apply", names, state="absent")
    login = logins.login(shell)
    for name in names:
        assert got.value(name) == OLD.encode() == login[name.encode()], got.results
        assert changed.error(name)["kind"] == gone.error(name)["kind"] == "conflict"


def test_syntax_of_bash_ends_a_login_with_dash(logins, ask):
    logins.reset(("bash", "dash"))
    logins.write("etc/profile.d/path.sh", "#!/bin/bash\nDIRS=(/usr/sbin /opt/aws/bin)\n"
                 'for p in "${DIRS[@]}"; do PATH="$PATH:$p"; done\nexport PATH\n')
    assert logins.login("dash") is None
    told = " ".join(ask("get").told(V))
    assert "path.sh" in told and "dash" in told, told
    done = ask("apply", value=NEW)
    assert done.error(V) or "path.sh" in " ".join(done.told(V)), done.results
    logins.set_shells(("bash",))
    assert ask("apply", value=NEW).error(V) is None
    assert logins.login("bash")[V.encode()] == NEW.encode()


@pytest.mark.parametrize("text", ["x=$(case a in a) echo 1;; esac)\n", 'x="$(echo "a)" )"\n'])
def test_what_both_shells_run_is_no_problem(logins, ask, text):
    logins.reset(("bash", "dash"))
    logins.write("etc/profile.d/50-studio.sh", text)
    done = ask("apply", value=NEW)
    assert done.error(V) is None and not done.told(V), done.results
    check(done, logins, ("bash", "dash"))
    logins.outside(PROFILE_D).unlink()
    logins.write("etc/profile.d/zz-studio.sh", f"{text}export {V}={OLD}\n")
    assert ask("get").value(V) == OLD.encode()


def test_the_line_behind_a_here_document_is_the_one_that_is_named(logins, ask):
    logins.write("etc/profile.d/zz-studio.sh", "cat >/dev/null <<EOF\nWelcome; don't panic\nEOF\n"
                 f"export {V}={OLD}\n")
    assert ask("get").value(V) == OLD.encode()
    error = ask("apply", value=NEW).error(V)
    assert error["kind"] == "conflict" and error["path"] == "/etc/profile.d/zz-studio.sh", error
    assert "line 4" in error["message"], error


def test_a_shell_that_reads_no_profile_d_is_told(logins, ask):
    """Debian's zsh, fish and tcsh read files of their own."""
    for shell in ("zsh", "fish", "tcsh"):
        logins.reset((shell,))
        done = ask("apply", value=NEW)
        if done.error(V) is None:
            assert check(done, logins, (shell,)) is False or \
                logins.login(shell)[V.encode()] == NEW.encode()
        else:
            assert shell in " ".join(done.told(V)), done.results


def test_pam_reaches_every_shell(logins, tm):
    logins.reset(("bash", "dash", "zsh", "fish", "tcsh"))
    done = tm("env", "apply", f"name={V}", f"value={NEW}", "targets=etc_environment", root=logins)
    assert done.status == 0, repr(done)
    for shell in ("bash", "dash", "zsh", "fish", "tcsh"):
        assert logins.login(shell)[V.encode()] == NEW.encode()


def test_an_export_in_etc_environment_is_mended_in_place(logins, tm):
    logins.write("etc/environment", f'PATH="/usr/bin:/bin"\nexport {V}={OLD}\n')
    got = tm("env", "get", f"name={V}", "targets=etc_environment", root=logins)
    assert got.state["value"] == OLD == logins.login()[V.encode()].decode()
    done = tm("env", "apply", f"name={V}", f"value={NEW}", "targets=etc_environment", root=logins)
    assert done.status == 0, repr(done)
    assert logins.login()[V.encode()] == NEW.encode()
    assert logins.outside("etc/environment").read_text() in (
        f'PATH="/usr/bin:/bin"\n{V}={NEW}\n', f'PATH="/usr/bin:/bin"\nexport {V}={NEW}\n')
    assert tm("env", "apply", f"name={V}", "state=absent", "targets=etc_environment",
              root=logins).status == 0
    assert logins.outside("etc/environment").read_text() == 'PATH="/usr/bin:/bin"\n'


def test_a_plan_shows_no_other_variable_of_etc_environment(logins, tm):
    lines = "".join(f"A{i}=1\n" for i in range(10))
    logins.write("etc/environment", f"ACCESS_KEY=secret1\n{lines}{V}={OLD}\nPASSWORD=secret2\n")
    planned = tm("env", "plan", f"name={V}", f"value={NEW}", root=logins)
    assert planned.changed and "secret" not in planned.stdout, planned.stdout


STUDIO = "".join(f"# part {i}\n[ -d /opt/tool{i} ] && PATH=$PATH:/opt/tool{i}/bin\n"
                 for i in range(40)) + \
    f'if [ "$STUDIO_TOWN" = paris ]; then\n  export {V}={OLD}\nfi\nexport PATH\n'


def test_a_branch_that_is_not_taken_is_a_note(logins, ask):
    logins.reset(("bash", "dash"))
    logins.write("etc/profile.d/studio.sh", STUDIO)
    done = ask("apply", value=NEW)
    assert done.error(V) is None, done.results
    check(done, logins, ("bash", "dash"))
    logins.reset(("bash", "dash"))
    logins.write("etc/profile.d/zz-studio.sh", STUDIO)
    done = ask("apply", value=NEW)
    if done.error(V) is None:
        check(done, logins, ("bash", "dash"))
        assert "zz-studio.sh" in " ".join(done.told(V)), done.results
    else:
        assert done.error(V)["kind"] == "conflict", done.results


# ---- one user ----

USER_FILES = {"bash": ".profile", "dash": ".profile", "zsh": ".zprofile", "tcsh": ".login",
              "fish": ".config/fish/conf.d/trustmend.fish"}
VALUES = (NEW, "/opt/studio ca/a b.pem", "/p;q&r|s", "(a)<b>*?[c]{d,e}!^", "=ls", "x:~/y", "50%",
          "/opt/zertifikate-\u00fc.pem", "!x", "~/x")


def without_traces(environment):
    return {name: value for name, value in environment.items() if name not in (b"_", b"OLDPWD")}


@pytest.mark.parametrize("shell", USER_FILES)
def test_a_users_variable_reaches_the_shell_that_he_has(logins, ask, shell):
    logins.reset((shell,))
    before = logins.login(shell)
    wishes = {f"STUDIO_{number}": value for number, value in enumerate(VALUES)}
    done = ask("apply", values=wishes, **of_user())
    login = logins.login(shell)
    for name, value in wishes.items():
        assert done.error(name) is None, done.results
        assert done.value(name) == login[name.encode()] == value.encode()
    file = logins.outside(f"home/{PERSON}/{USER_FILES[shell]}")
    assert file.exists() and file.stat().st_uid == 1000
    again = ask("apply", values=wishes, **of_user())
    assert not any(result["changed"] for result in again.results.values()), again.results
    gone = ask("apply", wishes, state="absent", **of_user())
    for name in wishes:
        assert gone.error(name) is None and gone.value(name) is None, gone.results
    assert not file.exists()
    assert without_traces(logins.login(shell)) == without_traces(before)


@pytest.mark.parametrize("name", [".bash_profile", ".bash_login"])
def test_bash_reads_another_file_than_profile(logins, ask, name):
    text = "# of the distribution\nif [ -f ~/.bashrc ]; then\n\t. ~/.bashrc\nfi\n"
    logins.write(f"home/{PERSON}/{name}", text)
    logins.write(f"home/{PERSON}/.profile", "umask 022\n")
    done = ask("apply", value=NEW, **of_user())
    assert done.error(V) is None, done.results
    assert done.value(V) == logins.login()[V.encode()] == NEW.encode()
    assert logins.outside(f"home/{PERSON}/.profile").read_text() == "umask 022\n"
    assert ask("apply", state="absent", **of_user()).error(V) is None
    assert logins.outside(f"home/{PERSON}/{name}").read_text() == text


def test_zsh_reads_where_zdotdir_points_to(logins, ask):
    logins.reset(("zsh",))
    logins.write(f"home/{PERSON}/.zshenv", "ZDOTDIR=$HOME/.config/zsh\n")
    logins.outside(f"home/{PERSON}/.config/zsh").mkdir(parents=True)
    for path in (".config", ".config/zsh"):
        shutil.chown(logins.outside(f"home/{PERSON}/{path}"), 1000, 1000)
    done = ask("apply", value=NEW, **of_user())
    assert done.error(V) is None, done.results
    assert done.value(V) == logins.login("zsh")[V.encode()] == NEW.encode()
    assert logins.outside(f"home/{PERSON}/.config/zsh/.zprofile").exists()
    assert not logins.outside(f"home/{PERSON}/.zprofile").exists()


def test_a_later_file_of_the_user_is_a_conflict(logins, ask):
    for shell, name, line in (("zsh", ".zlogin", f"export {V}={OLD}\n"),
                              ("fish", ".config/fish/config.fish", f"set -gx {V} {OLD}\n")):
        logins.reset((shell,))
        logins.write(f"home/{PERSON}/{name}", line)
        done = ask("apply", value=NEW, **of_user())
        assert done.error(V) is not None and done.error(V)["kind"] == "conflict", done.results
        assert logins.login(shell)[V.encode()] == OLD.encode()


def test_a_user_without_a_login_is_refused_with_a_way_out(logins, ask):
    logins.set_shells(("bash",))
    passwd = logins.outside("etc/passwd").read_text()
    logins.write("etc/passwd", passwd.replace("/home/artist:/bin/bash",
                                              "/home/artist:/usr/sbin/nologin"))
    error = ask("apply", value=NEW, **of_user()).error(V)
    assert error["kind"] == "unsupported" and error["hint"], error


def test_pam_environment_is_told_where_a_service_reads_it(logins, ask):
    logins.write(f"home/{PERSON}/.pam_environment", f"{V}={OLD}\n")
    assert not ask("get", **of_user()).told(V)
    for name in ("su", "su-l"):
        path = logins.outside(f"etc/pam.d/{name}")
        path.write_text(path.read_text().replace("envfile=", "user_readenv=1 envfile="))
    claims = ask("get", **of_user())
    assert any(".pam_environment" in line for line in claims.told(V)), claims.results
    assert logins.login()[V.encode()] == OLD.encode()
