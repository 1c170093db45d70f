# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as a person reads them."""

from __future__ import annotations

import pytest

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.answer import (
    difference, some, summary, warnings)


def result(name='A', kind='env', **more):
    return {'type': kind, 'name': name, 'changed': True, 'changes': {}, 'diff': None, 'state': {}, **more}


def change(**values):
    return {name: {'from': old, 'to': new} for name, (old, new) in values.items()}


def lines_of(*results):
    shown, = difference(results)
    assert list(shown) == ['prepared'] and shown['prepared'].endswith('\n')
    return shown['prepared'].splitlines()


# ---- the difference ----

def test_a_difference_has_the_attributes_and_the_lines_of_the_file():
    file = {'path': '/etc/environment', 'before': 'A=a\n', 'after': 'A=b\nB=\n'}
    assert lines_of(result(diff=file, changes=change(value=(None, 'b'), backup=(False, True))),
                    result('B', changes=change(value=('a', None))),
                    result('C', changed=False, changes=change(value=('a', None)))) == [
        'env A', '  value: (none) -> b, backup: no -> yes', '  /etc/environment:', '    - A=a',
        '    + A=b', '    + B=', 'env B', '  value: a -> (none)']


@pytest.mark.parametrize('file', [
    None, {'path': '/b', 'before': 'CN=x\n', 'after': 'CN=x\n'}, {'path': '/b', 'before': None, 'after': ''}])
def test_a_file_that_stays_the_same_does_not_hide_what_else_changes(file):
    assert lines_of(result(diff=file, changes=change(mode=('0600', '0644')))) == [
        'env A', '  mode: 0600 -> 0644']


def test_maps_show_the_entries_that_change():
    assert lines_of(result(changes=change(per_target=({'a': None, 'b': 'x'}, {'a': 'x', 'b': 'x'}),
                                          other=(None, {'c': 1})))) == [
        'env A', '  per_target.a: (none) -> x', '  other.c: (none) -> 1']


def test_lists_show_what_comes_and_what_goes():
    assert lines_of(result(changes=change(tags=(['a', 'b'], ['b', 'c']), order=(['a', 'b'], ['b', 'a']),
                                          new=(None, ['d'])))) == [
        'env A', '  tags:', '    - a', '    + c', '  order: in another order', '  new:', '    + d']


def test_of_many_lines_a_few_are_shown_and_the_rest_is_counted():
    many = [f'CN={number}' for number in range(143)]
    file = {'path': '/b', 'before': 'CN=old', 'after': '\n'.join(many)}
    lines = lines_of(result(diff=file, changes=change(certificates=([], many))))
    assert len(lines) == 18 and lines.count('    + … and 137 more') == 2
    assert lines[2] == '    + CN=0' and '    + CN=6' not in lines


def test_long_values_are_cut_and_certificates_are_not_printed():
    lines = lines_of(result(changes=change(value=('x' * 5000, '-----BEGIN CERTIFICATE-----\nMAc\n')),
                            diff={'path': '/b', 'before': 'y' * 5000, 'after': None}))
    assert lines[1] == f"  value: {'x' * 200} … (4800 more) -> (PEM text)"
    assert lines[3] == f"    - {'y' * 120} … (4880 more)"
    pem = {'path': '/b', 'before': None, 'after': '-----BEGIN CERTIFICATE-----\nMAc\n'}
    assert lines_of(result(diff=pem)) == ['env A', '  /b:', '    + (PEM text)']


def test_of_a_new_file_of_many_lines_nothing_is_shown():
    many = '\n'.join(f'CN={number}' for number in range(143))
    assert lines_of(result('/b', 'bundle', diff={'path': '/b', 'before': None, 'after': many},
                           changes=change(state=('absent', 'present'), count=(None, 143)))) == [
        'bundle /b', '  state: absent -> present, count: (none) -> 143', '  /b: 143 new lines']


def test_attributes_share_a_line_as_far_as_they_fit():
    changes = change(**{f'a{number}': ('x' * 20, 'y' * 20) for number in range(4)})
    assert [len(line) for line in lines_of(result(changes=changes))] == [5, 100, 100]


def test_nothing_is_no_difference():
    assert difference([]) == [] and difference([result(changed=False)]) == []


