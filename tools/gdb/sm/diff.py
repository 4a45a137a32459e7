# SPDX-License-Identifier: MIT
"""What changed between two snapshots of one process: a set of changes, which `sm diff` prints and `sm draw` marks.

A change names one thing by (kind, key):

    tree      pid                       the maple tree
    area      vm_start                  (of an area that moved: the new one)
    anon_vma  address
    table     physical address          of a page table
    entry     virtual address           of a last-level entry
    frame     frame number
    counter   name of a field of mm_struct
"""

from collections import namedtuple

from . import pages, sv39, vmas
from .snapshot import find_process

NEW, CHANGED, GONE = "new", "changed", "gone"
SIGNS = {NEW: "+", CHANGED: "~", GONE: "-"}

# how: NEW, CHANGED or GONE. text: what sm diff says of it. old, new: the records of the two snapshots, or None.
Change = namedtuple("Change", "kind key how text old new")


class Changes:
    """All of them, in the order in which they are printed."""

    def __init__(self, changes):
        self.all = list(changes)
        self.by_thing = {}
        for change in self.all:
            self.by_thing.setdefault((change.kind, change.key), change)

    def of(self, kind, key):
        """The first change of that thing, or None."""
        return self.by_thing.get((kind, key))

    def lines(self):
        """Lines of text, none when nothing changed."""
        out = [f"{SIGNS[c.how]} {c.text}" for c in self.all if c.kind != "counter"]
        counters = [c.text for c in self.all if c.kind == "counter"]
        return out + ([f"~ counters: {', '.join(counters)}"] if counters else [])


def _by(records, key):
    return {r[key]: r for r in records}


def _areas(old, new):
    before, after = _by(old["vmas"], "address"), _by(new["vmas"], "address")
    for address in sorted(before.keys() | after.keys(), key=lambda a: (after.get(a) or before[a])["start"]):
        a, b = before.get(address), after.get(address)
        if a is None:
            yield Change("area", b["start"], NEW, f"area {vmas.title(b)}", a, b)
        elif b is None:
            yield Change("area", a["start"], GONE, f"area {vmas.title(a)}", a, b)
        else:
            for text in _area_texts(a, b):
                yield Change("area", b["start"], CHANGED, text, a, b)


def _area_texts(a, b):
    if (a["start"], a["end"], a["rights"]) != (b["start"], b["end"], b["rights"]):
        yield f"area {vmas.title(a)} -> {vmas.title(b)}"
    if a["anon_vma"] != b["anon_vma"]:
        yield f"area {b['start']:#x}: anon_vma {a['anon_vma'] or 'none'} -> {b['anon_vma']:#x}"
    if len(a["chains"]) != len(b["chains"]):
        yield f"area {b['start']:#x}: {len(a['chains'])} -> {len(b['chains'])} anon_vma_chains"


def entry_text(pte):
    if pte == 0:
        return "empty"
    if not sv39.present(pte):
        return sv39.describe(pte)
    return f"frame {sv39.pfn(pte):#x} {sv39.flags(pte)}"


def _entries(old, new):
    """A bit that only the hardware sets (A, D) counts too."""
    before, after = dict(map(tuple, old["ptes"])), dict(map(tuple, new["ptes"]))
    for va in sorted(before.keys() | after.keys()):
        a, b = before.get(va, 0), after.get(va, 0)
        if a != b:
            yield Change("entry", va, CHANGED, f"entry of {va:#x}: {entry_text(a)} -> {entry_text(b)}", a, b)


def _tables(old, new):
    before, after = _by(old["tables"], "pa"), _by(new["tables"], "pa")
    for pa in sorted(after.keys() - before.keys()):
        name = sv39.LEVEL_NAMES[after[pa]["level"]]
        yield Change("table", pa, NEW, f"{name} table {pa:#x} for {after[pa]['va']:#x}", None, after[pa])
    for pa in sorted(before.keys() - after.keys()):
        name = sv39.LEVEL_NAMES[before[pa]["level"]]
        yield Change("table", pa, GONE, f"{name} table {pa:#x}", before[pa], None)


def _frame_text(a, b):
    """What differs in the struct page of one frame."""
    parts = [f"{field} {a[field]} -> {b[field]}" for field in ("refcount", "mapcount", "mapping") if a[field] != b[field]]
    gained, lost = set(b["flags"]) - set(a["flags"]), set(a["flags"]) - set(b["flags"])
    return ", ".join(parts + [f"+{f}" for f in sorted(gained)] + [f"-{f}" for f in sorted(lost)])


def _frames(old, new, shown):
    for pfn in sorted(shown):
        a, b = old["pages"].get(str(pfn)), new["pages"].get(str(pfn))
        if a and b:
            text = _frame_text(a, b)
            if text:
                yield Change("frame", pfn, CHANGED, f"frame {pfn:#x}: {text}", a, b)
        elif b:
            text = f"{b['kind']}, {pages.counts(b)}, flags {', '.join(b['flags']) or 'none'}"
            yield Change("frame", pfn, NEW, f"frame {pfn:#x}: {text}", a, b)
        elif a:
            yield Change("frame", pfn, GONE, f"frame {pfn:#x}: no longer mapped here", a, b)


def _anon_vmas(old, new):
    for key in sorted(old["anon_vmas"].keys() | new["anon_vmas"].keys(), key=int):
        a, b, address = old["anon_vmas"].get(key), new["anon_vmas"].get(key), int(key)
        if a is None:
            yield Change("anon_vma", address, NEW, f"anon_vma {address:#x} with {len(b['chains'])} chain(s)", a, b)
        elif b is None:
            yield Change("anon_vma", address, GONE, f"anon_vma {address:#x}", a, b)
        elif len(a["chains"]) != len(b["chains"]):
            text = f"anon_vma {address:#x}: {len(a['chains'])} -> {len(b['chains'])} chains"
            yield Change("anon_vma", address, CHANGED, text, a, b)


def _shape(process):
    tree = process["maple"]
    return tree["height"], tree["nodes"], process["counters"]["map_count"]


def _tree(old, new):
    a, b = _shape(old), _shape(new)
    if a != b:
        text = f"maple tree: height {a[0]} -> {b[0]}, nodes {a[1]} -> {b[1]}, areas {a[2]} -> {b[2]}"
        yield Change("tree", new["pid"], CHANGED, text, a, b)


def _counters(old, new):
    for name, a in old["counters"].items():
        b = new["counters"][name]
        if a != b and name != "map_count":
            yield Change("counter", name, CHANGED, f"{name} {a} -> {b}", a, b)


def changes(before, after, pid):
    """What changed for process @pid. Both snapshots must have been taken of the same processes."""
    old, new = find_process(before, pid), find_process(after, pid)
    entries = list(_entries(old, new))
    frames = {sv39.pfn(pte) for c in entries for pte in (c.old, c.new) if sv39.present(pte)}
    frames |= {int(p) for p in before["pages"].keys() & after["pages"].keys()}
    return Changes([*_tree(old, new), *_areas(old, new), *_anon_vmas(before, after), *_tables(old, new), *entries,
                    *_frames(before, after, frames), *_counters(old, new)])


def lines(before, after, pid):
    return changes(before, after, pid).lines()
