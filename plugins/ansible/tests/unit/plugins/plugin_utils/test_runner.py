# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugins with everything but the target: arguments in, answer out."""

from __future__ import annotations

import base64
import datetime
import importlib
import json
from importlib.util import find_spec
from unittest.mock import MagicMock

import pytest

from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.trustmend.trustmend.plugins.plugin_utils import runner
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.runner import (
    Action, is_absolute, names_in)
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.specs import PROFILES, TYPES

PEM = '-----BEGIN CERTIFICATE-----\nMAcwBaADAgEC\n-----END CERTIFICATE-----\n'


def vault_secret():
    secret = VaultSecret(b'a password')
    secret.load()
    return secret


def result(**more):
    return {'type': 'env', 'name': 'A', 'backend': 'files', 'changed': False, 'changes': {},
            'state': {}, 'error': None, 'warnings': [], 'diff': None, **more}


def report(*results, **more):
    return {'protocol': 1, 'verb': 'apply', 'changed': any(r['changed'] for r in results),
            'failed': any(r['error'] for r in results), 'results': list(results), **more}


def error(message, path=None, hint=None):
    return {'kind': 'permission', 'message': message, 'path': path, 'hint': hint}


class Play:
    """A directory with the user's files, and a target that records and answers."""

    def __init__(self, directory, monkeypatch):
        self.files = directory / 'files'
        self.files.mkdir()
        self.directory = directory
        self.answer = None
        self.windows = False
        self.runs = []
        self.warnings = []
        self.secrets = []
        self.vars = {}
        play = self

        class FakeTarget:
            def __init__(self, action, _task_vars=None):
                self.action = action

            def run(self, words, text, keep):
                self.action.target_warnings += play.warnings
                play.runs.append((words, text, keep))
                return play.answer or (0, json.dumps(report(*play.results(text))), '')

        monkeypatch.setattr(runner, 'Target', FakeTarget)
        monkeypatch.setattr(runner, 'WindowsTarget', FakeTarget)

    @staticmethod
    def results(text):
        """One for each resource that was sent."""
        sent = json.loads(text) if text.startswith('{') else {}
        return [result(type=resource['type']) for resource in sent.get('resources', [])]

    def run(self, module, check_mode=False, diff=False, **args):
        task = MagicMock(args=args, check_mode=check_mode, diff=diff, async_val=0)
        task.get_search_path.return_value = [str(self.directory)]
        plugin = importlib.import_module(
            f'ansible_collections.trustmend.trustmend.plugins.action.{module}')
        loader = DataLoader()
        loader.set_basedir(str(self.directory))
        loader.set_vault_secrets(self.secrets)
        connection = MagicMock()
        connection._shell._IS_WINDOWS = self.windows
        action = plugin.ActionModule(
            task=task, connection=connection, play_context=MagicMock(check_mode=check_mode),
            loader=loader, templar=MagicMock(), shared_loader_obj=MagicMock())
        action._templar.template.side_effect = lambda value: value
        return action.run(task_vars=self.vars)

    @property
    def words(self):
        return self.runs[-1][0]

    @property
    def request(self):
        return json.loads(self.runs[-1][1])

    @property
    def resources(self):
        return self.request['resources']

    @property
    def sent(self):
        """The files that travelled: bytes, or None where there are none."""
        return {name: data if data is None else base64.b64decode(data, validate=True)
                for name, data in self.request['files'].items()}


@pytest.fixture
def play(tmp_path, monkeypatch):
    return Play(tmp_path, monkeypatch)


# ---- what may be a name ----

BUILTIN = 'builtin:amazon-root-ca-1'
# Of what has a module: the other types are only read.
INPUTS = [(kind, name) for kind, spec in TYPES.items() for name in spec['files']
          if find_spec(f'ansible_collections.trustmend.trustmend.plugins.action.{kind}')]
NEEDED = {'anchor': {}, 'bundle': {'path': '/b'},
          'python_api': {'path': '/b', 'version': '3.10.3'}}


@pytest.mark.parametrize('text, names', [
    ('ca.pem', ['ca.pem']), (' /a b/ca.pem ', ['/a b/ca.pem']),
    ('a or b', ['a', 'a or b', 'b']), ('for or\tor', ['for', 'for or\tor', 'or']),
    ('', []), (' ', []), (PEM, []), (f'{PEM} or ca.pem', ['ca.pem']), ('a\0b', []),
    ('x' * 4096, ['x' * 4096]), ('x' * 4097, []), ('\u00e9' * 2049, []),
])
def test_each_text_and_its_alternatives_may_name_files(text, names):
    assert names_in(text) == names


