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
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from types import SimpleNamespace

import pytest

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.trustmend.trustmend.plugins.plugin_utils import target as target_module
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.target import (
    MARK, Answer, Shipped, Target, Unsupported)

NOBODY = 65534
KEY = '-'.join((os.uname().sysname, os.uname().machine))
PROGRAM = r'''#!/bin/sh
if [ "$1" = --version ]; then echo "trustmend 9.9.9"; exit 0; fi
echo "I am $0"
for word; do printf 'word %s\n' "$word"; done
echo "input $(cat)"
exit 1
'''
TOOLS = ('base64', 'cat', 'chmod', 'id', 'ls', 'mkdir', 'mktemp', 'mv', 'readlink', 'rm', 'rmdir',
         'sh', 'sha256sum', 'stat', 'sync', 'uname')
SHELLS = {'dash': 'dash', 'busybox': 'busybox'}

root_only = pytest.mark.skipif(os.geteuid() != 0, reason='makes a file system, which is for root')


def reset_signals():
    """A shell cannot trap what it was started to ignore, under nohup or in the background."""
    signals = (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGTERM)
    for number in signals:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)


class Host:
    """A home directory, a shell, and the part of an action plugin that runs commands."""

    def __init__(self, directory, shell):
        self.home = directory / 'home'
        self.shell = directory / 'sh'
        self.program = PROGRAM
        self.version = '9.9.9'
        self.key = KEY
        self.before = ''
        self.login = None
        self.commands = []
        self._connection = SimpleNamespace(has_pipelining=True, become=None)
        self.target_warnings = []
        self.environment = {}
        self.remote_tmp = '~/.ansible/tmp'
        tools = directory / 'tools'
        for path in (self.home, tools, directory / 'tmp'):
            path.mkdir()
            path.chmod(0o1777)
        self.directory = directory
        for tool in TOOLS:
            (tools / tool).symlink_to(shutil.which('busybox' if shell == 'busybox' else tool))
        self.shell.symlink_to(shutil.which(SHELLS[shell]))
        self.words = [str(self.shell)]
        self.env = {'HOME': str(self.home), 'PATH': str(tools), 'TMPDIR': str(directory / 'tmp')}
        if os.geteuid() == 0:
            os.chown(self.home, NOBODY, NOBODY)

    def _compute_environment_string(self, raw_environment_out):
        raw_environment_out.update(self.environment)

    def get_shell_option(self, option, default=None):
        assert option == 'remote_tmp'
        return self.remote_tmp

    def _low_level_execute_command(self, command, in_data=None):
        self.commands.append(command)
        prefix = '/bin/sh -c '
        assert command.startswith(prefix)
        line = self.before + ' '.join(self.words) + ' -c ' + command[len(prefix):]
        login = [str(self.shell), '-c', line]
        if self.login:  # as Ansible wraps commands for it
            login = [self.login, '-c', f'{self.shell} -c ' + shlex.quote(line + ' && true')]
        user = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []} if os.geteuid() == 0 else {}
        done = subprocess.run(login, input=in_data, capture_output=True,
                              env=self.env, timeout=60, check=False, cwd='/',
                              preexec_fn=reset_signals, **user)
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
        self.target_warnings.clear()
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
        """But what says that a program was found whole."""
        return sorted(str(p.relative_to(self.home)) for p in self.home.rglob('*')
                      if p.is_file() and p != self.staged.with_name('checked'))

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


def without(host, tool):
    if host.shell.resolve().name == 'busybox':
        pytest.skip('its tools are in the shell')
    path = host.directory / 'tools' / tool
    path.unlink()
    return path


def test_a_program_that_was_found_whole_is_not_read_again(host):
    host.run()
    checked = host.staged.with_name('checked')
    assert checked.stat().st_mode & 0o777 == 0o644 and checked.read_text().split()[:2] == [
        str(host.staged.stat().st_ino), str(len(PROGRAM))]
    for tool in ('sha256sum', 'uname', 'id', 'base64'):
        without(host, tool)
    assert host.run() == (1, told(host, host.staged), '') and len(host.commands) == 1


