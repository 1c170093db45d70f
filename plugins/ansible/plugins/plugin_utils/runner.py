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
import os
import re
import ssl

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.action import ActionBase

from ansible_collections.trustmend.trustmend.plugins.plugin_utils.errors import Refusal, shown
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.specs import TYPES
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.target import Target
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.values import as_options
from ansible_collections.trustmend.trustmend.plugins.plugin_utils.windows import (
    WindowsTarget, is_windows)

PEM_BEGIN = '-----BEGIN'
PRIVATE_KEY = 'PRIVATE KEY-'
CERTIFICATE_BEGIN = '-----BEGIN CERTIFICATE-----'
CERTIFICATE_END = '-----END CERTIFICATE-----'

# What else than PEM text and the path of a file an attribute takes: see names_no_file().
BUILTIN, FINGERPRINT, SYSTEM = 'builtin', 'fingerprint', 'system'
STANDS_FOR_ITSELF = {
    'certificate': (BUILTIN,),
    'sources': (SYSTEM,),
    'extra': (BUILTIN,),
    'requires': (BUILTIN, FINGERPRINT),
}

# Options that every module has and the program knows nothing of, or knows by another name.
COMMON = {
    'remote_src': {'type': 'bool', 'default': False},
    'root': {'type': 'str'},
    'lock_timeout': {'type': 'int', 'default': 60},
}


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

    def run(self, tmp=None, task_vars=None):
        try:
            result = super().run(tmp, task_vars)
            args = self.validated({**COMMON, **self.argument_spec()})
        except AnsibleActionFail as error:
            raise Refusal(error.message) from None
        del tmp
        self.sent = None  # how many resources, where that is known
        self.files = []  # of the controller, for each of them
        self.input_name = ''  # what the program knows as "-"
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
            'warnings': [self.with_name(r, w) for r in results for w in r['warnings']],
        }
        if report['failed']:
            answer['msg'] = shown(self.message(report))
        if self._task.diff:
            # Changes of what failed, and did not change, only say what was wanted.
            answer['diff'] = [{side: shown(text) for side, text in diff.items()}
                              for r in results if r['changed'] for diff in diffs(r)]
        return answer

    @staticmethod
    def resource(result):
        return {key: result[key] for key in
                ('type', 'name', 'backend', 'changed', 'changes', 'state', 'error')}

    @staticmethod
    def with_name(result, text):
        name = result['name']
        if not name or name in TYPES[result['type']]['options']:  # it never got one of its own
            return f"{result['type']}: {text}"
        return text if name in text else f"{result['type']} {name}: {text}"

    def describe_error(self, error):
        text, path = error['message'], error['path']
        if self.input_name and text.startswith('-:'):  # -:LINE: of a profile that travelled
            text = self.input_name + text[1:]
        if path == '-':
            path = '' if text.startswith(f'{self.input_name}:') else self.input_name
        if path:
            text += f': {path}'
        return text + (f" ({error['hint']})" if error['hint'] else '')

    def files_of(self, index, error):
        """The program knows their texts alone, and cannot say which file it does not like."""
        if index >= len(self.files) or error['path'] or \
                error['kind'] not in ('invalid_input', 'refused'):
            return ''
        names = ', '.join(self.files[index])
        return f' [from {names}]' if names else ''

    def message(self, report):
        failures = [self.with_name(r, self.describe_error(r['error']))
                    + self.files_of(index, r['error'])
                    for index, r in enumerate(report['results']) if r['error']]
        if report.get('error'):
            failures.insert(0, self.describe_error(report['error']))
        return '; '.join(failures)

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
        if self.files:
            self.files[-1].append(name)
        try:
            found = self._find_needle('files', name)
        except AnsibleError as error:
            raise Refusal(
                f"{to_text(error)} (with remote_src: true it is looked for on the target)") from None
        if os.path.isdir(found):
            raise Refusal(f'{name} is a directory: {to_text(found)}')
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

    def pem(self, name):
        """A file of certificates as PEM text; one certificate may be DER."""
        data = self.local_file(name)
        if PEM_BEGIN.encode() in data:
            return without_key(data.decode('utf-8-sig', 'replace'), name)
        if is_der_certificate(data):
            return ssl.DER_cert_to_PEM_cert(data)
        raise Refusal(f'{name} is neither PEM nor one certificate in DER (as a private key, PKCS#7 '
                      'and PKCS#12 are none): give the CA certificate alone')

    def fingerprint(self, text):
        """The SHA-256 of the one certificate of a PEM text, or of a file."""
        pem, name = (text, 'PEM text') if PEM_BEGIN in text else (self.pem(text), text)
        first, *others = pem.split(CERTIFICATE_BEGIN)[1:] or ['']
        body, end, _rest = first.partition(CERTIFICATE_END)
        try:
            if others or not end:
                raise ValueError('not one certificate')
            return hashlib.sha256(base64.b64decode(body)).hexdigest()
        except ValueError as error:
            raise Refusal(
                f'{name}: what stands among alternatives must be exactly one certificate') from error

    def input_text(self, text, attribute, where, read):
        """
        One value of an attribute that may name a file, as it is sent. `read` makes of a local
        file what stands for it; None: the file is one of the target.
        """
        if not text:
            raise Refusal(f'{where} is empty: name a certificate, or remove it')
        if names_no_file(text, attribute):
            return without_key(text, where)
        return read(text) if read else self.absolute(text, where)

    def input_texts(self, text, attribute, where, remote):
        """The same with "A or B": PEM text cannot stand there, and a fingerprint does instead."""
        parts = alternatives(text) if attribute == 'requires' else [text]
        if len(parts) == 1:
            return self.input_text(text, attribute, where, None if remote else self.pem)
        without_key(text, where)
        return ' or '.join(
            self.fingerprint(part) if PEM_BEGIN in part else
            self.input_text(part, attribute, where, None if remote else self.fingerprint)
            for part in parts)

    def as_sent(self, resource, remote, prefix=''):
        """The resource with the texts of its local files instead of their names."""
        filled = dict(resource)
        self.files.append([])
        if 'path' in resource:
            self.absolute(resource['path'], f'{prefix}path')
        for name in TYPES[resource['type']]['files']:
            value, where = resource.get(name), f'{prefix}{name}'
            if isinstance(value, list):
                filled[name] = [self.input_texts(item, name, f'{where}[{index}]', remote)
                                for index, item in enumerate(value)]
            elif value is not None:
                filled[name] = self.input_texts(value, name, where, remote)
        return filled