@pytest.mark.parametrize('path, posix, windows', [
    ('/b', True, True), ('C:\\b', False, True), ('c:/b', False, True), ('\\\\server\\b', False, True),
    ('\\\\?\\C:\\b', False, True), ('\\b', False, True), ('C:b', False, False), ('C:', False, False),
    ('b', False, False), ('./b', False, False), ('~/b', False, False), ('-', False, False),
    ('', False, False),
])
def test_absolute_paths_are_those_of_the_target(path, posix, windows):
    assert (is_absolute(path, False), is_absolute(path, True)) == (posix, windows)


# ---- files ----

def test_texts_travel_as_they_are(play):
    for certificate in (PEM, BUILTIN, 'ca.pem'):
        play.run('anchor', certificate=certificate)
        assert play.resources == [{'type': 'anchor', 'certificate': certificate}]


@pytest.mark.parametrize('content', [
    b'\x30\x07\x30\x05\xa0\x03\x02\x01\x02', PEM.encode(), b'', b'hello', bytes(range(256)),
], ids=['der', 'pem', 'empty', 'text', 'bytes'])
def test_a_file_travels_as_it_is(play, content):
    (play.files / 'ca').write_bytes(content)
    play.run('anchor', certificate='ca')
    assert play.sent == {'ca': content} and play.resources[0]['certificate'] == 'ca'


@pytest.mark.parametrize('make', [lambda path: None, lambda path: path.mkdir()],
                         ids=['missing', 'directory'])
def test_what_is_no_file_is_told_and_the_reason_comes_with_the_answer(play, make):
    make(play.files / 'none.pem')
    said = {**error('there is no such file', 'none.pem'), 'kind': 'not_found'}
    play.answer = (1, json.dumps(report(result(type='anchor', name='none.pem', error=said))), '')
    got = play.run('anchor', certificate='none.pem')
    assert play.sent == {'none.pem': None}
    assert got['failed'] and got['msg'].startswith('anchor none.pem: there is no such file: none.pem (') \
        or got['msg'].startswith('there is no such file: none.pem (')
    assert ('is a directory' in got['msg']) == ('remote_src: true' not in got['msg'])


@pytest.mark.parametrize('make, reason', [
    (lambda path: path.write_bytes(VaultLib([('default', vault_secret())]).encrypt(PEM)), 'ca: .*[Vv]ault'),
], ids=['vault'])
def test_a_file_that_is_there_and_cannot_be_read_says_nothing_of_the_target(play, make, reason):
    make(play.files / 'ca')
    with pytest.raises(AnsibleActionFail, match=reason) as caught:
        play.run('anchor', certificate='ca')
    assert 'remote_src' not in str(caught.value)


def test_a_file_encrypted_with_vault_is_read(play):
    play.secrets = [('default', vault_secret())]
    (play.files / 'ca').write_bytes(VaultLib(play.secrets).encrypt(PEM))
    play.run('anchor', certificate='ca')
    assert play.sent == {'ca': PEM.encode()}


def test_files_of_the_target_are_only_named(play):
    (play.files / 'a.pem').write_text(PEM)
    play.run('bundle', path='/b', sources=['system', '/etc/x.pem', 'a.pem'],
             requires=['/etc/a.pem or builtin:b', '/etc/a.pem'], remote_src=True)
    assert play.resources[0]['sources'] == ['system', '/etc/x.pem', 'a.pem']
    assert play.resources[0]['requires'] == ['/etc/a.pem or builtin:b', '/etc/a.pem']
    assert play.sent == {}, 'so that the program refuses relative ones'


# The program would look for a relative one in the directory where the login begins.
@pytest.mark.parametrize('module, args, reason', [
    ('apply', {'profile': 'studio.yml', 'remote_src': True}, "profile: 'studio.yml' is a relative"),
    ('apply', {'profile': '', 'remote_src': True}, 'profile is empty'),
    ('info', {'profile': 'sub/studio.yml', 'remote_src': True}, "profile: 'sub/studio.yml' is a rel"),
    ('env', {'name': 'A', 'value': 'b', 'root': 'image'}, "root: 'image' is a relative path"),
])
def test_relative_paths_of_the_target_are_refused(play, module, args, reason):
    with pytest.raises(AnsibleActionFail, match=reason):
        play.run(module, **args)
    assert not play.runs


