# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
What the action plugins share: validate the task's arguments, gather the files that travel,
run the program once on the target, and map its report to what Ansible expects.
"""

from __future__ import annotations

import base64
import json
import os
import re

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.plugins.action import ActionBase

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.answer import (
    difference, some, summary, warnings, with_name)
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.errors import (
    Missing, Refusal, shown)
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.specs import TYPES
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.target import Target
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.values import as_options
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.windows import (
    WindowsTarget, is_windows)

PRIVATE_KEY = 'PRIVATE KEY-'  # in each heading of one
# What travels instead: the program refuses it in the words, and with the consequences, of a key.
NO_KEY = f"-----BEGIN PRIVATE KEY-----\n{'A' * 64}\n-----END PRIVATE KEY-----\n"
NAME_MAX = 4096  # bytes: longer texts name no file

# Options that every module has and the program knows nothing of, or knows by another name.
COMMON = {
    'remote_src': {'type': 'bool', 'default': False},
    'root': {'type': 'str'},
    'lock_timeout': {'type': 'int', 'default': 60},
}

NO_TYPE = {'options': {}, 'files': []}  # of a resource whose type the program will not know either


class Action(ActionBase):
    """Base of the action plugins. A subclass says which options it has and what it asks for."""

    VERB = 'apply'
    _supports_check_mode = True
    _supports_async = False

    def argument_spec(self):
        raise NotImplementedError

    def request(self, args):
        """(words for the command line, text for standard input) out of validated arguments."""
        raise NotImplementedError

    def input(self, document):
        # What is no value of JSON, a date or a string of Vault's, is text.
        return [self.verb(), '--input', '-'], json.dumps(document, default=to_text)

    def run(self, tmp=None, task_vars=None):
        try:
            result = super().run(tmp, task_vars)
            args = self.validated({**COMMON, **self.argument_spec()})
        except AnsibleActionFail as error:
            raise Refusal(error.message) from None
        del tmp
        self.sent = None  # how many resources, where that is known
        self.files = {}  # of the controller, as they travel: by the names that the task gives
        self.lost = {}  # why there is none of a name
        self.task_vars = task_vars or {}
        words, text = self.request(args)
        words += ['--output', 'json', '--lock-timeout', str(args['lock_timeout'])]
        if self._task.diff:
            words.append('--diff')
        if 'root' in args:
            words += ['--root', self.absolute(args['root'], 'root')]
        self.target_warnings = []
        target = WindowsTarget(self, task_vars) if is_windows(self._connection) else Target(self)
        status, stdout, stderr = target.run(words, text, keep=self.keeps())
        report = self.parse(status, stdout, stderr)
        self.check(status, report)
        result.update(self.answer(report))
        result['warnings'] = [shown(text) for text in self.target_warnings + result['warnings']]
        return result

    def validated(self, spec):
        self._task.args = as_options(self._task.args, spec)
        _validation, args = self.validate_argument_spec(argument_spec=spec)
        return {name: value for name, value in args.items() if value is not None}

    def document(self, resources):
        self.sent = len(resources)
        return {'resources': resources, 'files': self.files}

    def verb(self):
        if self.VERB == 'apply' and self._task.check_mode:
            return 'plan'
        return self.VERB

    def keeps(self):
        """May a program that had to be staged stay? Check mode leaves nothing behind."""
        return not self._task.check_mode

    @staticmethod
    def parse(status, stdout, stderr):
        try:
            # Whatever a login shell prints behind it does not make it wrong.
            report, _end = json.JSONDecoder().raw_decode(stdout.lstrip())
        except ValueError as error:
            said = (stderr or stdout).strip()[:400]
            raise Refusal(
                f'trustmend did not answer with a report (status {status}): {said}') from error
        if not isinstance(report, dict) or report.get('protocol') != 1 or \
                not isinstance(report.get('results'), list):
            raise Refusal('trustmend answered in a protocol that this collection does '
                          f"not speak: {str(report)[:200]}")
        return report

    def check(self, status, report):
        """A report that does not fit to what was asked for, or how the run ended, is not believed."""
        count = len(report['results'])
        if status and not report['failed']:
            raise Refusal(f'trustmend ended with status {status}, and its report tells of '
                          'no failure: what it did is not known; run the task again')
        if self.sent not in (None, count) and not report.get('error'):
            raise Refusal(f'trustmend was given {self.sent} resources and reports {count}: '
                          'what it did is not known; run the task again')

    # ---- the answer ----

    def answer(self, report):
        results = report['results']
        answer = {
            'changed': report['changed'],
            'failed': report['failed'],
            'resources': [self.resource(result) for result in results],
            'warnings': warnings(report),
        }
        answer['msg'] = shown(self.message(report) if report['failed']
                              else summary(report, self.VERB == 'get'))
        if self._task.diff:
            answer['diff'] = difference(results)
        return answer

    @staticmethod
    def resource(result):
        return {key: result[key] for key in
                ('type', 'name', 'backend', 'changed', 'changes', 'state', 'error')}

    def describe_error(self, error):
        text, path = error['message'], error['path']
        if path and path != '-' and not text.startswith(f'{path}:'):  # PROFILE:LINE: tells it
            text += f': {path}'
        hint = self.lost.get(path) or error['hint']
        return text + (f' ({hint})' if hint else '')

    def message(self, report):
        failures = [with_name(r, self.describe_error(r['error']))
                    for r in report['results'] if r['error']]
        if report.get('error'):
            failures.insert(0, self.describe_error(report['error']))
        return some(failures)

    # ---- paths of the target ----

    def absolute(self, path, where):
        """The path as it is. The program would begin a relative one where the login does."""
        if not path:
            raise Refusal(f'{where} is empty: give an absolute path of the target')
        if not is_absolute(path, is_windows(self._connection)):
            raise Refusal(f"{where}: '{path}' is a relative path: give an absolute path "
                          'of the target')
        return path

    # ---- files of the controller that travel along ----

    def local_file(self, name):
        try:
            found = self._find_needle('files', name)
        except AnsibleError as error:
            raise Missing(f'{to_text(error)}; with remote_src: true it is looked for on '
                          'the target') from None
        if os.path.isdir(found):
            raise Missing(f'{to_text(found)} is a directory')
        try:
            path = self._loader.get_real_file(found)  # decrypts what Vault encrypted
        except AnsibleError as error:
            raise Refusal(f'{name}: {to_text(error)}') from None
        try:
            with open(path, 'rb') as file:
                return file.read()
        except OSError as error:
            raise Refusal(f'{name} cannot be read: {error.strerror}') from None
        finally:
            self._loader.cleanup_tmp_file(path)

    def take(self, name):
        """
        What may be a file travels as it is; that there is none is told as well. Which words name
        a file, and what one has to hold, the program knows.
        """
        try:
            data = self.local_file(name)
        except Missing as missing:
            self.files[name] = None
            self.lost[name] = missing.message
        else:
            sent = to_bytes(NO_KEY) if holds_key(data) else data
            self.files[name] = base64.b64encode(sent).decode()

    def as_sent(self, values, kind, remote):
        """Values of a type or a profile, whose files are taken along unless they are the target's."""
        sent = dict(values)
        for attribute in kind['files']:
            value = values.get(attribute, [])
            if isinstance(value, str):
                sent[attribute] = self.text_as_sent(value, remote)
            elif value:
                sent[attribute] = [self.text_as_sent(text, remote) for text in value]
        return sent

    def text_as_sent(self, text, remote):
        for name in [] if remote else names_in(text):
            if name not in self.files:
                self.take(name)
        return NO_KEY if holds_key(to_bytes(text)) else text


def names_in(text):
    """What may be names of files: the text, or parts of it around the word `or`."""
    names = {text.strip(), *(part.strip() for part in re.split(r'\sor\s', text))}
    return [name for name in sorted(names) if name and len(to_bytes(name)) <= NAME_MAX
            and not re.search('[\0\n]', name)]


def holds_key(data):
    """What holds a private key neither travels nor is shown."""
    return to_bytes(PRIVATE_KEY) in data


def is_absolute(path, windows):
    """As the program sees it; a leading separator of Windows is for it to judge."""
    if windows:
        return re.match(r'[\\/]|[A-Za-z]:[\\/]', path) is not None
    return path.startswith('/')


class TypeAction(Action):
    """A module for one type: its options are the type's attributes."""

    TYPE = ''

    def argument_spec(self):
        return TYPES[self.TYPE]['options']

    def request(self, args):
        # Only what was given: a default belongs to the program, which knows its system.
        resource = {name: value for name, value in args.items()
                    if name in self._task.args and name not in COMMON}
        resource['type'] = self.TYPE
        return self.input(self.document(
            [self.as_sent(resource, TYPES[self.TYPE], args['remote_src'])]))
