# SPDX-License-Identifier: MIT
"""The picture of the reverse map of one page: anon_vmas (or the memory object), chains, areas with their entries, frames."""

from . import pages, place, sv39, vmas
from .draw_maple import name_of, plural
from .draw_space import frame_rows
from .errors import SmError
from .svg import EDGE, ROW, Picture, Row, box_size

PAGE = 4096
TOP = 118				# where the boxes begin
MOST = 6				# areas; a large family is not drawn in full
SIDE = 34				# space on the left, for the arrows from child to parent


class Subject:
    """What is to be drawn: the page at va, and all that the kernel would look at to find its mappings."""

    def __init__(self, process, snapshot, va, changes):
        self.process, self.snapshot, self.changes = process, snapshot, changes
        self.va = va & ~(PAGE - 1)
        vma = vmas.find(process["vmas"], self.va)
        if vma is None:
            raise SmError(f"no area of pid {process['pid']} contains {va:#x}")
        self.pte = dict(map(tuple, process["ptes"])).get(self.va, 0)
        self.page = self.page_of(self.pte)
        kind = self.page["kind"] if self.page else ""
        root = self._root(vma, kind)
        self.members = [m for m in snapshot["anon_vmas"].values() if root and m["root"] == root]
        self.members.sort(key=self._age)
        self.object = vma["file"] if not self.members else 0
        self.index = self.page["index"] if kind in ("anonymous", "memory object") else vma["pgoff"] + (self.va - vma["start"]) // PAGE
        self.areas, self.left_out = self._areas(vma)
        self._keep_drawn()

    def _root(self, vma, kind):
        """The root of the anon_vma family, 0 when there is none to look at."""
        holder = self.page["mapping"] & ~pages.ANON if kind == "anonymous" else 0 if kind == "memory object" else vma["anon_vma"]
        known = self.snapshot["anon_vmas"].get(str(holder))
        return known["root"] if known else 0

    @staticmethod
    def _age(m):
        return m["root"] != m["address"], m["parent"] != m["root"], m["address"]

    def _areas(self, vma):
        """[(process, area, va of the page in it)]: the areas that the family or the object covers; and how many more there are."""
        linked = {c["vma"] for m in self.members for c in m["chains"]}
        out = []
        for process in self.snapshot["processes"]:
            for area in process["vmas"]:
                va = area["start"] + (self.index - area["pgoff"]) * PAGE
                wanted = area["address"] in linked or self.object and area["file"] == self.object or area is vma
                if wanted and area["start"] <= va < area["end"]:
                    out.append((process, area, va))
        # Of many: the one that was asked for, then those that map this very frame.
        first = sorted(out, key=lambda a: (a[1] is not vma, not self._maps(a[0], a[2])))[:MOST]
        return [a for a in out if a in first], len(out) - len(first)

    def _maps(self, process, va):
        return dict(map(tuple, process["ptes"])).get(va, 0) >> 10 == self.pte >> 10

    def _keep_drawn(self):
        """Without the anon_vmas that only areas left out belong to."""
        drawn = {area["address"] for _, area, _ in self.areas}
        self.members = [m for m in self.members if m["root"] == m["address"] or drawn & {c["vma"] for c in m["chains"]}]

    def page_of(self, pte):
        """The struct page behind an entry, as far as a snapshot has it."""
        if not sv39.present(pte):
            return None
        found = self.snapshot["pages"].get(str(sv39.pfn(pte)))
        change = self.changes.of("frame", sv39.pfn(pte)) if self.changes else None
        return found or (change and (change.new or change.old))


