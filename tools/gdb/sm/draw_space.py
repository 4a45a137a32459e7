# SPDX-License-Identifier: MIT
"""Pictures of an address space: its areas on a broken scale, and the three levels of the page table for one address."""

import math

from . import diff, fold, sv39
from .draw_maple import name_of, plural, size_text
from .svg import EDGE, LETTER, ROW, Picture, Row, arrow

PAGE = 4096
TASK_SIZE = 1 << 38
LEFT, BOX = EDGE + 110, 330		# where the strip of areas begins, and its width
HOLE = 46				# height of a hole
TABLE_GAP = 70				# between two tables


# ---- the areas ----

def stretches(areas):
    """Areas and the holes between them, in order of address: [(start, end, area or None)]."""
    out, at = [], 0
    for vma in areas:
        if vma["start"] > at:
            out.append((at, vma["start"], None))
        out.append((vma["start"], vma["end"], vma))
        at = vma["end"]
    if at < TASK_SIZE:
        out.append((at, TASK_SIZE, None))
    return out


class Space:
    def __init__(self, process, changes):
        self.process, self.changes = process, changes
        self.picture = Picture(f"Address space of pid {process['pid']} ({process['name']})",
                               "High addresses above. The scale is broken: holes are cut, and areas grow with the logarithm "
                               "of their size.", changes)
        self.vas = [va for va, pte in process["ptes"] if sv39.present(pte)]
        entries = [c for c in changes.all if c.kind == "entry"] if changes else []
        self.entries = sorted(entries, key=lambda c: -c.key)

    def within(self, start, end):
        """The changed entries of a stretch."""
        return [c for c in self.entries if start <= c.key < end]

    def key(self, stretch):
        """Stretches with the same key may be folded."""
        start, end, vma = stretch
        if vma is None or self.within(start, end) or self.picture.how(("area", start)):
            return None
        return end - start, vma["rights"], vma["name"]

    def height(self, run):
        start, end = run.items[0][0], run.items[-1][1]
        if run.items[0][2] is None:
            return HOLE
        pages_ = max((end - start) // PAGE, 1)
        return max(30 + 4 * math.log2(pages_), 28 * len(self.tags(run)) + 8)

    def tags(self, run):
        """[(text, thing)]: what changed in the area, and which of its entries."""
        start, end = run.items[0][0], run.items[-1][1]
        out = [(self.area_tag(c), ("area", start)) for c in self.changes.all if (c.kind, c.key) == ("area", start)] \
            if self.changes else []
        return out + [(f"{c.key:#x}: {diff.entry_text(c.old)} \u2192 {diff.entry_text(c.new)}", ("entry", c.key))
                      for c in self.within(start, end)]

    @staticmethod
    def area_tag(change):
        """Without what stands beside it already."""
        head = f"area {change.key:#x}: "
        if change.text.startswith(head):
            return arrow(change.text.removeprefix(head))
        old = change.old
        return f"was {old['start']:#x}-{old['end']:#x} {old['rights']}" if old else "new"

    def draw(self):
        y = 84
        self.address(y, TASK_SIZE)
        for run in reversed(fold.runs(stretches(self.process["vmas"]), self.key)):
            h = self.height(run)
            (self.hole if run.items[0][2] is None else self.area)(run, y, h)
            y += h
            self.address(y, run.items[0][0])

    def address(self, y, address):
        self.picture.label(LEFT - 10, y + 5, f"{address:#x}", "mono", "end")

    def hole(self, run, y, h):
        """A box with both sides cut."""
        start, end, _ = run.items[0]
        self.picture.box(LEFT, y, [f" hole of {size_text(end - start)}"], css="hole", least=BOX, height=h)
        for x in (LEFT, LEFT + BOX):
            self.picture.add(break_mark(x, y + h / 2))

    def area(self, run, y, h):
        start, end = run.items[0][0], run.items[-1][1]
        vma = run.items[0][2]
        if run.kinds:
            rights = " and ".join(k[2]["rights"] for k in run.kinds) + (" in turn" if len(run.kinds) > 1 else "")
            rows = [f" {len(run.items)} areas of {plural((run.items[0][1] - start) // PAGE, 'page')}", f" {rights}, {name_of(vma)}"]
        else:
            rows = [f" {vma['rights']} {name_of(vma)}, {size_text(end - start)}"]
        self.picture.box(LEFT, y, rows, None if run.kinds else ("area", start), BOX, "used", max(h, len(rows) * ROW + 8))
        present = sum(start <= va < end for va in self.vas)
        text = f"{present} of {plural((end - start) // PAGE, 'page')} in memory"
        self.picture.label(LEFT + BOX + 14, y + h / 2 + 5, text)
        tags = self.tags(run)
        for i, (words, thing) in enumerate(tags):
            self.picture.box(LEFT + BOX + max(200, 24 + len(text) * LETTER), y + h / 2 + 28 * i - 14 * len(tags) + 3, [words], thing)


def break_mark(x, y):
    """The scale is cut here."""
    line = f"M{x - 7:.1f} {{:.1f}}l14 -7"
    return (f'<path d="M{x:.1f} {y - 3:.1f}v6" stroke="#fff" stroke-width="4"/>'
            f'<path class="edge break" d="{line.format(y)}{line.format(y + 7)}"/>')


def address_space(process, changes=None):
    space = Space(process, changes)
    space.draw()
    p = space.picture
    p.symbol(lambda x, y: f'<rect class="box used" x="{x}" y="{y:.1f}" width="40" height="18" rx="3"/>', "area")
    p.symbol(lambda x, y: f'<rect class="box hole" x="{x + 6}" y="{y:.1f}" width="28" height="18"/>' + break_mark(x + 6, y + 9) +
             break_mark(x + 34, y + 9), "hole, not to scale")
    return p.svg()


# ---- three levels for one address ----

def window(used, index):
    """The slots of a table worth showing: the chosen one and its used neighbours."""
    near = sorted(set(used) | {index})
    at = near.index(index)
    return near[max(0, at - 2):at + 3]


def slots_of(process, entries, level, base):
    """{index: text} of a table's used slots."""
    if level == 2:
        reach = 1 << sv39.shift(1)
        return {sv39.index(a, 2): diff.entry_text(p) for a, p in entries.items() if base <= a < base + reach}
    reach = TASK_SIZE if level == 0 else 1 << sv39.shift(level - 1)
    return {sv39.index(t["va"], level): f"table {t['pa']:#x}" for t in process["tables"]
            if t["level"] == level + 1 and base <= t["va"] < base + reach}


class Walk:
    def __init__(self, process, snapshot, va, changes):
        self.process, self.snapshot, self.va = process, snapshot, va
        self.picture = Picture(f"{va:#x} of pid {process['pid']} ({process['name']}) through the page table",
                               "Sv39: three fields of nine bits index three tables; the last entry holds the frame.", changes)
        self.entries = dict(map(tuple, process["ptes"]))
        self.tables = {(t["level"], t["va"]): t for t in process["tables"]}
        self.arrow = None		# where the arrow to the next box begins

    def fields(self):
        """The address in its fields."""
        x = EDGE
        for name, value in (("VPN[2]", sv39.index(self.va, 0)), ("VPN[1]", sv39.index(self.va, 1)),
                            ("VPN[0]", sv39.index(self.va, 2)), ("offset", f"{self.va & PAGE - 1:#x}")):
            box = self.picture.box(x, 80, [Row(name, head=True), f"{value}"], least=110)
            x = box.x + box.w

    def rows(self, table, level, base):
        index = sv39.index(self.va, level)
        slots = slots_of(self.process, self.entries, level, base)
        rows, last = [Row(f"{sv39.LEVEL_NAMES[level]} table {table['pa']:#x}", head=True)], -1
        for i in window(slots, index):
            if i != last + 1:
                rows.append(Row("  \u22ee"))
            thing = ("entry", base | i << 12) if level == 2 and self.picture.how(("entry", base | i << 12)) else None
            rows.append(Row(f"[{i:3}] {slots.get(i, 'empty')}", thing, bold=i == index, fill="used" if i == index else None))
            last = i
        return rows + ([Row("  \u22ee")] if last != 511 else []), 1 + next(
            n for n, r in enumerate(rows[1:]) if r.text.startswith(f"[{index:3}]"))

    def draw(self):
        self.fields()
        x, y = EDGE, 160
        for level in range(3):
            base = 0 if level == 0 else self.va >> sv39.shift(level - 1) << sv39.shift(level - 1)
            table = self.tables.get((level, base))
            if table is None:
                return self.end(x, y, ["no table: the entry is empty"])
            rows, chosen = self.rows(table, level, base)
            box = self.picture.box(x, y, rows, ("table", table["pa"]))
            self.link(box)
            self.arrow = box.x + box.w, box.rows[chosen] + ROW / 2
            x += box.w + TABLE_GAP
        return self.frame(x, y)

    def link(self, box, thing=None):
        if self.arrow:
            self.picture.edge(self.arrow, (box.x, box.y + ROW / 2), thing)

    def end(self, x, y, rows, thing=None, entry=None):
        self.link(self.picture.box(x, y, rows, thing), entry)

    def frame(self, x, y):
        page_va = self.va & ~(PAGE - 1)
        pte = self.entries.get(page_va, 0)
        entry = ("entry", page_va) if self.picture.how(("entry", page_va)) else None
        if not sv39.present(pte):
            return self.end(x, y, [diff.entry_text(pte) if pte else "nothing is mapped"], None, entry)
        pfn = sv39.pfn(pte)
        page = self.snapshot["pages"].get(str(pfn))
        return self.end(x, y, frame_rows(self.picture, pfn, page), ("frame", pfn), entry)


def frame_rows(picture, pfn, page):
    thing = ("frame", pfn)
    if not page:
        return [Row(f"frame {pfn:#x}", head=True), "not in RAM"]
    flags = fold_words(page["flags"] or ["no flags"], 26)
    return [Row(f"frame {pfn:#x}", head=True), page["kind"], f"refcount {picture.value(thing, 'refcount', page['refcount'])}",
            f"mapcount {picture.value(thing, 'mapcount', page['mapcount'])}", *flags]


def fold_words(words, most):
    """Words in lines of at most so many letters."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) + 1 > most:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def page_walk(process, snapshot, va, changes=None):
    """Needs only the snapshot: tables from the leaves, the path by index."""
    walk = Walk(process, snapshot, va, changes)
    walk.draw()
    walk.picture.symbol(lambda x, y: f'<rect class="used" x="{x}" y="{y:.1f}" width="40" height="18"/>', "entry that this address uses")
    walk.picture.symbol(lambda x, y: f'<text class="mono" x="{x + 16}" y="{y + 14:.1f}">\u22ee</text>', "entries left out")
    return walk.picture.svg()
