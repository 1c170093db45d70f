# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
The shell scripts, run for real by dash and by busybox against a program that only tells what it
was given. They run as an ordinary user, so that nothing of this machine is touched.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
from types import SimpleNamespace

import pytest

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.trustmend.trustmend.plugins.plugin_utils import target as target_module
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.target import (
    MARK, Answer, Shipped, Target, Unsupported)

NOBODY = 65534
KEY = '-'.join((os.uname().sysname, os.uname().machine))
PROGRAM = '''#!/bin/sh
if [ "$1" = --version ]; then echo "trustmend 9.9.9"; exit 0; fi
echo "I am $0"
for word; do echo "word $word"; done
echo "input $(cat)"
exit 1
'''
TOOLS = ('base64', 'cat', 'chmod', 'id', 'mkdir', 'mktemp', 'mv', 'rm', 'sh', 'sha256sum', 'uname')
SHELLS = {'dash': 'dash', 'busybox': 'busybox'}

root_only = pytest.mark.skipif(os.geteuid() != 0, reason='makes a file system, which is for root')


class Host:
    """A home directory, a shell, and the part of an action plugin that runs commands."""

    def __init__(self, directory, shell):
        self.home = directory / 'home'
        self.shell = directory / 'sh'
        self.program = PROGRAM
        self.version = '9.9.9'
        self.key = KEY
        self.before = ''
        self.commands = []
        self._connection = SimpleNamespace(has_pipelining=True, become=None)
        tools = directory / 'tools'
        for path in (self.home, tools, directory / 'tmp'):
            path.mkdir()
            path.chmod(0o777)
        self.directory = directory
        for tool in TOOLS:
            (tools / tool).symlink_to(shutil.which('busybox' if shell == 'busybox' else tool))
        self.shell.symlink_to(shutil.which(SHELLS[shell]))
        self.words = [str(self.shell)]
        self.env = {'HOME': str(self.home), 'PATH': str(tools), 'TMPDIR': str(directory / 'tmp')}
        if os.geteuid() == 0:
            os.chown(self.home, NOBODY, NOBODY)

    def _low_level_execute_command(self, command, in_data=None):
        self.commands.append(command)
        prefix = '/bin/sh -c '
        assert command.startswith(prefix)
        line = self.before + ' '.join(self.words) + ' -c ' + command[len(prefix):]
        user = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []} if os.geteuid() == 0 else {}
        done = subprocess.run(self.words + ['-c', line], input=in_data, capture_output=True,
                              env=self.env, timeout=60, check=False, cwd='/', **user)
        return {'rc': done.returncode, 'stdout': done.stdout.decode(), 'stderr': done.stderr.decode()}

    @property
    def hash(self):
        return hashlib.sha256(self.program.encode()).hexdigest()

    @property
    def staged(self):
        return self.home / '.cache/trustmend' / self.hash / 'trustmend'

    def shipped(self):
        carried = self.directory / 'carried'
        carried.mkdir(exist_ok=True)
        (carried / 'program').write_text(self.program)
        (carried / 'index.json').write_text(json.dumps({
            'version': self.version,
            'programs': {self.key: {'file': 'program', 'sha256': self.hash},
                         'Windows-AMD64': {'file': 'program.exe', 'sha256': '0' * 64}}}))
        return Shipped(str(carried))

    def run(self, keep=True, request='{"a": "b"}', words=('apply', '--input', '-')):
        self.commands.clear()
        return Target(self, self.shipped()).run(list(words), request, keep=keep)

    def put(self, content, mode=0o755):
        """Lays something where the program is staged, as the user that runs it."""
        self.staged.parent.mkdir(parents=True)
        self.staged.write_text(content)
        self.staged.chmod(mode)
        self.give_away(self.home)

    @staticmethod
    def give_away(top):
        if os.geteuid() == 0:
            for path in [top] + list(top.rglob('*')):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def files(self):
        return sorted(str(p.relative_to(self.home)) for p in self.home.rglob('*') if p.is_file())

    def left_over(self):
        return list((self.directory / 'tmp').iterdir())


@pytest.fixture(params=sorted(SHELLS))
def host(request):
    if not shutil.which(SHELLS[request.param]):
        pytest.skip(f'{request.param} is not installed')
    directory = pathlib.Path(tempfile.mkdtemp(prefix='trustmend-unit.'))
    directory.chmod(0o755)
    yield Host(directory, request.param)
    shutil.rmtree(directory)