class Drawing:
    def __init__(self, subject):
        self.s = subject
        page = subject.page
        what = f"frame {page['pfn']:#x}" if page else f"the page at {subject.va:#x}"
        self.picture = Picture(f"Reverse map of {what}, pid {subject.process['pid']} ({subject.process['name']})",
                               f"From the page with index {subject.index:#x} to every entry that may map it." +
                               (f" {plural(subject.left_out, 'area')} more not drawn." if subject.left_out else ""), subject.changes)
        self.letters = {m["address"]: chr(ord("A") + i % 26) for i, m in enumerate(subject.members)}
        self.rows, self.things, self.ranks, self.edges = {}, {}, [[], [], [], []], []

    def put(self, rank, name, rows, thing=None):
        self.ranks[rank].append(name)
        self.rows[name], self.things[name] = rows, thing

    # ---- the boxes, rank by rank ----

    def collect(self):
        drawn = {area["address"] for _, area, _ in self.s.areas}
        for m in self.s.members:
            self.anon_vma(m, drawn)
        if self.s.object:
            self.put(0, "o", [Row(name_of(self.s.areas[0][1]), head=True), f"{self.s.object:#x}"])
        for process, area, va in self.s.areas:
            self.area(process, area, va)
            if self.s.object:
                self.edges.append(("o", f"v{area['address']:x}", None, ""))

    def anon_vma(self, m, drawn):
        thing, name = ("anon_vma", m["address"]), f"a{m['address']:x}"
        kind = f"anon_vma {self.letters[m['address']]}" + (" (root)" if m["root"] == m["address"] else "")
        self.put(0, name, [Row(kind, head=True), f"{m['address']:#x}", f"num_active_vmas {m['num_active_vmas']}",
                           f"num_children {m['num_children']}" + (" (itself too)" if m["root"] == m["address"] else "")], thing)
        for chain in m["chains"]:
            if chain["vma"] in drawn:
                self.chain(name, chain, m)

    def chain(self, name, chain, m):
        area = next(a for _, a, _ in self.s.areas if a["address"] == chain["vma"])
        css = "" if area["anon_vma"] == m["address"] else "dotted"
        box, thing = f"c{chain['chain']:x}", self.chain_thing(chain, m, area)
        self.put(1, box, [f"{chain['chain']:#x}", f"{chain['start']:#x}..{chain['last']:#x}"], thing)
        self.edges += [(name, box, thing, css), (box, f"v{area['address']:x}", thing, css)]

    def chain_thing(self, chain, m, area):
        """A chain is new with its anon_vma, or with the anon_vma of its area: then it is marked as part of that."""
        change = self.s.changes.of("anon_vma", m["address"]) if self.s.changes else None
        if change and change.new and chain["chain"] not in {c["chain"] for c in (change.old or {"chains": []})["chains"]}:
            return "anon_vma", m["address"]
        return None

    def area(self, process, area, va):
        pte = dict(map(tuple, process["ptes"])).get(va, 0)
        mine = process["pid"] == self.s.process["pid"]
        entry = ("entry", va) if mine and self.picture.how(("entry", va)) else None
        letter = self.letters.get(area["anon_vma"])
        old = self.s.changes.of("area", area["start"]) if mine and self.s.changes else None
        was = "none \u2192 " if old and old.old and old.old["anon_vma"] != area["anon_vma"] else ""
        rows = [Row(f"pid {process['pid']} {process['name']}", head=True), f"{area['start']:#x} - {area['end']:#x}",
                f"{area['rights']} {name_of(area)}", f"anon_vma: {was}{letter or 'none'}"]
        rows.append(Row(f"entry of {va:#x}: {sv39.flags(pte) if pte else 'empty'}", entry, fill="used" if pte else None))
        name = f"v{area['address']:x}"
        self.put(2, name, rows, ("area", area["start"]) if mine else None)
        change = self.s.changes.of(*entry) if entry else None
        if sv39.present(pte):
            self.frame(name, pte, entry, None)
        if change and sv39.present(change.old) and sv39.pfn(change.old) != sv39.pfn(pte):
            self.frame(name, change.old, entry, "gone")

    def frame(self, area, pte, entry, how):
        page, pfn = self.s.page_of(pte), sv39.pfn(pte)
        name = f"f{pfn:x}"
        if name not in self.rows:
            rows = frame_rows(self.picture, pfn, page)
            if page and page["mapping"]:
                holder = page["mapping"] & ~pages.ANON
                letter = self.letters.get(holder)
                rows.append(f"mapping: anon_vma {letter}" if letter else f"mapping: {holder:#x}")
            self.put(3, name, rows, ("frame", pfn))
        self.edges.append((area, name, entry, f"to-frame {how or ''}"))

    # ---- the picture ----

    def draw(self):
        sizes = {n: box_size(r) for n, r in self.rows.items()}
        pairs = sorted({(a, b) for a, b, _, _ in self.edges})
        ranks = [r for r in self.ranks if r]
        at = place.place(sizes, ranks, pairs, True, 62, 26)
        self.boxes = {}
        for name, (x, y) in at.items():
            rank = next(r for r in ranks if name in r)
            least = max(sizes[n][0] for n in rank)
            self.boxes[name] = self.picture.box(x + EDGE + SIDE, y + TOP, self.rows[name], self.things[name], least)
        for rank, title in zip(self.ranks, ("memory object" if self.s.object else "anon_vma", "anon_vma_chain", "area", "frame")):
            if rank:
                self.picture.label(self.boxes[rank[0]].x, TOP - 14, title, "bold")
        self.arrows()
        self.parents()

    def arrows(self):
        """Arrows that leave or reach one side of a box are spread over it, in the order of their other ends."""
        for a, b, thing, css in self.edges:
            start, end = self.boxes[a], self.boxes[b]
            how = "gone" if "gone" in css else None
            y1 = start.rows[-1] + ROW / 2 if "to-frame" in css else self.spread(a, b, True)
            self.picture.edge((start.x + start.w, y1), (end.x, self.spread(b, a, False)), thing,
                              css.replace("gone", "").strip(), how=how)

    def spread(self, box, other, leaves):
        ends = [(b if leaves else a) for a, b, _, _ in self.edges if (a if leaves else b) == box]
        ends.sort(key=lambda n: self.boxes[n].y)
        b = self.boxes[box]
        return b.y + b.h * (ends.index(other) + 1) / (len(ends) + 1)

    def parents(self):
        """From each anon_vma to its parent, on the left of both."""
        for i, m in enumerate(m for m in self.s.members if m["parent"] != m["address"]):
            child, parent = self.boxes[f"a{m['address']:x}"], self.boxes.get(f"a{m['parent']:x}")
            if parent is None:
                continue
            x = child.x - 12 - 7 * (i % 3)
            thing = ("anon_vma", m["address"]) if self.picture.how(("anon_vma", m["address"])) == "new" else None
            self.picture.path(f"M{child.x:.1f} {child.y + child.h / 2:.1f}H{x:.1f}V{parent.y + parent.h * (0.4 + 0.1 * (i % 4)):.1f}"
                              f"H{parent.x:.1f}", thing, "parent")


def reverse_map(process, snapshot, va, changes=None):
    drawing = Drawing(Subject(process, snapshot, va, changes))
    drawing.collect()
    drawing.draw()
    p = drawing.picture
    line = '<path class="edge {}" d="M{} {:.1f}h38" marker-end="url(#arrow)"/>'
    if drawing.s.members:
        p.symbol(lambda x, y: line.format("", x, y + 9), "chain to an area of its own")
        p.symbol(lambda x, y: line.format("dotted", x, y + 9), "chain to an area of a child process")
        if len(drawing.s.members) > 1:
            p.symbol(lambda x, y: f'<path class="edge" d="M{x + 36} {y + 15:.1f}h-26v-12h26" marker-end="url(#arrow)"/>', "to the parent")
    p.symbol(lambda x, y: f'<rect class="used" x="{x}" y="{y:.1f}" width="40" height="18"/>', "entry of the page table")
    return p.svg()