def changed_behind(host):
    """Its size and its time of modification are as they were."""
    before = host.staged.stat()
    host.staged.write_text(PROGRAM.replace('I am', 'EVIL'))
    os.utime(host.staged, ns=(before.st_atime_ns, before.st_mtime_ns))


def exchanged(host):
    other = host.home / 'other'
    other.write_text(PROGRAM.replace('I am', 'EVIL'))
    other.chmod(0o755)
    host.give_away(host.home)
    other.rename(host.staged)


def noted_wrongly(host):
    exchanged(host)
    host.staged.with_name('checked').write_text('1 2 3\n')


def noted_emptily(host):
    exchanged(host)
    host.staged.with_name('checked').write_text('')
    if host.shell.resolve().name != 'busybox':
        without(host, 'stat')


@pytest.mark.parametrize('change', [changed_behind, exchanged, noted_wrongly, noted_emptily])
def test_a_program_that_was_changed_since_does_not_run(host, change):
    host.run()
    time.sleep(1.1)  # the time of a change counts in seconds
    change(host)
    assert host.run() == (1, told(host, host.staged), '') and len(host.commands) == 2


@root_only
def test_a_note_of_somebody_else_is_not_believed(host):
    host.run()
    exchanged(host)
    checked, status = host.staged.with_name('checked'), host.staged.stat()
    checked.write_text(f'{status.st_ino} {status.st_size} {int(status.st_ctime)}\n')
    os.chown(checked, 0, 0)
    assert host.run() == (1, told(host, host.staged), '') and len(host.commands) == 2


@pytest.mark.parametrize('tool', ['stat', 'sync'])
def test_without_the_tools_for_it_the_program_is_read_each_time(host, tool):
    without(host, tool)
    for commands in (2, 1):
        assert host.run() == (1, told(host, host.staged), '') and len(host.commands) == commands
        assert not host.staged.with_name('checked').exists()


@root_only
def test_a_known_program_that_the_system_refuses_by_now_travels(host):
    host.run()
    Mounts(host, [host.home])
    assert host.run()[1].startswith(f'I am {host.directory}/tmp/.trustmend.')
    warning, = host.target_warnings
    assert 'travels with every task' in warning and 'noexec' in warning


def test_words_reach_the_program_unchanged(host):
    _status, stdout, _stderr = host.run(words=["it's", '$HOME `x`', 'a  b', ''])
    assert "word it's\nword $HOME `x`\nword a  b\nword \n" in stdout


@pytest.mark.parametrize('login', ['bash', 'fish', 'tcsh'])
def test_any_login_shell_will_do(host, login):
    """A login shell gets to see what Ansible makes of a command, and parses it in its own way."""
    host.login = shutil.which(login) or pytest.skip(f'{login} is not installed')
    _status, stdout, stderr = host.run(words=["it's!", 'a\nb', '\\n \\\\ \'\\\'', 'ä'])
    assert "word it's!\nword a\nb\nword \\n \\\\ '\\'\nword ä\n" in stdout and not stderr


def test_values_are_not_on_the_command_line(host):
    host.environment = {'TOKEN': 'very-secret'}
    host.run(words=['apply', '--set', 'a=very-secret'], request='very-secret')
    assert len(host.commands) == 2 and 'secret' not in ''.join(host.commands)
    assert max(len(command) for command in host.commands) < 100


def test_a_nul_character_is_refused(host):
    with pytest.raises(AnsibleError, match='NUL'):
        host.run(words=['a\0b'])


def test_words_are_split_as_usual_whatever_separator_the_task_asks_for(host):
    host.environment = {'IFS': 'abcdefghijklmnopqrstuvwxyz:-/'}
    for _attempt in range(2):  # staged, and then found there
        status, stdout, _stderr = host.run()
        assert (status, stdout) == (1, told(host, host.staged))
    assert len(host.commands) == 1 and not host.target_warnings


def test_the_program_starts_where_no_user_can_put_a_file(host):
    host.program = PROGRAM.replace('exit 1', 'echo "in $(pwd)"; exit 1')
    for _attempt in range(2):  # staged, and then found there
        _status, stdout, _stderr = host.run()
        assert 'in /\n' in stdout


