# SPDX-License-Identifier: MIT
"""From reset to a prompt and back: harts, memory sizes, the first program and its exit status."""
import os
import re
import signal

import pytest

from samara import run_without_terminal, start_without_terminal

PANIC_STATUS = 101
NOT_BY_INIT_STATUS = 125        # of tools/run


@pytest.mark.parametrize("smp", [1, 2, 4])
def test_boots_to_a_prompt_and_every_demo_runs(boot, smp):
    machine = boot(smp=smp)
    greeting = machine.wait_prompt()
    assert re.search(r"^%d harts?, " % smp, machine.log, re.M), greeting
    for demo in ("forkdemo", "cowdemo", "brkdemo", "mmapdemo", "stackdemo", "segvdemo"):
        machine.run(demo).check()
    assert machine.exit(0)[1] == 0


@pytest.mark.parametrize("mem,mib", [("64M", 64), ("1G", 1024), ("4G", 4096)])
def test_finds_all_memory(boot, mem, mib):
    machine = boot(mem=mem, smp=2)
    machine.wait_prompt()
    frames = int(re.search(r"^all +(\d+)", machine.run("free").check(), re.M)[1])
    assert mib - 16 - mib / 50 < frames / 256 < mib     # less: firmware, kernel, initrd, struct page


@pytest.mark.parametrize("status", [0, 7, 255])
def test_exit_status_of_the_shell_is_that_of_the_machine(boot, status):
    machine = boot(smp=1, mem="64M")
    machine.wait_prompt()
    log, code = machine.exit(status)
    assert code == status
    assert "init exited with status %d" % status in log.strip().splitlines()[-1]


def test_init_gets_what_follows_on_the_command_line(boot):
    log, code = boot(smp=1, bootargs="init=/bin/args one two=2").wait_end()
    assert code == 0
    assert re.search(r'argc = 3\nargv\[0\] = "/bin/args"\nargv\[1\] = "one"\nargv\[2\] = "two=2"\n', log), log


def test_an_init_that_is_not_there_is_reported(boot):
    log, code = boot(smp=1, bootargs="init=/bin/no-such-thing").wait_end()
    assert code != 0
    assert "/bin/no-such-thing" in log


def test_an_init_that_crashes_ends_the_machine_with_a_status(boot):
    log, code = boot(smp=2, bootargs="init=/broken/run-entry-0").wait_end()
    assert code not in (0, PANIC_STATUS, None), log


def test_init_runs_a_command_of_the_boot_line(boot):
    log, code = boot(smp=2, bootargs="init=/bin/init /bin/nosys").wait_end()
    assert code == 0 and "not ok" not in log, log


def test_cowdemo_without_a_terminal():
    """Frames are the same before a write and differ after it; nobody types anything."""
    output, code = run_without_terminal(bootargs="init=/bin/cowdemo")
    assert code == 0, output
    before, after = output.split("After the child wrote")
    assert before.count(" shared\n") == 4 and " different\n" not in before, output
    assert after.count(" shared\n") == 2 and after.count(" different\n") == 2, output


def test_the_shell_runs_a_line_without_a_terminal():
    output, code = run_without_terminal(smp=2, bootargs="init=/bin/init /bin/segvdemo")
    assert code == 0, output
    assert "The store is done" in output


# ---- ends that are not init's ----

def test_leaving_qemu_is_no_success(boot):
    """QEMU's own status is 0 then, and was that of tools/run."""
    machine = boot(smp=1)
    machine.wait_prompt()
    machine.child.send("\x01x")
    assert machine.wait_end()[1] == NOT_BY_INIT_STATUS


def test_a_qemu_that_is_told_to_end_is_no_success(boot):
    machine = boot(smp=1)
    machine.wait_prompt()
    with open("/proc/%d/task/%d/children" % (machine.child.pid, machine.child.pid), encoding="ascii") as children:
        os.kill(int(children.read()), signal.SIGTERM)
    assert machine.wait_end()[1] == NOT_BY_INIT_STATUS


def test_qemu_ends_with_the_script_that_started_it():
    """Its console is closed when the script has been killed."""
    with start_without_terminal(smp=1) as run:
        while b"Welcome" not in run.stdout.readline():
            pass
        run.kill()
        run.communicate(timeout=10)