def diffs(result):
    """
    What Ansible shows of one resource: its most telling file, and all attributes, because that
    file is not all that changes: permissions do, and other files.
    """
    file, header = result['diff'], f"{result['type']} {result['name']}"
    found = []
    if file and (file['before'] or '') != (file['after'] or ''):
        path = f"{header}: {file['path']}"
        found.append({'before_header': path, 'after_header': path,
                      'before': file['before'] or '', 'after': file['after'] or ''})
    if result['changes']:
        sides = {side: ''.join(line for name, change in result['changes'].items()
                               for line in attribute_lines(name, change[key]))
                 for side, key in (('before', 'from'), ('after', 'to'))}
        found.append({'before_header': header, 'after_header': header, **sides})
    return found


def attribute_lines(name, value):
    """A line for each value, so that a difference shows only those that are different."""
    if value and isinstance(value, dict):
        pairs = [(f'{name}.{key}', item) for key, item in value.items()]
    elif value and isinstance(value, list):
        pairs = [(name, item) for item in value]
    else:
        pairs = [(name, value)]
    return [f'{key}: {json.dumps(item, ensure_ascii=False)}\n' for key, item in pairs]


def alternatives(text):
    """The parts of "A or B", of which some may be PEM texts with comments."""
    blocks = re.findall('-----BEGIN.*?-----END[^\n]*', text, re.DOTALL)
    rest = re.sub('-----BEGIN.*?-----END[^\n]*', '\0', text, flags=re.DOTALL)
    parts = re.split(r'\sor\s', re.sub('(?m)^#.*', '', rest))
    return [re.sub('\0', lambda _found: blocks.pop(0), part).strip() for part in parts]


def without_key(text, where):
    """The text, which neither travels nor is shown with a private key in it."""
    if PRIVATE_KEY in text:
        raise Refusal(f'{where}: there is a private key in it (a trust store is readable by everyone: '
                      'give the certificate alone, and if this file was shared, replace the key)')
    return text


def is_der_certificate(data):
    """
    Tells certificates from other DER, keys above all, by how they begin: a sequence that begins
    with a sequence that begins with a version ([0]) or a serial number (RFC 5280, 4.1).
    """
    contents = inside_sequence(data)
    contents, rest = inside_sequence(data)
    fields, _rest = inside_sequence(contents)
    return not rest and fields[:1] in (b'\xa0', b'\x02')


def inside_sequence(der):
    """(contents, what follows) of DER that begins with a whole sequence; else nothing of both."""
    if der[:1] != b'\x30' or len(der) < 2:
        return b'', b''
    size = der[1] & 0x7f if der[1] & 0x80 else 0  # of the length
    length = int.from_bytes(der[2:2 + size], 'big') if size else der[1]
    contents = der[2 + size:2 + size + length]
    return (contents, der[2 + size + length:]) if len(contents) == length else (b'', b'')


def is_absolute(path, windows):
    """As the program sees it; a leading separator of Windows is for it to judge."""
    if windows:
        return re.match(r'[\\/]|[A-Za-z]:[\\/]', path) is not None
    return path.startswith('/')


def names_no_file(text, attribute):
    """PEM text stands for itself everywhere, other things where the attribute takes them."""
    takes = STANDS_FOR_ITSELF.get(attribute, ())
    digits = text.replace(':', '')
    return (PEM_BEGIN in text
            or (SYSTEM in takes and text == 'system')
            or (BUILTIN in takes and text.startswith('builtin:'))
            or (FINGERPRINT in takes and re.fullmatch('[0-9a-fA-F]{64}', digits) is not None))


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
        return [self.verb(), '--input', '-'], self.document(
            [self.as_sent(resource, args['remote_src'])])
