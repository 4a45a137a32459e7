# SPDX-License-Identifier: MIT
"""One page fault in plain words: what was accessed, what stands there, which path the handler takes and why.

decide() asks the same questions in the same order as kernel/mm/fault.c.
"""

from . import pages, pagetable, sv39, vmas

PAGE = 4096
CAUSES = {12: "exec", 13: "read", 15: "write"}
VERBS = {"read": "a load from", "write": "a store to", "exec": "an instruction fetch from"}
INTERRUPT = 1 << 63
CAUSE_NAMES = {0: "misaligned instruction address", 1: "instruction access fault", 2: "illegal instruction",
               3: "breakpoint", 4: "misaligned load", 5: "load access fault", 6: "misaligned store",
               7: "store access fault", 8: "system call from user mode", 9: "system call from supervisor mode",
               12: "instruction page fault", 13: "load page fault", 15: "store page fault"}
INTERRUPT_NAMES = {1: "software interrupt", 5: "timer interrupt", 9: "external interrupt"}


def cause_name(cause):
    if cause & INTERRUPT:
        return INTERRUPT_NAMES.get(cause & 0xff, "interrupt")
    return CAUSE_NAMES.get(cause, f"exception {cause}")


def _allowed(c, vma, access):
    need = {"write": c["VM_WRITE"], "exec": c["VM_EXEC"], "read": c["VM_READ"] | c["VM_WRITE"]}[access]
    return bool(vma["flags"] & need)


def _no_area(kernel, mm, areas, va):
    """No area contains va: may the stack above grow?"""
    c = kernel.constants
    below, above = vmas.neighbours(areas, va)
    if above is None:
        return "fault_grow_stack", "SIGSEGV", "no area contains the address and none lies above it that could grow"
    if not above["flags"] & c["VM_GROWSDOWN"]:
        return "fault_grow_stack", "SIGSEGV", f"no area contains the address, and the next one above ({vmas.title(above)}) is no stack"
    guard = c["STACK_GUARD_GAP"]
    gap = va // PAGE * PAGE - below["end"] if below else guard
    if gap < guard and not below["flags"] & c["VM_GROWSDOWN"] and below["flags"] & c["VM_PROT_MASK"]:
        return "fault_grow_stack", "SIGSEGV", f"the stack above would come nearer to the mapping below than the guard gap of {guard // PAGE} pages allows"
    if above["end"] - va // PAGE * PAGE > mm.rlim_stack:
        return "fault_grow_stack", "SIGSEGV", "the stack above would pass its limit (RLIMIT_STACK)"
    return "expand_stack", "done", "the address lies below the stack, which grows down to it; then a fresh frame is mapped"


