"""The resource types that there are: each has a directory below core/resources."""

import pathlib

TOP = pathlib.Path(__file__).resolve().parent.parent


def type_names():
    return sorted(path.name for path in (TOP / "core/resources").iterdir() if path.is_dir())


def small_programs():
    """The programs that have one type each."""
    return sorted("trustmend-" + name.replace("_", "-") for name in type_names())
