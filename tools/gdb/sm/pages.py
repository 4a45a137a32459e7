# SPDX-License-Identifier: MIT
"""struct page: one frame of RAM, in words."""

PAGE = 4096
ANON = 1			# PAGE_MAPPING_ANON: the low bit of page->mapping


def flag_names(kernel, flags):
    """The PG_ names of the bits that are set; bits without a name are numbers that lru.c keeps there."""
    return [name[3:] for bit, name in sorted(kernel.enum("page_flag").items()) if flags >> bit & 1]


def kind(page):
    """What the frame is used for, in a word."""
    flags = page["flags"]
    for flag, word in (("reserved", "reserved"), ("buddy", "free"), ("pcp", "free"), ("slab", "slab"),
                       ("pgtable", "page table"), ("zero", "zero page")):
        if flag in flags:
            return word
    if page["refcount"] == 0:
        return "free (inside a block)"
    if page["mapping"] & ANON:
        return "anonymous"
    return "memory object" if page["mapping"] else "kernel"


def model(kernel, pfn):
    page = kernel.page_of(pfn)
    out = {"pfn": pfn, "address": page.address, "pa": pfn * PAGE, "flags": flag_names(kernel, page.flags),
           "refcount": page.refcount.v, "mapcount": page.mapcount.v, "mapping": page.mapping,
           "index": page.index, "private": page.private}
    out["kind"] = kind(out)
    if out["kind"] == "slab" and page.slab_cache:
        out["cache"] = kernel.obj("kmem_cache", page.slab_cache).string("name")
    if page.struct.has("owner") and page.owner.serial:
        out["owner"] = {"pid": page.owner.pid, "allocated": kernel.text(page.owner.allocated), "got": kernel.text(page.owner.got),
                        "put": kernel.text(page.owner.put)}
    return out


def counts(page):
    return f"refcount {page['refcount']}, mapcount {page['mapcount']}"


def owner(page):
    """Who has it."""
    if page["kind"] == "slab":
        return f"slab cache {page.get('cache', '?')}"
    if page["kind"] == "anonymous":
        return f"anon_vma {page['mapping'] & ~ANON:#x}, page index {page['index']:#x}"
    if page["kind"] == "memory object":
        return f"memory object {page['mapping']:#x}, page index {page['index']:#x}"
    if page["kind"] == "free" and "buddy" in page["flags"]:
        return f"the buddy allocator, block of order {page['private']}"
    if page["kind"] == "free":
        return "a hart's cache of free frames"
    return "nobody" if page["kind"].startswith("free") else "the kernel"


def places(page):
    """Where it was allocated and its references were taken and dropped last: DEBUG_VM kernels write it down."""
    if "owner" not in page:
        return []
    o = page["owner"]
    return [f"  allocated at {o['allocated']} by pid {o['pid']}; last reference taken at {o['got'] or 'no other place'}, "
            f"dropped at {o['put'] or 'no place'}"]


def lru(page):
    if "lru" not in page["flags"]:
        return "on no LRU list"
    return "on the active LRU list" if "active" in page["flags"] else "on the inactive LRU list"


def render(page):
    return [f"frame {page['pfn']:#x} at {page['pa']:#x}: {page['kind']}",
            f"  struct page {page['address']:#x}, {counts(page)}",
            f"  flags: {', '.join(page['flags']) or 'none'}",
            f"  owner: {owner(page)}",
            f"  {lru(page)}"] + places(page)
