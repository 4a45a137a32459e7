# SPDX-License-Identifier: MIT
"""RCU: kernel/sched/rcu_torture.c in the kernel, and the mistakes that it has to find."""
import re

import pytest

from samara import KernelPanic

DONE = re.compile(r"rcutorture: (ok|it did), (\d+) sections, (\d+) freed, (\d+) grace periods, (\d+) barriers, "
                  r"at most (\d+) of (\d+) kept, (\d+) throttled")


def torture(machine, seconds):
    """The kernel's verdict and its figures."""
    machine.expect(r"rcutorture: (ok|it did), [^\n]*\n", timeout=seconds)
    return DONE.search(machine.log), machine.log


def expect_good(machine, floods=True):
    """floods: enough callbacks come in a tick for rcu_throttle() to have something to do."""
    done, log = torture(machine, 20)
    assert "FAILED" not in log and done[1] == "ok", log
    sections, freed, periods, barriers, most, bound, throttled = map(int, done.groups()[1:])
    assert sections > 100 and freed > 100 and periods > 5 and barriers > 0, log
    # A hart's memory for callbacks is bounded; floods were held back.
    assert most <= bound and (not floods or throttled > 0 and most > 4096), log


@pytest.mark.parametrize("smp", [1, 2, 4])
def test_nothing_is_freed_under_a_reader(boot, smp):
    expect_good(boot(smp=smp, bootargs="rcutorture=1"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_delays_at_the_race_points(boot, seed):
    expect_good(boot(smp=2, bootargs="rcutorture=1 delay=%d" % seed), floods=False)


def test_with_freed_memory_poisoned(boot):
    expect_good(boot(variant="debugvm", smp=2, bootargs="rcutorture=1"))


@pytest.mark.parametrize("smp", [2, 4])
def test_the_release_kernel(boot, smp):
    """No checks, other code of the compiler."""
    expect_good(boot(variant="release", smp=smp, bootargs="rcutorture=1"))


@pytest.mark.parametrize("variant,smp,plant,found", [
    ("debug", 2, "short-gp", r"[1-9]\d* freed early"),
    ("debug", 2, "stale-idle", r"[1-9]\d* freed early"),
    ("debug", 3, "one-gp-early", r"[1-9]\d* freed early"),
    ("debug", 2, "short-barrier", r"[1-9]\d* barriers early"),
    ("debug", 2, "no-throttle", r"[1-9]\d* times over the limit"),
    ("debug", 4, "idle-holds rcu_stall=2500 rcutorture=1", "too slow"),
    ("release", 2, "short-gp", r"[1-9]\d* freed early"),
    ("release", 2, "short-barrier", r"[1-9]\d* barriers early"),
    ("release", 2, "no-throttle", r"[1-9]\d* times over the limit"),
])
def test_a_planted_mistake_is_found(boot, variant, smp, plant, found):
    machine = boot(variant=variant, smp=smp, bootargs="rcutorture=20 rcu_plant=" + plant)
    done, log = torture(machine, 40)
    assert done[1] == "it did" and re.search("rcutorture: FAILED, .*" + found, log), log


def test_a_section_that_sleeps_panics(boot):
    with pytest.raises(KernelPanic, match=r"rcu_depth(?s:.)*rcu_sleep"):
        boot(smp=2, bootargs="rcu_plant=sleep").expect("rcu_plant=sleep: nobody has noticed")


@pytest.mark.parametrize("smp", [1, 4])
def test_a_hart_that_loops_is_named(boot, smp):
    """By others, with the task; and at last by itself, with the calls that it was in."""
    machine = boot(smp=smp, bootargs="rcu_stall=200 rcu_plant=loop")
    machine.expect("rcu_plant=loop: over")
    kept = re.search(r"rcu: hart (\d) kept grace period \d+ waiting for 1\d\d\d ms, task \d+ \(rcu-loop\)\nbacktrace:\n"
                     r"(?:  0x\w+ \w+\+0x\w+\n)*  0x\w+ rcu_loop\+0x", machine.log)
    assert kept, machine.log
    waits = re.findall(r"rcu: grace period \d+ has waited (\d+) ms for hart %s, task \d+ \(rcu-loop\)" % kept[1], machine.log)
    silent = re.findall(r"rcu: hart %s does not answer: .* in task \d+ \(rcu-loop\)" % kept[1], machine.log)
    if smp == 1:
        assert not waits and not silent, machine.log
    else:
        assert 2 <= len(waits) <= 3 and 1 <= len(silent) <= 3, machine.log
        assert all(int(ms) >= 200 << n for n, ms in enumerate(waits)), machine.log


def test_power_off_while_callbacks_wait(boot):
    """Nobody waits for a grace period that a looping hart holds up."""
    log, status = boot(smp=2, bootargs="rcu_plant=loop init=/bin/hello").wait_end()
    assert status == 0 and "loop: over" not in log, log


@pytest.mark.parametrize("variant,word", [("debug", "rcu_plant=nonsense"), ("release", "rcu_plant=stale-idle")])
def test_a_plant_that_there_is_none_of(boot, variant, word):
    assert word + ": no such planted mistake" in boot(variant=variant, smp=1, bootargs=word).wait_prompt()
