# SPDX-License-Identifier: MIT
"""The parts that need no gdb, on memory that the tests make up."""

import json
import os

import pytest

from sm import diff, maple, pagetable, snapshot, sv39, trace
from sm.arguments import Arguments
from sm.constants import Constants
from sm.errors import SmError
from sm.kernel import Kernel
from sm.layout import Array, Int, Obj, Pointer, Struct

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAX = (1 << 64) - 1
BASE = 0xffffffc000000000


class Memory:
    """Physical memory by words."""

    def __init__(self):
        self.words = {}

    def read(self, pa, size):
        return b"".join(self.words.get(a, 0).to_bytes(8, "little") for a in range(pa, pa + size, 8))

    def u64(self, pa):
        return self.words.get(pa, 0)

    def table(self, pa):
        return [self.u64(pa + 8 * i) for i in range(512)]


# ---- constants ----

def test_constants_are_those_of_the_headers():
    c = Constants.from_tree(TOP)
    assert (c["PAGE_SIZE"], c["PTE_W"], c["VM_GROWSDOWN"]) == (4096, 4, 0x100)
    assert c["PAGE_OFFSET"] == BASE and c["TASK_SIZE"] == 1 << 38
    assert c["VM_PROT_MASK"] == 7
    with pytest.raises(KeyError):
        c["NO_SUCH_NAME"]


def test_the_entries_bits_are_the_kernels():
    c = Constants.from_tree(TOP)
    for name in "VRWXUGAD":
        assert getattr(sv39, name) == c[f"PTE_{name}"], name
    assert (sv39.KIND_MASK, sv39.SWAP, sv39.MIGRATION) == (c["PTE_KIND_MASK"], c["PTE_KIND_SWAP"], c["PTE_KIND_MIGRATION"])


def test_constants_skip_what_is_no_number():
    c = Constants("#define A 0x10UL /* sixteen */\n#define B (A << 1)\n#define F(x) x\n#define L B + L\n#define S \"x\"\n")
    assert (c["A"], c["B"]) == (16, 32)
    assert "L" not in c and "S" not in c and "F" not in c


# ---- layout ----

def test_objects_decode_nested_fields_and_strings():
    inner = Struct("inner", 16, {"x": (0, Int(4, signed=True)), "p": (8, Pointer("inner"))})
    outer = Struct("outer", 40, {"in": (0, inner), "name": (16, Array(Int(1), 8)), "n": (24, Array(Int(8), 2))})
    data = (-5 & 0xffffffff).to_bytes(8, "little") + (77).to_bytes(8, "little") + b"abc\0zzzz" + (1).to_bytes(8, "little") + \
        (2).to_bytes(8, "little")
    obj = Obj(None, outer, 0x1000, data)
    assert getattr(obj, "in").x == -5 and getattr(obj, "in").p == 77
    assert obj.string("name") == "abc" and obj.n == [1, 2]
    assert obj.member_address("in.p") == 0x1008
    with pytest.raises(SmError, match="no field 'y'"):
        obj.y


# ---- page tables ----

def tables():
    """Root at 0x1000: va 0x40201000 -> frame 0x55 read-only; va 0x80000000 a gigabyte leaf."""
    memory = Memory()
    memory.words[0x1000 + 8] = 0x2 << 10 | sv39.V
    memory.words[0x1000 + 16] = 0x80000 << 10 | sv39.V | sv39.R
    memory.words[0x2000 + 8] = 0x3 << 10 | sv39.V
    memory.words[0x3000 + 8] = 0x55 << 10 | sv39.V | sv39.R | sv39.U | sv39.A
    return memory


def test_walk_visits_what_the_hardware_visits():
    memory = tables()
    steps = sv39.walk(memory.u64, 0x1000, 0x40201000)
    assert [(s["table_pa"], s["index"]) for s in steps] == [(0x1000, 1), (0x2000, 1), (0x3000, 1)]
    assert sv39.translate(memory.u64, 0x1000, 0x40201abc) == 0x55abc
    assert sv39.translate(memory.u64, 0x1000, 0x80123456) == 0x80123456
    assert sv39.translate(memory.u64, 0x1000, 0x40202000) is None
    assert len(sv39.walk(memory.u64, 0x1000, 0)) == 1


def test_leaves_and_tables_are_complete():
    memory = tables()
    assert [(va, level) for va, level, _ in sv39.leaves(memory.table, 0x1000)] == [(0x40201000, 2), (0x80000000, 0)]
    assert [(t["pa"], t["level"], t["va"]) for t in sv39.tables(memory.table, 0x1000)] == \
        [(0x1000, 0, 0), (0x2000, 1, 0x40000000), (0x3000, 2, 0x40200000)]


