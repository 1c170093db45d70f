# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.runner import TypeAction


class ActionModule(TypeAction):
    TYPE = 'bundle'
