# SPDX-License-Identifier: MIT
"""Pictures of a snapshot, as Graphviz input: the maple tree, the address space, a page-table walk, the
anon_vma family. What differs from an earlier snapshot is drawn in MARK.
"""

import html
import math

from . import diff, maple, pages, sv39, vmas
from .errors import SmError
from .snapshot import find_process

PAGE = 4096
TASK_SIZE = 1 << 38
FONT = "Helvetica"
MARK, MARK_LINE = "#ffd27f", "#c05000"
NODE, LEAF, AREA, HOLE, TABLE, FRAME = "#dce6f2", "#e8f3e2", "#e8f3e2", "#ffffff", "#dce6f2", "#f5e6f0"


def esc(text):
    return html.escape(str(text), quote=True)


def cell(text, color=None, port=None, extra=""):
    attributes = (f' BGCOLOR="{color}"' if color else "") + (f' PORT="{port}"' if port else "") + extra
    return f"<TD{attributes}>{text}</TD>"


def table(rows, extra=""):
    return f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4"{extra}>' + \
        "".join(f"<TR>{''.join(row)}</TR>" for row in rows) + "</TABLE>>"


def graph(title, body, rankdir="TB"):
    return "\n".join(['digraph samara {', f'  rankdir={rankdir}; labelloc=t; fontname="{FONT}"; fontsize=18; nodesep=0.25;',
                      f'  label="{title}";', f'  node [shape=plain, fontname="{FONT}", fontsize=11];',
                      f'  edge [fontname="{FONT}", fontsize=10, color="#406080"];', *body, "}", ""])


