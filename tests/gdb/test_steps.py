# SPDX-License-Identifier: MIT
"""Going through faults: single steps over traps, every kind of fault, the same thing twice, and a recorded run."""

import json
import re

import pytest

import figure
from debugger import Debugger, image_base


@pytest.fixture
def debugger(request):
    """A debugger of this test's own: @pytest.mark.machine(program, ...)."""
    mark = request.node.get_closest_marker("machine")
    one = Debugger(*mark.args, **mark.kwargs)
    yield one
    one.close()


STAGES = re.compile(r"^(trap entry|VMA lookup|VMA lock|anon_vma prepare|allocation|copy|PTE install|flush|return|resume|signal):", re.M)


def stages(debugger):
    """Step a caught fault to its end: the names of its stages, and all that was printed."""
    names, printed = [], []
    while not names or names[-1] not in ("resume", "signal"):
        printed.append(debugger.run("sm step-fault"))
        names += STAGES.findall(printed[-1])[:1]
        assert len(names) == len(printed) < 20, printed[-1]
    return names, "\n".join(printed)


def privilege(debugger):
    return debugger.value("$priv")


# ---- single steps ----

def fault_and_back_by_stepi(debugger):
    assert "store page fault" in debugger.run(f"sm catch-fault write {debugger.pid_of('cowdemo')}")
    debugger.run("set scheduler-locking on")	# no other hart comes between
    user_pc = debugger.value("$sepc")
    assert privilege(debugger) == 1 and debugger.value("$pc") == debugger.value("&trap_entry")
    debugger.run("tbreak trap_return_user")
    debugger.run("continue")
    for _ in range(60):
        debugger.run("stepi")
        if privilege(debugger) == 0:
            break
    assert privilege(debugger) == 0 and debugger.value("$pc") == user_pc
    debugger.run("stepi")
    assert privilege(debugger) == 0 and user_pc < debugger.value("$pc") <= user_pc + 4


@pytest.mark.machine("cowdemo")
def test_stepi_goes_into_a_fault_and_back_to_the_instruction(debugger):
    fault_and_back_by_stepi(debugger)


@pytest.mark.machine("cowdemo", smp=4)
def test_stepi_goes_into_a_fault_and_back_on_four_harts(debugger):
    fault_and_back_by_stepi(debugger)


@pytest.mark.machine("cowdemo")
def test_stepi_over_a_faulting_store_stops_at_the_trap_entry(debugger):
    debugger.run("sm catch-fault write")
    debugger.run("tbreak *$sepc")
    debugger.run("continue")
    assert privilege(debugger) == 0
    # The same loop's next store is to a page that is not there either: step to it.
    for _ in range(20):
        debugger.run("stepi")
        if privilege(debugger) == 1:
            break
    assert debugger.value("$pc") == debugger.value("&trap_entry") and debugger.value("$scause") == 15


@pytest.mark.machine("cowdemo")
def test_stepi_goes_into_a_system_call(debugger):
    debugger.run("tbreak raw_syscall")
    debugger.run("continue")
    for _ in range(12):
        debugger.run("stepi")
        if privilege(debugger) == 1:
            break
    assert debugger.value("$pc") == debugger.value("&trap_entry") and debugger.value("$scause") == 8
    assert "was a system call" in debugger.run("sm fault")


# ---- kinds of faults ----

@pytest.mark.machine("cowdemo")
def test_first_write_gets_a_frame_and_the_anon_vma(debugger):
    debugger.run("sm catch-fault write")
    names, printed = stages(debugger)
    assert names == ["trap entry", "VMA lookup", "VMA lock", "anon_vma prepare", "allocation", "PTE install", "return", "resume"]
    assert "anon_vma none -> 0xffff" in printed and "empty -> frame" in printed and "nr_anon 2 -> 3" in printed
    text = debugger.run("sm diff")
    assert "+ pte table" in text and "refcount 1, mapcount 1" in text


@pytest.mark.machine("cowdemo", smp=4)
def test_copy_on_write_on_four_harts(debugger):
    debugger.run(f"sm catch-fault write {debugger.pid_of('cowdemo')}")
    assert "in child (" in debugger.run("sm catch-fault area write")
    names, printed = stages(debugger)
    assert names == ["trap entry", "VMA lookup", "VMA lock", "anon_vma prepare", "allocation", "copy", "flush", "PTE install", "return", "resume"]
    assert "mapcount 2 -> 1" in printed and "every hart of the process" in printed
    assert "child (" in printed.splitlines()[-2]


@pytest.mark.machine("cowdemo")
def test_a_file_page_comes_from_its_object(debugger):
    debugger.run("sm catch-fault read")
    assert "do_file_page(): the object's own page is mapped" in debugger.run("sm fault")
    names, printed = stages(debugger)
    assert names == ["trap entry", "VMA lookup", "VMA lock", "PTE install", "return", "resume"]
    assert "read from user code" in printed and re.search(r"\+ frame 0x\w+: memory object", printed)


