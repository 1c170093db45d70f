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
import json
import os
import shlex

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.text.converters import to_bytes, to_text

BINARIES = os.path.join(os.path.dirname(os.path.dirname(__file__)), 'module_utils', '_bin')
MARK = 'TRUSTMEND-TARGET'  # a line of our own between what a login shell may print

# Finds the right program and becomes it; else one line says what is missing. `programs` is a
# list of KEY:SHA256, `version` the version that an installed program must have.
FIND = r'''
export LC_ALL=C
umask 022
key=$(uname -s)-$(uname -m)
for p in /usr/local/bin/trustmend /usr/bin/trustmend /opt/trustmend/bin/trustmend; do
    if [ -x "$p" ] && [ "$("$p" --version 2>/dev/null)" = "trustmend $version" ]; then
        found=$p; break
    fi
done
hash=
for p in $programs; do
    [ "${p%%:*}" = "$key" ] && hash=${p#*:}
done
if [ "$(id -u)" = 0 ]; then store=/var/lib/trustmend; else store=${HOME:-/nonexistent}/.cache/trustmend; fi
dir=$store/$hash
if [ -z "${found:-}" ] && [ -n "$hash" ] && [ ! -L "$dir" ] && [ -f "$dir/trustmend" ] && [ -x "$dir/trustmend" ] &&
    [ -O "$dir" ] && [ -O "$dir/trustmend" ] &&
    [ "$(sha256sum <"$dir/trustmend" 2>/dev/null)" = "$hash  -" ]; then
    found=$dir/trustmend
fi
'''

RUN = FIND + r'''
if [ -z "${found:-}" ]; then
    if [ -n "$hash" ]; then echo "$mark stage $key"; else echo "$mark unsupported $key"; fi
    exit 0
fi
echo "$mark run"
exec "$found" "$@"
'''

# The request comes as one line of base64, the program follows it on standard input. `keep` says
# whether the program stays; without it everything goes again, whatever happens.
STAGE = FIND + r'''
fail() { echo "$mark failed $1"; exit 0; }
IFS= read -r request
if [ -n "$keep" ]; then
    mkdir -p "$dir" 2>"/dev/null" || fail "cannot make $dir: $(mkdir -p "$dir" 2>&1)"
    [ ! -L "$dir" ] && [ -O "$dir" ] || fail "$dir belongs to somebody else: remove it"
    chmod 0755 "$dir" || fail "cannot set the mode of $dir"
    for left in "$store"/*/.new.*; do  # by those that were killed
        maker=${left##*/.new.}
        [ ! -d "$left" ] || kill -0 "${maker%%.*}" 2>/dev/null || rm -rf "$left"
    done
    work=$(mktemp -d "$dir/.new.$$.XXXXXX" 2>&1) || fail "cannot write below $dir: $work"
else
    work=$(mktemp -d "${TMPDIR:-/tmp}/.trustmend.XXXXXX" 2>&1) || fail "no temporary directory: $work"
fi
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT PIPE TERM
why=$(cat 2>&1 >"$work/trustmend") || fail "cannot write the program below $work: $why"
[ "$(sha256sum <"$work/trustmend" 2>/dev/null)" = "$hash  -" ] ||
    fail "the program did not arrive whole below $work (is the disk full? is sha256sum there?)"
chmod 0755 "$work/trustmend" || fail "cannot make the program below $work executable"
found=$work/trustmend
if [ -n "$keep" ]; then
    mv -f "$work/trustmend" "$dir/trustmend" || fail "cannot put the program into $dir"
    found=$dir/trustmend
fi
"$found" --version >/dev/null 2>&1 || fail "$found does not run here: $("$found" --version 2>&1)"
echo "$mark run"
printf '%s' "$request" | base64 -d | "$found" "$@"
'''


class Unsupported(AnsibleError):
    """No program for this platform is shipped."""


class Shipped:
    """The programs that the collection carries, by platform."""

    def __init__(self, directory=BINARIES):
        self.directory = directory
        try:
            with open(os.path.join(directory, 'index.json'), encoding='utf-8') as index:
                document = json.load(index)
        except OSError as error:
            raise AnsibleError(
                f'the collection carries no programs ({error}): it was not built with '
                'scripts/build-collection') from error
        self.version = document['version']
        self.programs = document['programs']

    def posix(self):
        """KEY:SHA256 words for the shell."""
        return ' '.join(f"{key}:{entry['sha256']}" for key, entry in sorted(self.programs.items())
                        if not key.startswith('Windows'))

    def platforms(self):
        return ', '.join(sorted(self.programs))

    def read(self, key):
        with open(os.path.join(self.directory, self.programs[key]['file']), 'rb') as program:
            return program.read()


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
            raise AnsibleError(f'the trustmend program could not be staged: {answer.rest}')
        return answer.status, answer.stdout, answer.stderr

    def _shell(self, script, arguments, data, keep=False):
        settings = {'version': self.shipped.version, 'programs': self.shipped.posix(),
                    'mark': MARK, 'keep': 'yes' if keep else ''}
        head = ''.join(f'{name}={shlex.quote(value)}\n' for name, value in settings.items())
        words = ['/bin/sh', '-c', head + script, 'trustmend'] + list(arguments)
        command = ' '.join(shlex.quote(word) for word in words)
        return Answer(self._execute(command, data))

    def _execute(self, command, data):
        if self._takes_input():
            return self.action._low_level_execute_command(command, in_data=data)
        return self._execute_from_file(command, data)

    def _takes_input(self):
        connection = self.action._connection
        become = connection.become
        return connection.has_pipelining and (become is None or getattr(become, 'pipelining', True))

    def _execute_from_file(self, command, data):
        """For connections that have no standard input to offer: the data travels as a file."""
        action = self.action
        shell = action._connection._shell
        tmp = shell.tmpdir or action._make_tmp_path()
        path = shell.join_path(tmp, 'trustmend-input')
        action._transfer_data(path, data)
        action._fixup_perms2((tmp, path))
        try:
            return action._low_level_execute_command(f'{command} <{shlex.quote(path)}')
        finally:
            action._remove_tmp_path(tmp)


class Answer:
    """What came back: our own line, and what the program printed after it."""

    def __init__(self, result):
        self.status = result['rc']
        self.stderr = result['stderr']
        stdout = to_text(result['stdout'])
        before, mark, after = stdout.partition(MARK + ' ')
        if not mark:
            reason = (self.stderr or before).strip() or 'no output'
            raise AnsibleConnectionFailure(
                f'the target did not run a POSIX shell script (status {self.status}): {reason}')
        line, _newline, self.stdout = after.partition('\n')
        self.word, _blank, self.rest = line.strip().partition(' ')
