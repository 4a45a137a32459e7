# SPDX-License-Identifier: MIT
"""A gdb session as a person has it: `tools/gdb/start` on a terminal, commands typed, answers read."""

import os
import re
import struct

import pexpect

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KERNEL = os.path.join(TOP, "build", "debug", "samara.elf")
INITRD = os.path.join(TOP, "build", "initrd.cpio")
PROMPT = "(gdb) "
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def image_base(program):
    """The address at which a program is linked: p_vaddr of its first program header."""
    with open(os.path.join(TOP, "build", "user", "bin", program), "rb") as f:
        return struct.unpack_from("<Q", f.read(128), 64 + 16)[0]


class Debugger:
    """gdb on a machine that stands at main of a program (or at reset, without one)."""

    def __init__(self, program=None, smp=1, replay=False, command=None, bootargs=""):
        env = {**os.environ, "SMP": str(smp), "PROG": program or "", "BOOTARGS": bootargs, "TERM": "dumb",
               "REPLAY": "1" if replay else ""}
        env.pop("TMUX", None)
        words = command or ["/usr/bin/python3", os.path.join(TOP, "tools", "gdb", "start"), KERNEL, INITRD]
        self.child = pexpect.spawn(words[0], words[1:], cwd=TOP, env=env, encoding="utf-8", timeout=20,
                                   dimensions=(1000, 400), echo=False)
        self.child.delaybeforesend = None
        self.greeting = self.answer()

    def answer(self):
        self.child.expect_exact(PROMPT)
        return ESCAPES.sub("", self.child.before).replace("\r", "")

    def run(self, command):
        """What gdb prints for one command. A traceback is never an answer."""
        self.child.sendline(command)
        text = self.answer().strip("\n")
        assert "Traceback" not in text and "Python Exception" not in text, text
        return text

    def value(self, expression):
        return int(self.run(f"printf \"%lu\\n\", (unsigned long)({expression})"))

    def pid_of(self, name):
        """The first process of that name."""
        return int(re.search(rf"^ +(\d+) .* {name}$", self.run("sm ps"), re.M).group(1))

    def close(self):
        if self.child.isalive():
            self.child.sendline("quit")
            self.child.expect(pexpect.EOF)
        self.child.close()