def told(host, where):
    return f'I am {where}\nword apply\nword --input\nword -\ninput {{"a": "b"}}\n'


def test_a_program_is_staged_once_and_found_the_next_time(host):
    assert host.run() == (1, told(host, host.staged), '')
    assert len(host.commands) == 2
    assert host.files() == [f'.cache/trustmend/{host.hash}/trustmend']
    assert host.staged.stat().st_mode & 0o777 == 0o755

    assert host.run() == (1, told(host, host.staged), '')
    assert len(host.commands) == 1


def test_words_reach_the_program_unchanged(host):
    _status, stdout, _stderr = host.run(words=["it's", '$HOME `x`', 'a  b', ''])
    assert "word it's\nword $HOME `x`\nword a  b\nword \n" in stdout


def test_a_request_of_a_megabyte_arrives_on_the_first_and_on_the_second_run(host):
    request = 'ä' * 500_000
    for _run in range(2):
        assert host.run(request=request)[1].endswith(f'input {request}\n')


def test_nothing_stays_when_it_must_not(host):
    status, stdout, _stderr = host.run(keep=False)
    assert status == 1 and stdout.endswith('input {"a": "b"}\n')
    assert host.files() == [] and host.left_over() == []


def test_a_staged_program_with_another_content_is_replaced(host):
    host.put('#!/bin/sh\necho evil\n')
    assert host.run()[1] == told(host, host.staged)
    assert host.staged.read_text() == host.program


def test_a_truncated_program_is_replaced(host):
    host.put(PROGRAM[:40])
    assert host.run()[1] == told(host, host.staged)


def test_a_staged_program_runs_without_a_second_trip(host):
    host.put(PROGRAM, 0o755)
    assert host.run()[1] == told(host, host.staged)
    assert len(host.commands) == 1


def test_a_staged_program_that_lost_its_run_bit_is_replaced(host):
    host.put(PROGRAM, 0o644)
    assert host.run()[1] == told(host, host.staged)
    assert host.staged.stat().st_mode & 0o777 == 0o755


def test_a_symbolic_link_in_place_of_the_directory_is_refused(host):
    elsewhere = host.home / 'elsewhere'
    elsewhere.mkdir()
    (elsewhere / 'trustmend').write_text(PROGRAM)
    host.staged.parent.parent.mkdir(parents=True)
    host.staged.parent.symlink_to(elsewhere)
    host.give_away(host.home)
    with pytest.raises(AnsibleError, match='belongs to somebody else: remove it'):
        host.run()
    assert (elsewhere / 'trustmend').stat().st_mode & 0o111 == 0


@root_only
def test_a_directory_of_somebody_else_is_refused(host):
    host.put('#!/bin/sh\necho evil\n')
    os.chown(host.staged.parent, 0, 0)
    with pytest.raises(AnsibleError, match='belongs to somebody else: remove it'):
        host.run()


@root_only
def test_a_program_of_somebody_else_does_not_run(host):
    host.put(PROGRAM)
    os.chown(host.staged, 0, 0)
    host.run()
    assert len(host.commands) == 2 and host.staged.stat().st_uid == NOBODY


def test_a_home_that_cannot_be_written_is_told(host):
    if os.geteuid() == 0:
        os.chown(host.home, 0, 0)
    host.home.chmod(0o555)
    with pytest.raises(AnsibleError, match='could not be staged: cannot make .*ermission denied'):
        host.run()
    host.home.chmod(0o755)


@root_only
def test_a_full_disk_is_told_and_leaves_nothing(host):
    """A file system of 100 KB for a program of 200 KB, in a mount namespace of its own."""
    host.program = PROGRAM + '#' * 200_000 + '\n'
    inside = ('mount -t tmpfs -o size=100k,mode=0777 none "$HOME" && '
              f'setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups ')
    listing = '; status=$?; find "$HOME" -type f >&2; exit $status'
    path = '/usr/sbin:/usr/bin:/sbin:/bin'

    def execute(command, in_data=None):
        words = ' '.join(host.words)
        line = command.replace('/bin/sh', f'env PATH={host.env["PATH"]} {words}', 1)
        done = subprocess.run(['unshare', '-m', 'sh', '-c', inside + line + listing],
                              input=in_data, capture_output=True, check=False, timeout=60,
                              env={**host.env, 'PATH': path})
        assert done.stderr == b'', done.stderr
        return {'rc': done.returncode, 'stdout': done.stdout.decode(), 'stderr': ''}

    host._low_level_execute_command = execute
    with pytest.raises(AnsibleError, match='No space left on device'):
        host.run()