@pytest.mark.machine("cowdemo")
def test_catch_obeys_access_and_process(debugger):
    text = debugger.run("sm catch-fault exec")
    assert text.startswith("instruction page fault") and re.search(r"pid [34] \(cowdemo\)", text)
    assert "pid 3 (cowdemo)" in debugger.run("sm catch-fault write 3")
    assert debugger.run("sm catch-fault 0x3000000000 read") == \
        "sm catch-fault: the machine powered off before such a fault came"


@pytest.mark.machine("cowdemo")
def test_the_last_owner_keeps_the_frame(debugger):
    """Parent and child write to their shared stack page: the first copies, whichever it is, the second keeps the frame."""
    stack, explained = debugger.value("$sp"), {}
    while len(explained) < 2:
        caught = debugger.run(f"sm catch-fault {stack:#x} write")
        name = re.search(r"pid (\d+) \((\w+)\)", caught)
        if name.group(2) == "cowdemo":		# init has such a page too
            explained[name.group(1)] = debugger.run("sm fault")
    first, second = explained.values()
    assert "2 entries map the frame" in first
    assert "nobody else maps or holds the frame any more" in second
    names, printed = stages(debugger)
    assert names == ["trap entry", "VMA lookup", "VMA lock", "PTE install", "flush", "return", "resume"]
    assert "+anon_exclusive" in printed


@pytest.mark.machine("segvdemo")
def test_a_bad_access_is_explained_and_ends_in_a_signal(debugger):
    for _ in range(40):
        debugger.run("sm catch-fault")
        text = debugger.run("sm fault")
        if "outcome: SIGSEGV" in text:
            break
    assert "outcome: SIGSEGV" in text
    names, printed = stages(debugger)
    assert names[-2:] == ["return", "signal"] and "SIGSEGV" in printed


@pytest.mark.machine("swapdemo", bootargs="swap=8M")
def test_a_swapped_page_comes_back(debugger):
    """Also: a fault that a breakpoint of the user's own stopped in is followed from there. Failed once with stress as
    the program, which kills its workers: one died on the way."""
    debugger.run("tbreak do_swap_page")
    debugger.run("continue")
    assert re.search(r"do_swap_page\(\): the page was swapped out to slot 0x\w+", debugger.run("sm fault"))
    assert "swapped out: slot" in debugger.run("sm pt vf->addr") and "swapped out: slot" in debugger.run("sm pts")
    names, _ = stages(debugger)
    assert names == ["PTE install", "return", "resume"]
    text = debugger.run("sm diff")
    assert re.search(r"~ entry of 0x\w+: swapped out: slot 0x\w+ -> frame", text) and "nr_swap" in text


@pytest.mark.machine("stackdemo")
def test_the_stack_grows_below_its_area(debugger, tmp_path):
    for _ in range(40):
        debugger.run("sm catch-fault write")
        text = debugger.run("sm fault")
        if "expand_stack" in text:
            break
    assert "the stack, which grows down to it" in text and "area: none contains the address" in text
    names, printed = stages(debugger)
    assert names.count("VMA lookup") == 2 and "no area" in printed
    said = debugger.run("sm diff")
    assert re.search(r"~ area 0x\w+-0x4000000000 rw-p \[stack\] -> 0x\w+-0x4000000000 rw-p \[stack\]", said)
    for kind in ("mt", "vmas", "pt", "rmap"):
        debugger.run(f"sm draw {kind} {tmp_path}/{kind}.svg --diff")
        marked = figure.check((tmp_path / f"{kind}.svg").read_text()).marked
        assert marked == figure.named(said, re.search(r"of pid (\d+):", said).group(1)), kind


@pytest.mark.machine("mtree -n 60")
def test_a_tree_of_two_levels_is_read_and_drawn(debugger, tmp_path):
    debugger.run("tbreak sys_exit_group")
    debugger.run("continue")
    text = debugger.run("sm mt")
    assert "height 2" in text and "level 1 (leaves)" in text
    # What the root says of each child's holes is what the leaves have.
    gaps = [int(gap, 16) for gap in re.findall(r"largest gap (0x\w+)", text)]
    leaves = text[text.index("level 1"):].split("leaf_64 node ")[1:]
    assert gaps == [max([int(hole, 16) for hole in re.findall(r"hole of (0x\w+)", leaf)], default=0) for leaf in leaves]
    areas = [(first, str(int(last, 16) + 1)) for first, last in re.findall(r"\] (0x\w+) \.\. (0x\w+) .*[r-][w-][x-][ps] ", text)]
    listed = [(first, str(int(end, 16))) for first, end in re.findall(r"^ *(0x\w+) - (0x\w+)", debugger.run("sm vmas"), re.M)]
    assert areas == listed and len(areas) > 50
    debugger.run(f"sm draw mt {tmp_path}/tree.svg")
    assert (tmp_path / "tree.svg").read_text().count("leaf_64") == len(leaves)


