# SPDX-License-Identifier: MIT
"""An address's way through the page table, and the whole table as ranges."""

from . import pages, sv39, vmas

PAGE = 4096
PTE_DEVICE = 1 << 8         # kernel/mm/pgtable.h; entries of the kernel's own do not have it


def is_cow(kernel, vma, pte):
    """Would a write fault on this entry although the area allows writing?"""
    if vma is None or not pte & sv39.V or pte & sv39.W:
        return False
    return vma["flags"] & (kernel.constants["VM_WRITE"] | kernel.constants["VM_SHARED"]) == kernel.constants["VM_WRITE"]


def walk_model(kernel, root_pa, va, areas):
    steps = sv39.walk(kernel.u64, root_pa, va)
    last = steps[-1]
    vma = vmas.find(areas, va)
    out = {"va": va, "steps": steps, "vma": vma, "cow": last["level"] == 2 and is_cow(kernel, vma, last["pte"]),
           "pa": sv39.translate(kernel.u64, root_pa, va), "page": None}
    if last["level"] == 2 and sv39.present(last["pte"]) and sv39.pfn(last["pte"]) in range(*kernel.pfn_range()):
        out["page"] = pages.model(kernel, sv39.pfn(last["pte"]))
    return out


def cow_text(walk):
    if not walk["cow"]:
        return None
    page = walk["page"]
    if page and page["kind"] == "zero page":
        return "COW: the shared zero page stands here; the first write gets a frame"
    if page and "anon_exclusive" in page["flags"]:
        return "COW: read-only, but the frame is this process's alone; a write keeps it"
    return "COW: the area allows writing, the entry does not; a write faults and copies (or keeps the frame if nobody shares it)"


def render_walk(walk):
    va = walk["va"]
    lines = [f"{va:#x} = {sv39.index(va, 0)} . {sv39.index(va, 1)} . {sv39.index(va, 2)}, offset {va & PAGE - 1:#x}"]
    for step in walk["steps"]:
        pte = step["pte"]
        where = f"  {sv39.LEVEL_NAMES[step['level']]} table {step['table_pa']:#x} [{step['index']:3}]"
        lines.append(f"{where}: {pte:#018x} {sv39.flags(pte)}  {sv39.describe(pte)}")
    if walk["pa"] is not None:
        lines.append(f"  physical {walk['pa']:#x}" +
                     (f", frame {walk['page']['pfn']:#x}: {walk['page']['kind']}, {pages.counts(walk['page'])}"
                      if walk["page"] else ", registers of a device" if walk["steps"][-1]["pte"] & PTE_DEVICE else ""))
    else:
        lines.append("  no translation: an access faults")
    if cow_text(walk):
        lines.append(f"  {cow_text(walk)}")
    return lines


def entries(kernel, root_pa):
    """[(va, pte)] of every last-level entry of the user half that is not empty."""
    return [(va, pte) for va, level, pte in sv39.leaves(kernel.table, root_pa) if level == 2]


def ranges(kernel, ptes, areas):
    """Neighbouring pages with the same flags and the same area, as one: [{start, end, flags, cow, vma, ptes}]."""
    out = []
    for va, pte in ptes:
        vma = vmas.find(areas, va)
        mark = (sv39.flags(pte) if sv39.present(pte) else "-" * 8, is_cow(kernel, vma, pte), vma["start"] if vma else None)
        if out and out[-1]["end"] == va and out[-1]["mark"] == mark:
            out[-1]["end"] = va + PAGE
            out[-1]["ptes"].append(pte)
        else:
            out.append({"start": va, "end": va + PAGE, "mark": mark, "flags": mark[0], "cow": mark[1],
                        "vma": vma, "ptes": [pte]})
    return out


def frames_text(frames, most=4):
    """Frame numbers, runs joined: "0x80400-0x80403 0x80777", and repeated ones: "0x80111 5 times"."""
    runs = []				# [first, last, how often the same]
    for pfn in frames:
        last = runs[-1] if runs else None
        if last and last[0] == last[1] == pfn:
            last[2] += 1
        elif last and last[2] == 1 and last[1] + 1 == pfn:
            last[1] = pfn
        else:
            runs.append([pfn, pfn, 1])
    words = [f"{a:#x} {n} times" if n > 1 else f"{a:#x}" if a == b else f"{a:#x}-{b:#x}" for a, b, n in runs]
    return " ".join(words[:most]) + (f" ... ({len(frames)} frames)" if len(words) > most else "")


def what_text(ptes):
    """Where the pages of a range are."""
    if sv39.present(ptes[0]):
        return frames_text([sv39.pfn(pte) for pte in ptes])
    return sv39.describe(ptes[0]) + (" ..." if len(ptes) > 1 else "")


def render_ranges(found, tables):
    lines = [f"{sum(len(r['ptes']) for r in found)} pages in {len(found)} ranges, {len(tables)} tables "
             f"({', '.join(str(sum(t['level'] == n for t in tables)) + ' ' + sv39.LEVEL_NAMES[n] for n in range(3))})"]
    if found:
        lines.append(f"{'START':>12}   {'END':<12} {'PAGES':>5} {'FLAGS':<8} COW  {'FRAMES':<34} NAME")
    for r in found:
        name = r["vma"]["name"] if r["vma"] else "(no area!)"
        lines.append(f"{r['start']:#12x} - {r['end']:<#12x} {len(r['ptes']):5} {r['flags']} {'COW' if r['cow'] else '-':<4} "
                     f"{what_text(r['ptes']):<34} {name}")
    return lines
