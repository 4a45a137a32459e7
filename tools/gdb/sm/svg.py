# SPDX-License-Identifier: MIT
"""A picture as SVG: title, boxes of rows, arrows, text, and below them the legend.

What a change set names is marked: the element gets class="new|changed|gone" and data-KIND="KEY", in the words of
diff.py. What it names and the picture does not show stands in a list of its own below, so that picture and
`sm diff` always say the same.

Text in boxes has a fixed pitch, so that its width is known without the viewer's fonts; the title has 20 pixels, all other text 13.
"""

import html
from collections import namedtuple

CHAR, LETTER = 7.85, 7.0			# width of one letter, fixed pitch; and on average otherwise
ROW, PAD, EDGE = 21, 9, 26		# height of a row, space beside its text, margin of the picture
WIDTH = 1280				# no picture is wider
HEXADECIMAL = ("area", "anon_vma", "table", "entry", "frame")
WORDS = {"changed": "changed by this fault", "new": "new", "gone": "gone"}
COLORS = {"": "#5b6470", "changed": "#c85000", "new": "#0067b1", "gone": "#8a8f96"}

STYLE = """
text{font-family:Helvetica,Arial,'DejaVu Sans',sans-serif;font-size:13px;fill:#16191d}
.title{font-size:20px;font-weight:bold}
.mono{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace}
.bold{font-weight:bold}.faint{fill:#565d66}
.box{fill:#fff;stroke:#5b6470;stroke-width:1.2}.head{fill:#e9edf1}.used{fill:#eef4ea}.hole{fill:#fafafa;stroke:#a8aeb5}
.edge{fill:none;stroke:#5b6470;stroke-width:1.3}.line{stroke:#c9ced4;stroke-width:1}.dotted{stroke-dasharray:2 4}
.row{fill:none;stroke:none}
.new .mark{stroke:#0067b1;stroke-width:3}.new .fill{fill:#dceefb}.new text{font-weight:bold}
.changed .mark{stroke:#c85000;stroke-width:3}.changed .fill{fill:#fdeedd}.changed text{font-weight:bold}
.gone .mark{stroke:#8a8f96;stroke-width:2;stroke-dasharray:6 4}.gone text{fill:#565d66}
.edge.new{stroke:#0067b1;stroke-width:2.6}.edge.changed{stroke:#c85000;stroke-width:2.6}
.edge.gone{stroke:#8a8f96;stroke-width:2;stroke-dasharray:6 4}
"""

# text: one line. thing: the (kind, key) that it shows, if that is another than the box's. head: drawn on a band.
Row = namedtuple("Row", "text thing head bold fill", defaults=(None, False, False, None))
Box = namedtuple("Box", "x y w h rows")	# rows: the top of each row


def row_of(row):
    return row if isinstance(row, Row) else Row(row)


def arrow(text):
    """sm diff's "->" as a drawing has it."""
    return text.replace("->", "\u2192")


def width_of(text):
    return len(text) * CHAR


def box_size(rows, least=0):
    """(width, height) of a box with these rows."""
    rows = [row_of(r) for r in rows]
    return max([least, *(width_of(r.text) + 2 * PAD for r in rows)]), len(rows) * ROW


