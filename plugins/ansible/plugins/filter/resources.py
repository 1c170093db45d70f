# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.module_utils.common.text.converters import to_text

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.values import as_list

DOCUMENTATION = r'''
name: resources
short_description: Make a list of resources out of a list of values
version_added: 0.1.0
author:
  - the trustmend authors (@trustmend)
description:
  - Makes one resource for the C(resources) option of M(trustmend.trustmend.apply) out of each value.
positional: type, attribute
options:
  _input:
    description:
      - The values, such as certificates. One text is a list of its own, or of what commas separate,
        as for options of modules; a null is an empty list.
    type: list
    elements: str
    required: true
  type:
    description: The type of the resources, such as C(anchor).
    type: str
    required: true
  attribute:
    description: The attribute that gets the value, such as C(certificate).
    type: str
    required: true
notes:
  - Further keyword arguments become attributes of every resource.
'''

EXAMPLES = r'''
- name: Trust several CAs with one rebuild of the trust store
  trustmend.trustmend.apply:
    resources: "{{ ['studio-ca.pem', 'proxy.pem'] | trustmend.trustmend.resources('anchor', 'certificate') }}"
  become: true
'''

RETURN = r'''
_value:
  description: The resources, in the order of the values.
  type: list
  elements: dict
'''


def resources(values, type, attribute, **attributes):
    return [{'type': type, attribute: value, **attributes} for value in as_values(values, attribute)]


def as_values(values, attribute):
    """What a list variable may hold besides a list."""
    if values is None:
        return []
    if isinstance(values, Mapping):
        raise AnsibleFilterError(f'resources: the values of {attribute} must be a list, and are a '
                                 'mapping')
    if isinstance(values, Iterable) and not isinstance(values, (str, bytes)):
        return list(values)
    try:
        return as_list(values, attribute)
    except AnsibleError as error:
        raise AnsibleFilterError(f'resources: {to_text(error)}') from None


class FilterModule:

    def filters(self):
        return {'resources': resources}
