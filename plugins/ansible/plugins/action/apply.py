# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.batch import BatchAction


class ActionModule(BatchAction):
    pass
