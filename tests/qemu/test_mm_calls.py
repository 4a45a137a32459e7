# SPDX-License-Identifier: MIT
"""Limits and memory calls whose promises random comparison cannot see."""
import re

import pytest


def test_mremapdemo_moves_frames(samara):
    text = samara.run("mremapdemo").check()
    assert "The same frames: yes; page 2 still reads 'c'" in text
    assert "page 0 reads 'a' there and 0 here" in text


def test_madvdemo(samara):
    text = samara.run("madvdemo").check()
    assert "page 1 reads 2; a child that reads it: exit status 0" in text
    assert "page 2 reads 3; a child that reads it: killed by SIGSEGV" in text
    assert "page 3 reads 4; a child that reads it: exit status 4" in text


def test_maplimit_reaches_65530_areas(samara):
    text = samara.run("maplimit", timeout=60).check()
    assert "vm.max_map_count is 65530" in text
    reached = re.search(r"With (\d+) areas, mprotect says ENOMEM", text)
    assert reached and 65529 <= int(reached[1]) <= 65530, text


@pytest.mark.parametrize("program", ["limittest", "mmcalls", "posixcalls"])
def test_calls(samara, program):
    samara.run(program, timeout=60).check_tap()


def test_calls_with_a_kernel_that_checks_itself(boot):
    machine = boot(variant="debugvm", smp=2)
    machine.wait_prompt()
    for program in ("limittest", "mmcalls", "posixcalls", "mremapdemo", "madvdemo"):
        result = machine.run(program, timeout=60)
        assert result.status == 0, result.output


def test_overcommit_boot_argument(boot):
    machine = boot(smp=1, bootargs="overcommit=2")
    machine.wait_prompt()
    refused = re.search(r"mmap refused after (\d+) MiB: ENOMEM", machine.run("greedy 300").check())
    assert refused and 64 < int(refused[1]) < 128       # half of 256 MiB, less what others hold


def test_usage(boot):
    """Failed once: maxrss, faults and switches were 0, also in wait4() and for children."""
    machine = boot(bootargs="swap=16M")
    machine.wait_prompt()
    assert machine.run("usagetest").check_tap() == 11