@pytest.mark.parametrize("pte, words", [(0, "empty"), (sv39.V, "next table"), (sv39.V | sv39.R | sv39.U, "r--, user"),
                                        (sv39.PROT_NONE | 5 << 10, "PROT_NONE"), (2 | 7 << 10, "swapped out: slot 0x7"),
                                        (4 | 7 << 10, "frame 0x7 is being moved")])
def test_entries_in_words(pte, words):
    assert words in sv39.describe(pte)


def test_frames_are_joined_to_runs():
    assert pagetable.frames_text([1, 2, 3, 9]) == "0x1-0x3 0x9"
    assert pagetable.frames_text([5, 5, 5, 6, 7, 2, 2]) == "0x5 3 times 0x6-0x7 0x2 2 times"
    assert pagetable.frames_text(list(range(0, 20, 2))).endswith("(10 frames)")


# ---- maple trees ----

LEAF, RANGE, ARANGE = 1, 2, 3
VIEW_R = Struct("r", 256, {"parent": (0, Int(8)), "pivot": (8, Array(Int(8), 15)), "slot": (128, Array(Int(8), 16))})
VIEW_A = Struct("a", 256, {"parent": (0, Int(8)), "pivot": (8, Array(Int(8), 9)), "slot": (80, Array(Int(8), 10)),
                           "gap": (160, Array(Int(8), 10))})
STRUCTS = {"maple_node": Struct("maple_node", 256, {"r": (0, VIEW_R), "a": (0, VIEW_A)}),
           "maple_tree": Struct("maple_tree", 16, {"ma_flags": (0, Int(4)), "ma_root": (8, Int(8))})}


def kernel_with(memory):
    constants = Constants.from_tree(TOP)
    return Kernel(memory.read, STRUCTS.__getitem__, lambda name: None, constants,
                  lambda name: {LEAF: "maple_leaf_64", RANGE: "maple_range_64", ARANGE: "maple_arange_64"})


def node(memory, pa, kind, pivots, slots, gaps=()):
    base = 80 if kind == ARANGE else 128
    limit = 9 if kind == ARANGE else 15
    for i in range(limit):
        memory.words[pa + 8 + 8 * i] = pivots[i] if i < len(pivots) else MAX
    for i, slot in enumerate(slots):
        memory.words[pa + base + 8 * i] = slot
    for i, gap in enumerate(gaps):
        memory.words[pa + 160 + 8 * i] = gap
    return (BASE + pa) | kind << 3 | 2


def two_level_tree():
    memory = Memory()
    left = node(memory, 0x1000, LEAF, [9, 19, 29], [0, 0xaaa0, 0, 0xbbb0][:3], ())
    memory.words[0x1000 + 8 + 8 * 2] = 29
    for i in range(3, 15):
        memory.words[0x1000 + 8 + 8 * i] = 29
    right = node(memory, 0x2000, LEAF, [39, 49], [0xccc0, 0xddd0, 0])
    root = node(memory, 0x3000, ARANGE, [29], [left, right], [10, MAX - 49])
    memory.words[0x4000], memory.words[0x4008] = 1, root
    kernel = kernel_with(memory)
    return maple.read(kernel, kernel.obj("maple_tree", BASE + 0x4000))


def test_maple_tree_is_read_with_ranges_and_gaps():
    tree = two_level_tree()
    assert (tree["height"], tree["nodes"], tree["flags"]) == (2, 3, ["gaps"])
    assert maple.entries(tree) == [(10, 19, 0xaaa0), (30, 39, 0xccc0), (40, 49, 0xddd0)]
    assert [s["gap"] for s in tree["root"]["slots"]] == [10, MAX - 49]
    assert [i for _, i in maple.path(tree, 45)] == [1, 1]


def test_maple_tree_text_has_each_level():
    text = "\n".join(maple.render(two_level_tree(), lambda e: f"<{e:#x}>"))
    assert "level 0 (root)" in text and "level 1 (leaves)" in text
    assert "[ 1] 0xa .. 0x13  pivot 0x13  <0xaaa0>" in text and "hole of 0xa" in text


def test_a_damaged_maple_tree_is_refused():
    memory = Memory()
    memory.words[0x4000], memory.words[0x4008] = 1, (BASE + 0x1000) | 0 << 3 | 2
    kernel = kernel_with(memory)
    with pytest.raises(SmError, match="no maple node"):
        maple.read(kernel, kernel.obj("maple_tree", BASE + 0x4000))


