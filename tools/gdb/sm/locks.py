# SPDX-License-Identifier: MIT
"""Who holds what: spinlocks and sleeping locks that the commands can find."""

from . import tasks, vmas


def _rwsem_state(kernel, sem):
    """Of a struct rw_semaphore (an Obj): (state in words, is it busy)."""
    writer, waiters, handoff, reader = (kernel.constants[n] for n in ("RWSEM_WRITER", "RWSEM_WAITERS", "RWSEM_HANDOFF", "RWSEM_READER"))
    count = sem.count
    notes = []
    if count & writer:
        owner = sem.follow("owner")
        notes.append(f"written by {owner.pid} ({owner.string('name')})" if owner else "held by a writer")
    if count >= reader:
        notes.append(f"{count // reader} reader(s)")
    if count & waiters:
        notes.append(f"{_waiters(kernel, sem)} waiting" + (", the first one is next" if count & handoff else ""))
    return ", ".join(notes) or "free", bool(count)


def _waiters(kernel, sem):
    """How many stand on the lock's list."""
    head, next_offset = sem.member_address("waiters"), kernel.struct("list_head").offset("next")
    at, n = kernel.list_next(head, next_offset), 0
    while at not in (head, 0) and n < 10000:
        at = kernel.list_next(at, next_offset)
        n += 1
    return n


def _spin_state(kernel, lock):
    if not lock.locked & kernel.constants["SPIN_LOCKED"]:
        return "free", False
    return (f"held by hart {lock.holder - 1}" if lock.holder else "held"), True


def model(kernel, spinlocks):
    """[{"name", "kind", "state", "busy"}]. spinlocks: {name: address} of the global and static ones."""
    out = []
    for name, address in sorted(spinlocks.items()):
        state, busy = _spin_state(kernel, kernel.obj("spinlock_t", address))
        out.append({"name": name, "kind": "spinlock", "state": state, "busy": busy})
    zone_state, zone_busy = _spin_state(kernel, kernel.global_obj("zone", "zone").lock)
    out.append({"name": "zone.lock", "kind": "spinlock", "state": zone_state, "busy": zone_busy})
    seen = set()
    for address, pids in tasks.pids_of_mms(kernel).items():
        mm = kernel.obj("mm_struct", address)
        who = "/".join(map(str, pids))
        state, busy = _rwsem_state(kernel, mm.mmap_lock)
        out.append({"name": f"mmap_lock of {who}", "kind": "rwsem", "state": state, "busy": busy})
        state, busy = _spin_state(kernel, mm.page_table_lock)
        out.append({"name": f"page_table_lock of {who}", "kind": "spinlock", "state": state, "busy": busy})
        for vma in vmas.model(kernel, mm):
            out += _vma_locks(kernel, vma, seen)
    return out


def _vma_locks(kernel, vma, seen):
    """An area's own lock, and the locks behind it that others share, each once."""
    out = [{"name": f"area {vma['start']:#x}-{vma['end']:#x}", "kind": "VMA", "state": vma["lock"] or "free",
            "busy": bool(vma["lock"])}]
    if vma["anon_vma"]:
        root = kernel.obj("anon_vma", vma["anon_vma"]).root
        if root not in seen:
            seen.add(root)
            state, busy = _rwsem_state(kernel, kernel.obj("anon_vma", root).rwsem)
            out.append({"name": f"rwsem of anon_vma root {root:#x}", "kind": "rwsem", "state": state, "busy": busy})
    if vma["file"] and vma["file"] not in seen:
        seen.add(vma["file"])
        obj = kernel.obj("memobj", vma["file"])
        name = obj.string("name") or f"memobj {obj.address:#x}"
        state, busy = _rwsem_state(kernel, obj.i_mmap_lock)
        out.append({"name": f"i_mmap_lock of {name}", "kind": "rwsem", "state": state, "busy": busy})
        state, busy = _spin_state(kernel, obj.pages.ma_lock)
        out.append({"name": f"lock of the pages of {name}", "kind": "spinlock", "state": state, "busy": busy})
    return out


def render(locks):
    busy = [lock for lock in locks if lock["busy"]]
    lines = [f"{len(busy)} of {len(locks)} locks are held"]
    for lock in busy:
        lines.append(f"  {lock['name']:<40} {lock['kind']:<9} {lock['state']}")
    if not busy:
        lines.append("  (all free; in user mode that is how it must be)")
    return lines
