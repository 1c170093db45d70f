"""A wheel that carries a program is for the platforms of that program, whatever Python it meets."""

import os

from setuptools import Distribution
from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel

# Platform tags, with dots between them; scripts/build-salt gives them.
PLATFORM = os.environ.get("TRUSTMEND_WHEEL_PLATFORM")


class Platform(Distribution):
    def has_ext_modules(self):
        return bool(PLATFORM)


class PlatformWheel(bdist_wheel):
    def get_tag(self):
        return "py3", "none", PLATFORM or "any"


setup(distclass=Platform, cmdclass={"bdist_wheel": PlatformWheel})