def test_paths_of_a_windows_host_are_absolute_as_windows_has_it(play):
    play.windows = True
    play.run('core_api', path='C:\\demo', version='v0.23.10', root='D:/image')
    assert play.resources[0]['path'] == 'C:\\demo'
    play.run('apply', profile='\\\\server\\studio.yml', remote_src=True)
    with pytest.raises(AnsibleActionFail, match="root: 'C:image' is a relative path"):
        play.run('core_api', path='C:\\demo', version='v0.23.10', root='C:image')


@pytest.mark.parametrize('path', ['b.pem', '-', '', '~/demo', 'C:\\demo'])
def test_paths_of_resources_are_for_the_program_to_judge(play, path):
    play.run('bundle', path=path)
    assert play.resources == [{'type': 'bundle', 'path': path}] and play.sent == {}


KEY = '-----BEGIN PRIVATE KEY-----\nMIIEvAIBADAN\n-----END PRIVATE KEY-----\n'


def refused_in_place(play):
    """What travels instead is a key to the program, and not the one that was given."""
    text = str(play.request) + str(play.sent)
    return 'PRIVATE KEY' in text and 'MIIE' not in text


@pytest.mark.parametrize('kind, attribute', INPUTS)
@pytest.mark.parametrize('text', [KEY, PEM + KEY, KEY.replace('PRIVATE', 'ENCRYPTED PRIVATE'),
                                  KEY.replace('PRIVATE', 'OPENSSH PRIVATE')])
def test_a_private_key_does_not_travel(play, kind, attribute, text):
    (play.files / 'key.pem').write_text(text)
    for given, remote in (('key.pem', False), (text, False), (text, True)):
        value = [given] if TYPES[kind]['options'][attribute]['type'] == 'list' else given
        play.run(kind, remote_src=remote, **{attribute: value, **NEEDED[kind]})
        assert refused_in_place(play)
        assert (given in play.sent) == (given == 'key.pem')


@pytest.mark.parametrize('alternatives', ['{} or builtin:a', 'builtin:a or {}'])
def test_a_private_key_is_found_among_alternatives(play, alternatives):
    (play.files / 'key.pem').write_text(KEY)
    for given in ('key.pem', KEY):
        play.run('bundle', path='/b', requires=[alternatives.format(given)])
        assert refused_in_place(play)


def test_beside_a_private_key_the_others_are_asked_for(play):
    fine = {'type': 'anchor', 'certificate': PEM}
    play.run('apply', resources=[{'type': 'anchor', 'certificate': KEY}, fine])
    assert refused_in_place(play) and play.resources[1] == fine


def test_each_name_travels_once_with_what_it_stands_for(play):
    (play.files / 'ca').write_text(PEM)
    (play.files / 'this or that').write_text('other')
    play.run('apply', resources=[
        {'type': 'bundle', 'path': '/b', 'sources': ['system', 'ca'], 'extra': ['ca', BUILTIN],
         'requires': ['this or that', f'ca or {BUILTIN}']},
        {'type': 'anchor', 'certificate': 'ca'}])
    assert play.resources[0]['requires'] == ['this or that', f'ca or {BUILTIN}']
    assert play.sent == {
        'system': None, 'ca': PEM.encode(), BUILTIN: None, 'this or that': b'other', 'this': None,
        'that': None, f'ca or {BUILTIN}': None}


def test_only_attributes_that_may_name_files_are_looked_at(play):
    (play.files / 'ca').write_text(PEM)
    play.run('env', name='ca', value='ca')
    assert play.sent == {}


# ---- the request ----

def test_the_command_line_of_one_module(play):
    play.run('env', name='A', value='b', root='/image', lock_timeout=5)
    assert play.words == ['apply', '--input', '-', '--output', 'json', '--lock-timeout', '5',
                          '--root', '/image']


@pytest.mark.parametrize('module, args', [
    ('env', {'name': 'A', 'value': 'b'}), ('apply', {}), ('info', {})])
def test_differences_are_asked_for_in_diff_mode_alone(play, module, args):
    play.run(module, **args)
    assert '--diff' not in play.words
    play.run(module, diff=True, **args)
    assert '--diff' in play.words


