# SPDX-License-Identifier: MIT
"""From reset to a prompt and back: harts, memory sizes, the first program and its exit status."""
import os
import re
import signal
import struct
import subprocess

import pytest

from samara import device_tree, run_without_terminal, start_without_terminal

PANIC_STATUS = 101
CANNOT_BOOT_STATUS = 126
NO_INIT_STATUS = 127
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


# ---- machines that lack something ----

@pytest.mark.parametrize("variant", ["debug", "release"])
@pytest.mark.parametrize("cpu", ["rv64,f=off,d=off", "rv64,d=off"])
def test_without_floating_point_programs_run(boot, variant, cpu):
    """The kernel itself took an illegal instruction, in fp_load() at the first return to user mode."""
    machine = boot(variant=variant, smp=2, extra="-cpu " + cpu)
    machine.wait_prompt()
    assert "no F and D: programs run without floating point" in machine.log
    for program in ("hello", "forkdemo", "sigtest"):
        machine.run(program).check()
    assert machine.run("fptest").signal == "SIGILL"
    hwcap = int(re.search(r"AT_HWCAP \(16\) = (\w+)", machine.run("args").check())[1], 16)
    assert hwcap == sum(1 << ord(letter) - ord("A") for letter in "IMAC")
    assert machine.exit(0)[1] == 0


def test_with_floating_point_the_auxiliary_vector_says_so(samara):
    hwcap = int(re.search(r"AT_HWCAP \(16\) = (\w+)", samara.run("args").check())[1], 16)
    assert hwcap == sum(1 << ord(letter) - ord("A") for letter in "IMAFDC")


def refusal(output):
    """What the kernel itself said: one line."""
    lines = [line for line in re.split(r"^Boot HART MEDELEG.*\n", output, flags=re.M)[1].splitlines() if line]
    assert len(lines) == 1 and lines[0].startswith("cannot boot: "), output
    return lines[0]


@pytest.mark.parametrize("variant", ["debug", "release"])
def test_without_sv39_the_kernel_says_so(variant):
    """It went on at physical addresses, said "panic while reporting a panic" and ended with 0."""
    output, code = run_without_terminal(variant=variant, extra="-cpu rv64,mmu=off", smp=2)
    assert code == CANNOT_BOOT_STATUS and "no Sv39 paging" in refusal(output), output


@pytest.mark.parametrize("isa,lacks", [(b"rv64iafdch", "M"), (b"rv64imfdch", "A"), (b"rv64imafdh", "C"), (b"rv64ih", "MAC")])
def test_an_extension_that_the_kernel_needs_is_missing(tmp_path, isa, lacks):
    """OpenSBI 1.1 itself does not come up without them, so the tree says it of a hart that has them."""
    extra = device_tree(tmp_path / "dtb", (b"rv64imafdch", isa.ljust(11, b"h"), 1), options="-smp 2 -m 256M")
    output, code = run_without_terminal(smp=2, extra=extra)
    assert code == CANNOT_BOOT_STATUS, output
    assert re.search(r"hart \d lacks %s:" % lacks, refusal(output)), output


def test_one_hart_without_sv39(tmp_path):
    extra = device_tree(tmp_path / "dtb", (b"riscv,sv48", b"riscv,none", 1), options="-smp 2 -m 256M")
    output, code = run_without_terminal(smp=2, extra=extra)
    assert code == CANNOT_BOOT_STATUS and re.search(r"hart \d has no Sv39", refusal(output)), output


# ---- memory, initrd, command line ----

def numa(first, second):
    return ("-m 256M -object memory-backend-ram,id=m0,size=%s -object memory-backend-ram,id=m1,size=%s "
            "-numa node,memdev=m0 -numa node,memdev=m1" % (first, second))


def moved(path, start, size, to, options):
    """The same machine, but its tree says that the memory at @start is at @to."""
    return device_tree(path, (struct.pack(">QQ", start, size), struct.pack(">QQ", to, size), 1), options=options)


def test_two_memory_nodes_side_by_side_are_one():
    """Only the first was used, and QEMU loads the initrd into the second: "there is none"."""
    output, code = run_without_terminal(bootargs="init=/bin/hello", smp=2, extra=numa("128M", "128M"))
    assert code == 0 and "hello, world" in output and "256 MiB at 0x80000000" in output, output


def test_a_memory_node_behind_a_gap_is_not_used(tmp_path):
    extra = moved(tmp_path / "dtb", 0x8c000000, 64 << 20, 0x9c000000, "-smp 2 " + numa("192M", "64M"))
    output, code = run_without_terminal(bootargs="init=/bin/hello", smp=2, extra=extra)
    assert code == 0 and "192 MiB at 0x80000000" in output, output
    assert "memory 0x9c000000..0xa0000000 is not used: there is a gap" in output


def test_an_initrd_outside_the_memory_in_use_is_told(tmp_path):
    extra = moved(tmp_path / "dtb", 0x88000000, 128 << 20, 0x98000000, "-smp 2 " + numa("128M", "128M"))
    output, code = run_without_terminal(smp=2, extra=extra)
    assert code == CANNOT_BOOT_STATUS, output
    assert re.search("cannot boot: the initrd 0x88200000..0x[0-9a-f]+ is outside the memory in use, "
                     "0x80000000..0x88000000", output), output


def test_a_memory_node_with_several_ranges(tmp_path):
    """Out of order, and one of them lies behind a gap."""
    extra = device_tree(tmp_path / "dtb", options="-smp 2 -m 256M")
    cells = "0 88000000 0 8000000  0 80000000 0 4000000  0 84000000 0 4000000  0 a0000000 0 1000".split()
    subprocess.run(["fdtput", "-t", "x", str(tmp_path / "dtb"), "/memory@80000000", "reg", *cells], check=True)
    output, code = run_without_terminal(bootargs="init=/bin/hello", smp=2, extra=extra)
    assert code == 0 and "256 MiB at 0x80000000" in output, output
    assert output.count("is not used") == 1


def test_the_longest_command_line_that_fits():
    words = " init=/bin/args one"
    output, code = run_without_terminal(bootargs="x" * (511 - len(words)) + words, smp=1)
    assert code == 0 and 'argv[1] = "one"' in output, output


def test_a_command_line_that_is_too_long_runs_no_other_init():
    """Its end was cut off, with it init=, and the shell ran."""
    output, code = run_without_terminal(bootargs="x" * 500 + " init=/bin/hello", smp=1)
    assert code == CANNOT_BOOT_STATUS and "the command line has 516 bytes, more than 511" in refusal(output), output


def test_a_long_path_of_init_is_not_cut():
    """Words were cut to 255 bytes: this one to a program that is there."""
    output, code = run_without_terminal(bootargs="init=" + "/bin/hello".rjust(250, "/") + "-of-another-name", smp=1)
    assert code == NO_INIT_STATUS and "hello, world" not in output, output


# ---- ends that are not init's ----

@pytest.mark.parametrize("bootargs,status", [("init=/bin/hello", 0), ("init=/bin/no-such-thing", NO_INIT_STATUS),
                                             ("panic=test", NOT_BY_INIT_STATUS)])
def test_a_shutdown_by_the_firmware(tmp_path, bootargs, status):
    """The kernel finds no finisher in this tree, but OpenSBI does. QEMU's status is 0 then, and was that of tools/run."""
    extra = device_tree(tmp_path / "dtb", (b"sifive,test0", b"samara,none0", 1), options="-smp 2 -m 256M")
    output, code = run_without_terminal(smp=2, bootargs=bootargs, extra=extra)
    assert code == status, output


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
