# SPDX-License-Identifier: MIT
"""Every command, on one and on four harts, stopped in user mode and in the kernel, with good and bad arguments."""

import json
import os
import re

import pytest

import figure
from debugger import Debugger, image_base

def error_of(debugger, command):
    """The one line that a refused command prints."""
    text = debugger.run(command)
    lines = text.splitlines()
    assert len(lines) == 1 and lines[0].startswith("sm"), f"{command}: {text}"
    return lines[0]


# ---- looking ----

def test_ps_lists_processes_and_harts(anywhere):
    text = anywhere.run("sm ps")
    assert re.search(r"^ +1 +0 .* init$", text, re.M)
    assert re.search(r"^ +\d+ +[1-9]\d* +on hart +\d+ .* cowdemo$", text, re.M)
    assert re.search(r"^hart 0: ", text, re.M)
    assert text.count("(selected)") == 1


def test_vmas_are_those_of_proc_maps(anywhere):
    text = anywhere.run("sm vmas")
    assert re.search(rf"{image_base('cowdemo'):#x} - 0x\w+ +\d+ r-xp .*/bin/cowdemo$", text, re.M)
    assert re.search(r"0x4000000000 +\d+ rw-p .*\[stack\]$", text, re.M)
    count = int(re.search(r"\): (\d+) areas", text).group(1))
    assert len(re.findall(r"^ *0x\w+ - 0x", text, re.M)) == count


def test_vmas_of_another_process(anywhere):
    assert "/bin/init" in anywhere.run("sm vmas 1")


def test_mt_shows_slots_pivots_and_holes(anywhere):
    text = anywhere.run("sm mt")
    assert re.search("flags: gaps, (rcu, )?external lock", text)
    assert "level 0 (root)" in text and "pivot 0x" in text
    base = image_base("cowdemo")
    assert re.search(rf"\[ 0\] 0x0 \.\. {base - 1:#x}  pivot {base - 1:#x}  hole of {base:#x}", text)
    areas = len(re.findall(r"^ *0x\w+ - 0x", anywhere.run("sm vmas"), re.M))
    assert len(re.findall(r"  0x\w+-0x\w+ [r-][w-][x-][ps]", text)) == areas


def test_pt_walks_three_levels(anywhere):
    text = anywhere.run("sm pt main")
    assert [word in text for word in ("pgd table", "pmd table", "pte table")] == [True] * 3
    assert "-A-UX-RV" in text and "memory object" in text
    pa = int(re.search(r"physical (0x\w+)", text).group(1), 16)
    assert pa & 0xfff == anywhere.value("&main") & 0xfff


def test_pt_says_where_nothing_is(anywhere):
    assert "an access faults" in anywhere.run("sm pt 0x3000000000")


def test_pt_of_a_kernel_address_is_the_kernels_own(anywhere):
    text = anywhere.run("sm pt 0xffffffff80200000")
    assert "physical 0x80200000" in text and "kernel" in text


def test_pts_is_the_machine_monitors_view(anywhere):
    """QEMU's own walker must agree about every user page."""
    ours = set()
    for line in anywhere.run("sm pts").splitlines():
        found = re.match(r" *0x(\w+) - 0x(\w+) +\d+ ([A-Z-]{8}) ", line)
        if found and found.group(3)[7] == "V":
            ours |= set(range(int(found.group(1), 16), int(found.group(2), 16), 4096))
    theirs = set()
    selected = re.search(r"^hart (\d+): .*\(selected\)$", anywhere.run("sm ps"), re.M).group(1)
    anywhere.run(f"monitor cpu {selected}")
    for line in anywhere.run("monitor info mem").splitlines():
        found = re.match(r"([0-9a-f]{16}) [0-9a-f]{16} ([0-9a-f]{16}) r", line)
        if found and int(found.group(1), 16) < 1 << 38:
            start = int(found.group(1), 16)
            theirs |= set(range(start, start + int(found.group(2), 16), 4096))
    assert ours == theirs and ours


def test_page_by_number_and_by_address_is_the_same(anywhere):
    by_address = anywhere.run("sm page $sp") if "user mode" in anywhere.run("sm ps") else anywhere.run("sm page area")
    pfn = re.search(r"frame (0x\w+)", by_address).group(1)
    assert anywhere.run(f"sm page {pfn}") == by_address
    assert anywhere.run(f"sm page pfn:{pfn}") == by_address
    assert "anonymous" in by_address and "owner: anon_vma" in by_address


def test_page_of_a_kernel_frame(anywhere):
    pfn = anywhere.value("((unsigned long)0x80200000) >> 12")
    assert "reserved" in anywhere.run(f"sm page {pfn:#x}")


