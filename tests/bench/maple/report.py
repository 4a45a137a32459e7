#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the maple tree's benchmark and prints its table: see bench.c for what is measured.

usage: report.py PROGRAM LINUX.TXT

Columns: our tree in RCU mode, plain, the red-black tree of the same run, our ratio to it, Linux's
recorded ratio, ours against Linux's (below 1.00: ours does better; "-": not recorded), and the target with
its verdict.
"""
import re
import statistics
import subprocess
import sys

# row: what it says, the target as text, and whether (rcu, plain, rb) of this run meets it
ROWS = {
    "load-16": ("random load, 16 ranges", None, None),
    "load-1k": ("random load, 1k", None, None),
    "load-100k": ("random load, 100k", "2.5x faster than rb", lambda r, p, b: b >= 2.5 * r),
    "load-1M": ("random load, 1M", "2.5x faster than rb", lambda r, p, b: b >= 2.5 * r),
    "append-100k": ("append, 100k", None, None),
    "insert-100k": ("random insert, 100k", "faster than rb", lambda r, p, b: r < b),
    "split-100k": ("split a range, 100k", "faster than rb", lambda r, p, b: r < b),
    "span-5": ("store spanning 5 ranges", "faster than rb", lambda r, p, b: r < b),
    "erase-100k": ("random erase, 100k", None, None),
    # 12 ns on the recorded machine, where the red-black tree takes 47
    "iterate-100k": ("iterate, per entry", "12/47 = 0.255 of rb", lambda r, p, b: r <= 12 / 47 * b),
    "gap-small": ("gap search, small hole", None, None),
    "gap-big": ("gap search, big hole", None, None),
    "dup-100k": ("duplicate, per entry", "0.28 of rb", lambda r, p, b: r <= 0.28 * b),
    "bytes-append": ("bytes per entry, append", "<= 32.7", lambda r, p, b: r <= 32.7),
    "bytes-insert": ("bytes per entry, insert", "<= 39.9", lambda r, p, b: r <= 39.9),
    "instr-load": ("instr: load [1,000]", "<= 247", lambda r, p, b: r <= 247),
    "instr-append": ("instr: append [2,000]", "<= 1000", lambda r, p, b: r <= 1000),
    "instr-rare": ("instr: gap, few leaves", "<= 600", lambda r, p, b: r <= 600),
    "instr-erase": ("instr: erase [2,000]", "<= 1600", lambda r, p, b: r <= 1600),
}
TREES = ("rcu", "plain", "rb")


def timed(program):
    values = {}
    out = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in out.splitlines():
        row, tree, value = line.split()
        values.setdefault((row, tree), []).append(float(value))
    return {key: statistics.median(v) for key, v in values.items()}


def instructions(program, row, tree):
    """Instructions per operation inside the measured function, counted by callgrind."""
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
         "--toggle-collect=measured_" + row, program, "instr", row, tree],
        check=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    total = int(re.search(r"Collected : (\d+)", run.stderr).group(1))
    return total / 2000


def recorded(path):
    table = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                row, *numbers = line.split()
                table[row] = dict(zip(TREES, map(float, numbers)))
    return table


def main():
    program, linux_file = sys.argv[1:3]
    linux = recorded(linux_file)
    subprocess.run([program, "check"], check=True)
    got = timed(program)
    for row in ("load", "append", "rare", "erase"):
        for tree in TREES:
            got["instr-" + row, tree] = instructions(program, row, tree)

    print("maple tree, host -O2: ns of processor time per operation, median of 5 interleaved runs (bytes, instr: counts)")
    print("%-26s %8s %8s %8s | %7s %7s %7s | %s" % (
        "", "rcu", "plain", "rb", "rcu/rb", "Linux's", "ours/L", "target"))
    met = wanted = 0
    for row, (label, target, check) in ROWS.items():
        r, p, b = (got[row, tree] for tree in TREES)
        theirs = against = "-"
        if row in linux:
            ratio = linux[row]["rcu"] / linux[row]["rb"]
            theirs = "%.2f" % ratio
            against = "%.2f" % (r / linux[row]["rcu"] if row.startswith(("bytes", "instr")) else r / b / ratio)
        verdict = ""
        if check:
            ok = check(r, p, b)
            wanted += 1
            met += ok
            verdict = "%s: %s" % (target, "met" if ok else "NOT MET")
        print("%-26s %8.1f %8.1f %8.1f | %7.2f %7s %7s | %s" % (
            label, r, p, b, r / b, theirs, against, verdict))
    print("targets met: %d of %d" % (met, wanted))


if __name__ == "__main__":
    main()
