# SPDX-License-Identifier: MIT
"""Pictures of a snapshot, as SVG. What the change set names (diff.py) is marked in them (svg.py)."""

from . import draw_maple, draw_rmap, draw_space
from .snapshot import find_process


def picture(kind, snapshot, pid, va=None, changes=None):
    """The text of an SVG file. changes: a diff.Changes, or None."""
    process = find_process(snapshot, pid)
    if kind == "mt":
        return draw_maple.maple_tree(process, changes)
    if kind == "vmas":
        return draw_space.address_space(process, changes)
    if kind == "pt":
        return draw_space.page_walk(process, snapshot, va, changes)
    return draw_rmap.reverse_map(process, snapshot, va, changes)
