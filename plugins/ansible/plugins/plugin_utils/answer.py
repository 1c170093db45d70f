# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the program's report to what a person reads: a message and a difference, of few lines."""

from __future__ import annotations

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.errors import shown
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.specs import TYPES

LINES_SHOWN = 6  # of a list, or of one side of a file, before the rest is counted
RESULTS_SHOWN = 10  # in a message
VALUE_SHOWN = 200  # characters
LINE_SHOWN = 120
EVERYTHING = 'resources in the result, or -v, tells of all'


def has_own_name(result):
    return result['name'] and result['name'] not in TYPES.get(
        result['type'], {'options': {}})['options']


def called(result):
    return f"{result['type']} {result['name']}" if has_own_name(result) else result['type']


def with_name(result, text):
    if has_own_name(result) and result['name'] in text:
        return text
    return f'{called(result)}: {text}'


def cut(text, most):
    return text if len(text) <= most else f'{text[:most]} … ({len(text) - most} more)'


def as_word(value):
    """A value in a sentence. Lists and maps are counted, certificates are not printed."""
    if value is None:
        return '(none)'
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, (list, dict)):
        return f"{len(value)} {'item' if len(value) == 1 else 'items'}"
    text = str(value)
    return '(PEM text)' if text.startswith('-----BEGIN') else cut(text, VALUE_SHOWN)


def first_of(lines):
    rest = len(lines) - LINES_SHOWN
    return [cut(line, LINE_SHOWN) for line in lines[:LINES_SHOWN]] + (
        [f'… and {rest} more'] if rest > 0 else [])


def marked(lines, mark):
    return [f'{mark} {line}' for line in first_of(lines)]


def entries(old, new):
    """Those of a map that change, as words."""
    old = old or {}
    return [f'{key}: {as_word(old.get(key))} -> {as_word(value)}'
            for key, value in new.items() if old.get(key) != value]


# ---- the difference ----

def scalar_words(changes):
    return [f"{name}: {as_word(change['from'])} -> {as_word(change['to'])}"
            for name, change in changes.items() if not isinstance(change['to'], (list, dict))]


def joined(words):
    """Several on a line, as far as they fit."""
    lines = []
    for word in words:
        if lines and len(lines[-1]) + len(word) < LINE_SHOWN:
            lines[-1] += f', {word}'
        else:
            lines.append(word)
    return lines


def collection_lines(name, old, new):
    """The entries of a map that change, or what comes into a list and goes out of it."""
    if isinstance(new, dict):
        return first_of([f'{name}.{word}' for word in entries(old, new)])
    old = old or []
    gone, come = ([as_word(item) for item in side if item not in other]
                  for side, other in ((old, new), (new, old)))
    if not gone and not come:
        return [f'{name}: in another order']
    return [f'{name}:', *marked(gone, '  -'), *marked(come, '  +')]


def side_lines(text, mark):
    """Of one side of a file. What a certificate is called its resource says; its text says nothing."""
    if text.startswith('-----BEGIN'):
        return [f'{mark} (PEM text)']
    return marked(text.splitlines(), mark)


def file_lines(diff):
    if not diff or (diff['before'] or '') == (diff['after'] or ''):
        return []
    new = (diff['after'] or '').splitlines()
    if not diff['before'] and len(new) > LINES_SHOWN:
        return [f"{diff['path']}: {len(new)} new lines"]
    return [f"{diff['path']}:", *side_lines(diff['before'] or '', '  -'),
            *side_lines(diff['after'] or '', '  +')]


def difference(results):
    """All that changes, as one text: what Ansible makes of two texts repeats itself for each file."""
    lines = []
    for result in results:
        if not result['changed']:  # what failed, and did not change, only says what was wanted
            continue
        told = joined(scalar_words(result['changes']))
        for name, change in result['changes'].items():
            if isinstance(change['to'], (list, dict)):
                told += collection_lines(name, change['from'], change['to'])
        lines += [called(result), *(f'  {line}' for line in told + file_lines(result['diff']))]
    return [{'prepared': shown('\n'.join(lines) + '\n')}] if lines else []


# ---- the message ----

def some(texts):
    rest = len(texts) - RESULTS_SHOWN
    return '; '.join(texts[:RESULTS_SHOWN] + ([f'… and {rest} more ({EVERYTHING})'] if rest > 0 else []))


def what_is_wrong(result, planned):
    """The first of it, where nothing was done about it yet; the state is that of afterwards else."""
    wrong = result['state'].get('problems') or result['state'].get('reasons')
    return wrong[0] if planned and wrong else ''


def when_it_counts(result):
    when = result['state'].get('effective_from')
    return f'counts from: {when}' if when else ''


def why(result, planned):
    told = [cut(what_is_wrong(result, planned), VALUE_SHOWN), when_it_counts(result)]
    return f" ({'; '.join(filter(None, told))})" if any(told) else ''


def warnings(report):
    """Those that the message does not tell already."""
    planned, told = report['verb'] == 'plan', []
    for result in report['results']:
        known = what_is_wrong(result, planned) if result['changed'] else ''
        when = when_it_counts(result) if result['changed'] else ''
        told += [with_name(result, text) for text in result['warnings']
                 if text != known and not (when and text.endswith(when))]
    return told


def in_words(name, old, new):
    if not isinstance(new, dict):
        return f'{name} {as_word(old)} -> {as_word(new)}'
    changed = entries(old, new)
    return changed[0] if len(changed) == 1 else f'{len(changed)} {name}'


def what_changed(result, planned):
    changes = {name: change for name, change in result['changes'].items() if name != 'problems'}
    if 'state' in changes:  # what else changes follows from it
        changes = {name: change for name, change in changes.items() if name in ('state', 'count')}
    told = ', '.join(in_words(name, change['from'], change['to']) for name, change in changes.items())
    return f'{called(result)}: {told}{why(result, planned)}'


def summary(report, reads):
    """What a run came to, which is told where nothing failed. `reads`: it compared nothing."""
    results = report['results']
    count = f"{len(results)} {'resource' if len(results) == 1 else 'resources'}"
    if reads:
        return f'{count} read'
    planned = report['verb'] != 'apply'
    changed = [what_changed(result, planned) for result in results if result['changed']]
    told = f'{count} as wished for'
    if changed:
        told = f"{len(changed)} of {count} {'would change' if planned else 'changed'}: " + some(changed)
    return told + with_problems(results, planned)


def with_problems(results, planned):
    """What is wrong with what was asked for all the same: a variable that names no CA file, for one."""
    found = [with_name(result, cut(result['state']['problems'][0], VALUE_SHOWN)) for result in results
             if result['state'].get('problems') and not (result['changed'] and planned)]
    return f'. With problems: {some(found)}' if found else ''
