#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The typed session in README.md: reading it, comparing it, renewing it. And the pictures in docs/.

    tests/gdb/session.py --update      type every command again and write what is printed into the README;
                                       draw docs/*.svg anew

In the chapter, blocks fenced with ```gdb hold "(gdb) command" lines and what gdb prints. A line "..." stands
for any lines. Addresses and frame numbers move with every change of the kernel, and so do line
numbers in it, and whether a process that is on no hart sleeps already or still waits for one: those may
differ, all else may not.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from debugger import PROMPT, TOP, Debugger

DOCS = os.path.join(TOP, "docs")
README = os.path.join(TOP, "README.md")
CHAPTER = "## Follow one page fault"
FENCE = re.compile(r"^```gdb\n(.*?)^```$", re.M | re.S)


def chapter(text):
    """(start, end) of the chapter in the README's text."""
    start = text.index(CHAPTER)
    end = text.find("\n## ", start + 1)
    return start, len(text) if end < 0 else end


def steps(text):
    """[(command, [expected lines])] of the whole chapter, in order."""
    start, end = chapter(text)
    out = []
    for block in FENCE.findall(text[start:end]):
        for line in block.splitlines():
            if line.startswith(PROMPT):
                out.append((line[len(PROMPT):], []))
            else:
                out[-1][1].append(line)
    return out


def masked(line):
    """Without what may differ."""
    line = re.sub(r"0x[0-9a-f]+", "0x#", line.rstrip())
    line = re.sub(r"\b(kernel/[\w/]+\.[chS]):\d+", r"\1:#", line)
    line = re.sub(r"^\d+(\t)", r"#\1", line)
    line = re.sub(r"=\d{9,}\b", "=#", line)
    line = re.sub(r"^ +\d{6,} ", "# ", line)
    line = re.sub(r"^( +\d+ +\d+  )(sleeping|runnable) ", r"\1off hart ", line)
    return re.sub(r"[ \t]+", " ", line)


def same(expected, got):
    """Does the printed text fit? "..." fits any lines."""
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "..." else re.escape(masked(line)) + r"\n" for line in expected)
    text = "".join(masked(line) + "\n" for line in got)
    return re.fullmatch(pattern, text) is not None


def start():
    """The chapter's first command line, with gdb on a terminal of its own."""
    return Debugger(command=["make", "-s", "gdb", "PROG=cowdemo"])


def update():
    with open(README, encoding="utf-8") as f:
        text = f.read()
    begin, end = chapter(text)
    debugger = start()

    def renew(match):
        out = []
        for line in match.group(1).splitlines():
            if line.startswith(PROMPT):
                out += [line] + debugger.run(line[len(PROMPT):]).splitlines()
        return "```gdb\n" + "".join(line.rstrip() + "\n" for line in out) + "```"

    new = FENCE.sub(renew, text[begin:end])
    debugger.run(f"sm draw rmap {DOCS}/cow.svg --diff")
    debugger.close()
    with open(README, "w", encoding="utf-8") as f:
        f.write(text[:begin] + new + text[end:])


# docs/gdb.md lists the same: picture, what is drawn, program, where it stands.
PICTURES = (("maple.svg", "mt", "mtree -n 60", ("tbreak sys_exit_group", "continue")),
            ("areas.svg", "vmas", "mtree -n 60", ("tbreak sys_exit_group", "continue")),
            ("walk.svg", "pt", "cowdemo", ("sm catch-fault write",) + ("sm step-fault",) * 8))


def draw():
    """The pictures that do not belong to the README's session."""
    for name, kind, program, commands in PICTURES:
        debugger = Debugger(program)
        for command in commands:
            debugger.run(command)
        flag = " --diff" if "step-fault" in commands[-1] else ""
        print(debugger.run(f"sm draw {kind} {DOCS}/{name}{flag}"))
        debugger.close()


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit(__doc__)
    update()
    draw()