# ---- snapshots and differences ----

def area(start, end, **more):
    return {"address": start + 1, "start": start, "end": end, "flags": 3, "rights": "rw-p", "flag_names": [], "pgoff": 0,
            "file": 0, "name": "", "anon_vma": 0, "chains": [], **more}


def frame(pfn, **more):
    return {"pfn": pfn, "address": 0, "pa": pfn << 12, "flags": [], "refcount": 1, "mapcount": 1, "mapping": 1, "index": 0,
            "private": 0, "kind": "anonymous", **more}


def shot(ptes, areas, pages=(), anon=(), nr_anon=0):
    leaf = {"address": 0x100, "type": "leaf_64", "min": 0, "max": MAX, "slots": [
        {"min": 0, "max": MAX, "pivot": MAX, "gap": None, "entry": 0}]}
    return {"schema": "samara-snapshot", "version": 1, "harts": [], "tasks": [], "frames": {}, "slabs": [], "trace": [],
            "pages": {str(p["pfn"]): p for p in pages}, "anon_vmas": {str(a["address"]): a for a in anon},
            "processes": [{"pid": 7, "name": "x", "mm": 1, "pgd_pa": 0x1000, "ptes": ptes, "vmas": areas,
                           "counters": {"nr_anon": nr_anon, "map_count": len(areas)},
                           "tables": [{"pa": 0x1000, "level": 0, "va": 0, "used": 1}],
                           "maple": {"flags": [], "height": 1, "nodes": 1, "root": leaf}}]}


def test_diff_names_each_change_and_nothing_else():
    before = shot([[0x1000, 0x155]], [area(0x1000, 0x3000)], [frame(0, refcount=2, mapcount=2)])
    after = shot([[0x1000, 0x1c57]], [area(0x1000, 0x4000)], [frame(0), frame(7)], nr_anon=1)
    lines = diff.lines(before, after, 7)
    assert lines == ["~ area 0x1000-0x3000 rw-p (anonymous) -> 0x1000-0x4000 rw-p (anonymous)",
                     "~ entry of 0x1000: frame 0x0 -A-U-R-V -> frame 0x7 -A-U-WRV".replace("-A-U-R-V", sv39.flags(0x155)),
                     "~ frame 0x0: refcount 2 -> 1, mapcount 2 -> 1",
                     "+ frame 0x7: anonymous, refcount 1, mapcount 1, flags none", "~ counters: nr_anon 0 -> 1"]
    assert diff.lines(before, before, 7) == []


def test_snapshots_survive_the_file(tmp_path):
    path = str(tmp_path / "s.json")
    snapshot.write(shot([], []), path)
    assert snapshot.load(path) == shot([], [])
    (tmp_path / "s.json").write_text(json.dumps({"schema": "other"}))
    with pytest.raises(SmError, match="is no samara-snapshot"):
        snapshot.load(path)
    (tmp_path / "s.json").write_text("{")
    with pytest.raises(SmError, match="no JSON"):
        snapshot.load(path)


# ---- the trace ----

def events():
    names = ["trap entry", "VMA lookup", "PTE install", "return"]
    return [{"time_ns": 1000 * i, "hart": 0, "pid": 3, "stage": name, "addr": 0x5000, "detail": 0} for i, name in enumerate(names)]


def test_chrome_has_one_slice_per_fault_and_stage():
    slices = trace.chrome(events())["traceEvents"]
    assert [(s["name"], s["ts"], s["dur"]) for s in slices] == \
        [("fault 0x5000", 0.0, 3.0), ("trap entry", 0.0, 1.0), ("VMA lookup", 1.0, 1.0), ("PTE install", 2.0, 1.0)]


def test_chrome_leaves_out_faults_that_did_not_end():
    assert trace.chrome(events()[:-1])["traceEvents"] == []


# ---- arguments ----

def test_arguments_are_taken_or_refused():
    a = Arguments(["--diff", "0x10", "here", "3"], "sm x", {"here": 77}.get)
    assert a.flag("--diff") and a.address() == 16 and a.address() == 77 and a.pid() == 3
    a.done()
    for words, take in ((["x"], "pid"), (["-3"], "pid"), (["nowhere"], "address"), ([], "address")):
        with pytest.raises(SmError, match="usage: sm x"):
            getattr(Arguments(words, "sm x", {}.get), take)()
    with pytest.raises(SmError, match="'y' is too much"):
        Arguments(["y"], "sm x", {}.get).done()
