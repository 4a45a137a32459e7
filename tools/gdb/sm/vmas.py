# SPDX-License-Identifier: MIT
"""The areas of an address space: struct vm_area_struct out of mm->mm_mt."""

from . import maple

PAGE = 4096
LETTERS = (("VM_READ", "r"), ("VM_WRITE", "w"), ("VM_EXEC", "x"))


def rights(kernel, flags):
    text = "".join(letter if flags & kernel.constants[name] else "-" for name, letter in LETTERS)
    return text + ("s" if flags & kernel.constants["VM_SHARED"] else "p")


def flag_names(kernel, flags):
    skip = {"VM_READ", "VM_WRITE", "VM_EXEC", "VM_PROT_MASK"}
    return [name[3:].lower() for name, bit in kernel.constants.with_prefix("VM_").items()
            if name not in skip and flags & bit and bit & bit - 1 == 0]


def name_of(mm, vma):
    """What /proc/PID/maps would call it."""
    if vma.vm_file:
        obj = vma.follow("vm_file")
        return "/dev/zero (deleted)" if obj.shmem else obj.string("name")
    if vma.vm_start < mm.brk and vma.vm_end > mm.start_brk:
        return "[heap]"
    if mm.start_stack and vma.vm_start <= mm.start_stack <= vma.vm_end:
        return "[stack]"
    return ""


def chains_of(kernel, vma):
    return list(kernel.each(vma.member_address("anon_vma_chain"), "anon_vma_chain", "same_vma"))


def describe(kernel, mm, vma):
    return {"address": vma.address, "start": vma.vm_start, "end": vma.vm_end, "flags": vma.vm_flags,
            "rights": rights(kernel, vma.vm_flags), "flag_names": flag_names(kernel, vma.vm_flags),
            "lock": lock_state(kernel, mm, vma), "pgoff": vma.vm_pgoff, "file": vma.vm_file, "name": name_of(mm, vma), "anon_vma": vma.anon_vma,
            "chains": [avc.anon_vma for avc in chains_of(kernel, vma)]}


def lock_state(kernel, mm, vma):
    """In words: "" when nobody has it. A writer has it until it drops mmap_lock, which changes the mm's number."""
    readers = vma.vm_readers // kernel.constants["VMA_READER"]
    if vma.vm_lock_seq == mm.mm_lock_seq:
        return "write-locked"
    return f"{readers} reader{'s' if readers > 1 else ''}" if readers else ""


def tree_of(kernel, mm):
    return maple.read(kernel, mm.mm_mt)


def model(kernel, mm, tree=None):
    tree = tree or tree_of(kernel, mm)
    return [describe(kernel, mm, kernel.obj("vm_area_struct", entry)) for _, _, entry in maple.entries(tree)]


def find(vmas, va):
    """The area that contains va, or None."""
    for vma in vmas:
        if vma["start"] <= va < vma["end"]:
            return vma
    return None


def neighbours(vmas, va):
    """The nearest areas below and above an address that none contains."""
    below = [v for v in vmas if v["end"] <= va]
    above = [v for v in vmas if v["start"] > va]
    return (below[-1] if below else None), (above[0] if above else None)


def title(vma):
    return f"{vma['start']:#x}-{vma['end']:#x} {vma['rights']} {vma['name'] or '(anonymous)'}"


def render(vmas):
    lines = [f"{'START':>12}   {'END':<12} {'PAGES':>6} PROT  ANON_VMA             NAME"]
    for v in vmas:
        anon = f"{v['anon_vma']:#x} ({len(v['chains'])})" if v["anon_vma"] else "-"
        lock = f"  [{v['lock']}]" if v["lock"] else ""
        lines.append(f"{v['start']:#12x} - {v['end']:<#12x} {(v['end'] - v['start']) // PAGE:6} {v['rights']}  "
                     f"{anon:<22} {v['name']}{lock}")
    return lines