def size_text(size):
    for unit, shift in (("EiB", 60), ("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >= 1 << shift:
            value = size / (1 << shift)
            return f"{value:.0f} {unit}" if value >= 10 or value == int(value) else f"{value:.1f} {unit}"
    return f"{size} B"


# ---- the maple tree ----

def _slot_words(slot, names):
    """What a slot says, line by line, and its colour."""
    if "child" in slot:
        return ["child"] + ([f"gap {size_text(slot['gap'])}"] if slot["gap"] is not None else []), NODE
    if slot["entry"]:
        return [esc(w) for w in names.get(slot["entry"], f"{slot['entry']:#x}").split("|")], LEAF
    return ["hole", size_text(slot["max"] - slot["min"] + 1)], HOLE


def _node_rows(node, names, old, upright):
    """The table of one node: slots side by side, or below each other."""
    head = (f"<B>{node['type']}</B> {node['address']:#x}" + ("<BR/>" if upright else ": ") +
            f"keys {maple.key(node['min'])} .. {maple.key(node['max'])}")
    slots, pivots = [], []
    for i, slot in enumerate(node["slots"]):
        words, color = _slot_words(slot, names)
        if old is not None and _slot_key(node, i, slot) not in old:
            color = MARK
        text = " ".join(words) if upright else "<BR/>".join([maple.key(slot["min"])] + words)
        slots.append(cell(text, color, f"s{i}"))
        pivots.append(cell(f"<I>{'-' if slot['pivot'] is None else maple.key(slot['pivot'])}</I>"))
    if upright:
        keys = [cell(maple.key(slot["min"])) for slot in node["slots"]]
        return [[cell(head, extra=' COLSPAN="3"')]] + [list(row) for row in zip(keys, slots, pivots)]
    return [[cell(head, extra=f' COLSPAN="{len(slots)}"')], slots, pivots]


def _slot_key(node, i, slot):
    """Two slots with the same key are drawn the same."""
    return node["address"], i, slot["min"], slot["max"], slot.get("entry"), slot["gap"]


def _slot_keys(tree):
    if not tree or tree["root"] is None:
        return set()
    return {_slot_key(n, i, s) for level in maple.by_level(tree["root"]) for n in level for i, s in enumerate(n["slots"])}


def maple_tree(process, before=None):
    tree = process["maple"]
    if tree["root"] is None:
        raise SmError(f"the maple tree of pid {process['pid']} has no nodes")
    names = {v["address"]: f"{v['rights']}|{v['name'] or 'anonymous'}" for v in process["vmas"]}
    old = _slot_keys(before["maple"]) if before else None
    body = []
    for level in maple.by_level(tree["root"]):
        for node in level:
            upright = tree["height"] > 1 and "entry" in node["slots"][0]	# many leaves side by side
            body.append(f'  n{node["address"]:x} [label={table(_node_rows(node, names, old, upright))}];')
            body += [f'  n{node["address"]:x}:s{i} -> n{s["child"]["address"]:x};'
                     for i, s in enumerate(node["slots"]) if "child" in s]
    title = (f"maple tree of pid {process['pid']} ({process['name']}): slots with first key and pivot, "
             f"height {tree['height']}, {tree['nodes']} nodes")
    return graph(title, body)


# ---- the address space ----

def _stretches(areas):
    """Areas and the holes between them, top address first: [(start, end, area or None)]."""
    out, at = [], 0
    for vma in areas:
        if vma["start"] > at:
            out.append((at, vma["start"], None))
        out.append((vma["start"], vma["end"], vma))
        at = vma["end"]
    if at < TASK_SIZE:
        out.append((at, TASK_SIZE, None))
    return out[::-1]


def _height(size):
    """Points: each doubling adds the same, so that a page and 200 GiB fit into one picture."""
    return 12 + 5 * math.log2(max(size // PAGE, 1))


def address_space(process, before=None):
    old = {(v["start"], v["end"], v["rights"], v["anon_vma"]) for v in before["vmas"]} if before else None
    touched = {va for va, _, _ in diff.changed_entries(before, process)} if before else set()
    present = {}
    for va, pte in process["ptes"]:
        vma = vmas.find(process["vmas"], va)
        if vma and sv39.present(pte):
            present[vma["start"]] = present.get(vma["start"], 0) + 1
    rows = [[cell("<B>address</B>"), cell("<B>what</B>"), cell("<B>size</B>"), cell("<B>in memory</B>")]]
    for start, end, vma in _stretches(process["vmas"]):
        height = f' HEIGHT="{_height(end - start):.0f}"'
        if vma is None:
            rows.append([cell(f"{start:#x}", HOLE, extra=height + ' VALIGN="BOTTOM"'), cell("<I>hole</I>", HOLE),
                         cell(size_text(end - start), HOLE), cell("", HOLE)])
            continue
        changed = old is not None and ((start, end, vma["rights"], vma["anon_vma"]) not in old or
                                       any(start <= va < end for va in touched))
        color = MARK if changed else AREA
        rows.append([cell(f"{start:#x}", color, extra=height + ' VALIGN="BOTTOM"'),
                     cell(f"{vma['rights']} {esc(vma['name'] or 'anonymous')}", color),
                     cell(size_text(end - start), color), cell(f"{present.get(start, 0)} pages", color)])
    title = f"address space of pid {process['pid']} ({process['name']}); heights grow with the logarithm of the size"
    return graph(title, [f"  space [label={table(rows)}];"])


# ---- three levels for one address ----

def _window(used, index):
    """The slots of a table worth showing: the chosen one and its used neighbours."""
    near = sorted(set(used) | {index})
    at = near.index(index)
    return near[max(0, at - 2):at + 3]


def page_walk(process, snapshot, va, before=None):
    """Needs only the snapshot: tables from the leaves, the path by index."""
    tables = {(t["level"], t["va"]): t for t in process["tables"]}
    entries = dict(map(tuple, process["ptes"]))
    old = dict(map(tuple, before["ptes"])) if before else None
    body, previous = [], None
    for level in range(3):
        base = 0 if level == 0 else va >> sv39.shift(level - 1) << sv39.shift(level - 1)
        found = tables.get((level, base))
        if found is None:
            body += ['  missing [label="no table: the entry is empty" fontcolor="#c00000"];', f"  {previous} -> missing;"]
            break
        index = sv39.index(va, level)
        slots = _slots_of(process, entries, level, base)
        rows = [[cell(f"<B>{sv39.LEVEL_NAMES[level]}</B> {found['pa']:#x}", extra=' COLSPAN="2"')]]
        for i in _window(slots, index):
            text = slots.get(i, "empty")
            changed = level == 2 and old is not None and old.get(base | i << 12, 0) != entries.get(base | i << 12, 0)
            color = MARK if changed else (TABLE if i == index else None)
            rows.append([cell(f"<B>{i}</B>" if i == index else i, color), cell(esc(text), color, f"e{i}")])
        body.append(f"  t{level} [label={table(rows)}];")
        if previous:
            body.append(f"  {previous} -> t{level};")
        previous = f"t{level}:e{index}"
    else:
        body += _frame_node(snapshot, entries.get(va & ~(PAGE - 1), 0), previous)
    title = (f"{va:#x} in pid {process['pid']} ({process['name']}): {sv39.index(va, 0)} . {sv39.index(va, 1)} . "
             f"{sv39.index(va, 2)}, offset {va & PAGE - 1:#x}")
    return graph(title, body, "LR")


def _slots_of(process, entries, level, base):
    """{index: text} of a table's used slots."""
    if level == 2:
        span = 1 << sv39.shift(1)
        return {sv39.index(a, 2): diff.entry_text(p) for a, p in entries.items() if base <= a < base + span}
    span = TASK_SIZE if level == 0 else 1 << sv39.shift(level - 1)
    return {sv39.index(t["va"], level): f"table {t['pa']:#x}" for t in process["tables"]
            if t["level"] == level + 1 and base <= t["va"] < base + span}


def _frame_node(snapshot, pte, previous):
    if not pte:
        return ['  none [label="nothing is mapped" fontcolor="#c00000"];', f"  {previous} -> none;"]
    page = snapshot["pages"].get(str(sv39.pfn(pte)))
    rows = [[cell(f"<B>frame {sv39.pfn(pte):#x}</B>", FRAME)]]
    if page:
        rows += [[cell(esc(page["kind"]))], [cell(pages.counts(page))], [cell(esc(", ".join(page["flags"]) or "no flags"))]]
    return [f"  frame [label={table(rows)}];", f"  {previous} -> frame;"]


# ---- the anon_vma family ----

def _families(snapshot, process):
    """The anon_vmas of every root that the process is linked to."""
    roots = {snapshot["anon_vmas"][str(a)]["root"] for v in process["vmas"] for a in v["chains"]}
    return [m for m in snapshot["anon_vmas"].values() if m["root"] in roots]


def _areas(snapshot):
    """{vma address: (pid, vma, process)}"""
    return {v["address"]: (p["pid"], v, p) for p in snapshot["processes"] for v in p["vmas"]}


def anon_family(snapshot, process, before=None):
    members = _families(snapshot, process)
    if not members:
        raise SmError(f"pid {process['pid']} has no anonymous page yet, so no anon_vma")
    areas, body, shown_frames = _areas(snapshot), [], {}
    old = before["anon_vmas"] if before else None
    for m in members:
        known = old is None or str(m["address"]) in old
        kind = "root anon_vma" if m["root"] == m["address"] else "anon_vma"
        rows = [[cell(f"<B>{kind}</B>", NODE if known else MARK)], [cell(f"{m['address']:#x}")],
                [cell(f"{m['num_active_vmas']} own area, {m['num_children']} children")]]
        body.append(f"  a{m['address']:x} [label={table(rows)}];")
        if m["parent"] and m["parent"] != m["address"]:
            body.append(f'  a{m["address"]:x} -> a{m["parent"]:x} [label="parent" style=dashed];')
        body += _chain_edges(m, areas, old)
    drawn = {c["vma"] for m in members for c in m["chains"] if c["vma"] in areas}
    for address in sorted(drawn, key=lambda a: (areas[a][0], a)):
        pid, vma, owner = areas[address]
        rows = [[cell(f"<B>pid {pid}</B> {esc(vma['name'] or 'anonymous')}", LEAF)],
                [cell(f"{vma['start']:#x} {vma['rights']}")]]
        body.append(f"  v{address:x} [label={table(rows)}];")
        body += _frame_edges(snapshot, owner, vma, shown_frames, before)
    body += [text for text in shown_frames.values()]
    return graph(f"the anon_vma family of pid {process['pid']} ({process['name']}): anon_vma - chain - area - frames", body, "LR")


def _chain_edges(m, areas, old):
    out = []
    before = {c["chain"] for c in old[str(m["address"])]["chains"]} if old and str(m["address"]) in old else set()
    for chain in m["chains"]:
        if chain["vma"] not in areas:
            continue
        own = areas[chain["vma"]][1]["anon_vma"] == m["address"]
        color = f' color="{MARK_LINE}" penwidth=2' if old is not None and chain["chain"] not in before else ""
        out.append(f'  a{m["address"]:x} -> v{chain["vma"]:x} [label="chain" style={"solid" if own else "dotted"}{color}];')
    return out


def _frame_edges(snapshot, owner, vma, shown, before, most=6):
    """The area's anonymous frames, the first few of them."""
    out, old = [], {}
    if before:
        old = {p["pid"]: dict(map(tuple, p["ptes"])) for p in before["processes"]}.get(owner["pid"], {})
    for va, pte in owner["ptes"]:
        page = snapshot["pages"].get(str(sv39.pfn(pte)))
        if not vma["start"] <= va < vma["end"] or not page or page["kind"] != "anonymous":
            continue
        if len(out) == most:
            out.append(f'  v{vma["address"]:x} -> more{vma["address"]:x}; more{vma["address"]:x} [label="..."];')
            break
        changed = before is not None and old.get(va, 0) != pte
        color = f' color="{MARK_LINE}" penwidth=2' if changed else ""
        rows = [[cell(f"<B>frame {page['pfn']:#x}</B>", MARK if changed else FRAME)], [cell(pages.counts(page))]]
        if page["pfn"] not in shown or changed:
            shown[page["pfn"]] = f"  f{page['pfn']:x} [label={table(rows)}];"
        out.append(f'  v{vma["address"]:x} -> f{page["pfn"]:x} [label="{va:#x}"{color}];')
    return out


def picture(kind, snapshot, pid, va=None, before=None):
    """Graphviz input. before: an earlier snapshot, to mark differences."""
    process = find_process(snapshot, pid)
    old = find_process(before, pid) if before else None
    if kind == "mt":
        return maple_tree(process, old)
    if kind == "vmas":
        return address_space(process, old)
    if kind == "pt":
        return page_walk(process, snapshot, va, old)
    return anon_family(snapshot, process, before)
