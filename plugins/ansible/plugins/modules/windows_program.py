#!/usr/bin/python
# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by windows_program.ps1, for plugins/plugin_utils/windows.py.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
---
module: windows_program
short_description: Used by the other modules on Windows hosts; not for playbooks
version_added: 0.1.0
description:
  - Runs C(trustmend.exe) once on a Windows host, the installed one or the staged one, and stages it
    first where it was brought along.
  - It is internal, its options change without notice, and it has no meaning in a playbook.
options:
  arguments:
    description:
      - The words of the command line.
    type: list
    elements: str
    required: true
  keep:
    description:
      - Whether a program that is brought along stays. Otherwise it runs from a temporary directory
        that goes again.
    type: bool
    default: false
  program:
    description:
      - Where the program was brought to on the target, on the second trip.
    type: str
  programs:
    description:
      - The programs that the collection carries for Windows, each as C(PLATFORM:SHA256).
    type: list
    elements: str
    required: true
  request:
    description:
      - What the program gets on its standard input, in base64.
    type: str
    default: ''
  version:
    description:
      - The version that an installed program must have.
    type: str
    required: true
attributes:
  check_mode:
    description: Whether anything is changed is up to the words of the command line.
    support: full
  diff_mode:
    description: The program's report holds the difference.
    support: none
  platform:
    description: Windows PowerShell 5.1.
    support: full
    platforms: windows
author:
  - the trustmend authors (@trustmend)
'''

EXAMPLES = r'''
# There is none: the other modules of this collection use it on Windows hosts.
'''

RETURN = r'''
outcome:
  description:
    - C(run) when the program ran, C(stage) when it has to be brought along first, C(unsupported) when
      there is none for this platform, C(failed) when it could not be staged or started.
  returned: always
  type: str
platform:
  description: The platform of the target, as in I(programs).
  returned: always
  type: str
  sample: Windows-AMD64
warnings:
  description: What has to be done by hand.
  returned: when there is something
  type: list
  elements: str
reason:
  description: Why it failed.
  returned: when the outcome is C(failed)
  type: str
rc:
  description: The exit status of the program.
  returned: when the program ran
  type: int
stdout:
  description: What the program wrote to its standard output.
  returned: when the program ran
  type: str
stderr:
  description: What the program wrote to its standard error.
  returned: when the program ran
  type: str
'''
