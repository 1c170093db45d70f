# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows hosts without one: what the module is asked, and what is made of its answers."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import re
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.loader import shell_loader

from ansible_collections.trustmend.trustmend.plugins.plugin_utils import runner, windows
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.target import Shipped, Unsupported
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.windows import (
    WindowsTarget, is_windows)

COLLECTION = pathlib.Path(windows.__file__).parents[2]
SOURCE = (COLLECTION / 'plugins/modules/windows_program.ps1').read_text(encoding='ascii')
RAN = {'outcome': 'run', 'platform': 'Windows-AMD64', 'rc': 1, 'stdout': '{"a": "\u00fc"}',
       'stderr': 'careful\n', 'changed': False, 'invocation': {'module_args': {}},
       'stdout_lines': [], '_ansible_parsed': True}
STAGE = {'outcome': 'stage', 'platform': 'Windows-AMD64'}
TMP = 'C:\\Users\\d\\AppData\\Local\\Temp\\ansible-tmp-1'


class Action:
    """The part of an action plugin that a target uses. It answers as told, in that order."""

    def __init__(self, *answers, tmpdir=None, become=None):
        self.answers = list(answers)
        self.calls = []
        self.options = []
        self.target_warnings = []
        shell = SimpleNamespace(tmpdir=tmpdir, join_path=lambda *parts: '\\'.join(parts))
        self._connection = SimpleNamespace(_shell=shell, become=become)
        self._connection.set_become_plugin = self.become

    def become(self, plugin):
        self._connection.become = plugin

    def _execute_module(self, module_name, module_args, task_vars):
        assert task_vars == {'ansible_delegated_vars': {}}
        self.calls.append(module_name.rpartition('.')[2])
        self.options.append(dict(module_args))
        module_args['_ansible_check_mode'] = False
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    def _make_tmp_path(self):
        self.calls.append('make')
        return TMP

    def _transfer_file(self, local, remote):
        with open(local, 'rb') as file:
            self.calls.append(('transfer', file.read(), remote))

    def _remove_tmp_path(self, path):
        self.calls.append(('remove', path))


@pytest.mark.parametrize('user, kept', [('root', False), (None, False), ('SYSTEM', True)])
def test_who_names_nobody_becomes_nobody(user, kept):
    plugin = SimpleNamespace(get_option={'become_user': user}.get)
    action = Action(become=plugin)
    WindowsTarget(action, {})
    assert action._connection.become is (plugin if kept else None)


@pytest.fixture
def shipped(tmp_path):
    (tmp_path / 'linux').write_bytes(b'linux')
    (tmp_path / 'windows.exe').write_bytes(b'windows')
    (tmp_path / 'index.json').write_text(json.dumps({'version': '9.9.9', 'programs': {
        'Linux-x86_64': {'file': 'linux', 'sha256': 'aa', 'size': 5},
        'Windows-AMD64': {'file': 'windows.exe', 'sha256': 'bb', 'size': 7}}}))
    return Shipped(str(tmp_path))


def run(action, shipped, keep=True, request='{"\u00fc": 1}\n'):
    return WindowsTarget(action, {'ansible_delegated_vars': {}}, shipped).run(
        ('apply', '--root', 'C:\\a b'), request, keep)


# ---- which target ----

@pytest.mark.parametrize('name, expected', [('powershell', True), ('cmd', True), ('sh', False)])
def test_the_shell_tells_a_windows_host(name, expected):
    assert is_windows(SimpleNamespace(_shell=shell_loader.get(name))) is expected


@pytest.mark.parametrize('of_windows', [True, False])
def test_the_action_plugin_chooses_by_it(monkeypatch, of_windows):
    chosen = []

    def target(kind):
        def make(action, *more):
            chosen.append((kind, more))
            return SimpleNamespace(run=lambda *words, keep: (0, json.dumps(
                {'protocol': 1, 'verb': 'get', 'changed': False, 'failed': False,
                 'results': []}), ''))
        return make

    monkeypatch.setattr(runner, 'Target', target('posix'))
    monkeypatch.setattr(runner, 'WindowsTarget', target('windows'))
    connection = MagicMock()
    connection._shell._IS_WINDOWS = of_windows

    class Plugin(runner.Action):
        def argument_spec(self):
            return {}

        def request(self, args):
            return ['get'], ''

    task = MagicMock(args={}, check_mode=False, diff=False, async_val=0)
    Plugin(task=task, connection=connection, play_context=MagicMock(), loader=MagicMock(),
           templar=MagicMock(), shared_loader_obj=MagicMock()).run(task_vars={'v': 1})
    assert chosen == [('windows', ({'v': 1},)) if of_windows else ('posix', ())]


# ---- what the module is asked ----

def test_one_execution_where_the_program_is_there(shipped):
    action = Action(RAN)
    assert run(action, shipped) == (1, '{"a": "\u00fc"}', 'careful\n')
    assert action.calls == ['windows_program']
    assert action.options == [{
        'arguments': ['apply', '--root', 'C:\\a b'], 'keep': True, 'version': '9.9.9',
        'programs': ['Windows-AMD64:bb'],
        'request': base64.b64encode('{"\u00fc": 1}\n'.encode()).decode()}]


@pytest.mark.parametrize('keep', [True, False])
def test_a_missing_program_is_brought_and_the_module_asked_again(shipped, keep):
    action = Action(STAGE, RAN)
    run(action, shipped, keep)
    path = TMP + '\\trustmend.exe'
    assert action.calls == ['windows_program', 'make', ('transfer', b'windows', path),
                            'windows_program', ('remove', TMP)]
    first, second = action.options
    assert second == {**first, 'program': path} and first['keep'] is keep


