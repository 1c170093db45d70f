# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
What YAML and templates make of values, as the program takes them: text, truth, or a list of
texts. A null is as if nothing was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

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


def as_variable(value, where):
    """Of a profile that only the program knows: a text, or a list of texts."""
    if isinstance(value, Mapping):
        raise Refusal(f'{where} is a mapping: give the value for this host; a value '
                      'for each system can stand in the profile itself')
    return as_texts(value, where) if isinstance(value, (list, tuple)) else as_text(value, where)


def as_variables(given, options, where='variables.'):
    """Values for the variables of a profile, without nulls. `options` None: it is not known here."""
    taken = {}
    for name, value in given.items():
        place = f'{where}{to_text(name)}'
        if options is not None and name not in options:
            raise Refusal(f'{place}: the profile has no variable {name}{nearest(name, options)}')
        kind = as_variable
        if options is not None and not isinstance(value, Mapping):
            kind = kind_of(name, options[name])
        if value is not None:
            taken[to_text(name)] = kind(value, place)
    return taken


def nearest(name, options):
    """Which one may be meant, or which ones there are."""
    near = get_close_matches(to_text(name), options, 1, 0.75)
    return f', did you mean {near[0]}?' if near else f"; it has {', '.join(options)}"
