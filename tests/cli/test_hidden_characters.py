"""
What the program escapes because it steers a terminal or hides from the reader, the plugins escape
too: each has a table of its own, in its own language.
"""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
SALT = "plugins/salt/src/saltext/trustmend"
TABLES = {
    "plugins/ansible/plugins/plugin_utils/errors.py": "\t\n",  # lines and tabs stay lines and tabs
    f"{SALT}/modules/trustmend.py": "",
    f"{SALT}/states/trustmend.py": "",
    "plugins/puppet/lib/puppet_x/trustmend/words.rb": "",
}


def of_the_program():
    text = (TOP / "core/base/display.c").read_text()
    pairs = re.findall(r"\{ 0x([0-9A-F]+), 0x([0-9A-F]+) \}", text)
    assert pairs
    return {code for first, last in pairs for code in range(int(first, 16), int(last, 16) + 1)}


def of_a_plugin(path):
    text = (TOP / path).read_text()
    literals = re.search(r"HIDDEN = \w+\.\w+\((.*?)\)", text, re.DOTALL)[1]
    pattern = "".join(re.findall(r"""['"](.*?)['"]""", literals))
    pattern = re.sub(r"\\u\{(\w+)\}", lambda found: rf"\U{int(found[1], 16):08x}", pattern)  # Ruby
    return {code for code in range(0x110000) if re.match(pattern, chr(code))}


@pytest.mark.native_only("reads sources alone")
@pytest.mark.parametrize("path", TABLES)
def test_plugins_escape_what_the_program_escapes(path):
    wanted = of_the_program() - set(map(ord, TABLES[path]))
    surrogates = set(range(0xD800, 0xE000)) if path.endswith(".rb") else set()  # no text of Ruby has any
    assert of_a_plugin(path) == wanted - surrogates
