# SPDX-License-Identifier: MIT
"""Two at the same kernel object, and what has gone wrong there once: each test says how its failure looked.

The kernels differ in what they notice: "debug" and "debugvm" poison freed memory and check, "release" goes on.
"""
import re
import time

import pytest

from samara import run_without_terminal

EVERY_KERNEL = pytest.mark.parametrize("variant", ["debug", "debugvm", "release"])


@EVERY_KERNEL
def test_mremap_of_shared_memory_onto_itself(boot, variant):
    """Failed once: a panic in move_entries(), at the poison of a freed VMA; "release" answered with the address."""
    machine = boot(variant=variant, smp=2)
    machine.wait_prompt()
    assert machine.run("remaptest").check_tap() == 36


@pytest.mark.parametrize("variant", ["debug", "release"])
def test_readers_of_one_open_file_in_proc(boot, variant):
    """Failed once: positions raced, bytes came twice, and reads of maps went on behind the text, through kernel memory."""
    machine = boot(variant=variant)
    machine.wait_prompt()
    assert machine.run("sharedread -t 1").check_tap() == 12


@pytest.mark.parametrize("variant", ["debug", "release"])
def test_mincore_of_shared_memory_that_others_fill(boot, variant):
    """Failed once: mincore() walked nodes of the object's tree that were freed under it: a load page fault in mtree_load()."""
    machine = boot(variant=variant)
    machine.wait_prompt()
    assert machine.run("coretest -t 2", timeout=40).check_tap() == 3


@pytest.mark.parametrize("variant", ["debug", "release"])
@pytest.mark.parametrize("how,checks", [("once", 4), ("toggle", 7)])
def test_swapon_and_swapoff_from_many_processes(boot, variant, how, checks):
    """Failed once by a list of blocks without a lock. "once": the loser freed the frames of the area that was on; "toggle":
    a page fault in dump_page() or free_pages(), called by ram_release()."""
    machine = boot(variant=variant)
    machine.wait_prompt()
    assert machine.run("swaprace " + how).check_tap() == checks


@pytest.mark.parametrize("variant", ["debug", "release"])
def test_munmap_of_a_part_while_its_pages_move(boot, variant):
    """Failed once: a load page fault at address 4 in zap_entry(), which asked the old frame what it had been."""
    machine = boot(variant=variant, mem="32M")
    machine.wait_prompt()
    assert machine.run("movetest -t 4", timeout=40).check_tap() == 2


def test_signal_frames_that_do_not_fit(samara):
    """Failed once: no SIGSEGV handler ran when the stack was not there; nested handlers wrote below the alternate stack and
    began at its top again."""
    assert samara.run("altstack").check_tap() == 22


@pytest.mark.parametrize("sig", ["SIGKILL", "SIGINT"])
def test_a_signal_to_a_group_that_forks(boot, sig):
    """Failed once: who was just being forked did not get it, and lived on."""
    machine = boot()
    machine.wait_prompt()
    assert machine.run("killtest group " + sig).check_tap() == 1


def test_kill_of_all_while_they_fork(boot):
    """kill(-1, SIGKILL), by a child of init: the shell would not survive it."""
    log, code = boot(bootargs="init=/bin/init /bin/killtest all").wait_end()
    assert code == 0 and "not ok" not in log and "nobody is left" in log, log


def wait_until_gone(machine, name, seconds=5):
    end = time.monotonic() + seconds
    while name in machine.run("ps").check():
        assert time.monotonic() < end, "%s survives:\n%s" % (name, machine.run("ps").output)
        time.sleep(0.1)


def test_ctrl_c_ends_a_group_that_forks(boot):
    """Failed once: `stress` and its like left processes behind."""
    machine = boot()
    machine.wait_prompt()
    for _ in range(3):
        machine.start("killtest members")
        time.sleep(0.2)
        machine.child.send("\x03")
        assert "killed by SIGINT" in machine.wait_prompt()
        wait_until_gone(machine, "killtest")


def test_power_off_while_a_chain_of_processes_forks(boot):
    """Failed once: init's kill(-1, SIGKILL) missed who was being forked, and init then waited for ever."""
    machine = boot()
    machine.wait_prompt()
    machine.run("killtest chain")
    log, code = machine.exit(0)
    assert code == 0 and "init exited with status 0" in log, log


def test_write_to_pages_that_swapoff_brings_back(boot):
    """Failed once: BUG at page_alloc.c: swapoff had a page locked and mapped for somebody, who wrote to it and had his copy; so
    the last reference went before the lock."""
    machine = boot()
    machine.wait_prompt()
    assert machine.run("swaprace write").check_tap() == 2


def order_of_tasks(seed):
    """What a run with sched=shuffle:SEED says at its end. Instructions are counted, so that it repeats."""
    done, _ = run_without_terminal(smp=1, mem="128M", bootargs=f"sched=shuffle:{seed} init=/bin/pipetest",
                                extra="-icount shift=0,sleep=off", timeout=60)
    assert "not ok" not in done
    return re.search(r"sched=shuffle:\d+: (\d+) switches, order (\w+)", done).groups()


def test_a_seed_decides_the_order_of_tasks():
    first = order_of_tasks(7)
    assert int(first[0]) > 50
    assert order_of_tasks(7) == first
    assert order_of_tasks(8) != first
