# SPDX-License-Identifier: MIT
"""Planted kernel bugs: each must fail a test at once, with the kernel's report in the message."""
import time

import pytest

from samara import KernelPanic, run_without_terminal

PANIC_STATUS = 101


@pytest.mark.parametrize("kind,words", [
    ("test", ["planted by the boot argument panic=test", "plant_bug"]),
    ("stack", ["stack overflow", "recurse"]),
    ("wx", ["store page fault", "plant_bug"]),
    ("null", ["load page fault", "address 0x8", "plant_bug"]),
    ("exec", ["instruction page fault", "plant_bug"]),
])
def test_planted_bug_fails_a_test_at_once(boot, kind, words):
    started = time.monotonic()
    with pytest.raises(KernelPanic) as caught:
        boot(smp=2, bootargs="panic=" + kind).wait_prompt()
    report = str(caught.value)
    assert time.monotonic() - started < 15
    for word in words:
        assert word in report, report
    # A symbolised backtrace: at least two lines "0xffffffff8....... function+0x..".
    lines = [line for line in report.splitlines() if "+0x" in line]
    assert len(lines) >= 2, report


def test_a_panic_ends_the_machine_with_its_own_status():
    output, code = run_without_terminal(smp=1, bootargs="panic=test")
    assert code == PANIC_STATUS
    assert "Kernel panic" in output