def test_what_a_target_holds_steers_no_terminal(play):
    evil, harmless = '\x1b]0;x\x07\x9b\u202e\u200b\U000e0041', '\\x1b]0;x\\x07\\x9b\\u202e\\u200b\\U000e0041'
    play.warnings = [evil]
    got = run_with(play, report(
        result(changed=True, warnings=[evil], changes={'value': {'from': evil, 'to': None}},
               diff={'path': evil, 'before': f'a\n\t{evil}\n', 'after': ''}),
        result(name=evil, error=error(evil, path=evil, hint=evil))), diff=True)
    texts = [got['msg'], *got['warnings'], got['diff'][0]['prepared']]
    assert not any(evil in text or '\x1b' in text or '\u202e' in text for text in texts)
    assert harmless in got['msg'] and harmless in got['warnings'][0]
    assert f'  - a\n    - \t{harmless}\n' in got['diff'][0]['prepared']
    assert got['resources'][0]['changes']['value']['from'] == evil
    play.answer = (1, f'no report: {evil}', '')
    with pytest.raises(AnsibleActionFail) as failure:
        play.run('apply')
    assert harmless in failure.value.message


def test_defaults_are_left_to_the_program(play):
    play.run('env', name='A', value='b')
    assert play.resources == [{'type': 'env', 'name': 'A', 'value': 'b'}]


@pytest.mark.parametrize('module, args, verb', [
    ('env', {'name': 'A', 'value': 'b'}, 'plan'), ('apply', {}, 'plan'), ('info', {}, 'get'),
])
def test_check_mode_only_plans_and_keeps_no_program(play, module, args, verb):
    play.run(module, check_mode=True, **args)
    assert play.words[0] == verb and play.runs[-1][2] is False
    play.run(module, **args)
    assert play.words[0] == ('get' if module == 'info' else 'apply') and play.runs[-1][2] is True


@pytest.mark.parametrize('args, sent', [
    ({}, {'profile': 'shotgrid-ssl', 'variables': {}, 'files': {}}),
    ({'variables': {'bundle': 'x y', 'core_configs': ['/a', 2], 'roots': []}},
     {'profile': 'shotgrid-ssl', 'files': {},
      'variables': {'bundle': 'x y', 'core_configs': ['/a', '2'], 'roots': []}}),
    ({'profile': '/etc/p.yml', 'remote_src': True}, {'profile': '/etc/p.yml', 'variables': {}}),
    ({'remote_src': True, 'variables': {'extra_ca': 'a.pem'}},
     {'profile': 'shotgrid-ssl', 'variables': {'extra_ca': ['a.pem']}, 'files': {}}),
])
def test_the_request_of_a_profile(play, args, sent):
    """Nothing of it is on the command line, which everybody on the target can read."""
    play.run('apply', **args)
    assert play.words[:3] == ['apply', '--input', '-'] and play.words[3] == '--output'
    assert play.request == sent


def test_built_in_profiles_are_named_without_a_file(play):
    assert 'shotgrid-ssl' in PROFILES
    for name in PROFILES:
        for remote in (False, True):
            play.run('apply', profile=name, remote_src=remote)
            assert play.request == {'profile': name, 'variables': {}, 'files': {}}


def test_files_that_variables_of_a_built_in_profile_name_travel(play):
    (play.files / 'ca').write_text(PEM)
    play.run('apply', variables={'extra_ca': ['ca', PEM], 'bundle_sources': 'system', 'bundle': 'ca',
                                 'core_configs': ['ca']})
    assert play.sent == {'ca': PEM.encode(), 'system': None}
    (play.files / 'key.pem').write_text(KEY)
    for given in ('key.pem', KEY):
        play.run('apply', variables={'extra_ca': [given]})
        assert refused_in_place(play)


def test_variables_of_the_host_are_those_of_the_profile_by_their_prefix(play):
    (play.files / 'ca').write_text(PEM)
    play.vars = {'p_extra_ca': 'ca', 'p_bundle': '/host', 'p_roots': None, 'p_core_version': 'OMIT',
                 'p_become': True, 'p_hosts': 'all', 'pp_bundle': '/other', 'bundle': '/none', 'omit': 'OMIT'}
    play.run('apply', variables_prefix='p_')
    assert play.request['variables'] == {'extra_ca': ['ca'], 'bundle': '/host'}
    assert play.sent == {'ca': PEM.encode()}
    play.run('apply', variables_prefix='p_', variables={'bundle': '/task'})
    assert play.request['variables'] == {'extra_ca': ['ca'], 'bundle': '/task'}
    play.run('apply')
    assert play.request['variables'] == {}
    for name in ('p_extra_cas', 'p_becom', 'p_'):
        play.vars[name] = 'x'
        with pytest.raises(AnsibleActionFail, match=f'^{name}: the profile has no variable'):
            play.run('apply', variables_prefix='p_')
        del play.vars[name]