def test_rmap_finds_the_mapping_it_came_from(anywhere):
    va = "$sp" if "user mode" in anywhere.run("sm ps") else "area"
    text = anywhere.run(f"sm rmap {va}")
    assert "the anon_vma family:" in text and "root anon_vma" in text
    assert re.search(r"[1-9] entries map it:", text)


def test_rmap_of_file_pages_goes_through_the_object(anywhere):
    text = anywhere.run("sm rmap main")
    assert "memory object" in text and re.search(rf"pid \d+ at {image_base('cowdemo'):#x}: entry", text)


def test_frames_add_up(anywhere):
    text = anywhere.run("sm frames")
    free = int(re.search(r"allocator, (\d+) free", text).group(1))
    blocks = sum(int(n) for n in re.findall(r"^ +\d+ +\d+ KiB +\d+ +(\d+)$", text, re.M))
    cached = sum(int(n) for n in re.findall(r"keeps (\d+) single frames", text))
    assert blocks + cached == free > 0


def test_slab_knows_the_caches(anywhere):
    text = anywhere.run("sm slab")
    for cache in ("vm_area_struct", "anon_vma", "anon_vma_chain", "maple_node", "mm_struct", "task"):
        assert re.search(rf"^{cache} +\d+ +[1-9]\d*", text, re.M), cache


def test_locks_in_user_mode_are_free(at_main):
    if "4harts" not in os.environ.get("PYTEST_CURRENT_TEST", ""):
        assert "0 of " in at_main.run("sm locks")
    assert "locks are held" in at_main.run("sm locks")


def test_a_fault_holds_its_area_and_not_mmap_lock(in_copy):
    text = in_copy.run("sm locks")
    assert re.search(r"area 0x[0-9a-f]+-0x[0-9a-f]+ +VMA +1 reader", text)
    assert "mmap_lock" not in text
    assert len(re.findall(r"\[1 reader\]", in_copy.run("sm vmas"))) == 1


def test_threads_of_a_process_with_one(in_copy):
    text = in_copy.run("sm threads")
    assert re.search(r"^process \d+ \(cowdemo\): 1 live threads; pending for any: 0x0$", text, re.M)
    assert re.search(r"^ +\d+  on hart +\d any +0x0 +0x0  leader$", text, re.M)


def test_a_pager_is_shown_with_who_waits_for_it():
    debugger = Debugger("pagerdemo", bootargs="trace=fault")
    try:
        debugger.run("tbreak memobj_supply")
        debugger.run("continue")
        text = debugger.run("sm callers")
        assert re.search(r"^process \d+ \(pagerdemo\)$", text, re.M) and "memobj_supply" in text, text
        below = text[text.index("works for"):]
        order = [below.index(name) for name in ("kernel_call", "page_in", "memobj_ask", "handle_mm_fault", "user pc 0x")]
        assert order == sorted(order), text
        client = re.match(r"works for (\d+) \(pagerdemo\), badge", below)[1]
        assert "works for nobody" in debugger.run(f"sm callers {client}")
        text = debugger.run("sm handles")
        assert re.search(r"object +grant\+map\+control +0x\w+: 24576 bytes, 0 pages there, pager 0x\w+$", text, re.M), text
        assert re.search(r"^ +0x\w+  reply .* \d+ \(pagerdemo\) waits for it$", text, re.M), text
        assert "pager of 1 memory objects" in debugger.run("sm endpoints")
        server = re.match(r"process (\d+)", debugger.run("sm callers"))[1]
        debugger.run("tbreak sys_exit_group")
        debugger.run("continue")
        text = debugger.run("sm trace")
        assert re.search(r"asked pager +.*for page 0x\w+ of the object", text), text
        assert re.search(rf"pager answered +.*process {server}: the fault begins again", text), text
    finally:
        debugger.close()


def test_handles_and_endpoints_show_who_waits_for_whom():
    debugger = Debugger("ipcdemo")
    try:
        for _ in range(2):              # the second call: the server has answered one, and receives
            debugger.run("tbreak sys_ipc_call")
            debugger.run("continue")
        text = debugger.run("sm endpoints")
        server = re.search(r"waiting in recv: (\d+);", text)[1]
        assert re.search(rf"process {server} has 0x\w+: recv$", text, re.M) and re.search(r"process \d+ has 0x\w+: send$", text, re.M), text
        assert re.search(r"^ +0x\w+  endpoint send +0x7  0x", debugger.run("sm handles"), re.M)

        debugger.run("tbreak sys_getpid")   # the server, which prints what it has received
        debugger.run("continue")
        text = debugger.run("sm handles")
        assert text.startswith(f"process {server} (ipcdemo): 2 handles"), text
        client = re.search(r"^ +0x\w+  reply +- +0x7  0x\w+  (\d+) \(ipcdemo\) waits for it$", text, re.M)[1]
        assert re.search(rf"^ +{client} waits for {server} to reply, by reply handle 0x", debugger.run("sm endpoints"), re.M)
        assert debugger.run("sm handles 1") == "process 1 (init): 0 handles, 0 free places"
    finally:
        debugger.close()


