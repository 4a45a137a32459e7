# SPDX-License-Identifier: MIT
"""The console server, seen from the kernel: its handles, its endpoint, the registers that it maps."""
import re

import pytest

from debugger import Debugger


@pytest.fixture(scope="module")
def at_a_read():
    """The shell reads for the first time: the server waits for a call."""
    debugger = Debugger()
    debugger.run("break tty_server_read")
    debugger.run("continue")
    yield debugger
    debugger.close()


def test_handles_of_a_device(at_a_read):
    text = at_a_read.run("sm handles %d" % at_a_read.pid_of("console"))
    assert re.search(r"object +grant\+map .*: 4096 bytes, 0 pages there, no pager$", text, re.M), text
    assert re.search(r"irq +grant\+control +source 10, bound to 0x\w+$", text, re.M), text


def test_the_shell_has_none(at_a_read):
    assert ": 0 handles" in at_a_read.run("sm handles %d" % at_a_read.pid_of("sh"))


def test_the_server_waits_at_its_endpoint(at_a_read):
    assert "waiting in recv: %d;" % at_a_read.pid_of("console") in at_a_read.run("sm endpoints")


def test_registers_have_no_frame(at_a_read):
    pid = at_a_read.pid_of("console")
    address = re.search(r"^ *(0x\w+) - .*\[device\]$", at_a_read.run("sm vmas %d" % pid), re.M)[1]
    text = at_a_read.run("sm pt %s %d" % (address, pid))
    assert "physical 0x10000000, registers of a device" in text and "frame" not in text, text