def test_the_environment_that_a_task_asks_for(host):
    host.program = PROGRAM.replace('exit 1', 'echo "A is $A" "found is $found"; exit 1')
    host.environment = {'A': "it's\n1 "}
    host.env['found'] = str(host.directory / 'nothing of ours')
    assert "A is it's\n1  found is " in host.run()[1]
    host.environment = {'a-b': 'c'}
    with pytest.raises(AnsibleError, match="'a-b' is no name"):
        host.run()


@pytest.mark.parametrize('options', [['-u'], ['-e'], ['-o', 'noclobber']], ids=' '.join)
@pytest.mark.parametrize('can_stage', [True, False])
def test_options_of_the_shell_do_not_matter(host, options, can_stage):
    if not can_stage:
        lock_home(host)
    host.words += options
    assert 'input {"a": "b"}\n' in host.run()[1]
    assert bool(host.files()) == can_stage


def test_a_script_that_ends_early_takes_all_of_its_input(host):
    """A connection that cannot get rid of its input is taken for broken."""
    def execute(command, in_data=None):
        line = command.replace('/bin/sh', host.words[0], 1)
        with subprocess.Popen(['/bin/sh', '-c', line], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, env=host.env) as process:
            with process.stdin as pipe:
                pipe.write(in_data)
            return {'rc': process.wait(), 'stdout': process.stdout.read().decode(), 'stderr': ''}

    host._low_level_execute_command = execute
    host.key = 'Plan9-vax'
    with pytest.raises(Unsupported):
        host.run(request='x' * 1_000_000)


@pytest.mark.parametrize('tool', sorted({'base64', 'mktemp', 'sha256sum', 'uname'}))
def test_a_missing_tool_is_named(host, tool):
    if host.shell.resolve().name == 'busybox':
        pytest.skip('its tools are in the shell')
    (host.directory / 'tools' / tool).unlink()
    with pytest.raises(AnsibleError, match=f'the target has no {tool}: install coreutils'):
        host.run()
    assert len(host.commands) == 1


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
    with pytest.raises(AnsibleError, match='is a symbolic link: remove it'):
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


def lock_home(host):
    """The user cannot stage, as it is for service accounts."""
    if os.geteuid() == 0:
        os.chown(host.home, 0, 0)
    host.home.chmod(0o555)


def test_without_a_place_to_stage_the_program_travels_and_that_is_told(host):
    lock_home(host)
    host.env['HOME'] = str(host.home)
    for _run in range(2):
        assert 'input {"a": "b"}\n' in host.run()[1]
        warning, = host.target_warnings
        assert 'travels with every task' in warning and f'{host.home}/.cache' in warning
        assert warning.endswith('ermission denied') and host.left_over() == []


@pytest.mark.parametrize('home', [None, '', '/nonexistent'])
def test_a_user_without_a_home_runs_it_from_a_temporary_directory(host, home):
    host.env.pop('HOME')
    host.env.update({'HOME': home} if home is not None else {})
    assert f"I am {host.directory}/tmp/" in host.run()[1] and host.left_over() == []


# ---- places where no program runs ----

class Mounts:
    """Runs everything in a mount namespace of its own, with some directories `noexec`."""

    def __init__(self, host, noexec, allowed=()):
        self.host = host
        steps = [f'mount --bind "{path}" "{path}"' for path in allowed]
        for path in noexec:
            steps += [f'mount --rbind {path} {path}', f'mount -o remount,bind,noexec {path}']
        self.steps = ''.join(f'{step} && ' for step in steps)
        host._low_level_execute_command = self.execute

    def execute(self, command, in_data=None):
        host = self.host
        host.commands.append(command)
        words = f'env PATH={host.env["PATH"]} {host.words[0]}'
        drop = f'setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups '
        done = subprocess.run(
            ['unshare', '-m', 'sh', '-c', self.steps + drop + command.replace('/bin/sh', words, 1)],
            input=in_data, capture_output=True, check=False, timeout=60,
            env={**host.env, 'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'})
        return {'rc': done.returncode, 'stdout': done.stdout.decode(), 'stderr': done.stderr.decode()}


