# SPDX-License-Identifier: MIT
"""Sv39 page tables (RISC-V privileged specification, section 4.4): walking and reading entries.

The bits are the hardware's; what an entry without V means is Samara's (kernel/mm/pgtable.h).
"""

V, R, W, X, U, G, A, D = (1 << i for i in range(8))
PROT_NONE = G			# only with V clear: a page that nobody may touch
KIND_MASK, SWAP, MIGRATION = 6, 2, 4	# with neither (kernel/mm/reclaim/swap.h)
PAGE = 4096
NAMES = ((D, "D"), (A, "A"), (G, "G"), (U, "U"), (X, "X"), (W, "W"), (R, "R"), (V, "V"))
LEVEL_NAMES = ("pgd", "pmd", "pte")


def shift(level):
    """level 0 is the root."""
    return 30 - 9 * level


def index(va, level):
    return va >> shift(level) & 511


def pfn(pte):
    return pte >> 10 & (1 << 44) - 1


def is_table(pte):
    return pte & (V | R | W | X) == V


def present(pte):
    """A page is there, whether or not the user may touch it."""
    return bool(pte & (V | PROT_NONE))


def is_swap(pte):
    return pte != 0 and not present(pte) and pte & KIND_MASK == SWAP


def flags(pte):
    """The eight low bits as the manual prints them: "DAGUXWRV" with dashes."""
    return "".join(letter if pte & bit else "-" for bit, letter in NAMES)


def describe(pte):
    """An entry in words."""
    if pte == 0:
        return "empty: nothing is mapped here"
    if pte & V:
        if is_table(pte):
            return "points to the next table"
        rights = "".join(c if pte & bit else "-" for bit, c in ((R, "r"), (W, "w"), (X, "x")))
        notes = ["user" if pte & U else "kernel", "accessed" if pte & A else "not accessed",
                 "dirty" if pte & D else "clean"]
        return f"{rights}, {', '.join(notes)}"
    if pte & PROT_NONE:
        return "a page that nobody may touch (PROT_NONE)"
    if is_swap(pte):
        return f"swapped out: slot {pte >> 10:#x}"
    return f"frame {pte >> 10:#x} is being moved" if pte & KIND_MASK == MIGRATION else "neither a page nor a note that makes sense"


def sign_extend(va):
    return va | ~((1 << 39) - 1) & (1 << 64) - 1 if va & 1 << 38 else va


def walk(read_u64, root_pa, va):
    """Entries on the way of va: [{level, table_pa, index, pte}], one to three of them."""
    steps, table = [], root_pa
    for level in range(3):
        i = index(va, level)
        pte = read_u64(table + 8 * i)
        steps.append({"level": level, "table_pa": table, "index": i, "pte": pte})
        if not is_table(pte) or level == 2:
            break
        table = pfn(pte) * PAGE
    return steps


def translate(read_u64, root_pa, va):
    """The physical address behind va, or None."""
    step = walk(read_u64, root_pa, va)[-1]
    if not step["pte"] & V or is_table(step["pte"]):
        return None
    size = 1 << shift(step["level"])
    return pfn(step["pte"]) * PAGE & ~(size - 1) | va & size - 1


def leaves(read_table, root_pa, first=0, last=255):
    """All entries that are not empty below root slots [first, last]: (va, level, pte). read_table(pa): 512 numbers."""
    def below(table_pa, level, base, slots):
        table = read_table(table_pa)
        for i in slots:
            pte = table[i]
            if pte == 0:
                continue
            va = base | i << shift(level)
            if level < 2 and is_table(pte):
                yield from below(pfn(pte) * PAGE, level + 1, va, range(512))
            else:
                yield sign_extend(va), level, pte
    yield from below(root_pa, 0, 0, range(first, last + 1))


def tables(read_table, root_pa):
    """Every table of the user half, the root too: [{pa, level, va, used}]."""
    found = []

    def visit(table_pa, level, base, slots):
        table = read_table(table_pa)
        found.append({"pa": table_pa, "level": level, "va": base,
                      "used": sum(1 for i in slots if table[i])})
        if level < 2:
            for i in slots:
                if is_table(table[i]):
                    visit(pfn(table[i]) * PAGE, level + 1, base | i << shift(level), range(512))
    visit(root_pa, 0, 0, range(256))
    return found
