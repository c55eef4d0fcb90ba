"""Generates the messages into the package while it is built."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).parent.resolve()
sys.path.insert(0, str(HERE))

from generate import copy_inputs, generate  # noqa: E402


class BuildWithMessages(build_py):
    def run(self) -> None:
        super().run()
        generate(Path(self.build_lib))


class SourceWithProtocol(sdist):
    """A source distribution has the protocol, which lies outside of this folder in the repository."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        copy_inputs(Path(base_dir))


setup(cmdclass={"build_py": BuildWithMessages, "sdist": SourceWithProtocol})
