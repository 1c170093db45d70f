# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Runs the trustmend program on a Windows host, as target.py does elsewhere. Everything on the
target is done by one module of this collection, windows_program.ps1, which Ansible runs like any
other: through winrm, psrp or ssh, with runas.
"""

from __future__ import annotations

import base64
import os

from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_bytes, to_text

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.errors import Refusal, shown
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.target import Shipped, Unsupported

MODULE = 'trustmend.trustmend.windows_program'
PROGRAM = 'trustmend.exe'


def is_windows(connection):
    """Does the connection lead to a Windows host? Its shell knows: powershell or cmd."""
    return getattr(connection._shell, '_IS_WINDOWS', False) is True


def keep_own_privileges(connection):
    """
    Where become names no user, none is become: its default is root, whom no Windows has, and
    administrators who come through WinRM or SSH are elevated. So one play is for both systems.
    """
    become = connection.become
    if become and become.get_option('become_user') in (None, '', 'root'):
        connection.set_become_plugin(None)


class WindowsTarget:
    """The Windows host of one task, reached through the action plugin's connection."""

    def __init__(self, action, task_vars, shipped=None):
        keep_own_privileges(action._connection)
        self.action = action
        self.task_vars = task_vars
        self.shipped = shipped or Shipped()

    def run(self, arguments, request, keep):
        """
        Runs the program with `request` (text) on its standard input and gives (status, stdout,
        stderr). `keep` False leaves nothing behind where the program had to be staged.
        """
        options = {'arguments': list(arguments), 'keep': keep, 'version': self.shipped.version,
                   'programs': self._programs(),
                   'request': base64.b64encode(to_bytes(request)).decode()}
        answer = self._execute(options)
        verb = 'run'
        if answer['outcome'] == 'stage':
            answer = self._bring(options, answer['platform'])
            verb = 'staged'
        if answer['outcome'] == 'unsupported':
            raise Unsupported(f"trustmend has no program for {answer['platform']}: it carries "
                              f'{self.shipped.platforms()}')
        if answer['outcome'] != 'run':
            raise AnsibleError(f"the trustmend program could not be {verb}: "
                               f"{shown(to_text(answer.get('reason', answer['outcome'])))}")
        return answer['rc'], to_text(answer['stdout']), to_text(answer['stderr'])

    def _programs(self):
        return [f"{key}:{entry['sha256']}" for key, entry in sorted(self.shipped.programs.items())
                if key.startswith('Windows')]

    def _bring(self, options, platform):
        """Transfers the program to where the module can take it from, and has it asked again."""
        action = self.action
        shell = action._connection._shell
        tmp = shell.tmpdir or action._make_tmp_path()
        try:
            path = shell.join_path(tmp, PROGRAM)
            local = os.path.join(self.shipped.directory, self.shipped.programs[platform]['file'])
            action._transfer_file(local, path)
            return self._execute({**options, 'program': path})
        finally:
            action._remove_tmp_path(tmp)

    def _execute(self, options):
        # A copy: Ansible adds options of its own.
        answer = self.action._execute_module(module_name=MODULE, module_args=dict(options),
                                             task_vars=self.task_vars)
        if 'outcome' not in answer:  # the module did not get as far as answering
            raise Refusal(failure(answer))
        self.action.target_warnings += [to_text(text) for text in answer.get('warnings') or []]
        return answer


CONSTRAINED = ('PowerShell may not use its full language on this host, by AppLocker or App Control for '
               'Business: allow the scripts of Ansible there')


def failure(answer):
    """What Ansible says of a module that did not get to answer itself."""
    message = to_text(answer.get('msg') or f'{MODULE} did not answer')
    details = to_text(answer.get('module_stderr') or answer.get('module_stdout') or '').strip()
    whole = f'{message}: {details[:400]}' if details else message
    if 'language mode' in whole.lower() or 'constrainedlanguage' in whole.lower():
        return f'{CONSTRAINED}. {whole}'
    return whole