def test_a_program_that_does_not_run_is_told(host):
    host.program = '#!/nonexistent/interpreter\n'
    with pytest.raises(AnsibleError, match='could not be staged: .*does not run here'):
        host.run()


def test_an_installed_program_of_the_same_version_is_preferred(host, monkeypatch):
    installed = host.directory / 'installed'
    installed.write_text(PROGRAM)
    installed.chmod(0o755)
    usual = '/opt/trustmend/bin/trustmend'
    assert usual in target_module.RUN
    monkeypatch.setattr(target_module, 'RUN', target_module.RUN.replace(usual, str(installed)))
    assert host.run()[1] == told(host, installed)
    assert len(host.commands) == 1 and host.files() == []

    host.version = '9.9.10'
    assert host.run()[1] == told(host, host.staged)


def test_a_platform_without_a_program_is_named_with_what_is_there(host):
    host.key = 'Plan9-vax'
    with pytest.raises(Unsupported, match=f'no program for {KEY}: it carries Plan9-vax, Windows'):
        host.run()


def test_what_a_login_shell_prints_before_is_skipped(host):
    host.before = 'echo Welcome; echo TRUSTMEND; '
    assert host.run()[1] == told(host, host.staged)


# ---- what comes back ----

def answer(stdout, status=0, stderr=''):
    return Answer({'rc': status, 'stdout': stdout, 'stderr': stderr})


def test_our_line_is_taken_apart():
    got = answer(f'{MARK} stage Linux-riscv64\r\nrest\n', status=3)
    assert (got.word, got.rest, got.stdout, got.status) == ('stage', 'Linux-riscv64', 'rest\n', 3)


def test_output_that_repeats_the_mark_is_kept():
    assert answer(f'noise\n{MARK} run\n{{"a": "{MARK} run"}}\n').stdout == f'{{"a": "{MARK} run"}}\n'


@pytest.mark.parametrize('stdout, stderr, reason', [
    ('', 'sh: not found\n', 'sh: not found'),
    ('This account is closed.\n', '', 'This account is closed.'),
    ('', '', 'no output'),
])
def test_without_our_line_the_connection_failed(stdout, stderr, reason):
    with pytest.raises(AnsibleConnectionFailure, match=f'status 127.: {reason}'):
        answer(stdout, 127, stderr)


# ---- connections without standard input ----

class FileHost:
    """Records what an action plugin is asked to do."""

    def __init__(self, has_pipelining, become):
        shell = SimpleNamespace(tmpdir=None, join_path=lambda *parts: '/'.join(parts))
        self._connection = SimpleNamespace(has_pipelining=has_pipelining, become=become, _shell=shell)
        self.calls = []

    def _make_tmp_path(self):
        return '/remote/tmp dir'

    def _transfer_data(self, path, data):
        self.calls.append(('transfer', path, data))

    def _fixup_perms2(self, paths):
        self.calls.append(('permissions', paths))

    def _remove_tmp_path(self, path):
        self.calls.append(('remove', path))

    def _low_level_execute_command(self, command, in_data=None):
        self.calls.append(('execute', command.rpartition(' <')[2] if in_data is None else 'input',
                           in_data))
        return {'rc': 0, 'stdout': f'{MARK} run\n{{}}', 'stderr': ''}


@pytest.mark.parametrize('has_pipelining, become, by_file', [
    (True, None, False),
    (True, SimpleNamespace(pipelining=True), False),
    (True, SimpleNamespace(), False),
    (True, SimpleNamespace(pipelining=False), True),
    (False, None, True),
])
def test_a_connection_that_takes_no_input_gets_a_file(tmp_path, has_pipelining, become, by_file):
    (tmp_path / 'index.json').write_text('{"version": "1", "programs": {}}')
    host = FileHost(has_pipelining, become)
    assert Target(host, Shipped(str(tmp_path))).run(['get'], 'request', keep=True) == (0, '{}', '')
    path = '/remote/tmp dir/trustmend-input'
    assert host.calls == ([
        ('transfer', path, b'request'), ('permissions', ('/remote/tmp dir', path)),
        ('execute', f"'{path}'", None), ('remove', '/remote/tmp dir'),
    ] if by_file else [('execute', 'input', b'request')])


def test_a_collection_without_programs_says_how_it_is_built(tmp_path):
    with pytest.raises(AnsibleError, match='scripts/build-collection'):
        Shipped(str(tmp_path))
