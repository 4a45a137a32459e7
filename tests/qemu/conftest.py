# SPDX-License-Identifier: MIT
"""Fixtures of the booted tests: machines that run Samara, and how their failures are told.

A kernel panic fails the test that sees it at once, with the kernel's own report in the message.
"""
import pytest

from samara import Machine, build_cross_program, ROOT


class Booted:
    """One machine for many tests; started again after a test that killed it."""

    def __init__(self, **how):
        self.how = how
        self.machine = None

    def get(self):
        if self.machine is None or not self.machine.alive():
            self.close()
            self.machine = Machine(**self.how)
            self.machine.wait_prompt()
        return self.machine

    def close(self):
        if self.machine is not None:
            self.machine.close()
            self.machine = None


@pytest.fixture(scope="session")
def booted_4():
    booted = Booted(smp=4)
    yield booted
    booted.close()


@pytest.fixture
def samara(booted_4):
    """A shell prompt on four harts, shared by the tests that leave the machine as it was."""
    return booted_4.get()


@pytest.fixture
def boot():
    """boot(smp=.., mem=.., bootargs=.., initrd=..) starts a machine of the test's own."""
    machines = []

    def start(**how):
        machines.append(Machine(**how))
        return machines[-1]

    yield start
    for machine in machines:
        machine.close()


@pytest.fixture(scope="session")
def cross(tmp_path_factory):
    """cross("name") builds tests/qemu/programs/name.c with the Linux toolchain and gives its path."""
    folder = tmp_path_factory.mktemp("cross")
    return lambda name: build_cross_program(ROOT / "tests/qemu/programs" / (name + ".c"), folder / name)
