# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

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
    description: The values, such as certificates.
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
    return [{'type': type, attribute: value, **attributes} for value in values]


class FilterModule:

    def filters(self):
        return {'resources': resources}
