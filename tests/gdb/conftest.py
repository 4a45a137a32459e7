# SPDX-License-Identifier: MIT
"""Debuggers that several tests share: each stands at a place of its own and is only looked through."""

import os
import sys

import pytest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tools", "gdb")]

from debugger import Debugger


def main_of_cowdemo(harts):
    """Stopped in user mode, at main of cowdemo."""
    return Debugger("cowdemo", smp=harts)


def middle_of_a_copy(harts):
    """Stopped in the kernel, in the middle of a copy-on-write fault of cowdemo's child."""
    debugger = Debugger("cowdemo", smp=harts)
    # With four harts init may take faults of its own at the same time.
    caught = debugger.run(f"sm catch-fault write {debugger.pid_of('cowdemo')}") + debugger.run("sm catch-fault area write")
    assert "in child (" in caught, caught
    for _ in range(4):
        debugger.stage = debugger.run("sm step-fault")
    return debugger


@pytest.fixture(scope="session")
def places():
    """place(where, harts): that debugger, started when first asked for."""
    started = {}

    def place(where, harts):
        if (where, harts) not in started:
            started[where, harts] = where(harts)
        return started[where, harts]
    yield place
    for debugger in started.values():
        debugger.close()


def pytest_configure(config):
    config.addinivalue_line("markers", "machine(program, **how): what the debugger fixture starts")


EVERYWHERE = [(where, harts) for harts in (1, 4) for where in (main_of_cowdemo, middle_of_a_copy)]


@pytest.fixture(scope="session", params=EVERYWHERE, ids=lambda p: f"{'user' if p[0] is main_of_cowdemo else 'kernel'}-{p[1]}")
def anywhere(request, places):
    return places(*request.param)


@pytest.fixture(scope="session", params=[1, 4], ids=["user-1", "user-4"])
def at_main(request, places):
    return places(main_of_cowdemo, request.param)


@pytest.fixture(scope="session", params=[1, 4], ids=["kernel-1", "kernel-4"])
def in_copy(request, places):
    return places(middle_of_a_copy, request.param)
