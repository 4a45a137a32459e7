# SPDX-License-Identifier: MIT
"""The state of memory as one dictionary, the one that tools/schema.md describes, and as a file."""

import json

from . import frames, pages, pagetable, rmap, sv39, tasks, trace, vmas
from .errors import SmError

NAME, VERSION = "samara-snapshot", 1
COUNTERS = ("total_vm", "data_vm", "stack_vm", "locked_vm", "nr_anon", "nr_file", "nr_shmem", "nr_swap",
            "pgtables_bytes", "map_count")


def process(kernel, pid, name, mm):
    """One address space in depth."""
    root_pa = kernel.pa(mm.pgd)
    tree = vmas.tree_of(kernel, mm)
    return {"pid": pid, "name": name, "mm": mm.address, "pgd_pa": root_pa,
            "counters": {c: getattr(mm, c) for c in COUNTERS}, "maple": tree,
            "vmas": vmas.model(kernel, mm, tree), "tables": sv39.tables(kernel.table, root_pa),
            "ptes": [[va, pte] for va, pte in pagetable.entries(kernel, root_pa)]}


def _pages(kernel, processes, more):
    ram = range(*kernel.pfn_range())
    wanted = set(more) | {sv39.pfn(pte) for p in processes for _, pte in p["ptes"] if sv39.present(pte)}
    return {str(pfn): pages.model(kernel, pfn) for pfn in sorted(wanted) if pfn in ram}


def _anon_vmas(kernel, processes):
    wanted, out = {a for p in processes for v in p["vmas"] for a in v["chains"]}, {}
    while wanted:
        address = wanted.pop()
        m = rmap.anon_vma_model(kernel, address)
        out[str(address)] = m
        wanted |= {a for a in (m["root"], m["parent"]) if a and str(a) not in out}
    return out


def take(kernel, harts, only_pid=None, more_pfns=()):
    """All processes, or one of them; and the frames that they map, or that are named."""
    processes = []
    for task in tasks.all_tasks(kernel):
        if task.mm and only_pid in (None, task.pid):
            processes.append(process(kernel, task.pid, task.string("name"), kernel.obj("mm_struct", task.mm)))
    snapshot = {"schema": NAME, "version": VERSION,
                "harts": [{k: h[k] for k in ("id", "mode", "pc")} for h in harts],
                "tasks": tasks.model(kernel, harts), "processes": processes,
                "pages": _pages(kernel, processes, more_pfns), "anon_vmas": _anon_vmas(kernel, processes),
                "frames": frames.model(kernel, len(harts)), "slabs": frames.slabs(kernel),
                "trace": trace.model(kernel) if kernel.has_symbol("mm_trace_rings") else []}
    return snapshot


def find_process(snapshot, pid):
    for p in snapshot["processes"]:
        if p["pid"] == pid:
            return p
    raise SmError(f"the snapshot has no process {pid}")


def write(snapshot, path):
    try:
        with open(path, "w", encoding="utf-8") as f:
            json.dump(snapshot, f, indent=1)
            f.write("\n")
    except OSError as error:
        raise SmError(f"cannot write {path}: {error.strerror}") from None


def load(path):
    try:
        with open(path, encoding="utf-8") as f:
            snapshot = json.load(f)
    except OSError as error:
        raise SmError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise SmError(f"{path} is no JSON") from None
    if not isinstance(snapshot, dict) or snapshot.get("schema") != NAME or snapshot.get("version") != VERSION:
        raise SmError(f"{path} is no {NAME} of version {VERSION}")
    return snapshot
