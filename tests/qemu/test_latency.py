# SPDX-License-Identifier: MIT
"""No call holds a hart: one hart, a RELEASE kernel that measures, and a clock that counts instructions.

A nanosecond is an instruction, so the figures are the same on every machine.
"""
import re

import pytest

from samara import KernelPanic

COUNTED = "-icount shift=0,sleep=off"


def test_long_calls_let_others_run_and_can_be_killed(boot):
    """Failed once: 200 GiB of MADV_POPULATE_READ ran for minutes; getrandom held its hart for 1.3 s; write() never let go."""
    machine = boot(variant="latency", smp=1, mem="600M", extra=COUNTED)
    machine.wait_prompt()
    assert machine.run("longcalls", timeout=240).check_tap() == 37


def test_no_stretch_above_a_millisecond_in_the_test_programs(boot):
    """Failed once: exec's copying of arguments took 1.06 ms, direct reclaim 19 ms."""
    machine = boot(variant="latency", smp=1, mem="128M", bootargs="swap=16M latency=panic:1ms", extra=COUNTED)
    machine.wait_prompt()
    for program in ("memtest", "forktest", "cowtest", "mmcalls", "pipetest", "sigtest", "sharetest", "exectest", "failtest",
                    "remaptest", "limittest", "reclaimtest", "badptr", "posixcalls", "ipctest", "ipcstorm -t 2"):
        machine.run(program, timeout=120).check()


def test_no_stretch_above_a_millisecond_while_the_disk_swaps(boot):
    """Failed while the driver polled with its hart kept: 1.2 ms."""
    machine = boot(variant="latency", smp=1, mem="64M", swapdisk="64M", bootargs="swap=/dev/vda latency=panic:1ms", extra=COUNTED)
    machine.wait_prompt()
    machine.run("swaptest -m 60 -n 2 -t 1", timeout=120).check()


def test_a_long_stretch_panics_with_the_call(boot):
    machine = boot(variant="debug", smp=1, bootargs="latency=panic:1us")
    with pytest.raises(KernelPanic, match=r"\d+ us without a preemption point, system call -?\d+"):
        machine.wait_prompt()


def test_report_at_power_off(boot):
    log, status = boot(variant="debug", smp=2, bootargs="latency=report init=/bin/hello").wait_end()
    assert status == 0
    assert re.search(r"^latency: hart \d: \d+ us, task \d+ \(\w+\), system call -?\d+\n  0x\w+ \w+\+0x", log, re.M), log
    assert "latency: hart 0" in log and "latency: hart 1" in log


@pytest.mark.parametrize("word", ["latency=panic:", "latency=panic:5", "latency=panic:0ms", "latency=panic:5xs"])
def test_a_time_that_is_none(boot, word):
    machine = boot(smp=1, bootargs=word)
    assert word + ": give a time, as in latency=panic:5ms" in machine.wait_prompt()