def _missing(kernel, vma, access, va):
    """The entry is empty."""
    shared = vma["flags"] & kernel.constants["VM_SHARED"]
    if vma["file"]:
        obj = kernel.obj("memobj", vma["file"])
        pgoff = vma["pgoff"] + (va - vma["start"]) // PAGE
        if pgoff * PAGE >= -(-obj.size // PAGE) * PAGE:
            return "do_file_page", "SIGBUS", "the page lies past the end of the object"
        if access == "write" and not shared:
            return "do_file_page", "done", "a private write to a page of an object: the object's page is copied into a fresh anonymous frame"
        return "do_file_page", "done", "the object's own page is mapped, from its image or zero filled"
    if access == "write":
        prepare = "" if vma["anon_vma"] else ", and since the area has no anon_vma yet, it gets one first"
        return "do_anonymous_page", "done", f"the first touch is a write: a fresh frame of zeroes is mapped{prepare}"
    return "do_anonymous_page", "done", "the first touch is a read: the shared zero page is mapped read-only, no frame is used"


def _read_only(kernel, vma, walk):
    """A write to a page that is there but read-only."""
    page = walk["page"]
    if page and page["kind"] == "zero page":
        return "do_wp_page", "done", "the zero page stands here: the writer gets a fresh frame of zeroes"
    if vma["flags"] & kernel.constants["VM_SHARED"]:
        return "do_wp_page", "done", "the mapping is shared: the entry becomes writable, the frame stays"
    if page and page["mapping"] & pages.ANON:
        if "anon_exclusive" in page["flags"]:
            return "do_wp_page", "done", "the frame is marked exclusive to this process: it is made writable in place"
        if page["refcount"] == 1 and page["mapcount"] == 1:
            return "do_wp_page", "done", "nobody else maps or holds the frame any more: it is made writable in place, not copied"
        return "do_wp_page", "done", f"copy on write: {page['mapcount']} entries map the frame, so the writer gets a copy of its own"
    return "do_wp_page", "done", "copy on write: the frame belongs to a memory object, so the writer gets a private copy"


def decide(kernel, mm, areas, walk, access):
    """(function of kernel/mm/fault.c, outcome, reason)."""
    va, vma = walk["va"], walk["vma"]
    if va >= kernel.constants["TASK_SIZE"]:
        return "user_page_fault", "SIGSEGV", "the address is not below TASK_SIZE: users own nothing there"
    if vma is None:
        return _no_area(kernel, mm, areas, va)
    if not _allowed(kernel.constants, vma, access):
        return "fault_locked", "SIGSEGV", f"the area is {vma['rights']}, which does not allow this {access}"
    pte = walk["steps"][-1]["pte"] if walk["steps"][-1]["level"] == 2 else 0
    if pte == 0:
        return _missing(kernel, vma, access, va)
    if not sv39.present(pte):
        if sv39.is_swap(pte):
            return "do_swap_page", "done", f"the page was swapped out to slot {pte >> 10:#x}: it is read back, or found in the swap cache"
        return "do_migration_entry", "done", "the page is being moved to another frame: wait for the end of that"
    if access == "write" and not pte & sv39.W:
        return _read_only(kernel, vma, walk)
    return "do_spurious", "done", "the entry allows the access already: somebody was faster, or only A or D was missing"


def explain(kernel, task, mm, trap):
    """trap: {cause, addr, pc, from_user}. A dictionary that render() turns into text."""
    areas = vmas.model(kernel, mm)
    access = CAUSES[trap["cause"]]
    walk = pagetable.walk_model(kernel, kernel.pa(mm.pgd), trap["addr"], areas)
    function, outcome, reason = decide(kernel, mm, areas, walk, access)
    below, above = vmas.neighbours(areas, trap["addr"])
    return {"pid": task.pid, "name": task.string("name"), "access": access, "trap": trap, "walk": walk,
            "below": below, "above": above, "function": function, "outcome": outcome, "reason": reason}


def render(e, source):
    """source: the place of the faulting instruction in words."""
    trap, walk = e["trap"], e["walk"]
    mode = "user mode" if trap["from_user"] else "the kernel (a copy to or from user memory)"
    lines = [f"{cause_name(trap['cause'])}: {VERBS[e['access']]} {trap['addr']:#x} by pid {e['pid']} ({e['name']}), in {mode}",
             f"  at {source}"]
    if walk["vma"]:
        lines.append(f"  area: {vmas.title(walk['vma'])}")
    else:
        lines.append("  area: none contains the address")
        lines += [f"    next {side}: {vmas.title(v)}" for side, v in (("below", e["below"]), ("above", e["above"])) if v]
    last = walk["steps"][-1]
    lines.append(f"  entry: {sv39.LEVEL_NAMES[last['level']]} [{last['index']}] = {last['pte']:#x} "
                 f"{sv39.flags(last['pte'])}: {sv39.describe(last['pte'])}")
    if walk["page"]:
        lines.append(f"  frame: {walk['page']['pfn']:#x}, {walk['page']['kind']}, {pages.counts(walk['page'])}")
    lines.append(f"  path: {e['function']}(): {e['reason']}")
    lines.append("  outcome: the instruction runs again" if e["outcome"] == "done" else f"  outcome: {e['outcome']}")
    return lines
