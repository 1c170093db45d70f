# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a task cannot be carried out, and texts of a target as they can be shown."""

from __future__ import annotations

import re

from ansible.errors import AnsibleActionFail

# What steers a terminal or hides from the reader, but for newlines and tabs: as core/base/display.c.
HIDDEN = re.compile(
    '[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f'
    '\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb'
    '\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U0010fffe\U0010ffff]')


def shown(text):
    """Ansible shows messages, warnings and differences as they are: hidden characters as escapes."""
    return HIDDEN.sub(lambda found: found.group().encode('unicode_escape').decode(), text)


class Refusal(AnsibleActionFail):
    """The reason alone: Ansible 2.14 tells of an exception besides, even where there was none."""

    def __init__(self, message):
        super().__init__(shown(message))
        self.result.pop('exception', None)


class Missing(Refusal):
    """There is no such file on the controller."""
