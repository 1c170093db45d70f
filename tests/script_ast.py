"""
Does an edited source differ from the one before in the argument ca_certs of given calls alone?
Python's own parser answers, of the Python that runs this: 2.7 or 3. Reads a list of cases from
standard input, and prints the complaints: [{"name", "before", "after", "calls", "value"}], where
calls are [line, column] and value is an expression, or null where the argument is to be gone.
"""

from __future__ import print_function

import ast
import base64
import io
import json
import sys
import tokenize

EIGHTH = 7


def is_helper(call):
    """super(...), __import__(...) and import_module(...), at which other calls begin."""
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", None)
    return name in ("super", "__import__", "import_module")


def place_of(call, source):
    before = source.lines[call.lineno - 1].encode(source.columns)[:call.col_offset]
    return call.lineno, len(before.decode(source.columns)) + 1


def depth_first(node, depth=0):
    for child in ast.iter_child_nodes(node):
        yield child, depth
        for found in depth_first(child, depth + 1):
            yield found


def find(tree, source, place):
    """The innermost call that begins there and constructs something."""
    found = [(depth, node) for node, depth in depth_first(tree)
             if isinstance(node, ast.Call) and not is_helper(node)
             and place_of(node, source) == tuple(place)]
    return max(found, key=lambda pair: pair[0])[1]


def is_none(node):
    return getattr(node, "id", "") == "None" or (
        type(node).__name__ in ("Constant", "NameConstant") and node.value is None)


def expression(text):
    return ast.parse(text, mode="eval").body


def change_positional(call, place, value):
    last = place == len(call.args) - 1 and not getattr(call, "starargs", None)
    if value is not None:
        call.args[place] = expression(value)
    elif not is_none(call.args[place]):
        if last:
            del call.args[place]
        else:
            call.args[place] = expression("None")


def change(call, value):
    by_class = (getattr(call.func, "attr", "") == "__init__"
                and not isinstance(call.func.value, ast.Call))
    place = EIGHTH + by_class
    given = [k for k in call.keywords if k.arg == "ca_certs"]
    if given:
        if value is not None:
            given[0].value = expression(value)
        elif not is_none(given[0].value):
            call.keywords.remove(given[0])
    elif len(call.args) > place:
        change_positional(call, place, value)
    elif value is not None:
        call.keywords.append(ast.keyword(arg="ca_certs", value=expression(value)))


def sort_keywords(tree):
    """Where among the keywords ca_certs stands is a matter of style; with ** it is the end or not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords.sort(key=lambda k: (k.arg is None, k.arg == "ca_certs"))
    return tree


def comments(data):
    read = io.BytesIO(data).readline
    tokens = tokenize.generate_tokens(read) if sys.version_info[0] == 2 else tokenize.tokenize(read)
    return [token[1] for token in tokens if token[0] == tokenize.COMMENT]


class Source(object):
    """Its lines, and the encoding in whose bytes ast counts columns: Python 2 recodes not Latin-1."""

    def __init__(self, data):
        if sys.version_info[0] == 2:
            from lib2to3.pgen2.tokenize import detect_encoding
        else:
            from tokenize import detect_encoding
        encoding = detect_encoding(io.BytesIO(data).readline)[0]
        as_is = sys.version_info[0] == 2 and encoding == "iso-8859-1"
        self.columns = encoding if as_is else "utf-8"
        self.lines = data.decode(encoding).replace("\r\n", "\n").split("\n")


def check(case):
    before = base64.b64decode(case["before"])
    after = base64.b64decode(case["after"])
    tree, source = ast.parse(before), Source(before)
    for call in [find(tree, source, place) for place in case["calls"]]:
        change(call, case["value"])
    if ast.dump(sort_keywords(tree)) != ast.dump(sort_keywords(ast.parse(after))):
        return "it parses to something else"
    return None if comments(before) == comments(after) else "its comments differ"


def main():
    complaints = {}
    for case in json.load(sys.stdin):
        try:
            complaint = check(case)
        except Exception as error:  # pylint: disable=broad-except
            complaint = "%s: %s" % (type(error).__name__, error)
        if complaint:
            complaints[case["name"]] = complaint
    print(json.dumps(complaints))


main()
