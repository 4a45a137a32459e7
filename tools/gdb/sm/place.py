# SPDX-License-Identifier: MIT
"""Where the boxes of a graph stand: Graphviz puts them in ranks and orders each rank so that few arrows cross."""

import shutil
import subprocess

from .errors import SmError

INCH = 72


def _dot(text):
    if not shutil.which("dot"):
        raise SmError("Graphviz is missing: run tools/setup")
    try:
        done = subprocess.run(["dot", "-Tplain"], input=text, text=True, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        raise SmError("Graphviz needs more than a minute for this picture") from None
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()
        raise SmError(f"Graphviz: {last[-1] if last else 'failed'}")
    return done.stdout


def place(sizes, ranks, edges, sideways, between, beside):
    """
    sizes: {name: (width, height)}; ranks: lists of names, in order; edges: pairs of names, from one rank to the next.
    Returns {name: (x, y)}, the upper left corners. All boxes of a rank begin on one line.
    """
    deep = 0 if sideways else 1		# which size lies along the ranks
    size = {n: list(s) for n, s in sizes.items()}
    for rank in ranks:			# equally deep, so that they begin on one line
        for n in rank:
            size[n][deep] = max(sizes[m][deep] for m in rank)
    text = [f"digraph {{ rankdir={'LR' if sideways else 'TB'}; ranksep={between / INCH}; nodesep={beside / INCH};",
            "node [shape=box fixedsize=true label=\"\"];"]
    text += [f'"{n}" [width={w / INCH} height={h / INCH}];' for n, (w, h) in size.items()]
    text += [f"{{ rank=same; {' '.join(chr(34) + n + chr(34) for n in rank)} }}" for rank in ranks if rank]
    heads = [rank[0] for rank in ranks if rank]
    text += [f'"{a}" -> "{b}" [style=invis weight=0];' for a, b in zip(heads, heads[1:])]
    text += [f'"{a}" -> "{b}" [weight=4];' for a, b in edges]
    return _corners(_dot("\n".join(text + ["}"])), size)


def _corners(plain, size):
    """Graphviz counts inches upwards and from the centre."""
    lines = [line.split() for line in plain.splitlines()]
    height = float(lines[0][3])
    out = {}
    for words in lines:
        if words[0] == "node":
            name = words[1].strip('"')
            w, h = size[name]
            out[name] = float(words[2]) * INCH - w / 2, (height - float(words[3])) * INCH - h / 2
    return out
