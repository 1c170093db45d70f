# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
What YAML and templates make of values, as the program takes them: text, truth, or a list of
texts. A null is as if nothing was given.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible.module_utils.common.text.converters import to_text
from ansible.module_utils.common.validation import check_type_bool

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.errors import Refusal


def as_text(value, where):
    """A number or a date is what it looks like; true is `true`."""
    if value is None:
        raise Refusal(f'{where} is null: remove it, or give it a value')
    if isinstance(value, Mapping):
        raise Refusal(f'{where} must be text, and is a mapping')
    if isinstance(value, (list, tuple, set)):
        raise Refusal(f'{where} must be text, and is a list')
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return to_text(value)  # Vault's own strings, too


def as_texts(value, where):
    """One text stands for a list of it."""
    if isinstance(value, (list, tuple)):
        return [as_text(item, f'{where}[{index}]') for index, item in enumerate(value)]
    return [as_text(value, where)]


def as_list(value, where):
    """As Ansible takes lists: commas separate the items of one text. Not where it is PEM."""
    texts = as_texts(value, where)
    if isinstance(value, (list, tuple)) or '-----BEGIN' in texts[0]:
        return texts
    return [item.strip() for item in texts[0].split(',')]


def as_mappings(value, where):
    """A list of resources; what else is no mapping is for Ansible to tell."""
    for index, item in enumerate(value if isinstance(value, (list, tuple)) else []):
        if item is None:
            raise Refusal(f'{where}[{index}] is null: remove it')
    return value


def as_truth(value, where):
    """What Ansible takes for a boolean: older versions make text of it in templates."""
    try:
        return check_type_bool(value)
    except TypeError as error:
        raise Refusal(f'{where} must be true or false') from error


def as_mode(value, where):
    """YAML makes the number 420 of 0644, and 644 of 644: nobody knows which one was written."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise Refusal(f"{where} is a number, of which YAML may have made another one than "
                      "was written: quote it, '0644'")
    return as_text(value, where)


def kind_of(name, option):
    if name == 'mode':
        return as_mode
    if option.get('elements') == 'dict':
        return as_mappings
    return {'str': as_text, 'list': as_list, 'bool': as_truth}.get(option.get('type'))


def as_options(given, options, prefix=''):
    """Given values in the types of these options, without nulls; unknown names as they are."""
    taken = {}
    for name, value in given.items():
        kind = kind_of(name, options.get(name, {}))
        if value is not None:
            taken[name] = kind(value, f'{prefix}{name}') if kind else value
    return taken


def setting_words(variables):
    """--set words for the variables of a profile: texts, and lists of texts."""
    words = []
    for name, value in variables.items():
        where = f'variables.{name}'
        if '=' in to_text(name):
            raise Refusal(f'variables: {name} is no name for a variable')
        if isinstance(value, Mapping):
            raise Refusal(f'{where} is a mapping: give the value for this host; a value '
                          'for each system can stand in the profile itself')
        if value is not None:
            # An empty list has to be told as well: it replaces the profile's own.
            for text in as_texts(value, where) or ['']:
                words += ['--set', f'{name}={text}']
    return words
