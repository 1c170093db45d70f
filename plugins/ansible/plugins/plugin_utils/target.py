# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Runs the trustmend program on a target: the one that is installed there, or one that is staged
first. A staged program lies in a directory named after its hash, which belongs to the user that
runs it, and is used only when the hash is right.

Everything on the target is plain POSIX sh with the tools of coreutils or busybox: no Python.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shlex

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.text.converters import to_bytes, to_text

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.errors import shown

BINARIES = os.path.join(os.path.dirname(os.path.dirname(__file__)), 'module_utils', '_bin')
MARK = 'TRUSTMEND-TARGET'  # a line of our own between what a login shell may print

# The script comes as the first line of standard input. So a login shell that is no POSIX shell
# (csh, fish) has nothing to misread, and Ansible's log of commands holds no values.
COMMAND = """/bin/sh -c 'IFS= read -r script; eval "$(printf %b "$script")"'"""

# Finds the right program; else one line says what is missing. `programs` is a list of KEY:SHA256,
# `version` the version that an installed program must have. Whatever is left of standard input
# is read before the end, because a connection takes an early end for a broken one.
FIND = r"""
set +eu
unset IFS # of the keyword `environment`, say: words are split as usual
export LC_ALL=C
umask 022
cd / # not where the login begins: a profile's relative paths must not be its user's to fill
tell() { set -f; printf '%s ' "$mark" $*; echo; } # in one line, whatever a reason is made of
say() { cat >/dev/null; tell "$@"; exit 0; }
# Tells a file from every other, and from itself before somebody changed it, whatever he did after.
identity() { stat -c '%i %s %Z' "$1" 2>/dev/null; }
need() {
    for tool; do
        command -v "$tool" >/dev/null 2>&1 ||
            say failed "the target has no $tool: install coreutils or busybox, or trustmend itself"
    done
}
found= hash=
for p in /usr/local/bin/trustmend /usr/bin/trustmend /opt/trustmend/bin/trustmend; do
    if [ -x "$p" ] && [ "$("$p" --version 2>/dev/null)" = "trustmend $version" ]; then
        found=$p; break
    fi
done
home=${HOME:-/nonexistent}
# Whose it is tells who we are without another program.
if [ -O /var/lib/trustmend ] || [ "$(id -u 2>/dev/null)" = 0 ]; then
    store=/var/lib/trustmend
else
    store=$home/.cache/trustmend
fi
# Is a staged program ours, and still what it was when its hash was right and it ran?
is_known() {
    dir=$store/$1 was=
    [ ! -L "$dir" ] && [ -O "$store" ] && [ -O "$dir" ] && [ -O "$dir/checked" ] &&
        [ -O "$dir/trustmend" ] && [ -x "$dir/trustmend" ] &&
        { IFS= read -r was <"$dir/checked"; } 2>/dev/null &&
        [ "$was" ] && [ "$was" = "$(identity "$dir/trustmend")" ]
}
[ "$found" ] || for p in $programs; do
    if is_known "${p#*:}"; then
        found=$dir/trustmend; break
    fi
done
"""

# The slow way: which program is for this machine, and is a staged one whole?
LOOK = r"""
need uname id
found= hash=
key=$(uname -s)-$(uname -m)
for p in $programs; do
    [ "${p%%:*}" = "$key" ] && hash=${p#*:}
done
dir=$store/$hash
if [ -n "$hash" ] && [ ! -L "$dir" ] && [ -f "$dir/trustmend" ] &&
    [ -x "$dir/trustmend" ] && [ -O "$store" ] && [ -O "$dir" ] && [ -O "$dir/trustmend" ] &&
    [ "$(sha256sum <"$dir/trustmend" 2>/dev/null)" = "$hash  -" ] &&
    "$dir/trustmend" --version >/dev/null 2>&1; then
    found=$dir/trustmend
fi
"""

# The program that is known runs at once. Where the system refuses (a file system without programs
# by now), it has read nothing, and the way is as if there were none.
RUN = FIND + r"""
if [ "$found" ]; then
    tell run
    "$found" "$@"
    status=$?
    [ "$status" = 126 ] || [ "$status" = 127 ] || exit "$status"
fi
""" + LOOK + r"""
if [ -z "$found" ]; then
    [ -n "$hash" ] || say unsupported "$key"
    need base64 cat chmod ls mkdir mktemp mv rm sha256sum
    say stage "$key"
fi
tell run
exec "$found" "$@"
"""

