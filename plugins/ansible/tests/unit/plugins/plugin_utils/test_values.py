# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as YAML and templates give them, and what becomes of them."""

from __future__ import annotations

import datetime

import pytest

from ansible.errors import AnsibleActionFail

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.specs import TYPES
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.values import (
    as_options, as_variables)

BUNDLE = TYPES['bundle']['options']
ENV = TYPES['env']['options']
PEM = '# CN=Studio CA, O=Studio\n-----BEGIN CERTIFICATE-----\n'


def bundle(**given):
    return as_options(given, BUNDLE, 'resources[3].')


# ---- options of types ----

@pytest.mark.parametrize('given, meant', [
    ('b', 'b'), ('', ''), (8080, '8080'), (1.5, '1.5'), (True, 'true'), (False, 'false'),
    (datetime.date(2027, 1, 2), '2027-01-02'), (b'b', 'b'),
])
def test_text_is_what_was_written(given, meant):
    assert as_options({'value': given}, ENV) == {'value': meant}


@pytest.mark.parametrize('given, meant', [
    (['system', 'a,b.pem', 7], ['system', 'a,b.pem', '7']), ('system', ['system']),
    ('a.pem,b.pem', ['a.pem', 'b.pem']), (PEM, [PEM]), ([], []), (('a', 'b'), ['a', 'b']),
    (' a.pem , b c.pem', ['a.pem', 'b c.pem']), (' a.pem', ['a.pem']), ([' a.pem'], [' a.pem']),
])
def test_a_list_is_one_of_texts(given, meant):
    assert bundle(sources=given) == {'sources': meant}


@pytest.mark.parametrize('given, meant', [(True, True), ('True', True), ('no', False), (1, True)])
def test_truth_is_what_ansible_takes_for_it(given, meant):
    assert bundle(backup=given) == {'backup': meant}


@pytest.mark.parametrize('given', ['0644', '644', 'u=rw'])
def test_a_mode_is_text(given):
    assert bundle(mode=given) == {'mode': given}


@pytest.mark.parametrize('given', [0o644, 644, 0, 644.0])
def test_a_mode_that_is_a_number_is_refused_because_it_may_be_another_one(given):
    with pytest.raises(AnsibleActionFail, match=r"resources\[3\]\.mode is a number.*quote it, '0644'"):
        bundle(mode=given)


def test_a_null_is_as_if_not_given():
    assert bundle(path='/b', owner=None, sources=None, backup=None, mode=None) == {'path': '/b'}


def test_attributes_that_are_only_read_are_left():
    assert bundle(count=3, problems=[None], expired=None) == {'count': 3, 'problems': [None]}


@pytest.mark.parametrize('given, reason', [
    ({'sources': ['system', None]}, r'resources\[3\]\.sources\[1\] is null'),
    ({'sources': ['system', ['x']]}, r'resources\[3\]\.sources\[1\] must be text, and is a list'),
    ({'path': {'linux': '/b'}}, r'resources\[3\]\.path must be text, and is a mapping'),
    ({'path': ['/b']}, r'resources\[3\]\.path must be text, and is a list'),
    ({'backup': 'perhaps'}, r'resources\[3\]\.backup must be true or false'),
    ({'backup': []}, r'resources\[3\]\.backup must be true or false'),
    ({'mode': [0o644]}, r'resources\[3\]\.mode must be text, and is a list'),
])
def test_what_makes_no_sense_is_refused_by_its_name(given, reason):
    with pytest.raises(AnsibleActionFail, match=reason):
        bundle(**given)


# ---- variables of a profile ----

KNOWN = {'bundle': {'type': 'str'}, 'extra_ca': {'type': 'list', 'elements': 'str'}}


@pytest.mark.parametrize('given, meant', [
    ({'a': 'b=c'}, {'a': 'b=c'}), ({'a': True, 'b': False}, {'a': 'true', 'b': 'false'}),
    ({'a': 7, 'b': [1, 'x y']}, {'a': '7', 'b': ['1', 'x y']}),
    ({'a': None, 'b': 'c'}, {'b': 'c'}), ({'a': []}, {'a': []}), ({'a': ''}, {'a': ''}),
    ({'a': 'x,y'}, {'a': 'x,y'}), ({}, {}),
])
def test_variables_of_a_profile_that_is_not_known_are_texts_and_lists_of_them(given, meant):
    assert as_variables(given, None) == meant


@pytest.mark.parametrize('given, meant', [
    ({'bundle': 7, 'extra_ca': 'a.pem, b.pem'}, {'bundle': '7', 'extra_ca': ['a.pem', 'b.pem']}),
    ({'bundle': None, 'extra_ca': ['a,b.pem']}, {'extra_ca': ['a,b.pem']}),
    ({'extra_ca': PEM}, {'extra_ca': [PEM]}), ({'bundle': 'a, b'}, {'bundle': 'a, b'}),
])
def test_variables_of_a_known_profile_have_its_types(given, meant):
    assert as_variables(given, KNOWN) == meant


@pytest.mark.parametrize('known', [None, KNOWN])
@pytest.mark.parametrize('given, reason', [
    ({'extra_ca': ['x', None]}, r'variables\.extra_ca\[1\] is null: remove it'),
    ({'extra_ca': [['x']]}, r'variables\.extra_ca\[0\] must be text, and is a list'),
    ({'extra_ca': [{'x': 'y'}]}, r'variables\.extra_ca\[0\] must be text, and is a mapping'),
    ({'bundle': {'linux': '/b', 'windows': 'C:\\b'}}, r'variables\.bundle is a mapping: .* this host'),
])
def test_variables_that_make_no_sense_are_refused_by_their_name(given, reason, known):
    with pytest.raises(AnsibleActionFail, match=reason):
        as_variables(given, known)


@pytest.mark.parametrize('given, reason', [
    ({'extra_cas': []}, r'^p_extra_cas: .* no variable extra_cas, did you mean extra_ca\?'),
    ({'bundel': None}, r'^p_bundel: .* did you mean bundle\?'),
    ({'certificate': 'x'}, '^p_certificate: the profile has no variable certificate; it has bundle, extra_ca'),
    ({7: 'x'}, '^p_7: the profile has no variable 7; it has'),
    ({'bundle': ['/b']}, '^p_bundle must be text, and is a list'),
])
def test_variables_that_a_known_profile_does_not_have_are_refused(given, reason):
    with pytest.raises(AnsibleActionFail, match=reason):
        as_variables(given, KNOWN, 'p_')