def nothing_is_left(host, *places):
    places = [pathlib.Path(place) for place in ('/tmp', '/var/tmp', host.home) + places]
    return host.files() == [] and host.left_over() == [] and not [
        path for place in places for path in place.glob('.trustmend.*')
        if path.stat().st_uid == NOBODY]


@root_only
@pytest.mark.parametrize('chosen', [None, 'remote_tmp', 'environment'])
def test_without_keeping_it_runs_where_programs_run(host, chosen):
    host.env.pop('TMPDIR')
    place = host.home
    if chosen:
        place = host.directory / 'own place'
        place.mkdir()
        os.chown(place, NOBODY, NOBODY)
    Mounts(host, ['/tmp', '/var/tmp'], [place])
    if chosen == 'remote_tmp':
        host.remote_tmp = str(place)
    elif chosen:
        host.environment = {'TMPDIR': str(place)}
    assert host.run(keep=False)[1].startswith(f'I am {place}/.trustmend.')
    assert nothing_is_left(host, place) and not host.target_warnings


@root_only
def test_a_remote_tmp_below_the_home_is_found(host):
    (host.home / 'own').mkdir()
    host.give_away(host.home)
    host.remote_tmp = '~/own'
    assert host.run(keep=False)[1].startswith(f'I am {host.home}/own/')


@root_only
@pytest.mark.parametrize('keep', [True, False])
def test_nowhere_to_run_is_told_with_what_to_do(host, keep):
    Mounts(host, ['/tmp', '/var/tmp'])
    host.env.pop('TMPDIR')
    with pytest.raises(AnsibleError, match='/tmp: no program runs there .Permission denied; noexec.*; '
                       '/var/tmp: .* make a directory for it and set ansible_remote_tmp to that'):
        host.run(keep=keep)
    assert nothing_is_left(host)


@root_only
def test_a_store_where_no_program_runs_is_told_and_does_without(host):
    Mounts(host, [host.home])
    assert host.run()[1].startswith(f'I am {host.directory}/tmp/.trustmend.')
    warning, = host.target_warnings
    assert 'travels with every task' in warning and 'noexec' in warning and str(host.home) in warning
    assert nothing_is_left(host) and not (host.home / '.cache/trustmend').exists()


@root_only
def test_a_directory_of_somebody_else_is_no_place_for_a_program(host):
    """Whoever owns it could put another program in the place of ours."""
    place = host.directory / 'theirs'
    place.mkdir()
    place.chmod(0o777)
    host.remote_tmp = str(place)
    assert host.run(keep=False)[1].startswith(f'I am {host.directory}/tmp/')


@root_only
@pytest.mark.parametrize('mode, owner, below', [
    (0o777, 0, ''), (0o775, 0, ''), (0o1777, NOBODY + 1, ''), (0o755, NOBODY + 1, ''),
    (0o777, 0, 'ours'), (0o777, 0, 'ours/deeper'),
])
def test_a_directory_that_others_may_change_is_no_place_for_a_program(host, mode, owner, below):
    """They could rename ours, and put another in its place before it runs."""
    place = host.directory / 'scratch'
    (place / below).mkdir(parents=True)
    for path in (place / below, (place / below).parent):
        if path.is_relative_to(place):
            os.chown(path, NOBODY, NOBODY)
            path.chmod(0o755)
    os.chown(place, owner, owner)
    place.chmod(mode)
    host.remote_tmp = str(place / below)
    assert host.run(keep=False)[1].startswith(f'I am {host.directory}/tmp/')
    os.chown(place, 0, 0)
    place.chmod(0o1777)
    assert host.run(keep=False)[1].startswith(f'I am {place / below}/')


def test_what_is_said_besides_is_no_part_of_a_path(host):
    """As with a library to be preloaded that is gone."""
    if host.shell.resolve().name == 'busybox':
        pytest.skip('its tools are in the shell')
    tool = host.directory / 'tools/mktemp'
    tool.unlink()
    tool.write_text(f'#!/bin/sh\necho "ld.so: ignored" >&2\nexec {shutil.which("mktemp")} "$@"\n')
    tool.chmod(0o755)
    for keep in (False, True):
        assert 'input {"a": "b"}' in host.run(keep=keep)[1]
        assert host.left_over() == [] and len(host.files()) == keep


