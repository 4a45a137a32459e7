# SPDX-License-Identifier: MIT
"""Runs of equal things, or of two kinds in turn, so that a picture can show one box for sixty areas."""

from collections import namedtuple

Run = namedtuple("Run", "items kinds")	# kinds: one item of each of the one or two kinds; () for a single item
LEAST = 6				# shorter runs are not folded


def _length(keys, at, period):
    """How many keys from @at on repeat with this period."""
    end = at + period
    while end < len(keys) and keys[end] == keys[end - period]:
        end += 1
    return end - at


def runs(items, key, least=LEAST):
    """The items in order, as Runs. key(item): None for one that must stay alone."""
    keys = [key(i) for i in items]
    keys = [object() if k is None else k for k in keys]
    out, at = [], 0
    while at < len(items):
        length, period = max(((_length(keys, at, p), p) for p in (1, 2) if at + p <= len(items)), key=lambda c: (c[0], -c[1]))
        if length >= least:
            out.append(Run(items[at:at + length], tuple(items[at:at + period])))
        else:
            length = 1
            out.append(Run(items[at:at + 1], ()))
        at += length
    return out
