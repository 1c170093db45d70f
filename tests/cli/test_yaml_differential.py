"""
The reader of YAML against PyYAML over generated documents: what PyYAML refuses is refused, what it
reads says the same, and what is refused needlessly is what libyaml itself cannot read.
"""

import random

import pytest

yaml = pytest.importorskip("yaml")

SEED = 53
DOCUMENTS = 3000
AT_ONCE = 500

PIN = ["location: {type: app_store, name: tk-core, version: v1.2.3}\n",
       "location:\n  type: app_store\n  name: tk-core\n  version: v1.2.3\n",
       "location:\n  name: tk-core\n  type: app_store\n  version: v1.2.3 # why\n"]

PLAIN = ["a", "v1.2.3", "x y", "0x1f", "1_000", "12e3", "1.5", "yes", "~", "2024-01-01", "1:30",
         "a:b", "a#b", "'q'", "'it''s'", '"d"', '"\\t\\x41"', "\u00e9", "[a, b]", "{a: b}",
         "&z q", "!!str x", "!!int 3", "!!set {a, b}", "!!binary aGk=", "! x", "!!null ''",
         "!!omap [a: b]", "!!pairs [a: b, a: c]", "!!seq [a]", "!!map {a: b}", "a # c", ""]
ODD = ["2024-02-30", "=", "<<", "-", "?x", "\u2028", "@x", "`x", "%x", "*a", "!", "!!str", "!!int x",
       "!foo x", "!!float 1", "!!bool no", "!!binary 'a b'", "!!timestamp 2001-01-01",
       "!!python/name:os.x", "!!python/tuple [a]", "|", ">", "[a,b,]", "{a: b,}", "[? a : b]",
       "{? a}", "{a:b}", '{"a":b}', "[a\tb]", "[a ,\tb]", "a\t", "a\t# c", "a\tb", "\ta", "? ",
       "- x", ": x", ", x", "x: y", "x:", '"a"b', "'a' b", "!!omap [a, b]", "!!pairs [{a: b, c: d}]",
       "!!str [a]", "!<tag:yaml.org,2002:str> q", "!<!bar> q", "!!merge x", "!!value x", "\ufeff",
       "a\ufeffb", "\u0085", "\x7f", "\x07", '"\\0"', '"\\udd00"', "[!!str, a]", "{a: !}",
       "!!set [a]", "{a: !, b: c}"]
BLOCKS = ["|\n{i}text\n", "|-\n{i}a\n{i}b\n", ">\n{i}a\n\n{i}b\n", "|2\n{i}a\n", "|+\n{i}a\n\n",
          "|# c\n{i}a\n", "| # c\n{i}a\n", "|\t\n{i}a\n", "|-\n{i}\ta\n", "|-\n{i}a\tb\n",
          "|\n{i}a\n\t\n", "|\n{i}a\n{i}\t\n", ">2-\n{i}a\n", ">-2\n{i}a\n", "|0\n{i}a\n",
          "|22\n{i}a\n", "|\n\n{i}# no\n{i}a\n", "|\n{i}a\n# c\n", "|\n\t{i}a\n", "|\n",
          ">1\n{i}a\n", "|-\n{i}a\r\n{i}b\n"]
KEYS = ["a", "b", "c", "'q'", "1", "x y", "k1", "k2", "k3"]
ODD_KEYS = ["1.5", "~", "!!str k", "!!int 1", "&k k", "*k", "? k", "? [a]", "? {a: b}", "=", "<<",
            "x#", "x:y", "%d", "-", "!!set k", "!k k", "[a]", "{a: b}", "a\t", "a" * 1030]
ENDS = ["\n", "\n", "\n", "\n\n", "\r\n", " # c\n", " \n"]
ODD_ENDS = ["\r", "\t# c\n", "\t\n", "\n\t\n", "\n# c\n", "#c\n", "\u2028", "\n\ufeff# c\n"]
STARTS = ["# c\n", "---\n", "--- # c\n", "%YAML 1.1\n---\n", "%YAML 1.2\n---\n", "\ufeff",
          "%YAML 1.1 # c\n---\n", "%YAML 1.1#c\n---\n", "%FOO bar\n---\n", "\ufeff# c\n",
          "%TAG !e! tag:yaml.org,2002:\n---\n", "---\t\n", "%YAML 2.0\n---\n", "\t\n", "\t# c\n",
          "...\n", "---\n---\n", "--- !!map\n", "--- &r\n", "%YAM 1.1\n---\n", "%YAML 1.9\n---\n"]
TAILS = ["...\n", "... # c\n", "---\n", "\t", "# c", "...\n# c\n", "\x00", "\ufeff", "...x\n"]
PIECES = ["\t", " ", "\n", "\r", ":", ": ", "-", "- ", "?", "? ", "#", " #", "&a ", "*a", "{", "}",
          "[", "]", ",", "'", '"', "!", "!!str ", "|", ">", "%", "@", "\ufeff", "\\", "\u2028",
          "\u0085", "\x00", "!a,", "&a,", "*a:", "!<", "!e!str ", "---", "..."]