def test_snapshot_follows_the_schema(anywhere, tmp_path):
    path = tmp_path / "now.json"
    anywhere.run(f"sm snapshot {path}")
    taken = json.loads(path.read_text())
    assert (taken["schema"], taken["version"]) == ("samara-snapshot", 1)
    described = open(os.path.join(os.path.dirname(__file__), "..", "..", "tools", "schema.md"), encoding="utf-8").read()
    for record in [taken, taken["tasks"][0], taken["processes"][0], taken["processes"][0]["vmas"][0], taken["frames"],
                   next(iter(taken["pages"].values())), next(iter(taken["anon_vmas"].values()))]:
        for field in record:
            assert f"`{field}`" in described, f"tools/schema.md does not describe {field}"
    assert {p["name"] for p in taken["processes"]} >= {"init", "cowdemo"}


@pytest.mark.parametrize("kind", ["mt", "vmas", "pt", "rmap"])
def test_draw_makes_a_picture(anywhere, tmp_path, kind):
    path = tmp_path / "picture.svg"
    assert anywhere.run(f"sm draw {kind} {path}") == f"{path} ({kind})"
    svg = path.read_text()
    assert svg.startswith("<?xml") and "cowdemo" in svg and svg.rstrip().endswith("</svg>")


@pytest.mark.parametrize("kind", ["mt", "rmap"])
def test_draw_makes_a_png(at_main, tmp_path, kind):
    assert at_main.run(f"sm draw {kind} {tmp_path}/x.png") == f"{tmp_path}/x.png ({kind})"
    head = (tmp_path / "x.png").read_bytes()[:24]
    assert head.startswith(b"\x89PNG") and int.from_bytes(head[16:20], "big") == 1280


def test_a_png_without_a_converter_says_what_to_install(at_main, tmp_path):
    at_main.run("python import os; path = os.environ['PATH']; os.environ['PATH'] = '/nowhere'")
    try:
        assert "install librsvg2-bin (tools/setup does), or draw to a FILE.svg" in error_of(at_main, f"sm draw vmas {tmp_path}/x.png")
        assert at_main.run(f"sm draw vmas {tmp_path}/x.svg") == f"{tmp_path}/x.svg (vmas)"
    finally:
        at_main.run("python os.environ['PATH'] = path")
    assert [p.name for p in tmp_path.iterdir()] == ["x.svg"]


def test_draw_all_makes_four(anywhere, tmp_path):
    anywhere.run(f"sm draw all {tmp_path}/x.svg")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x-mt.svg", "x-pt.svg", "x-rmap.svg", "x-vmas.svg"]


def test_console_shows_what_was_printed(anywhere):
    text = anywhere.run("sm console all")
    assert "OpenSBI" in text and "Samara on hart" in text


def test_help_names_every_command(anywhere):
    text = anywhere.run("sm help")
    assert max(map(len, text.splitlines())) <= 80
    completions = re.findall(r"^sm ([\w-]+)$", anywhere.run("complete sm "), re.M)
    assert len(completions) > 20
    for name in completions:
        assert len(re.findall(rf"^  sm {name}(?= |$)", text, re.M)) == 1, name
        full = anywhere.run(f"sm help {name}")
        assert full.startswith(f"sm {name}") and len(full.splitlines()) >= 2
        assert anywhere.run(f"help sm {name}").startswith(f"sm {name}")


# ---- refusals ----

def test_latency_names_hart_time_and_function(anywhere):
    text = anywhere.run("sm latency")
    assert re.search(r"^hart 0: \d+ us, process \d+ \(\w+\), (system call \d+|a trap); it ended in\n"
                     r"  0x\w+ record\+\d+\n  0x\w+ latency_end\+\d+\n  0x\w+ \w+\+\d+$", text, re.M), text


def rows_of_rcu(text):
    """(kept, sum of the four lists) of each hart."""
    rows = re.findall(r"^ +\d  (?:yes|-) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +\d+$", text, re.M)
    return [(int(kept), sum(map(int, lists))) for kept, *lists in rows]


def test_rcu_of_a_machine_that_does_not_use_it(at_main):
    text = at_main.run("sm rcu")
    assert text.startswith("0 grace periods, none in progress\n"), text
    assert set(rows_of_rcu(text)) == {(0, 0)}, text


