# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r'''
options:
  remote_src:
    description:
      - Files that options name lie on the target, and are named by absolute paths. Otherwise they
        are found on the controller, like those of the M(ansible.builtin.copy) module, and travel
        along.
    type: bool
    default: false
  root:
    description:
      - An offline image, or another root directory, on the target, by its absolute path. Everything
        that is managed is inside it.
    type: str
  lock_timeout:
    description:
      - How many seconds to wait for another run of trustmend on the same target.
    type: int
    default: 60
attributes:
  check_mode:
    description: Can run in check mode and predict changes, without leaving anything behind.
    support: full
  diff_mode:
    description: Reports the difference that was, or would be, made.
    support: full
  platform:
    description: Targets that a program is shipped for. They need a POSIX shell, sha256sum, mktemp
      and base64, and no Python; Windows hosts need PowerShell 5.1. Nothing was verified on a real
      Windows host.
    support: full
    platforms: posix, windows
  async:
    description: Supports being run with the C(async) keyword.
    support: none
'''
