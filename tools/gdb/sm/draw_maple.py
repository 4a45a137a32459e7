# SPDX-License-Identifier: MIT
"""The picture of a maple tree: the root's slots side by side, every other node upright, each level on one line."""

import os

from . import fold, maple, place
from .errors import SmError
from .svg import CHAR, EDGE, ROW, WIDTH, Picture, Row, box_size

MOST = 6		# nodes of one level; neighbours beyond that, or beyond the width of a picture, are one box
BESIDE = 12		# between the nodes of a level
LEVEL = 96		# between two levels, for the arrows
PAGE = 4096


def size_text(size):
    for unit, shift in (("EiB", 60), ("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >= 1 << shift:
            value = size / (1 << shift)
            return f"{value:.0f} {unit}" if value >= 10 or value == int(value) else f"{value:.1f} {unit}"
    return f"{size} B"


def name_of(area):
    name = area["name"] or "anon"
    return name if name.startswith("[") else os.path.basename(name)


def plural(n, noun):
    return f"{n} {noun}" + ("" if n == 1 else "s")


def span(slot):
    return slot["max"] - slot["min"] + 1


class Tree:
    """Which nodes are drawn, and as what."""

    def __init__(self, process, changes, most):
        self.most = most
        self.used = set()		# what the legend must explain
        self.areas = {v["address"]: v for v in process["vmas"]}
        self.picture = Picture(f"Maple tree of pid {process['pid']} ({process['name']})",
                               "The areas of an address space by their addresses. A slot ends at its pivot, the last key "
                               "that it covers.", changes)

    # ---- what one slot says ----

    def thing(self, slot):
        area = self.areas.get(slot.get("entry"))
        return ("area", area["start"]) if area else None

    def words(self, slot):
        if slot.get("gap") is not None:
            self.used.add("gap")
            return f"gap {size_text(slot['gap'])}"
        if "child" in slot:
            return "child"
        area = self.areas.get(slot["entry"])
        if area:
            return f"{area['rights']} {name_of(area)}"
        return f"{slot['entry']:#x}" if slot["entry"] else f"hole {size_text(span(slot))}"

    def pivot(self, slot):
        """In brackets when it is not stored: a full node has one pivot less than slots."""
        if slot["pivot"] is not None:
            return maple.key(slot["pivot"])
        self.used.add("( )")
        return f"({maple.key(slot['max'])})"

    # ---- an upright node ----

    def key(self, slot):
        """Slots with the same key may be folded; marked ones may not."""
        if self.picture.how(self.thing(slot)):
            return None
        return span(slot), self.words(slot), "child" in slot

    def rows(self, node):
        table = []			# (left, right, slot) or a line of text
        for run in fold.runs(node["slots"], self.key):
            table += self.folded(run) if run.kinds else [(self.words(s), self.pivot(s), s) for s in run.items]
        wide = max([len(t[0]) for t in table if isinstance(t, tuple)])
        rows = [Row(f"{node['type']}, {len(node['slots'])} slots", head=True), Row(f"{node['address']:#x}"),
                Row(f"from key {maple.key(node['min'])}")]
        for line in table:
            if not isinstance(line, tuple):
                rows.append(Row(line))
                continue
            left, right, slot = line
            rows.append(Row(f"{left:<{wide}}  {right}", self.thing(slot) if self.picture.how(self.thing(slot)) else None,
                            fill="used" if slot.get("entry") else "row"))
        return rows

    def folded(self, run):
        """A run of slots: its first and last one, and in words what lies between."""
        first, last, between = run.items[0], run.items[-1], len(run.items) - 2
        self.used.add("\u22ee")
        if "child" in first:
            text = [f"\u22ee {between} children more"]
        else:
            kinds = [self.words(s).split()[0] for s in run.kinds]
            text = [f"\u22ee {between} more of {plural(span(first) // PAGE, 'page')},",
                    f"\u22ee {' and '.join(kinds)}{' in turn' if len(kinds) > 1 else ''}"]
        return [(self.words(first), self.pivot(first), first), *text, (self.words(last), self.pivot(last), last)]

    # ---- levels ----

    def choose(self, level):
        """[[node, ...]]: lists of more than one become one box. The ends and what is marked stay."""
        if len(level) <= self.most:
            return [[n] for n in level]
        keep = {0, len(level) - 1}
        keep |= {i for i, n in enumerate(level) if any(self.picture.how(self.thing(s)) for s in n["slots"])}
        keep = set(sorted(keep)[:self.most])
        out = []
        for i, node in enumerate(level):
            if i in keep or i - 1 in keep:
                out.append([node])
            else:
                out[-1].append(node)
        return out

    def box_rows(self, nodes):
        if len(nodes) == 1:
            return self.rows(nodes[0])
        return [Row(f"{len(nodes)} nodes more", head=True), Row(f"from key {maple.key(nodes[0]['min'])}"),
                Row(f"to key {maple.key(nodes[-1]['max'])}")]

    def root_width(self, root):
        return max(12, *(len(self.pivot(s)) for s in root["slots"])) * CHAR + 10

    def draw_root(self, root, x, y):
        """Slots side by side. Returns where the arrow of each begins."""
        wide = self.root_width(root)
        p, n = self.picture, len(root["slots"])
        p.box(x, y, [Row(f"{root['type']} (root) {root['address']:#x}", head=True), "", "", ""], least=wide * n)
        out = []
        for i, slot in enumerate(root["slots"]):
            middle = x + wide * (i + 0.5)
            for line, text in enumerate((f"[{i}]", self.words(slot), self.pivot(slot))):
                p.label(middle, y + ROW * (line + 2) - 6, text, "mono in" + (" faint" if line == 0 else ""), "middle")
            if i:
                p.add(f'<path class="line" d="M{x + wide * i:.1f} {y + ROW:.1f}V{y + 4 * ROW:.1f}"/>')
            out.append((middle, y + 4 * ROW))
        return out

    def below(self, boxes):
        """{address of a child: number of the box that shows it}"""
        return {n["address"]: i for i, nodes in enumerate(boxes) for n in nodes}


def _levels(tree, root):
    """The boxes of each level below the root, and which slot points to which."""
    levels, edges, parents = [], [], [("0.0", [root])]
    while True:
        children = [s["child"] for _, nodes in parents for n in nodes for s in n["slots"] if "child" in s]
        if not children:
            return levels, edges
        boxes = tree.choose(children)
        at, depth = tree.below(boxes), len(levels) + 1
        for name, nodes in parents:
            slots = [s for n in nodes for s in n["slots"]]
            arrows = [(name, i, f"{depth}.{at[s['child']['address']]}") for i, s in enumerate(slots) if "child" in s]
            edges += arrows if depth == 1 else {(a, c): (a, i, c) for a, i, c in arrows}.values()
        parents = [(f"{depth}.{i}", nodes) for i, nodes in enumerate(boxes)]
        levels.append(parents)


def _fitting(process, root, changes):
    """As many boxes as a picture is wide."""
    for most in range(MOST, 1, -1):
        tree = Tree(process, changes, most)
        levels, edges = _levels(tree, root)
        rows = {name: tree.box_rows(nodes) for level in levels for name, nodes in level}
        widths = [sum(box_size(rows[name])[0] + BESIDE for name, _ in level) for level in levels]
        if max(widths, default=0) <= WIDTH - 2 * EDGE:
            break
    return tree, levels, edges, rows


def maple_tree(process, changes=None):
    root = process["maple"]["root"]
    if root is None:
        raise SmError(f"the maple tree of pid {process['pid']} has no nodes")
    tree, levels, edges, rows = _fitting(process, root, changes)
    p = tree.picture
    sizes = {name: box_size(r) for name, r in rows.items()}
    sizes["0.0"] = (tree.root_width(root) * len(root["slots"]), 4 * ROW) if levels else box_size(tree.rows(root))
    ranks = [["0.0"]] + [[name for name, _ in level] for level in levels]
    at = place.place(sizes, ranks, sorted({(a, b) for a, _, b in edges}), False, LEVEL, BESIDE)
    at = {name: (x + EDGE, y + 112) for name, (x, y) in at.items()}
    _shape(tree, process)
    if levels:
        starts = tree.draw_root(root, *at["0.0"])
    else:
        p.box(*at["0.0"], tree.rows(root))
    for name, r in rows.items():
        p.box(*at[name], r)
    for parent, i, child in edges:
        x, y = at[parent]
        start = starts[i] if parent == "0.0" else (x + sizes[parent][0] / 2, y + sizes[parent][1])
        p.edge(start, (at[child][0] + sizes[child][0] / 2, at[child][1]), upright=True)
    _symbols(tree)
    return p.svg()


def _shape(tree, process):
    """The line above the tree, which tells its size."""
    nodes, areas = process["maple"]["nodes"], process["counters"]["map_count"]
    shape = f"height {process['maple']['height']}, {plural(nodes, 'node')}, {plural(areas, 'area')}"
    thing = ("tree", process["pid"])
    how = tree.picture.how(thing)
    if how:
        shape = tree.picture.changes.of(*thing).text.replace("maple tree: ", "").replace("->", "\u2192")
    if how:
        tree.picture.box(EDGE, 76, [shape], thing)
    else:
        tree.picture.label(EDGE, 90, shape, "faint")


def _symbols(tree):
    p = tree.picture
    p.symbol(lambda x, y: f'<rect class="used" x="{x}" y="{y:.1f}" width="40" height="18"/>', "slot that holds an area")
    for sign, text in (("( )", "pivot that is not stored: the node's own last key"), ("gap", "largest hole below this slot"),
                       ("\u22ee", "equal slots left out")):
        if sign in tree.used:
            p.symbol(lambda x, y, sign=sign: f'<text class="mono" text-anchor="middle" x="{x + 20}" y="{y + 14:.1f}">{sign}</text>', text)