def test_nothing_in_a_difference_steers_a_terminal():
    shown = difference([result('\x1b]0;', changes=change(value=('\u202e', None)))])[0]['prepared']
    assert '\x1b' not in shown and '\u202e' not in shown and '\\u202e' in shown


# ---- the message ----

def report(*results, verb='apply'):
    return {'verb': verb, 'results': list(results)}


def test_the_message_counts_and_says_what_changed():
    env, bundle = result(changes=change(value=(None, 'b'))), result(
        '/b', 'bundle', changes=change(state=('absent', 'present'), count=(0, 143)))
    same = result('B', changed=False)
    assert summary(report(env, bundle, same), False) == (
        '2 of 3 resources changed: env A: value (none) -> b; bundle /b: state absent -> present, count 0 -> 143')
    assert summary(report(env, same, verb='plan'), False) == (
        '1 of 2 resources would change: env A: value (none) -> b')
    assert summary(report(same), False) == '1 resource as wished for'
    assert summary(report(same, same, verb='get'), True) == '2 resources read'


def test_the_message_says_why_and_when_it_counts():
    state = {'problems': ['v0.18.91 ignores it', 'another'], 'effective_from': 'next login'}
    env = result(changes=change(value=(None, 'b')), state=state)
    assert summary(report(env, verb='plan'), False).endswith(
        'env A: value (none) -> b (v0.18.91 ignores it; counts from: next login)')
    assert 'env A: value (none) -> b (counts from: next login)' in summary(report(env), False)
    mended = result(changes=change(value=('a', 'b'), problems=(['v0.18.91 ignores it'], [])), state=state)
    assert 'env A: value a -> b (v0.18.91 ignores it;' in summary(report(mended, verb='plan'), False)
    distrusted = result(kind='anchor', changes=change(state=('absent', 'present')),
                        state={'problems': None, 'reasons': ['deselected']})
    assert summary(report(distrusted, verb='plan'), False).endswith('present (deselected)')


def test_the_message_names_what_is_wrong_with_what_was_asked_for():
    page = result(changed=False, state={'problems': ['A: no program can load /x: a web page', 'another']})
    fine = result('B', changed=False, state={'problems': []})
    told = '. With problems: A: no program can load /x: a web page'
    for verb in ('plan', 'apply'):
        assert summary(report(page, fine, verb=verb), False) == f'2 resources as wished for{told}'
    after = result(changes=change(value=(None, '/x')), state=page['state'])
    assert summary(report(after), False) == f'1 of 1 resource changed: env A: value (none) -> /x{told}'
    assert summary(report(after, verb='plan'), False).endswith('(A: no program can load /x: a web page)')


def test_what_the_message_tells_is_no_warning_besides():
    state = {'problems': ['v0.18.91 ignores it', 'another'], 'effective_from': 'next login'}
    texts = ['v0.18.91 ignores it', 'another', 'programs keep what they have; it counts from: next login', 'careful']
    told = {'warnings': texts, 'state': state}
    assert warnings(report(result(**told), verb='plan')) == ['env A: another', 'env A: careful']
    assert warnings(report(result(**told))) == [f'env A: {text}' for text in texts if 'counts' not in text]
    assert warnings(report(result(changed=False, **told))) == [f'env A: {text}' for text in texts]


def test_a_resource_without_a_name_of_its_own_is_called_by_its_type():
    named = result('value', changes=change(value=(None, 'b')))
    assert summary(report(named), False).endswith('changed: env: value (none) -> b')


def test_lists_and_maps_are_counted():
    changed = result(changes=change(tags=([], ['a']), seen=({'a': 1}, {'a': 1, 'b': 2})))
    assert summary(report(changed), False).endswith('env A: tags 0 items -> 1 item, b: (none) -> 2')
    projects = {f'/p/{number}': 'v0.23.10' for number in range(300)}
    many = result('/p/*', 'core_api', changes=change(projects=({}, projects)))
    assert summary(report(many), False).endswith('changed: core_api /p/*: 300 projects')
    lines = lines_of(many)
    assert len(lines) == 8 and lines[-1] == '  … and 294 more'
    assert lines[1] == '  projects./p/0: (none) -> v0.23.10'


def test_of_many_texts_some_are_told():
    assert some(['a', 'b']) == 'a; b'
    told = some([str(number) for number in range(300)])
    assert told.startswith('0; 1; ') and '; 9; … and 290 more (' in told