def test_variables_of_a_profile_of_the_controller_are_for_the_program_to_judge(play):
    (play.files / 'studio.yml').write_text('resources: []\n')
    (play.files / 'ca').write_text(PEM)
    play.run('apply', profile='studio.yml', variables={'whatever': ['ca', 7]})
    assert play.request['variables'] == {'whatever': ['ca', '7']}
    assert play.sent == {'studio.yml': b'resources: []\n'}


@pytest.mark.parametrize('profile, reason', [
    ('studio', "'studio' is not built in .that is: .*shotgrid-ssl.*.yml or .yaml, or with a directory"),
    ('shotgrid_ssl', 'is not built in'), ('Shotgrid-SSL', 'is not built in'), ('', "'' is not built in"),
    ('-', "'-' is not built in"), ('--root', 'is not built in'), ('-p.yml', 'Could not find'),
])
def test_other_words_are_no_profile(play, profile, reason):
    (play.files / 'studio').write_text('resources: []\n')
    for module in ('apply', 'info'):
        with pytest.raises(AnsibleActionFail, match=reason):
            play.run(module, profile=profile)
    assert not play.runs


def test_a_profile_of_the_controller_travels(play):
    (play.files / 'studio.yml').write_text('resources: []\n')
    play.run('apply', profile='studio.yml')
    assert play.request == {'profile': 'studio.yml', 'variables': {},
                            'files': {'studio.yml': base64.b64encode(b'resources: []\n').decode()}}
    (play.files / 'studio.yml').write_text(KEY)
    with pytest.raises(AnsibleActionFail, match='^studio.yml: there is a private key'):
        play.run('apply', profile='studio.yml')


def test_resources_travel_in_order_with_their_files(play):
    (play.files / 'ca').write_text(PEM)
    play.run('apply', resources=[{'type': 'anchor', 'certificate': 'ca', 'sha1': None},
                                 {'type': 'env', 'name': 'A', 'value': 'b'}])
    assert play.resources == [{'type': 'anchor', 'certificate': 'ca'},
                              {'type': 'env', 'name': 'A', 'value': 'b'}]
    assert play.sent == {'ca': PEM.encode()}


@pytest.mark.parametrize('wrong', [
    {'type': 'file', 'path': '/b'}, {}, {'type': ['env']}, {'type': 'anchor', 'cert': 'ca'},
])
def test_a_malformed_resource_travels_for_the_program_to_judge(play, wrong):
    fine = {'type': 'env', 'name': 'A', 'value': 'b'}
    said = {**error('resources[0]: unknown', None, 'did you mean'), 'kind': 'invalid_input'}
    play.answer = (1, json.dumps(report(result(type='unknown', name=None, error=said), result())), '')
    got = play.run('apply', resources=[wrong, fine])
    assert play.resources == [wrong, fine]
    assert got['failed'] and got['msg'] == 'unknown: resources[0]: unknown (did you mean)'
    assert got['resources'][1]['error'] is None


@pytest.mark.parametrize('args, reason', [
    ({'resources': [], 'profile': 'x'}, 'resources excludes profile and variables'),
    ({'resources': [], 'variables_prefix': 'x'}, 'resources excludes profile and variables'),
    *(({'resources': [{'type': 'env'}, {'type': 'env', name: value}]},
       rf'resources\[1\]\.{name}: {name} is an option of the task: it stands beside resources')
      for name, value in (('remote_src', True), ('root', '/image'), ('lock_timeout', 5))),
])
def test_a_batch_that_makes_no_sense_is_refused(play, args, reason):
    with pytest.raises(AnsibleActionFail, match=reason):
        play.run('apply', **args)
    assert not play.runs


def test_listing(play):
    play.run('info', list='env', where={'scope': 'user'})
    assert play.words[:4] == ['env', 'list', '--input', '-']
    assert json.loads(play.runs[-1][1]) == {'type': 'env', 'scope': 'user'}
    with pytest.raises(AnsibleActionFail, match='where goes with list'):
        play.run('info', where={'scope': 'user'})
    with pytest.raises(AnsibleActionFail, match='list excludes'):
        play.run('info', list='env', profile='x')


