# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `apply` and `info` share: a profile, or a list of resources, in one run of the program."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.text.converters import to_text

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.runner import Action
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.specs import BATCH, TYPES
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.values import (
    as_options, setting_words)


class BatchAction(Action):

    def argument_spec(self):
        return BATCH

    def request(self, args):
        if 'resources' in args and ('profile' in args or 'variables' in args):
            raise AnsibleActionFail('resources excludes profile and variables: give one of them')
        if 'resources' in args:
            return self.resources_request(args)
        return self.profile_request(args)

    def resources_request(self, args):
        resources = []
        for index, given in enumerate(args['resources']):
            if str(given.get('type')) not in TYPES:
                raise AnsibleActionFail(
                    f"resources[{index}]: type must be one of {', '.join(sorted(TYPES))}")
            resource = as_options(given, TYPES[given['type']]['options'], f'resources[{index}].')
            resources.append(resource if args['remote_src'] else self.with_files(resource))
        return [self.verb(), '--input', '-'], self.document(resources)

    def profile_request(self, args):
        """A name without directory and suffix is built in; anything else is a file."""
        profile = args.get('profile', 'shotgrid-ssl')
        words = [self.verb()] + setting_words(args.get('variables', {}))
        if args['remote_src'] or not ('/' in profile or profile.endswith(('.yml', '.yaml'))):
            return words + [profile], ''
        return words + ['-'], to_text(self.local_file(profile))
