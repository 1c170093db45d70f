"""The resource types that there are: each has a directory below core/resources."""

import pathlib

TOP = pathlib.Path(__file__).resolve().parent.parent


def type_names():
    """Of the directories of resources those that hold a type."""
    return sorted(path.stem for path in (TOP / "core/resources").glob("*/*.c")
                  if f"tmd_type tmd_type_{path.stem} " in path.read_text())


def small_programs():
    """The programs that have one type each."""
    return sorted("trustmend-" + name.replace("_", "-") for name in type_names())
