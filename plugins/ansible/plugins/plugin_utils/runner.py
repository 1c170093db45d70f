# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
What the action plugins share: validate the task's arguments, gather the files that travel,
run the program once on the target, and map its report to what Ansible expects.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.action import ActionBase

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.specs import TYPES
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.target import Target
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.values import as_options
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.windows import (
    WindowsTarget, is_windows)

PEM_BEGIN = '-----BEGIN'
CERTIFICATE_BEGIN = '-----BEGIN CERTIFICATE-----'
CERTIFICATE_END = '-----END CERTIFICATE-----'

# Options that every module has and the program knows nothing of, or knows by another name.
COMMON = {
    'remote_src': {'type': 'bool', 'default': False},
    'root': {'type': 'str'},
    'lock_timeout': {'type': 'int', 'default': 60},
}


class Action(ActionBase):
    """Base of the action plugins. A subclass says which options it has and what it asks for."""

    TRANSFERS_FILES = False
    VERB = 'apply'
    _supports_check_mode = True
    _supports_async = False

    def argument_spec(self):
        raise NotImplementedError

    def request(self, args):
        """(words for the command line, text for standard input) out of validated arguments."""
        raise NotImplementedError

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        del tmp
        spec = {**COMMON, **self.argument_spec()}
        self._task.args = as_options(self._task.args, spec)
        _validation, args = self.validate_argument_spec(argument_spec=spec)
        args = {name: value for name, value in args.items() if value is not None}
        words, text = self.request(args)
        words += ['--output', 'json', '--lock-timeout', str(args['lock_timeout'])]
        if 'root' in args:
            words += ['--root', args['root']]
        self.target_warnings = []
        target = WindowsTarget(self, task_vars) if is_windows(self._connection) else Target(self)
        status, stdout, stderr = target.run(words, text, keep=self.keeps())
        result.update(self.answer(self.parse(status, stdout, stderr)))
        result['warnings'] = self.target_warnings + result['warnings']
        return result

    @staticmethod
    def document(resources):
        # What is no value of JSON, a date or a string of Vault's, is text.
        return json.dumps({'resources': resources}, default=to_text)

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
            report = json.loads(stdout)
        except ValueError as error:
            shown = (stderr or stdout).strip()[:400]
            raise AnsibleActionFail(
                f'trustmend did not answer with a report (status {status}): {shown}') from error
        if not isinstance(report, dict) or report.get('protocol') != 1:
            raise AnsibleActionFail('trustmend answered in a protocol that this collection does '
                                    f"not speak: {str(report)[:200]}")
        return report

    # ---- the answer ----

    def answer(self, report):
        results = report['results']
        answer = {
            'changed': report['changed'],
            'failed': report['failed'],
            'resources': [self.resource(result) for result in results],
            'warnings': [self.with_name(r, w) for r in results for w in r['warnings']],
        }
        if report['failed']:
            answer['msg'] = self.message(report)
        if self._task.diff:
            answer['diff'] = [self.diff(r) for r in results if r['diff'] or r['changes']]
        return answer

    @staticmethod
    def resource(result):
        return {key: result[key] for key in
                ('type', 'name', 'backend', 'changed', 'changes', 'state', 'error')}

    @staticmethod
    def with_name(result, text):
        return text if result['name'] and result['name'] in text else \
            f"{result['type']} {result['name']}: {text}"

    @staticmethod
    def describe_error(error):
        text = error['message']
        if error['path']:
            text += f": {error['path']}"
        return text + (f" ({error['hint']})" if error['hint'] else '')

    def message(self, report):
        failures = [self.with_name(r, self.describe_error(r['error']))
                    for r in report['results'] if r['error']]
        if report.get('error'):
            failures.insert(0, self.describe_error(report['error']))
        return '; '.join(failures)

    @staticmethod
    def diff(result):
        header = f"{result['type']} {result['name']}"
        if result['diff']:
            return {'before_header': f"{header}: {result['diff']['path']}",
                    'after_header': f"{header}: {result['diff']['path']}",
                    'before': result['diff']['before'] or '',
                    'after': result['diff']['after'] or ''}
        sides = {side: ''.join(f'{name}: {json.dumps(change[key])}\n'
                               for name, change in result['changes'].items())
                 for side, key in (('before', 'from'), ('after', 'to'))}
        return {'before_header': header, 'after_header': header, **sides}

    # ---- files of the controller that travel along ----

    def local_file(self, name):
        try:
            path = self._loader.get_real_file(self._find_needle('files', name))
        except AnsibleError as error:
            raise AnsibleActionFail(
                f"{to_text(error)} (with remote_src: true it is looked for on the target)") from error
        try:
            with open(path, 'rb') as file:
                return file.read()
        finally:
            self._loader.cleanup_tmp_file(path)

    def pem(self, name):
        """A file of certificates as PEM text; one certificate may be DER."""
        data = self.local_file(name)
        if PEM_BEGIN.encode() in data:
            return data.decode('utf-8-sig', 'replace')
        if data[:1] == b'\x30':
            return ssl.DER_cert_to_PEM_cert(data)
        raise AnsibleActionFail(f'{name} is neither PEM nor one certificate in DER')

    def fingerprint(self, name):
        """The SHA-256 of a file's one certificate."""
        first, *others = self.pem(name).split(CERTIFICATE_BEGIN)[1:] or ['']
        body, end, _rest = first.partition(CERTIFICATE_END)
        try:
            if others or not end:
                raise ValueError('not one certificate')
            return hashlib.sha256(base64.b64decode(body)).hexdigest()
        except ValueError as error:
            raise AnsibleActionFail(
                f'{name}: a file among alternatives must hold exactly one certificate') from error

    def inline(self, value):
        if not isinstance(value, str) or names_no_file(value):
            return value
        return self.pem(value)

    def alternatives(self, value):
        """"A or B": PEM text cannot stand there, so that a file becomes a fingerprint."""
        if not isinstance(value, str) or PEM_BEGIN in value or ' or ' not in value:
            return self.inline(value)
        parts = [part.strip() for part in value.split(' or ')]
        return ' or '.join(part if names_no_file(part) else self.fingerprint(part)
                           for part in parts)

    def with_files(self, resource):
        """The resource with the texts of its local files instead of their names."""
        filled = dict(resource)
        for name in TYPES[resource['type']]['files']:
            one = self.alternatives if name == 'requires' else self.inline
            value = resource.get(name)
            if isinstance(value, list):
                filled[name] = [one(item) for item in value]
            elif value is not None:
                filled[name] = one(value)
        return filled


def names_no_file(text):
    """PEM text, builtin:NAME, the word system and fingerprints stand for themselves."""
    if PEM_BEGIN in text or text.startswith('builtin:') or text == 'system':
        return True
    digits = text.replace(':', '')
    return len(digits) == 64 and all(c in '0123456789abcdefABCDEF' for c in digits)


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
        if not args['remote_src']:
            resource = self.with_files(resource)
        return [self.verb(), '--input', '-'], self.document([resource])
