# SPDX-License-Identifier: MIT
"""The frame allocator and the slab caches on top of it."""


def model(kernel, nr_harts):
    zone = kernel.global_obj("zone", "zone")
    free = [{"order": order, "blocks": area.nr_blocks} for order, area in enumerate(zone.free)]
    size = kernel.struct("page_cache").size
    base = kernel.symbol("page_caches")
    counts = [kernel.obj("page_cache", base + i * size).count for i in range(2 * nr_harts)]     # movable or not
    caches = [{"hart": i, "frames": sum(counts[2 * i:2 * i + 2])} for i in range(nr_harts)]
    first, end = kernel.pfn_range()
    return {"first_pfn": first, "end_pfn": end, "total": zone.nr_total, "buddy_free": zone.nr_free,
            "free_blocks": free, "caches": caches,
            "free": zone.nr_free + sum(c["frames"] for c in caches)}


def render(m):
    lines = [f"frames [{m['first_pfn']:#x}, {m['end_pfn']:#x}): {m['total']} for the allocator, {m['free']} free "
             f"({m['free'] * 4096 >> 20} MiB)",
             f"{'ORDER':>6} {'BLOCK':>9} {'FREE BLOCKS':>12} {'FRAMES':>8}"]
    for area in m["free_blocks"]:
        order = area["order"]
        lines.append(f"{order:6} {4 << order:5} KiB {area['blocks']:12} {area['blocks'] << order:8}")
    for cache in m["caches"]:
        lines.append(f"hart {cache['hart']} keeps {cache['frames']} single frames in its cache")
    return lines


def taken(before, now, hart):
    """Where one frame came from, as the counts of two models say."""
    was, left = (m["caches"][hart]["frames"] for m in (before, now))
    if left < was:
        return f"from hart {hart}'s cache of free frames, {left} left there"
    return f"from the buddy lists ({before['buddy_free']} -> {now['buddy_free']} free frames); the rest of the block is in hart {hart}'s cache"


def slabs(kernel):
    out = []
    for cache in kernel.each(kernel.symbol("slab_caches"), "kmem_cache", "caches"):
        waiting = sum(m.count for m in cache.magazines)
        out.append({"name": cache.string("name"), "object_size": cache.object_size, "in_use": cache.nr_out - waiting,
                    "in_magazines": waiting, "slabs": cache.nr_slabs, "per_slab": cache.per_slab,
                    "pages": cache.nr_slabs << cache.order})
    return out


def render_slabs(caches):
    lines = [f"{'CACHE':<22} {'SIZE':>6} {'IN USE':>7} {'MAGAZINES':>9} {'SLABS':>6} {'EACH':>5} {'PAGES':>6}"]
    for c in caches:
        lines.append(f"{c['name']:<22} {c['object_size']:6} {c['in_use']:7} {c['in_magazines']:9} {c['slabs']:6} "
                     f"{c['per_slab']:5} {c['pages']:6}")
    return lines
