# SPDX-License-Identifier: MIT
"""A breakpoint belongs to a process; the machine's end and its next start; what print and backtrace show."""

import os
import re
import struct

import pytest

from debugger import TOP, Debugger, image_base

PROGRAMS = sorted(os.listdir(os.path.join(TOP, "build", "user", "bin")))


@pytest.fixture
def session():
    """session(program, smp=1): a debugger of the test's own."""
    started = []

    def start(program, smp=1):
        started.append(Debugger(program, smp=smp))
        return started[-1]
    yield start
    for debugger in started:
        debugger.close()


def test_no_two_programs_share_an_address():
    """Failed once: all were linked at 0x10000, so that a breakpoint in one stopped in the others."""
    ranges = []
    for program in PROGRAMS:
        with open(os.path.join(TOP, "build", "user", "bin", program), "rb") as f:
            data = f.read()
        headers = [struct.unpack_from("<IIQQQQQQ", data, 64 + 56 * i) for i in range(data[56])]
        ranges.append((image_base(program), max(vaddr + size for kind, _, _, vaddr, _, _, size, _ in headers if kind == 1), program))
    ranges.sort()
    for (_, end, one), (start, _, other) in zip(ranges, ranges[1:]):
        assert end <= start, f"{one} and {other}: rename one of them, its place comes from its name"


@pytest.mark.parametrize("smp", [1, 4])
def test_a_breakpoint_in_prog_does_not_stop_init(session, smp):
    """Failed once: it stopped in pid 1 and showed mtree's source for it; then it was PENDING."""
    debugger = session("mtree -n 60", smp)
    assert "mtree.c, line 95" in debugger.run("break mtree.c:95")
    text = debugger.run("continue")
    assert "main (" in text and "user/programs/mtree.c:95" in text
    assert re.search(r"on hart .* mtree$", debugger.run("sm ps"), re.M)
    text = debugger.run("continue")
    assert "the machine powered off, init exited with status 0; sm restart starts it again" in text
    assert "PENDING" not in debugger.run("info breakpoints")


@pytest.mark.parametrize("smp", [1, 4])
def test_a_child_is_of_the_family(session, smp):
    debugger = session("cowdemo", smp)
    debugger.run("hbreak child")
    assert "stop only if $sm_family(" in debugger.run("info breakpoints")
    debugger.run("delete")
    debugger.run("break child")
    assert re.search(r"stop only if \$sm_family\(\d+\)", debugger.run("info breakpoints"))
    assert "child (" in debugger.run("continue")


@pytest.mark.parametrize("smp", [1, 4])
def test_two_processes_of_one_program(session, smp):
    """The breakpoint that is set in the first one is not the second one's."""
    debugger = session("sh", smp)
    debugger.run("sm console send hello ; hello ; exit")
    debugger.run(f"add-symbol-file {TOP}/build/user/bin/hello")
    debugger.run("tbreak hello.c:12")
    assert "hello.c:12" in debugger.run("continue")
    first = debugger.pid_of("hello")
    debugger.run("break hello.c:13")
    assert f"stop only if $sm_family({first})" in debugger.run("info breakpoints")
    assert "hello.c:13" in debugger.run("continue")
    assert debugger.pid_of("hello") == first
    assert "the machine powered off" in debugger.run("continue")


def test_where_catch_fault_looks(session):
    """With four harts init faults beside the program: only the program's faults count."""
    debugger = session("cowdemo", 4)
    for _ in range(3):
        assert re.search(r"pid \d+ \(cowdemo\)", debugger.run("sm catch-fault write"))


@pytest.mark.parametrize("smp", [1, 4])
def test_the_machine_starts_again(session, smp):
    debugger = session("cowdemo", smp)
    debugger.run("break child")
    assert "child (" in debugger.run("continue")
    for command in ("run", "sm restart"):
        assert "main () at user/programs/cowdemo.c" in debugger.run(command)
        assert "child (" in debugger.run("continue")
    debugger.run("delete")
    assert "the machine powered off" in debugger.run("continue")
    assert "main () at user/programs/cowdemo.c" in debugger.run("run")
    assert debugger.run("run x y").startswith("run: a program's arguments stand in PROG=")


def test_the_first_fault_is_caught_again(session):
    """Failed once: in the next machine it has the same task and count of faults, and was taken for the one caught before."""
    debugger = session("cowdemo")
    first = debugger.run("sm catch-fault write")
    assert "store page fault at" in first
    debugger.run("run")
    assert debugger.run("sm catch-fault write") == first


def test_running_backwards_is_refused(session):
    debugger = session("hello")
    for command in ("reverse-continue", "reverse-step", "reverse-nexti", "reverse-finish", "rc"):
        assert debugger.run(command).startswith(f"{command}: QEMU hangs when it runs backwards")


def test_values_are_shown_with_names(session):
    debugger = session("cowdemo")
    debugger.run("sm catch-fault write")
    debugger.run("sm step-fault")
    debugger.run("sm step-fault")
    area = debugger.run("print *vma")
    assert re.search(r"vm_start = 0x3ff7\w+,", area) and re.search(r"vm_flags = 0x\w+ \(rw-p \w", area), area
    assert re.search(r"mm_mt = height 1, 1 nodes, \d+ entries \(gaps", debugger.run("print *mm"))
    assert re.search(r"= [3-9] other elements, the first 0xffff", debugger.run("print all_tasks"))
    for _ in range(4):
        debugger.run("sm step-fault")
    assert re.search(r"= 0x\w+: frame 0x\w+, rw-, user, accessed, dirty", debugger.run("print *vf->ptep"))
    assert re.search(r"pte = \d+", debugger.run("print/r *vf->ptep"))


def test_step_goes_over_the_c_library(session):
    debugger = session("hello")
    for _ in range(6):
        text = debugger.run("step")
        assert "newlib" not in text, text