def node():
    """The start of a system, and a container in it."""
    with open('/proc/sys/kernel/random/boot_id', encoding='ascii') as boot:
        return boot.read()[:8] + os.readlink('/proc/self/ns/pid').strip('pid:[]')


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_has_is_not(host):
    user = {'user': NOBODY} if os.geteuid() == 0 else {}
    top = host.directory / 'tmp'
    with subprocess.Popen(['true']) as ended, subprocess.Popen(['sleep', '60'], **user) as living:
        ended.wait()
        elsewhere = f'.trustmend.another-host.{ended.pid}.abcdef'
        for name in (f'.trustmend.{node()}.{ended.pid}.abcdef', elsewhere,
                     f'.trustmend.{node()}.{living.pid}.abcdef'):
            path = top / name
            path.mkdir()
            (path / 'trustmend').write_text('')
            host.give_away(path)
        (top / f'.trustmend.{node()}.1.link').symlink_to(host.home)
        host.run(keep=False)
        living.terminate()
    assert sorted(path.name for path in top.iterdir()) == sorted([
        elsewhere, f'.trustmend.{node()}.1.link', f'.trustmend.{node()}.{living.pid}.abcdef'])
    assert host.home.is_dir()


@pytest.mark.parametrize('name', ['HUP', 'TERM', 'KILL'])
@pytest.mark.parametrize('keep', [True, False])
def test_a_run_that_is_killed_leaves_nothing_for_long(host, name, keep):
    if host.shell.resolve().name == 'busybox':
        pytest.skip('its tools are in the shell')
    tool = host.directory / 'tools/sha256sum'
    tool.unlink()
    tool.write_text(f'#!/bin/sh\nkill -{name} $PPID\n')
    tool.chmod(0o755)
    with pytest.raises(AnsibleConnectionFailure):
        host.run(keep=keep)
    if name != 'KILL':
        assert host.left_over() == [] and host.files() == []
    tool.unlink()
    tool.symlink_to(shutil.which('sha256sum'))
    host.run(keep=keep)
    assert host.left_over() == [] and len(host.files()) == keep


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
        self.target_warnings = []
        self._connection = SimpleNamespace(has_pipelining=has_pipelining, become=become, _shell=shell)
        self.calls = []

    def _compute_environment_string(self, raw_environment_out):
        pass

    def get_shell_option(self, option, default=None):
        return '~/.ansible/tmp'

    def _make_tmp_path(self):
        return '/remote/tmp dir'

    def _transfer_data(self, path, data):
        self.calls.append(('transfer', path, data.partition(b'\n')[2]))

    def _fixup_perms2(self, paths):
        self.calls.append(('permissions', paths))

    def _remove_tmp_path(self, path):
        self.calls.append(('remove', path))

    def _low_level_execute_command(self, command, in_data=None):
        where = command.rpartition(' <')[2] if in_data is None else 'input'
        self.calls.append(('execute', where, in_data and in_data.partition(b'\n')[2]))
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


# ---- what the collection carries ----

@pytest.mark.parametrize('index', ['', '[]', '{}', '{"version": "1"}',
                                   '{"version": "1", "programs": null}'])
def test_a_damaged_index_is_told(host, index):
    host.shipped()
    path = host.directory / 'carried/index.json'
    path.write_text(index)
    with pytest.raises(AnsibleError, match=f'{path} is damaged: install the collection again'):
        Shipped(str(path.parent))


@pytest.mark.parametrize('damage, reason', [
    (lambda path: path.write_text(PROGRAM[:-1]), 'is damaged: install the collection again'),
    (lambda path: path.unlink(), 'cannot be read .No such file or directory.: install'),
])
def test_a_damaged_program_does_not_travel(host, damage, reason):
    shipped = host.shipped()
    path = host.directory / 'carried/program'
    damage(path)
    with pytest.raises(AnsibleError, match=f'{path} {reason}'):
        shipped.read(KEY)
