# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a task cannot be carried out."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail


class Refusal(AnsibleActionFail):
    """The reason alone: Ansible 2.14 tells of an exception besides, even where there was none."""

    def __init__(self, message):
        super().__init__(message)
        self.result.pop('exception', None)