# ---- before there is anything, and after ----

@pytest.mark.machine(None)
def test_at_reset_commands_refuse(debugger):
    for command in ("sm ps", "sm vmas", "sm pt 0x10000", "sm locks", "sm frames", "sm slab", "sm trace", "sm fault",
                    "sm step-fault", "sm draw mt x.svg", "sm snapshot /dev/null", "sm page 0x80000", "sm rmap 0x80000"):
        text = debugger.run(command)
        assert text.startswith("sm") and len(text.splitlines()) == 1 or "no process yet" in text or "free" in text \
            or "0 of" in text or "CACHE" in text or "0 events" in text or "0 processes" in text, f"{command}: {text}"


@pytest.mark.machine("hello")
def test_when_the_machine_is_gone_commands_say_so(debugger):
    debugger.run("continue")
    assert debugger.run("sm ps") == "sm ps: no machine is attached: start with 'make gdb'"
    assert "init exited with status 0" in debugger.run("sm console")


@pytest.mark.machine("cowdemo")
def test_a_detached_program_is_no_trouble_for_symbols(debugger):
    """The symbols follow the process: init's main in init, cowdemo's in cowdemo."""
    assert "cowdemo.c" in debugger.run("info symbol main") + debugger.run("info line main")
    debugger.run("break trap_entry if $scause == 8 && *(int *)($sscratch + (long)&((struct task *)0)->pid) == 1")
    debugger.run("continue")
    assert "init.c" in debugger.run("info line main")


# ---- the same twice ----

def story():
    debugger = Debugger("cowdemo")
    try:
        return [debugger.run(c) for c in ("sm ps", "sm vmas", "sm mt", "sm pts", "sm frames", "sm catch-fault write", "sm fault",
                                          "sm pts", "info registers")]
    finally:
        debugger.close()


def test_two_runs_are_the_same_to_the_last_register():
    assert story() == story()


# ---- a recorded run ----

@pytest.mark.machine("cowdemo", replay=True)
def test_who_wrote_finds_the_store_and_the_one_before(debugger):
    debugger.run("sm catch-fault write")
    debugger.run("sm catch-fault area write")
    child = debugger.run("sm who-wrote area")
    assert re.search(r"written last at instruction \d+ of the run", child)
    assert re.search(r"#0 .*copy_one_pte .*kernel/mm/copy\.c", child) and "dup_mm" in child
    parent = debugger.run("sm who-wrote 0x3ff7ffb000 3")
    assert "copy_one_pte" in parent
    first = debugger.run("sm who-wrote 0x3ff7ffb000 3")
    assert "do_anonymous_page" in first and "cowdemo.c" in first
    moments = [int(re.search(r"at instruction (\d+)", text).group(1)) for text in (child, parent, first)]
    assert moments == sorted(moments, reverse=True) and len(set(moments)) == 3
    # Forward again from there: the recording goes on as it did.
    assert "0x3ff7ffc000" in debugger.run("sm catch-fault write")
    assert "trap entry" in debugger.run("sm step-fault")


@pytest.mark.machine("cowdemo", replay=True)
def test_who_wrote_refuses_what_nobody_wrote(debugger):
    text = debugger.run("sm who-wrote 0x3000000000")
    assert text.startswith("sm who-wrote: 0x3000000000 has no last-level entry")
    beside = image_base("cowdemo") + 0x20000
    assert debugger.run(f"sm who-wrote {beside:#x}") == f"sm who-wrote: nothing wrote the entry of {beside:#x} before this moment"
    assert "cowdemo" in debugger.run("sm ps")


# ---- the kernel's own dump ----

@pytest.mark.machine("faults --json", bootargs="trace=fault")
def test_the_kernels_own_dump_is_what_gdb_reads(debugger):
    """Same schema, and the same events: those that both can still see."""
    debugger.run("tbreak sys_exit_group")
    debugger.run("continue")
    printed = debugger.run("sm console all")
    begin = printed.index('{"schema": "samara-snapshot"')
    inside = json.loads(printed[begin:printed.index("]}", begin) + 2])
    assert inside["version"] == 1 and len(inside["trace"]) > 20
    table = debugger.run("sm trace").splitlines()[2:]
    ours = {(int(line.split()[0]), line[41:58].strip()) for line in table}
    assert {(e["time_ns"], e["stage"]) for e in inside["trace"]} <= ours