def arrow_heads():
    out = []
    for how, color in COLORS.items():
        out.append(f'<marker id="arrow{how}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
                   f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 1L10 5L0 9z" fill="{color}"/></marker>')
    return "<defs>" + "".join(out) + "</defs>"


class Picture:
    def __init__(self, title, subtitle="", changes=None):
        self.title, self.subtitle = title, subtitle
        self.changes = changes
        self.parts, self.front, self.symbols, self.shown = [], [], [], set()	# front: over all else
        self.right, self.bottom = EDGE, 74	# of what is drawn so far

    # ---- marks ----

    def how(self, thing):
        change = self.changes.of(*thing) if self.changes and thing else None
        return change.how if change else ""

    def attributes(self, thing, css=""):
        """class and data of an element that shows @thing."""
        how = self.how(thing)
        if how:
            self.shown.add(thing)
        classes = " ".join(filter(None, (css, how)))
        data = ""
        if thing:
            kind, key = thing
            data = f' data-{kind}="{key:#x}"' if kind in HEXADECIMAL else f' data-{kind}="{key}"'
        return (f' class="{classes}"' if classes else "") + data

    def value(self, thing, field, new):
        """The field's value, with the old one when that is what changed: "2 -> 1"."""
        change = self.changes.of(*thing) if self.changes else None
        if change and change.old and change.new and change.old[field] != new:
            return f"{change.old[field]} \u2192 {new}"
        return str(new)

    # ---- what is drawn ----

    def add(self, element, right=0, bottom=0, front=False):
        (self.front if front else self.parts).append(element)
        self.right, self.bottom = max(self.right, right), max(self.bottom, bottom)

    def label(self, x, y, text, css="", anchor="start"):
        """Text on its own; y is its base line."""
        width = len(text) * (CHAR if "mono" in css else LETTER)
        right = x + {"start": width, "middle": width / 2, "end": 0}[anchor]
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.add(f'<text x="{x:.1f}" y="{y:.1f}"{place}' + (f' class="{css}"' if css else "") +
                 f'>{html.escape(text)}</text>', right, y + 5)

    def box(self, x, y, rows, thing=None, least=0, css="", height=None):
        """A box of rows; returns its Box."""
        rows = [row_of(r) for r in rows]
        w, h = box_size(rows, least)
        h = max(h, height or 0)
        top = y if height is None else y + (h - len(rows) * ROW) / 2
        tops = [top + i * ROW for i in range(len(rows))]
        out = [f"<g{self.attributes(thing, 'thing')}>",
               f'<rect class="box mark fill {css}" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="3"/>']
        inner = []
        for row, at in zip(rows, tops):
            if row.thing is None:
                out += self._row(x, at, w, row)
            else:
                inner += [f"<g{self.attributes(row.thing, 'thing')}>", *self._row(x, at, w, row, "mark fill"), "</g>"]
        if self.how(thing) and any(r.head for r in rows):	# the bands lie over the outline
            out.append(f'<rect class="mark" fill="none" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="3"/>')
        self.add("".join(out + ["</g>"] + inner), x + w, y + h, bool(self.how(thing)))
        return Box(x, y, w, h, tops)

    @staticmethod
    def _row(x, y, w, row, marks=""):
        css = "head" if row.head else row.fill or "row"
        out = []
        if css != "row" or marks:
            out.append(f'<rect class="{css} {marks}" x="{x + 2:.1f}" y="{y + 1:.1f}" width="{w - 4:.1f}" height="{ROW - 2}"/>')
        bold = " bold" if row.head or row.bold else ""
        out.append(f'<text class="mono in{bold}" x="{x + PAD:.1f}" y="{y + ROW - 6:.1f}">{html.escape(row.text)}</text>')
        return out

    def edge(self, start, end, thing=None, css="", upright=False, how=None):
        """An arrow that leaves and arrives at right angles, sideways or upright."""
        (x1, y1), (x2, y2) = start, end
        half = ((y2 - y1) if upright else (x2 - x1)) / 2
        bend = f"{x1:.1f} {y1 + half:.1f} {x2:.1f} {y2 - half:.1f}" if upright else \
            f"{x1 + half:.1f} {y1:.1f} {x2 - half:.1f} {y2:.1f}"
        self.path(f"M{x1:.1f} {y1:.1f}C{bend} {x2:.1f} {y2:.1f}", thing, css, how)

    def path(self, d, thing=None, css="", how=None):
        """how: the mark, when it is another than the thing's own (an arrow that is gone, of an entry that changed)."""
        attributes = self.attributes(thing, f"edge {css}".strip())
        head = self.how(thing)
        if how and head:
            attributes, head = attributes.replace(f' {head}"', f' {how}"'), how
        self.add(f'<path{attributes} d="{d}" marker-end="url(#arrow{head})"/>')

    # ---- below the picture ----

    def symbol(self, sample, text):
        """One entry of the legend: sample(x, y) draws into a field of 40 by 18."""
        self.symbols.append((sample, text))

    def _legend(self):
        marks = [(self._mark_sample(how), words) for how, words in WORDS.items()] if self.changes is not None else []
        x, y = EDGE, self.bottom + 34
        limit = max(self.right, 900)
        for sample, text in marks + self.symbols:
            width = 48 + len(text) * LETTER + 24
            if x > EDGE and x + width > limit:
                x, y = EDGE, y + 28
            self.add(f'<g class="legend">{sample(x, y)}</g>', 0, y + 18)
            self.label(x + 48, y + 14, text, "legend")
            x += width

    @staticmethod
    def _mark_sample(how):
        return lambda x, y: f'<g class="sample-{how}"><g class="{how}"><rect class="box mark fill" x="{x + 1}" y="{y:.1f}" ' \
                            f'width="36" height="18" rx="3"/></g></g>'

    def _not_shown(self):
        """What changed too: things that this kind of picture has no place for."""
        rest = [c for c in self.changes.all if (c.kind, c.key) not in self.shown] if self.changes else []
        if not rest:
            return
        y = self.bottom + 40
        self.label(EDGE, y, "Changed too, but not part of this picture:", "bold")
        for change in rest:
            y += ROW + 6
            self.box(EDGE, y - 15, [arrow(change.text)], (change.kind, change.key))

    def svg(self):
        self._not_shown()
        self._legend()
        w, h = max(self.right, len(self.title) * LETTER * 1.75, len(self.subtitle) * LETTER) + EDGE, self.bottom + 22
        head = [f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="{w:.0f}" height="{h:.0f}" '
                f'viewBox="0 0 {w:.0f} {h:.0f}" xml:space="preserve">', f"<style>{STYLE}</style>", arrow_heads(),
                '<rect width="100%" height="100%" fill="#fff"/>',
                f'<text class="title" x="{EDGE}" y="36">{html.escape(self.title)}</text>',
                f'<text class="faint" x="{EDGE}" y="58">{html.escape(self.subtitle)}</text>']
        return "\n".join(head + self.parts + self.front + ["</svg>", ""])