def test_a_temporary_directory_that_is_there_is_used(shipped):
    action = Action(STAGE, RAN, tmpdir='C:\\there')
    run(action, shipped)
    assert 'make' not in action.calls and action.calls[-1] == ('remove', 'C:\\there')


def test_warnings_of_the_module_become_those_of_the_task(shipped):
    action = Action({**STAGE, 'warnings': ['first']}, {**RAN, 'warnings': ['C:\\w is still there']})
    run(action, shipped)
    assert action.target_warnings == ['first', 'C:\\w is still there']
    action = Action({**RAN, 'warnings': None})
    run(action, shipped)
    assert action.target_warnings == []


def test_an_empty_request_is_an_empty_text(shipped):
    action = Action(RAN)
    run(action, shipped, request='')
    assert action.options[0]['request'] == ''


# ---- what goes wrong ----

def test_a_platform_without_a_program_is_named_with_what_is_there(shipped):
    action = Action({'outcome': 'unsupported', 'platform': 'Windows-ARM64'})
    with pytest.raises(Unsupported, match='no program for Windows-ARM64: it carries Linux-x86_64, '
                                          'Windows-AMD64'):
        run(action, shipped)


@pytest.mark.parametrize('answers, verb', [
    (({'outcome': 'failed', 'reason': 'C:\\x is a link: remove it'},), 'run'),
    ((STAGE, {'outcome': 'failed', 'reason': 'C:\\x is a link: remove it'}), 'staged'),
    ((STAGE, STAGE), 'staged'),
])
def test_a_program_that_could_not_be_run_says_why(shipped, answers, verb):
    reason = 'stage' if answers[-1] is STAGE else r'C:\\x is a link: remove it'
    with pytest.raises(AnsibleError, match=f'program could not be {verb}: {reason}'):
        run(Action(*answers), shipped)


@pytest.mark.parametrize('answer, message', [
    ({'failed': True, 'msg': 'Ansible requires PowerShell v5.1'}, 'Ansible requires PowerShell v5.1'),
    ({'failed': True, 'msg': 'MODULE FAILURE', 'module_stdout': '', 'rc': 1,
      'module_stderr': 'PowerShell is not recognized\r\n'},
     'MODULE FAILURE: PowerShell is not recognized'),
    ({'failed': True, 'msg': 'MODULE FAILURE', 'module_stdout': 'Welcome' * 100},
     'MODULE FAILURE: ' + ('Welcome' * 100)[:400]),
    ({'skipped': True, 'msg': 'no check mode'}, 'no check mode'),
    ({}, 'trustmend.trustmend.windows_program did not answer'),
])
def test_what_ansible_says_of_a_failed_module_is_passed_on(shipped, answer, message):
    with pytest.raises(AnsibleActionFail) as caught:
        run(Action(answer), shipped)
    assert caught.value.message == message


@pytest.mark.parametrize('text', [
    'Cannot invoke method. Method invocation is supported only on core types in this language mode.',
    'the script runs in ConstrainedLanguage'])
def test_a_constrained_powershell_is_named(shipped, text):
    with pytest.raises(AnsibleActionFail, match='AppLocker or App Control') as caught:
        run(Action({'failed': True, 'msg': 'MODULE FAILURE', 'module_stderr': text}), shipped)
    assert text in caught.value.message


def test_the_module_asks_for_its_language_before_it_calls_anything():
    before = SOURCE[:SOURCE.index('LanguageMode)')]
    assert not re.search(r'^[^#\n]*(?:\]::|\.\w+\(|New-Object|Parse-Args)', before, re.M)


def test_the_module_runs_only_what_it_holds_open():
    """Complete-Run takes what Open-Program gave, which shares neither writing nor removal."""
    assert "[IO.File]::Open($Path, 'Open', 'Read', 'Read')" in SOURCE
    assert re.findall(r'Complete-Run -(\w+)', SOURCE) == ['Stream'] * 3
    assert 'CommonApplicationData' not in SOURCE


def test_a_host_that_cannot_be_reached_stays_unreachable(shipped):
    with pytest.raises(AnsibleConnectionFailure, match='timed out'):
        run(Action(AnsibleConnectionFailure('timed out')), shipped)


@pytest.mark.parametrize('second', [AnsibleConnectionFailure('gone'), {'failed': True, 'msg': 'x'},
                                    {'outcome': 'failed', 'reason': 'x'}])
def test_what_was_transferred_is_removed_whatever_happens(shipped, second):
    action = Action(STAGE, second)
    with pytest.raises(AnsibleError):
        run(action, shipped)
    assert action.calls[-1] == ('remove', TMP)


def test_a_transfer_that_fails_is_cleaned_up(shipped):
    action = Action(STAGE)
    os.unlink(os.path.join(shipped.directory, 'windows.exe'))
    with pytest.raises(FileNotFoundError):
        run(action, shipped)
    assert action.calls[-1] == ('remove', TMP)


# ---- the module's source ----

def test_the_module_takes_the_options_that_it_is_given(shipped):
    action = Action(STAGE, RAN)
    run(action, shipped)
    taken = re.findall(r"^\$\w+ = Get-AnsibleParam -obj \$parameters -name '(\w+)'", SOURCE, re.M)
    assert set(taken) == set(action.options[1])


def test_the_module_answers_with_the_outcomes_that_are_known():
    assert set(re.findall(r"\.outcome = '(\w+)'", SOURCE)) == {'run', 'stage', 'unsupported', 'failed'}


def test_the_module_needs_no_other_collection_and_writes_no_options_to_the_event_log():
    assert re.findall(r'^#\w*Requires .* (\S+)$', SOURCE, re.M) == [
        'Ansible.ModuleUtils.Legacy', 'Ansible.ModuleUtils.ArgvParser']