@pytest.mark.parametrize('kind, where, reason', [
    ('env', {'name': 'A'}, 'where.name: with list: env it takes scope, user, targets, observe'),
    ('anchor', {'scope': 'user'}, 'where.scope: with list: anchor it takes store'),
    ('anchor', {'certificate': 'builtin:x'}, 'where.certificate: with list: anchor it takes store'),
])
def test_where_takes_what_says_where_to_look(play, kind, where, reason):
    with pytest.raises(AnsibleActionFail, match=reason):
        play.run('info', list=kind, where=where)
    assert not play.runs


@pytest.mark.parametrize('args', [
    {'value': 'b'}, {'name': 'A', 'state': 'gone'}, {'name': 'A', 'valeu': 'b'},
    {'name': 'A', 'lock_timeout': 'soon'},
])
def test_wrong_arguments_do_not_reach_the_target(play, args):
    with pytest.raises(AnsibleActionFail):
        play.run('env', **args)
    assert not play.runs


# ---- values, see test_values.py ----

def test_a_mode_is_quoted_in_every_module(play):
    play.run('bundle', path='/b', mode='0640')
    assert play.resources[0]['mode'] == '0640'
    with pytest.raises(AnsibleActionFail, match="^mode is a number.*quote it, '0644'"):
        play.run('bundle', path='/b', mode=0o640)
    with pytest.raises(AnsibleActionFail, match=r"^resources\[0\]\.mode is a number.*quote it"):
        play.run('apply', resources=[{'type': 'bundle', 'path': '/b', 'mode': 640}])


def test_a_module_and_a_resource_take_the_same_values(play):
    given = {'path': '/b', 'sources': 'system', 'backup': 'yes', 'owner': 0, 'group': None}
    taken = {'type': 'bundle', 'path': '/b', 'sources': ['system'], 'backup': True, 'owner': '0'}
    play.run('bundle', **given)
    assert play.resources == [taken]
    play.run('apply', resources=[{'type': 'bundle', **given}])
    assert play.resources == [taken]


@pytest.mark.parametrize('module, args, reason', [
    ('bundle', {'path': '/b', 'sources': [None]}, r'sources\[0\] is null'),
    ('env', {'name': 'A', 'value': {'a': 'b'}}, 'value must be text, and is a mapping'),
    ('apply', {'variables': {'roots': [None]}}, r'variables\.roots\[0\] is null'),
    ('apply', {'variables': {'rots': []}}, r'variables\.rots: .* did you mean roots\?'),
    ('apply', {'resources': [{'type': 'env'}, {'type': 'env', 'name': ['A']}]},
     r'resources\[1\]\.name must be text'),
    ('info', {'list': 'env', 'where': {'scope': ['user']}}, r'where\.scope must be text'),
])
def test_values_of_the_wrong_form_are_named(play, module, args, reason):
    with pytest.raises(AnsibleActionFail, match=reason):
        play.run(module, **args)
    assert not play.runs


def test_what_json_does_not_know_travels_as_text(play):
    play.run('info', resources=[{'type': 'env', 'name': 'A', 'read': [datetime.date(2027, 1, 2)]}])
    assert play.resources == [{'type': 'env', 'name': 'A', 'read': ['2027-01-02']}]


# ---- the answer ----

def run_with(play, document, **kwargs):
    play.answer = (0, json.dumps(document), '')
    return play.run('apply', **kwargs)


def test_a_change_is_told(play):
    changes = {'value': {'from': None, 'to': 'b'}}
    got = run_with(play, report(result(changed=True, changes=changes, warnings=['careful'])))
    assert got['changed'] is True and got['failed'] is False
    assert got['resources'] == [{'type': 'env', 'name': 'A', 'backend': 'files', 'changed': True,
                                 'changes': changes, 'state': {}, 'error': None}]
    assert got['warnings'] == ['env A: careful'] and 'diff' not in got
    assert got['msg'] == '1 of 1 resource changed: env A: value (none) -> b'


def test_what_there_was_to_say_of_the_target_is_told(play):
    play.warnings = ['the program travels']
    got = run_with(play, report(result(warnings=['careful'])))
    assert got['warnings'] == ['the program travels', 'env A: careful']


