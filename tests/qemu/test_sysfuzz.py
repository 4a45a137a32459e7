# SPDX-License-Identifier: MIT
"""Random system calls from eight tasks on four harts: no kernel stops, hangs or loses memory. `make fuzz` goes on for longer."""
import pytest


@pytest.mark.parametrize("variant,mem,bootargs,seed", [
    ("debug", "128M", "", 1),
    ("debugvm", "64M", "swap=16M", 2),
    ("release", "64M", "swap=16M", 3),
])
def test_random_calls(boot, variant, mem, bootargs, seed):
    machine = boot(variant=variant, mem=mem, bootargs=bootargs, swapdisk="16M" if "vda" in bootargs else "")
    machine.wait_prompt()
    text = machine.run("sysfuzz -t 15 -s %d" % seed, timeout=120).check()
    assert "every frame and every object came back" in text
    machine.run("hello").check()


def test_random_calls_with_a_device(boot):
    """As process 1 it has handles of the clock, its registers and its interrupt."""
    log, code = boot(variant="debugvm", mem="128M", bootargs="init=/bin/sysfuzz -t 20 -s 4").wait_end(timeout=120)
    assert code == 0 and "every frame and every object came back" in log, log[-3000:]
