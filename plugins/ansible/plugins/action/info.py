# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

from ansible.module_utils.common.text.converters import to_text

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.batch import BatchAction
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.errors import Refusal
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.specs import (
    BATCH, LISTED, TYPES)
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.values import as_options


class ActionModule(BatchAction):
    """Reads. Whether a program that had to be staged stays is as for other modules."""

    VERB = 'get'

    def argument_spec(self):
        return {**BATCH, 'list': {'type': 'str', 'choices': LISTED},
                'where': {'type': 'dict'}}

    def request(self, args):
        if 'list' not in args:
            if 'where' in args:
                raise Refusal('where goes with list; a resource says itself where it is')
            return super().request(args)
        if any(name in args for name in ('resources', 'profile', 'variables')):
            raise Refusal('list excludes resources, profile and variables')
        return ([args['list'], 'list', '--input', '-'],
                json.dumps({'type': args['list'], **self.where(args)}, default=to_text))

    @staticmethod
    def where(args):
        kind, given = TYPES[args['list']], args.get('where', {})
        for name in given:
            if name not in kind['where']:
                raise Refusal(f"where.{name}: with list: {args['list']} it takes "
                              f"{', '.join(kind['where'])}")
        return as_options(given, kind['options'], 'where.')
