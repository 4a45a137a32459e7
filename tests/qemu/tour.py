#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The README's first tour: what stands behind "samara$" is typed, and what appears is compared with what stands below it, numbers
apart. tests/qemu/tour.py --update writes anew what it prints today.
"""
import re
import sys

from samara import Machine, ROOT

README = ROOT / "README.md"
BANNER = "Samara on hart"


def chapter(text):
    begin = text.index("## A first tour")
    return begin, text.index("\n## ", begin + 1)


def steps(text):
    """[(command or None for the banner, the lines below it)]"""
    begin, end = chapter(text)
    found = []
    for block in re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", text[begin:end], re.M):
        lines = re.sub(r"^ {4}", "", block, flags=re.M).strip("\n").split("\n")
        if lines[0].startswith("samara$ "):
            found.append((lines[0][len("samara$ "):], lines[1:]))
        elif lines[0].startswith(BANNER):
            found.append((None, lines))
    return found


def shown(machine, command):
    """The lines that the machine prints for it, without blanks at their ends."""
    text = machine.log[machine.log.index(BANNER):].split("samara$", 1)[0] if command is None else machine.run(command).output
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def same(want, got):
    """But for numbers, and the words that hang on them."""
    def mask(lines):
        return [re.sub(r"\b(0x)?[0-9a-f]*\d[0-9a-f]*\b|\b[0-9a-f]{8,}\b", "N", re.sub(r" +", " ", line)) for line in lines]
    return mask(want) == mask(got)


def update():
    text = README.read_text()
    begin, end = chapter(text)
    tour = text[begin:end]
    machine = Machine(tty=None)
    machine.wait_prompt()
    for command, lines in steps(text):
        head = [] if command is None else ["samara$ " + command]
        old, new = ("\n".join("    " + line if line else "" for line in head + body) for body in (lines, shown(machine, command)))
        assert tour.count(old) == 1, old
        tour = tour.replace(old, new)
    machine.close()
    README.write_text(text[:begin] + tour + text[end:])


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit("usage: tests/qemu/tour.py --update")
    update()
