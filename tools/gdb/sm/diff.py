# SPDX-License-Identifier: MIT
"""What changed between two snapshots of one process."""

from . import pages, sv39, vmas
from .snapshot import find_process


def _by(records, key):
    return {r[key]: r for r in records}


def _vma_lines(old, new):
    before, after = _by(old["vmas"], "address"), _by(new["vmas"], "address")
    out = []
    for address in sorted(before.keys() | after.keys(), key=lambda a: (after.get(a) or before[a])["start"]):
        a, b = before.get(address), after.get(address)
        if a is None:
            out.append(f"+ area {vmas.title(b)}")
        elif b is None:
            out.append(f"- area {vmas.title(a)}")
        else:
            if (a["start"], a["end"], a["rights"]) != (b["start"], b["end"], b["rights"]):
                out.append(f"~ area {vmas.title(a)} -> {vmas.title(b)}")
            if a["anon_vma"] != b["anon_vma"]:
                out.append(f"~ area {b['start']:#x}: anon_vma {a['anon_vma'] or 'none'} -> {b['anon_vma']:#x}")
            if len(a["chains"]) != len(b["chains"]):
                out.append(f"~ area {b['start']:#x}: {len(a['chains'])} -> {len(b['chains'])} anon_vma_chains")
    return out


def entry_text(pte):
    if pte == 0:
        return "empty"
    if not sv39.present(pte):
        return sv39.describe(pte)
    return f"frame {sv39.pfn(pte):#x} {sv39.flags(pte)}"


def changed_entries(old, new):
    """[(va, old pte, new pte)]; a bit that only the hardware sets (A, D) counts too."""
    before, after = dict(map(tuple, old["ptes"])), dict(map(tuple, new["ptes"]))
    return [(va, before.get(va, 0), after.get(va, 0)) for va in sorted(before.keys() | after.keys())
            if before.get(va, 0) != after.get(va, 0)]


def _table_lines(old, new):
    before, after = {t["pa"]: t for t in old["tables"]}, {t["pa"]: t for t in new["tables"]}
    added = [f"+ {sv39.LEVEL_NAMES[after[pa]['level']]} table {pa:#x} for {after[pa]['va']:#x}"
             for pa in sorted(after.keys() - before.keys())]
    return added + [f"- {sv39.LEVEL_NAMES[before[pa]['level']]} table {pa:#x}" for pa in sorted(before.keys() - after.keys())]


def _page_lines(old, new, shown):
    out = []
    for pfn in sorted(shown):
        a, b = old["pages"].get(str(pfn)), new["pages"].get(str(pfn))
        if a and b:
            parts = [f"{field} {a[field]} -> {b[field]}" for field in ("refcount", "mapcount", "mapping") if a[field] != b[field]]
            gained = sorted(set(b["flags"]) - set(a["flags"]))
            lost = sorted(set(a["flags"]) - set(b["flags"]))
            parts += [f"+{f}" for f in gained] + [f"-{f}" for f in lost]
            if parts:
                out.append(f"~ frame {pfn:#x}: {', '.join(parts)}")
        elif b:
            out.append(f"+ frame {pfn:#x}: {b['kind']}, {pages.counts(b)}, flags {', '.join(b['flags']) or 'none'}")
        elif a:
            out.append(f"- frame {pfn:#x}: no longer mapped here")
    return out


def _anon_lines(old, new):
    out = []
    for address in sorted(old["anon_vmas"].keys() | new["anon_vmas"].keys(), key=int):
        a, b = old["anon_vmas"].get(address), new["anon_vmas"].get(address)
        if a is None:
            out.append(f"+ anon_vma {int(address):#x} with {len(b['chains'])} chain(s)")
        elif b is None:
            out.append(f"- anon_vma {int(address):#x}")
        elif len(a["chains"]) != len(b["chains"]):
            out.append(f"~ anon_vma {int(address):#x}: {len(a['chains'])} -> {len(b['chains'])} chains")
    return out


def _tree_line(old, new):
    def shape(p):
        tree = p["maple"]
        return tree["height"], tree["nodes"], p["counters"]["map_count"]
    a, b = shape(old), shape(new)
    return [] if a == b else [f"~ maple tree: height {a[0]} -> {b[0]}, nodes {a[1]} -> {b[1]}, areas {a[2]} -> {b[2]}"]


def _counter_lines(old, new):
    changed = [f"{name} {a} -> {new['counters'][name]}" for name, a in old["counters"].items()
               if a != new["counters"][name] and name != "map_count"]
    return [f"~ counters: {', '.join(changed)}"] if changed else []


def lines(before, after, pid):
    """Lines of text, none when nothing changed."""
    old, new = find_process(before, pid), find_process(after, pid)
    out = _tree_line(old, new) + _vma_lines(old, new) + _anon_lines(before, after) + _table_lines(old, new)
    entries = changed_entries(old, new)
    out += [f"~ entry of {va:#x}: {entry_text(a)} -> {entry_text(b)}" for va, a, b in entries]
    frames = {sv39.pfn(pte) for _, a, b in entries for pte in (a, b) if sv39.present(pte)}
    frames |= {int(p) for p in before["pages"].keys() & after["pages"].keys()}
    return out + _page_lines(before, after, frames) + _counter_lines(old, new)
