# SPDX-License-Identifier: MIT
"""Reading a maple tree out of memory, and drawing it as text, level by level.

A tree is {"flags": [...], "height": n, "nodes": n, "root": NODE or None}; a NODE is
{"address", "type", "min", "max", "slots": [{"min", "max", "pivot", "gap", "child" or "entry"}]}.
lib/maple/maple_internal.h draws what a node looks like.
"""

from .errors import SmError

MAX = (1 << 64) - 1
NODE_MASK = 0xff
FLAG_NAMES = (("MT_FLAGS_ALLOC_RANGE", "gaps"), ("MT_FLAGS_USE_RCU", "rcu"), ("MT_FLAGS_LOCK_EXTERN", "external lock"))


def is_node(word):
    return word & 3 == 2


def _slots(kernel, node, kind, low, high):
    """[(min, max, pivot, word, gap)] of the slots in use."""
    view = node.a if kind == "maple_arange_64" else node.r
    pivots, words = view.pivot, view.slot
    gaps = view.gap if kind == "maple_arange_64" else [None] * len(words)
    out, start = [], low
    for i, word in enumerate(words):
        end = pivots[i] if i < len(pivots) else high
        out.append((start, end, pivots[i] if i < len(pivots) else None, word, gaps[i]))
        if end >= high:
            return out
        start = end + 1
    raise SmError(f"maple node {node.address:#x} does not reach its last key {high:#x}")


def _node(kernel, types, word, low, high, depth):
    if depth > 32:
        raise SmError("the maple tree is deeper than can be: it is damaged or changing right now")
    kind = types.get(word >> 3 & 3)
    if kind is None:
        raise SmError(f"{word:#x} is no maple node")
    node = kernel.obj("maple_node", word & ~NODE_MASK)
    slots = []
    for start, end, pivot, entry, gap in _slots(kernel, node, kind, low, high):
        slot = {"min": start, "max": end, "pivot": pivot, "gap": gap}
        if kind == "maple_leaf_64":
            slot["entry"] = entry
        else:
            slot["child"] = _node(kernel, types, entry, start, end, depth + 1)
        slots.append(slot)
    return {"address": node.address, "type": kind.replace("maple_", ""), "min": low, "max": high, "slots": slots}


def read(kernel, tree):
    """A struct maple_tree (an Obj) as a dictionary."""
    types = kernel.enum("maple_type")
    flags = [name for constant, name in FLAG_NAMES if tree.ma_flags & kernel.constants[constant]]
    word = tree.ma_root
    if not is_node(word):
        return {"flags": flags, "height": 0, "nodes": 0, "root": None, "root_entry": word}
    root = _node(kernel, types, word, 0, MAX, 0)
    levels = list(by_level(root))
    return {"flags": flags, "height": len(levels), "nodes": sum(map(len, levels)), "root": root}


def by_level(root):
    level = [root]
    while level:
        yield level
        level = [slot["child"] for node in level for slot in node["slots"] if "child" in slot]


def entries(tree):
    """[(first, last, entry)] from left to right, holes left out."""
    if tree["root"] is None:
        return [(0, 0, tree["root_entry"])] if tree.get("root_entry") else []
    *_, leaves = by_level(tree["root"])
    return [(slot["min"], slot["max"], slot["entry"]) for leaf in leaves for slot in leaf["slots"] if slot["entry"]]


def path(tree, index):
    """The nodes that a lookup of index visits: [(node, slot number)]."""
    out, node = [], tree["root"]
    while node:
        for i, slot in enumerate(node["slots"]):
            if index <= slot["max"]:
                out.append((node, i))
                node = slot.get("child")
                break
        else:
            return out
    return out


def key(value):
    """Keys are long; the end of the index space has a name."""
    return "max" if value == MAX else f"{value:#x}"


def _slot_line(i, slot, name):
    where = f"    [{i:2}] {key(slot['min'])} .. {key(slot['max'])}"
    pivot = "" if slot["pivot"] is None else f"  pivot {key(slot['pivot'])}"
    if "child" in slot:
        return f"{where}{pivot}  largest gap {slot['gap']:#x}  -> node {slot['child']['address']:#x}" \
            if slot["gap"] is not None else f"{where}{pivot}  -> node {slot['child']['address']:#x}"
    if slot["entry"] == 0:
        return f"{where}{pivot}  hole of {slot['max'] - slot['min'] + 1:#x}"
    return f"{where}{pivot}  {name(slot['entry'])}"


def render(tree, name):
    """Lines of text. name(entry): what to call what a leaf's slot holds."""
    lines = [f"height {tree['height']}, {tree['nodes']} nodes, flags: {', '.join(tree['flags']) or 'none'}"]
    if tree["root"] is None:
        entry = tree.get("root_entry")
        return lines + [f"the root itself holds [0, 0]: {name(entry)}" if entry else "the tree is empty"]
    for depth, level in enumerate(by_level(tree["root"])):
        lines.append(f"level {depth}" + (" (root)" if depth == 0 else "") +
                     (" (leaves)" if depth == tree["height"] - 1 else ""))
        for node in level:
            lines.append(f"  {node['type']} node {node['address']:#x}, {len(node['slots'])} slots in use, "
                         f"keys {key(node['min'])} .. {key(node['max'])}")
            lines += [_slot_line(i, slot, name) for i, slot in enumerate(node["slots"])]
    return lines