# PyYAML takes these, and libyaml does not; each is said in libyaml's words.
NAMED = "libyaml cannot read it: "
# It would have to be followed.
SHARED = "which is not followed here"


class Writer(random.Random):
    """Writes documents most of which are good, and the others nearly so."""

    def pick(self, usual, odd):
        return self.choice(odd if self.random() < .06 else usual)

    def flow(self, depth):
        if depth == 0 or self.random() < .4:
            return self.pick(PLAIN, ODD)
        items = [self.flow(depth - 1) for _ in range(self.randint(0, 3))]
        gap = self.pick([", ", ",", ",\n    "], ["\n  , ", ",\t", ", # c\n    ", ",, "])
        if self.random() < .5:
            return "[" + gap.join(items) + self.pick(["]"], [" ]", ",]", "\n]", "\n  ]", "\t]"])
        pairs = [f"k{number}" + self.pick([": "], [":", " : ", ":\n   ", " :"]) + item
                 for number, item in enumerate(items)]
        return "{" + gap.join(pairs) + self.pick(["}"], [" }", ",}", "\n }"])

    def value(self, indent, depth):
        kind = self.random()
        if depth == 0 or kind < .45:
            return self.pick(PLAIN, ODD) + self.pick(ENDS, ODD_ENDS)
        if kind < .6:
            inner = " " * indent + self.choice(["", " ", "  "])
            return self.choice(BLOCKS).replace("{i}", inner)
        if kind < .75:
            return self.flow(depth) + self.pick(ENDS, ODD_ENDS)
        if kind < .88:
            return "\n" + self.mapping(indent, depth - 1)
        return "\n" + "".join(
            " " * indent + self.pick(["- ", "-  "], ["-\t", "-\n", "-"])
            + self.value(indent + 2, depth - 1) for _ in range(self.randint(1, 3)))

    def mapping(self, indent, depth):
        text = ""
        for _ in range(self.randint(1, 3)):
            value = self.value(indent + self.choice([1, 2, 2, 4]), depth)
            gap = self.pick([": ", ":  "], [":\t", " : ", "\t: ", ": !!map\n", ": &x\n", ":"])
            margin = self.pick([" " * indent], [" " * indent + " ", " " * indent + "\t", "\t"])
            text += margin + self.pick(KEYS, ODD_KEYS)
            text += (gap.rstrip(" \n") or ":") + value if value[:1] == "\n" else gap + value
        return text

    def document(self):
        parts = [self.mapping(0, self.randint(0, 3)) for _ in range(self.randint(0, 2))]
        parts.insert(self.randint(0, len(parts)), self.choice(PIN))
        text = "".join(parts)
        if self.random() < .3:
            text = self.choice(STARTS) + text
        if self.random() < .15:
            text += self.choice(TAILS)
        while self.random() < .2:
            at = self.randint(0, len(text))
            text = text[:at] + self.choice(PIECES) + text[at + self.choice([0, 0, 1, 2]):]
        return text.encode("utf-8", "surrogatepass")


def load(data, loader):
    """The location, when it is a mapping; None otherwise."""
    try:
        location = yaml.load(data, Loader=loader)["location"]
    except Exception:  # of any kind: PyYAML lets those of Python through
        return None
    return location if isinstance(location, dict) else None


def judge(data, state):
    """One word for what the reader made of a document that PyYAML knows too."""
    location = load(data, yaml.FullLoader)
    why = (state["problems"] or [""])[0]
    if location is None:
        assert state["descriptor"] is None and why, f"more hopeful than PyYAML: {data!r}"
        return "refused"
    if state["descriptor"] is None:
        if SHARED in why:
            return "shared"
        assert load(data, yaml.CFullLoader) is None, f"refused needlessly ({why}): {data!r}"
        assert NAMED in why, f"not by its name ({why}): {data!r}"
        return "named"
    kind = location.get("type")
    assert state["descriptor"]["type"] == (None if kind is None else str(kind)), data
    if state["version"] is not None:
        assert state["version"] == str(location.get("version")), data
    return "read"


def test_generated_documents_are_judged_as_pyyaml_judges_them(tm, root):
    writer = Writer(SEED)
    texts = [writer.document() for _ in range(DOCUMENTS if not tm.target.foreign else AT_ONCE)]
    seen = dict.fromkeys(["read", "refused", "named", "shared"], 0)
    for start in range(0, len(texts), AT_ONCE):
        part = texts[start:start + AT_ONCE]
        for number, data in enumerate(part):
            (root / f"{number}.yml").write_bytes(data)
        resources = [{"type": "core_api", "path": f"/{number}.yml"} for number in range(len(part))]
        answer = tm("get", "--input", "-", root=root, stdin={"resources": resources})
        for data, result in zip(part, answer.results):
            assert result["error"] is None, result["error"]
            seen[judge(data, result["state"])] += 1
    assert seen["read"] > len(texts) // 4 and seen["refused"] > len(texts) // 8, seen
    assert tm.target.foreign or seen["named"] > 20, seen


@pytest.fixture
def root(tmp_path):
    return tmp_path
