# SPDX-License-Identifier: MIT
"""Reading a picture of `sm draw` by its numbers, and the words of `sm diff`."""

import re
from collections import namedtuple
from xml.etree import ElementTree

MARKS = {"new", "changed", "gone"}
KINDS = ("tree", "area", "anon_vma", "table", "entry", "frame", "counter")
CHAR, LETTER = 7.85, 7.0		# one letter of fixed pitch, of other text on average (bold text: a tenth more)
Rect = namedtuple("Rect", "left top right bottom what")

NAMED = (("area", r"^  [-+] area (0x\w+)-"), ("area", r"^  ~ area 0x.* -> (0x\w+)-"), ("area", r"^  ~ area (0x\w+): "),
         ("anon_vma", r"^  [-+~] anon_vma (0x\w+)"), ("table", r"^  [-+] \w+ table (0x\w+)"),
         ("entry", r"^  ~ entry of (0x\w+):"), ("frame", r"^  [-+~] frame (0x\w+):"))


def named(text, pid):
    """{(kind, key)}: the things that `sm diff` printed."""
    out = {(kind, key) for kind, pattern in NAMED for key in re.findall(pattern, text, re.M)}
    for line in re.findall(r"^  ~ counters: (.*)$", text, re.M):
        out |= {("counter", name) for name in re.findall(r"(\w+) -?\d+ -> ", line)}
    return out | ({("tree", str(pid))} if re.search(r"^  ~ maple tree:", text, re.M) else set())


class Figure:
    def __init__(self, svg):
        self.root = ElementTree.fromstring(svg.encode())
        self.tips = []			# where arrows end
        self.boxes, self.texts, self.inside, self.marked, self.legend = [], [], [], set(), []
        for element in self.root:
            self.visit(element, False)

    def visit(self, element, in_legend):
        tag, words = element.tag.split("}")[-1], set(element.get("class", "").split())
        in_legend = in_legend or "legend" in words
        if tag in ("defs", "style"):
            return
        if words & MARKS and not in_legend:
            self.marked |= {(kind, element.get(f"data-{kind}")) for kind in KINDS if element.get(f"data-{kind}")}
        if tag == "rect" and "box" in words and not in_legend:
            self.boxes.append(self.rect(element))
        if tag == "path" and "edge" in words and not in_legend:
            self.tips += [tuple(map(float, m)) for m in re.findall(r"C.* (\S+) (\S+)$", element.get("d"))]
        if tag == "text":
            self.text(element, words, in_legend)
        for child in element:
            self.visit(child, in_legend)

    @staticmethod
    def rect(element):
        x, y, w, h = (float(element.get(k)) for k in ("x", "y", "width", "height"))
        return Rect(x, y, x + w, y + h, "box")

    def text(self, element, words, in_legend):
        x, y, text = float(element.get("x")), float(element.get("y")), element.text or ""
        size = CHAR if "mono" in words else LETTER * (1.75 if "title" in words else 1)
        width = len(text) * size
        left = x - {"middle": width / 2, "end": width}.get(element.get("text-anchor"), 0)
        found = Rect(left, y - 11, left + width, y + 3, text)
        (self.legend if in_legend else self.inside if "in" in words else self.texts).append(found)

    @property
    def size(self):
        return float(self.root.get("width")), float(self.root.get("height"))


def overlap(a, b, slack=0.6):
    return min(a.right, b.right) - max(a.left, b.left) > slack and min(a.bottom, b.bottom) - max(a.top, b.top) > slack


def within(a, b, slack=0.6):
    return a.left >= b.left - slack and a.right <= b.right + slack and a.top >= b.top - slack and a.bottom <= b.bottom + slack


def check(svg):
    """What no picture may have: boxes on boxes, words over a border, anything outside. Returns the Figure."""
    figure = Figure(svg)
    sheet = Rect(0, 0, *figure.size, "sheet")
    assert figure.size[0] <= 1280, figure.size
    assert figure.legend and {t.what for t in figure.legend} - {""}
    for i, box in enumerate(figure.boxes):
        assert within(box, sheet)
        assert not any(overlap(box, other) for other in figure.boxes[:i] + figure.texts + figure.legend), box
    for text in figure.inside:
        assert any(within(text, box) for box in figure.boxes), f"'{text.what}' is in no box"
    free = figure.texts + figure.legend
    for i, text in enumerate(free):
        assert within(text, sheet), text
        assert not any(overlap(text, other) for other in free[:i] + figure.inside), text
    return figure
