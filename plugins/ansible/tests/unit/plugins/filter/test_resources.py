# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter, and what list variables may hold besides a list."""

from __future__ import annotations

import pytest

from ansible.errors import AnsibleFilterError

from ansible_collections.trustmend.trustmend.plugins.filter.resources import FilterModule

resources = FilterModule().filters()['resources']
PEM = '# CN=Studio CA, O=Studio\n-----BEGIN CERTIFICATE-----\n'


@pytest.mark.parametrize('values, names', [
    (['a.pem', 'b.pem'], ['a.pem', 'b.pem']), (('a.pem',), ['a.pem']), ([], []), (None, []),
    (iter(['a.pem', 'b.pem']), ['a.pem', 'b.pem']), ('a.pem', ['a.pem']),
    ('a.pem, b.pem', ['a.pem', 'b.pem']), (PEM, [PEM]),
])
def test_each_value_makes_a_resource(values, names):
    assert resources(values, 'anchor', 'certificate', state='absent') == [
        {'type': 'anchor', 'certificate': name, 'state': 'absent'} for name in names]


def test_a_mapping_is_refused():
    with pytest.raises(AnsibleFilterError, match='values of certificate must be a list, .* mapping'):
        resources({'studio': 'a.pem'}, 'anchor', 'certificate')