# The request comes as one line of base64, the program follows it. `keep` says whether the program
# stays; without it everything goes again, whatever happens. A store that cannot be used is told
# with the answer, and the program runs as if it was not to be kept.
STAGE = FIND + LOOK + r"""
work= reasons=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 1' HUP INT PIPE TERM
IFS= read -r request

# Numbers of processes mean something on this system, since it started, in this container: others
# may have the same home.
node=
{ IFS= read -r node </proc/sys/kernel/random/boot_id; } 2>/dev/null
namespace=$(readlink /proc/self/ns/pid 2>/dev/null)
namespace=${namespace#*'['}
node=${node%%-*}${namespace%']'}
[ -n "$node" ] || node=$(uname -n)

# Removes what those left who were killed in a directory.
sweep() {
    for left in "$1/.trustmend.$node".*; do
        maker=${left##*/.trustmend.$node.}
        [ -L "$left" ] || [ ! -d "$left" ] || [ ! -O "$left" ] ||
            kill -0 "${maker%%.*}" 2>/dev/null || rm -rf "$left"
    done
}

# A directory of our own below $1 where a program can be run, or one more reason.
work_below() {
    sweep "$1"
    set -- "$1" "$1/.trustmend.$node.$$.XXXXXX"
    # Without what else may be said: of a library to be preloaded that is gone, for one.
    work=$(mktemp -d "$2" 2>/dev/null) || {
        made=$(mktemp -d "$2" 2>&1) && rmdir "$made"
        reasons="$reasons$1: ${made##*: }; "
        work=
        return 1
    }
    probe=$work/probe
    why=$({ printf '#!/bin/sh\n' >"$probe" && chmod 0700 "$probe" && "$probe"; } 2>&1) && return 0
    reasons="$reasons$1: no program runs there (${why##*: }; noexec?); "
    rm -rf "$work"
    work=
    return 1
}

# Nobody but root and us can put another directory in the place of one that is made in $1: all on
# the way to it are ours or root's, and others may write there only to what is theirs.
is_safe() (
    cd -P "$1" 2>/dev/null || exit 1
    set -f
    while set -- $(ls -ldn . 2>/dev/null); do
        [ "${3:-}" = 0 ] || [ "${3:-}" = "$(id -u)" ] || exit 1
        case $1 in d????-??-?* | d????????[tT]*) ;; *) exit 1 ;; esac
        [ "$(pwd -P)" != / ] || exit 0
        cd -P .. || exit 1
    done
)

if [ -n "$keep" ]; then
    if made=$(mkdir -p "$dir" 2>&1); then
        for p in "$store" "$dir"; do
            [ -O "$p" ] || say failed "$p belongs to somebody else: remove it"
        done
        [ ! -L "$dir" ] || say failed "$dir is a symbolic link: remove it"
        chmod 0755 "$store" "$dir"
        for p in "$store"/*; do sweep "$p"; done
        work_below "$dir"
    else
        reasons="$dir: ${made##*: }; "
    fi
    if [ -z "$work" ]; then keep=; rmdir "$dir" "$store" 2>/dev/null; fi
fi
unkept=$reasons
case $remote_tmp in
'~'/*) remote_tmp=$home/${remote_tmp#*/} ;;
/* | '') ;;
*) remote_tmp=$home/$remote_tmp ;;
esac
for p in "$remote_tmp" "${TMPDIR:-}" /tmp /var/tmp /var/lib "$home"; do
    [ -z "$work" ] && [ -d "$p" ] || continue
    if is_safe "$p"; then work_below "$p"; else reasons="$reasons$p: others can change it; "; fi
done
[ -n "$work" ] || say failed "${reasons}make a directory for it and set ansible_remote_tmp" \
    "to that, or install trustmend"
why=$(cat 2>&1 >"$work/trustmend") || say failed "cannot write the program below $work: ${why##*: }"
[ "$(sha256sum <"$work/trustmend" 2>/dev/null)" = "$hash  -" ] ||
    say failed "the program did not arrive whole below $work (is the disk full?)"
chmod 0755 "$work/trustmend" || say failed "cannot make the program below $work executable"
found=$work/trustmend
why=$("$found" --version 2>&1) || say failed "the program does not run here: $why"
if [ -n "$keep" ]; then
    why=$(mv -f "$found" "$dir/trustmend" 2>&1) ||
        say failed "cannot put the program into $dir: $why"
    found=$dir/trustmend
    # Only of what is on the disk by now: a power failure may keep its size and its time, and lose the rest.
    { sync "$found" && identity "$found" >"$work/checked" && [ -s "$work/checked" ] &&
        mv -f "$work/checked" "$dir/checked"; } 2>/dev/null
fi
tell run "${unkept%; }"
base64 -d <<REQUEST | "$found" "$@"
$request
REQUEST
"""


class Unsupported(AnsibleError):
    """No program for this platform is shipped."""


class Shipped:
    """The programs that the collection carries, by platform."""

    def __init__(self, directory=BINARIES):
        self.directory = directory
        path = os.path.join(directory, 'index.json')
        try:
            with open(path, encoding='utf-8') as index:
                document = json.load(index)
            self.version = document['version']
            self.programs = dict(document['programs'])
        except OSError as error:
            raise AnsibleError(
                f'the collection carries no programs ({error}): it was not built with '
                'scripts/build-collection') from error
        except (ValueError, KeyError, TypeError):
            raise AnsibleError(f'{path} is damaged: install the collection again') from None

    def posix(self):
        """KEY:SHA256 words for the shell."""
        return ' '.join(f"{key}:{entry['sha256']}" for key, entry in sorted(self.programs.items())
                        if not key.startswith('Windows'))

    def platforms(self):
        return ', '.join(sorted(self.programs))

    def read(self, key):
        """The program, which would be refused by the target when it is not the one of the index."""
        path = os.path.join(self.directory, self.programs[key]['file'])
        try:
            with open(path, 'rb') as program:
                data = program.read()
        except OSError as error:
            raise AnsibleError(f'{path} cannot be read ({error.strerror}): install the collection '
                               'again') from error
        if hashlib.sha256(data).hexdigest() != self.programs[key]['sha256']:
            raise AnsibleError(f'{path} is damaged: install the collection again')
        return data