def test_rcu_shows_who_is_waited_for_and_the_lists():
    debugger = Debugger("hello", smp=4, bootargs="rcutorture=60")
    try:
        debugger.run("tbreak rcu_stall_check")      # in a tick, while a grace period is in progress
        debugger.run("continue")
        text = debugger.run("sm rcu")
        assert re.match(r"grace period [1-9]\d* is in progress; it waits for these harts: \d", text), text
        rows = rows_of_rcu(text)
        assert len(rows) == 4 and max(kept for kept, _ in rows) > 0, text
        # A hart may stand between a list and its count.
        assert all(abs(kept - lists) <= 1 for kept, lists in rows), text
    finally:
        debugger.close()


BAD = ["sm", "sm nothing", "sm ps 1", "sm vmas 99", "sm vmas x", "sm vmas -1", "sm mt 0", "sm mt 1 2", "sm pt",
       "sm pt nowhere_at_all", "sm pt 0x8000000000", "sm pt 0x10000 99", "sm pts x", "sm page", "sm page 0x5",
       "sm page pfn:0x5", "sm page what:1", "sm page pfn:", "sm rmap", "sm rmap 0x3000000000", "sm frames 1", "sm slab all",
       "sm locks 1", "sm handles x", "sm handles 99", "sm endpoints 1", "sm latency 1", "sm rcu 1", "sm trace maybe", "sm trace --chrome", "sm trace --chrome /nowhere/t.json", "sm snapshot",
       "sm snapshot /nowhere/s.json", "sm snapshot a b", "sm console nonsense", "sm console send", "sm fault now",
       "sm catch-fault 0x1000000 read 99", "sm catch-fault 0x10000 write 1 2", "sm catch-fault sideways", "sm step-fault 2",
       "sm diff 1", "sm who-wrote", "sm who-wrote 0x10000", "sm draw", "sm draw mt", "sm draw elephant x.svg",
       "sm draw mt x.pdf", "sm draw mt /nowhere/x.svg", "sm draw mt 99 x.svg", "sm draw pt 0x10000 0x20000 x.svg",
       "sm help nothing", "sm help ps ps"]


@pytest.mark.parametrize("command", BAD)
def test_a_bad_command_is_refused_in_one_line(anywhere, command):
    error_of(anywhere, command)


def test_refusals_say_what_is_wrong(at_main):
    assert "no task has pid 99; there are: 1, " in error_of(at_main, "sm vmas 99")
    assert "usage: sm pt VA [PID]" in error_of(at_main, "sm pt")
    assert "user code" in error_of(at_main, "sm fault")
    assert "make replay" in error_of(at_main, "sm who-wrote 0x10000")
    assert "sm catch-fault" in error_of(at_main, "sm diff")


# ---- in the middle of a copy ----

def test_fault_explains_the_copy(in_copy):
    text = in_copy.run("sm fault")
    assert "store page fault: a store to" in text and "do_wp_page(): copy on write: 2 entries map the frame" in text
    assert "area[0] = 'c';" in text


def test_backtrace_reaches_the_users_frames(in_copy):
    text = in_copy.run("bt")
    assert re.search(r"handle_mm_fault .*page_fault .*trap_entry \(\).* child .*cowdemo\.c:\d+.* main ", text, re.S)


def test_stage_stops_in_the_handler(in_copy):
    assert in_copy.stage.startswith("anon_vma prepare: anon_vma 0xffff")
    assert "kernel/mm/fault.c" in in_copy.stage


def test_trace_tells_the_stages_so_far(in_copy, tmp_path):
    lines = in_copy.run("sm trace 4").splitlines()
    assert [line.split("0x3ff7", 1)[1].split(None, 1)[1].split("  ")[0] for line in lines[2:]] == \
        ["trap entry", "VMA lookup", "VMA lock", "anon_vma prepare"]
    in_copy.run(f"sm trace --chrome {tmp_path}/t.json")
    events = json.loads((tmp_path / "t.json").read_text())["traceEvents"]
    assert any(e["name"].startswith("fault 0x3ff7") and e["ph"] == "X" for e in events)
    assert {"VMA lookup", "PTE install", "flush"} <= {e["name"] for e in events}


def test_draw_diff_marks_the_stages_so_far(in_copy, tmp_path):
    """The anon_vma is there already: one more reference holds the old frame."""
    in_copy.run(f"sm draw rmap {tmp_path}/a.svg --diff")
    pid = int(re.search(r"of pid (\d+):", in_copy.run("sm diff")).group(1))
    assert figure.check((tmp_path / "a.svg").read_text()).marked == figure.named(in_copy.run("sm diff"), pid) != set()
