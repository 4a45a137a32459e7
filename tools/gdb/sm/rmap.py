# SPDX-License-Identifier: MIT
"""From a frame to everybody who maps it: anon_vma, chains, areas, entries (kernel/mm/rmap.h)."""

from . import pages, sv39, tasks, vmas

PAGE = 4096
ANON = pages.ANON


def interval_nodes(kernel, root, container, member):
    """The objects in an interval tree: [(object, start, last)]."""
    rb_offset = kernel.struct("interval_node").offset("rb")
    offset = kernel.struct(container).offset(member)
    for rb in kernel.rb_nodes(root):
        obj = kernel.obj(container, rb - rb_offset - offset)
        node = getattr(obj, member)
        yield obj, node.start, node.last


def anon_vma_model(kernel, address):
    av = kernel.obj("anon_vma", address)
    chains = [{"chain": avc.address, "vma": avc.vma, "start": start, "last": last}
              for avc, start, last in interval_nodes(kernel, av.rb_root, "anon_vma_chain", "node")]
    return {"address": address, "root": av.root, "parent": av.parent, "refcount": av.refcount.v,
            "num_children": av.num_children, "num_active_vmas": av.num_active_vmas, "chains": chains}


def all_mms(kernel):
    """[(mm object, pids)] of every address space that a task uses."""
    return [(kernel.obj("mm_struct", address), pids) for address, pids in tasks.pids_of_mms(kernel).items()]


def family(kernel, root):
    """Every anon_vma of one root that some area is linked to, as models; and {vma address: (pids, vma model)}."""
    members, areas = {}, {}
    for mm, pids in all_mms(kernel):
        for vma in vmas.model(kernel, mm):
            for address in vma["chains"]:
                if address not in members:
                    members[address] = anon_vma_model(kernel, address)
                if members[address]["root"] == root:
                    areas[vma["address"]] = (pids, vma)
    # One whose own areas are gone lives on as somebody's parent or root.
    wanted = [a for m in members.values() for a in (m["root"], m["parent"])]
    for address in wanted:
        if address and address not in members:
            members[address] = anon_vma_model(kernel, address)
    return {a: m for a, m in members.items() if m["root"] == root}, areas


def _entry(kernel, mm, va):
    step = sv39.walk(kernel.u64, kernel.pa(mm.pgd), va)[-1]
    return step["pte"] if step["level"] == 2 else 0


def mappings(kernel, page):
    """Every entry that maps the frame: [{pids, va, pte, vma, via}], and the areas that were looked at in vain."""
    found, vain = [], []
    pid_of = tasks.pids_of_mms(kernel)
    if page["mapping"] & ANON:
        holder = kernel.obj("anon_vma", page["mapping"] & ~ANON)
        candidates = interval_nodes(kernel, holder.rb_root, "anon_vma_chain", "node")
        areas = [(avc.vma, holder.address) for avc, start, last in candidates if start <= page["index"] <= last]
    elif page["kind"] == "memory object":
        holder = kernel.obj("memobj", page["mapping"])
        areas = [(vma.address, holder.address)
                 for vma, start, last in interval_nodes(kernel, holder.i_mmap, "vm_area_struct", "i_mmap_node")
                 if start <= page["index"] <= last]
    else:
        return found, vain
    for address, via in areas:
        vma = kernel.obj("vm_area_struct", address)
        mm = kernel.obj("mm_struct", vma.vm_mm)
        va = vma.vm_start + (page["index"] - vma.vm_pgoff) * PAGE
        pte = _entry(kernel, mm, va)
        record = {"pids": pid_of.get(mm.address, []), "va": va, "pte": pte, "via": via,
                  "vma": vmas.describe(kernel, mm, vma)}
        hit = sv39.present(pte) and sv39.pfn(pte) == page["pfn"]
        (found if hit else vain).append(record)
    return found, vain


def model(kernel, pfn):
    page = pages.model(kernel, pfn)
    found, vain = mappings(kernel, page)
    out = {"page": page, "mappings": found, "elsewhere": vain, "family": {}, "areas": {}}
    if page["mapping"] & ANON:
        root = kernel.obj("anon_vma", page["mapping"] & ~ANON).root
        members, areas = family(kernel, root)
        out["root"] = root
        out["family"] = members
        out["areas"] = {a: {"pids": pids, "vma": vma} for a, (pids, vma) in areas.items()}
    return out


def who(pids):
    return "pid " + ",".join(map(str, pids)) if pids else "no task"


def _family_lines(members, areas, address, depth):
    m = members[address]
    indent = "  " + "   " * depth
    mark = "root " if address == m["root"] else ""
    lines = [f"{indent}{mark}anon_vma {address:#x}: {m['num_active_vmas']} VMA of its own, "
             f"{m['num_children']} children, refcount {m['refcount']}"]
    for chain in m["chains"]:
        area = areas.get(chain["vma"])
        name = f"{who(area['pids'])}: {vmas.title(area['vma'])}" if area else "of an address space that is going away"
        own = "own" if area and area["vma"]["anon_vma"] == address else "inherited"
        lines.append(f"{indent}   chain {chain['chain']:#x} -> vma {chain['vma']:#x} ({own}) {name}")
    for child in sorted(a for a, c in members.items() if c["parent"] == address and a != address):
        lines += _family_lines(members, areas, child, depth + 1)
    return lines


def render(model_):
    page = model_["page"]
    lines = [f"frame {page['pfn']:#x}: {page['kind']}, {pages.counts(page)}, {pages.owner(page)}"]
    if model_["family"]:
        lines.append("the anon_vma family:")
        lines += _family_lines(model_["family"], model_["areas"], model_["root"], 0)
    if page["kind"] not in ("anonymous", "memory object"):
        return lines + ["no reverse map: this frame is not mapped by users through an object"]
    lines.append(f"{len(model_['mappings'])} entries map it:")
    for m in model_["mappings"]:
        lines.append(f"  {who(m['pids'])} at {m['va']:#x}: entry {m['pte']:#018x} {sv39.flags(m['pte'])}")
    for m in model_["elsewhere"]:
        now = "nothing" if m["pte"] == 0 else f"frame {sv39.pfn(m['pte']):#x}"
        lines.append(f"  {who(m['pids'])} at {m['va']:#x}: visited, but has {now} there")
    return lines
