# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `apply` and `info` share: a profile, or a list of resources, in one run of the program."""

from __future__ import annotations

import base64

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.errors import Refusal
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.runner import (
    Action, COMMON, NO_TYPE, holds_key)
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.specs import (
    BATCH, PROFILES, TYPES)
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.values import (
    as_options, as_variables)

# Behind a prefix, for the play itself: which hosts it takes, and whether privileges are raised.
OF_THE_PLAY = ('become', 'hosts')


class BatchAction(Action):

    def argument_spec(self):
        return BATCH

    def request(self, args):
        others = [name for name in BATCH if name in args and name != 'resources']
        if 'resources' in args and others:
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
            resources.append(self.as_sent(resource, kind, args['remote_src']))
        return self.input(self.document(resources))

    def profile_request(self, args):
        profile = self.profile(args)
        known = PROFILES.get(profile)
        options = known and known['options']
        prefix = args.get('variables_prefix', '')
        variables = {**as_variables(self.prefixed(prefix), options, prefix),
                     **as_variables(args.get('variables', {}), options)}
        variables = self.as_sent(variables, known or NO_TYPE, args['remote_src'])
        document = {'profile': profile, 'variables': variables, 'files': self.files}
        if args['remote_src'] and not known:
            del document['files']  # the target's profile: its relative paths begin where it lies
        return self.input(document)

    def prefixed(self, prefix):
        """The host's variables that begin with this, without it; none where there is no prefix."""
        names = [name for name in self.task_vars if name.startswith(prefix)] if prefix else []
        given = {name[len(prefix):]: self._templar.template(self.task_vars[name])
                 for name in sorted(names) if name[len(prefix):] not in OF_THE_PLAY}
        left_out = self.task_vars.get('omit')
        return {name: value for name, value in given.items() if value != left_out}

    def profile(self, args):
        """
        What is not built in is a file with a directory or a suffix. Another word would be one in
        the directory where the login begins, which belongs to another user than root.
        """
        profile = args.get('profile', 'shotgrid-ssl')
        if profile in PROFILES:
            return profile
        if args['remote_src']:
            return self.absolute(profile, 'profile')
        if not ('/' in profile or profile.endswith(('.yml', '.yaml'))):
            raise Refusal(f"profile: '{profile}' is not built in (that is: "
                          f"{', '.join(PROFILES)}), and a file is named with its suffix "
                          '.yml or .yaml, or with a directory')
        data = self.local_file(profile)
        if holds_key(data):
            raise Refusal(f'{profile}: there is a private key in it (give certificates alone, and if '
                          'this file was shared, replace the key)')
        self.files[profile] = base64.b64encode(data).decode()
        return profile