def test_several_failures_are_one_message(play):
    got = run_with(play, report(
        result(error=error('permission denied', '/etc/environment', 'run as root')),
        result(name='B'),
        result(name='C', error=error('C is no name'))))
    assert got['failed'] is True
    assert got['msg'] == 'env A: permission denied: /etc/environment (run as root); C is no name'


def test_a_failure_of_the_whole_run_comes_first(play):
    got = run_with(play, {**report(error=error('the lock is held', '/run/trustmend.lock')),
                          'failed': True})
    assert got['msg'] == 'the lock is held: /run/trustmend.lock'


def test_an_error_that_names_its_file_is_told_as_it_is(play):
    (play.files / 'one.pem').write_text(PEM)
    damaged = {**error('it is damaged', 'one.pem'), 'kind': 'refused'}
    play.answer = (1, json.dumps(report(
        result(type='anchor', name='certificate', error=damaged),
        result(type='bundle', name='/b', error=damaged))), '')
    got = play.run('apply', resources=[
        {'type': 'anchor', 'certificate': 'one.pem'}, {'type': 'bundle', 'path': '/b', 'extra': ['one.pem']}])
    assert got['msg'].split('; ') == [
        'anchor: it is damaged: one.pem', 'bundle /b: it is damaged: one.pem']


@pytest.mark.parametrize('sent, shown', [
    ({'profile': 'studio.yml'}, 'studio.yml:4: env: no such thing (try another)'),
    ({'resources': []}, 'studio.yml:4: env: no such thing (try another)'),
])
def test_what_travelled_is_called_by_its_own_name(play, sent, shown):
    (play.files / 'studio.yml').write_text('resources: []\n')
    said = {**error('studio.yml:4: env: no such thing', 'studio.yml', 'try another'),
            'kind': 'invalid_input'}
    play.answer = (2, json.dumps({**report(error=said), 'failed': True}), '')
    assert play.run('apply', **sent)['msg'] == shown
    said.update(message='too large', path='-')
    play.answer = (2, json.dumps({**report(error=said), 'failed': True}), '')
    assert play.run('apply', **sent)['msg'] == 'too large (try another)'


@pytest.mark.parametrize('module, args, answer, reason', [
    ('env', {'name': 'A', 'value': 'b'}, (1, report(result())), 'status 1, .* tells of no failure'),
    ('env', {'name': 'A', 'value': 'b'}, (137, report(result())), 'status 137'),
    ('info', {'list': 'env'}, (70, report()), 'status 70'),
    ('env', {'name': 'A', 'value': 'b'}, (0, report()), 'given 1 resources and reports 0'),
    ('apply', {'resources': [{'type': 'env', 'name': 'A'}] * 2}, (0, report(result())),
     'given 2 resources and reports 1'),
    ('apply', {'resources': []}, (0, report(result())), 'given 0 resources and reports 1'),
    ('env', {'name': 'A', 'value': 'b'}, (1, report(result(), result(error=error('no')))),
     'given 1 resources and reports 2'),
])
def test_a_report_that_disagrees_with_the_run_is_not_believed(play, module, args, answer, reason):
    play.answer = (answer[0], json.dumps(answer[1]), '')
    with pytest.raises(AnsibleActionFail, match=reason):
        play.run(module, **args)


def test_a_run_that_failed_as_a_whole_may_report_no_resources(play):
    said = {**report(error=error('the lock is held')), 'failed': True}
    play.answer = (4, json.dumps(said), '')
    assert play.run('env', name='A', value='b')['msg'] == 'the lock is held'


def test_what_a_login_shell_prints_behind_the_report_does_not_matter(play):
    play.answer = (0, json.dumps(report(result(changed=True))) + '\nlogged out\n', '')
    assert play.run('env', name='A', value='b')['changed'] is True


@pytest.mark.parametrize('stdout, stderr, reason', [
    ('', 'no such profile\n', 'status 2.: no such profile'),
    ('Segmentation fault', '', 'status 2.: Segmentation fault'),
])
def test_without_a_report_the_reason_is_told(play, stdout, stderr, reason):
    play.answer = (2, stdout, stderr)
    with pytest.raises(AnsibleActionFail, match=reason):
        play.run('apply')


@pytest.mark.parametrize('document', [[], {}, {'protocol': 2}, {'protocol': 1}])
def test_another_protocol_is_refused(document):
    with pytest.raises(AnsibleActionFail, match='protocol'):
        Action.parse(0, json.dumps(document), '')
