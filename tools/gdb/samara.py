# SPDX-License-Identifier: MIT
"""Loaded by gdb (source tools/gdb/samara.py) after the kernel's symbols: settings and the `sm` commands.

tools/gdb/start does so for `make gdb`; by hand:

    gdb-multiarch build/debug/samara.elf -ex 'source tools/gdb/samara.py' -ex 'target remote ...'
"""

import os
import sys

import gdb

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))

# "osabi none": with the Linux ABI gdb steps in software, over traps instead of into them.
SETTINGS = ("osabi none", "confirm off", "pagination off", "trust-readonly-sections on", "print pretty on", "print entry-values no",
            "python print-stack none", "remotetimeout 20", "history save off")
# The C library, whose source is not here: step goes over it. A * matches one folder.
LIBRARY = ("newlib/libc/*/*", "newlib/libc/*/*/*", "newlib/libm/*/*", "newlib/libm/*/*/*")


def load():
    sys.dont_write_bytecode = True
    if HERE not in sys.path:
        sys.path.insert(0, HERE)
    for setting in SETTINGS:
        gdb.execute(f"set {setting}")
    for files in LIBRARY:
        gdb.execute(f"skip -gfi {files}", to_string=True)
    if not gdb.objfiles():
        raise gdb.GdbError("samara.py: load the kernel first: file build/debug/samara.elf")
    from sm import commands
    commands.register(TOP)


load()