class Target:
    """The host of one task, reached through the action plugin's connection."""

    def __init__(self, action, shipped=None):
        self.action = action
        self.shipped = shipped or Shipped()

    def run(self, arguments, request, keep):
        """
        Runs the program with `request` (text) on its standard input and gives (status, stdout,
        stderr). `keep` False leaves nothing behind where the program had to be staged.
        """
        answer = self._shell(RUN, arguments, to_bytes(request))
        if answer.word == 'stage':
            line = base64.b64encode(to_bytes(request)) + b'\n'
            answer = self._shell(STAGE, arguments, line + self.shipped.read(answer.rest), keep=keep)
        if answer.word == 'unsupported':
            raise Unsupported(
                f'trustmend has no program for {answer.rest}: it carries {self.shipped.platforms()}')
        if answer.word == 'failed':
            raise AnsibleError(f'the trustmend program could not be staged: '
                               f'{shown(answer.rest)}')
        if answer.rest:
            self.action.target_warnings.append(
                f'the trustmend program travels with every task: {answer.rest}')
        return answer.status, answer.stdout, answer.stderr

    def _shell(self, script, arguments, data, keep=False):
        if any('\0' in word for word in arguments):
            raise AnsibleError('a value holds a NUL character')
        settings = {'version': self.shipped.version, 'programs': self.shipped.posix(),
                    'mark': MARK, 'keep': 'yes' if keep else '', 'remote_tmp': self._remote_tmp()}
        head = [f'export {name}={shlex.quote(value)}' for name, value in self._environment()]
        head += [f'{name}={shlex.quote(value)}' for name, value in settings.items()]
        head.append('set -- ' + ' '.join(shlex.quote(word) for word in arguments))
        return self._execute(one_line('\n'.join(head) + script) + b'\n' + data)

    def _environment(self):
        """What the keyword `environment` gives, as for any module."""
        wanted = {}
        self.action._compute_environment_string(wanted)
        for name, value in wanted.items():
            if not re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', to_text(name)):
                raise AnsibleError(f"environment: '{name}' is no name for a variable")
            yield to_text(name), to_text(value)

    def _remote_tmp(self):
        """Ansible's own default is no choice of the user, and is on no faster disk than /tmp."""
        chosen = to_text(self.action.get_shell_option('remote_tmp', ''))
        return '' if chosen.endswith('/.ansible/tmp') else chosen

    def _execute(self, data):
        if not self._takes_input():
            return Answer(self._execute_from_file(data))
        result = self.action._low_level_execute_command(COMMAND, in_data=data)
        if MARK not in result['stdout'] and 'tty' in result['stderr'].lower():
            # sudo with `requiretty`: Ansible gives a terminal to commands without input.
            result = self._execute_from_file(data)
        return Answer(result)

    def _takes_input(self):
        connection = self.action._connection
        become = connection.become
        return connection.has_pipelining and (become is None or getattr(become, 'pipelining', True))

    def _execute_from_file(self, data):
        """For connections that have no standard input to offer: the data travels as a file."""
        action = self.action
        shell = action._connection._shell
        tmp = shell.tmpdir or action._make_tmp_path()
        path = shell.join_path(tmp, 'trustmend-input')
        action._transfer_data(path, data)
        action._fixup_perms2((tmp, path))
        try:
            return action._low_level_execute_command(f'{COMMAND} <{shlex.quote(path)}')
        finally:
            action._remove_tmp_path(tmp)


def one_line(script):
    """The script as `printf %b` takes it."""
    return re.sub(rb'[^ -\[\]-~]', lambda found: b'\\0%03o' % ord(found[0]), to_bytes(script))


class Answer:
    """What came back: our own line, and what the program printed after it."""

    def __init__(self, result):
        self.status = result['rc']
        self.stderr = result['stderr']
        stdout = to_text(result['stdout'])
        # What the system refused to run said nothing, and what was done then is told behind it.
        before, mark, after = stdout.replace(f'{MARK} run \n{MARK} ', f'{MARK} ', 1).partition(MARK + ' ')
        if not mark:
            reason = (self.stderr or before).strip() or 'no output'
            raise AnsibleConnectionFailure(
                f'the target did not run a POSIX shell script (status {self.status}): '
                f'{shown(reason)}')
        line, _newline, self.stdout = after.partition('\n')
        self.word, _blank, self.rest = line.strip().partition(' ')
