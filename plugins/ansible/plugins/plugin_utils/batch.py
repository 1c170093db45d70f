# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `apply` and `info` share: a profile, or a list of resources, in one run of the program."""

from __future__ import annotations

from ansible.module_utils.common.text.converters import to_text

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.errors import Refusal
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.runner import (
    Action, COMMON, NO_TYPE)
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.specs import (
    BATCH, PROFILES, TYPES)
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.values import (
    as_options, setting_words)


class BatchAction(Action):

    def argument_spec(self):
        return BATCH

    def request(self, args):
        if 'resources' in args and ('profile' in args or 'variables' in args):
            raise Refusal('resources excludes profile and variables: give one of them')
        if 'resources' in args:
            return self.resources_request(args)
        return self.profile_request(args)

    def resources_request(self, args):
        resources = []
        for index, given in enumerate(args['resources']):
            where = f'resources[{index}]'
            for name in given:
                if name in COMMON:
                    raise Refusal(f'{where}.{name}: {name} is an option of the task: it '
                                  'stands beside resources, and is for all of them')
            kind = TYPES.get(str(given.get('type')), NO_TYPE)
            resource = as_options(given, kind['options'], f'{where}.')
            resources.append(self.as_sent(resource, args['remote_src'], f'{where}.'))
        return [self.verb(), '--input', '-'], self.document(resources)

    def profile_request(self, args):
        """
        What is not built in is a file with a directory or a suffix. Another word would be one in
        the directory where the login begins, which belongs to another user than root.
        """
        profile = args.get('profile', 'shotgrid-ssl')
        words = [self.verb()] + setting_words(args.get('variables', {}))
        if profile in PROFILES:
            return words + [profile], ''
        if profile.startswith('-'):
            raise Refusal(f"profile: '{profile}' begins like an option: name a profile")
        if args['remote_src']:
            return words + [self.absolute(profile, 'profile')], ''
        if not ('/' in profile or profile.endswith(('.yml', '.yaml'))):
            raise Refusal(f"profile: '{profile}' is not built in (that is: "
                          f"{', '.join(PROFILES)}), and a file is named with its suffix "
                          '.yml or .yaml, or with a directory')
        self.input_name = profile
        return words + ['-'], to_text(self.local_file(profile))
