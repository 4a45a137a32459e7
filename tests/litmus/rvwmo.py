#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""May a litmus test end as its last line says? By RVWMO, the memory model of RISC-V (unprivileged specification, appendix A).

    tests/litmus/rvwmo.py FILE.litmus...        prints "allowed" or "forbidden" for each

Each thread is run by itself, with every value that a load could return. The memory operations of a choice of runs are then put
into a global memory order one by one, in all ways that preserved program order (rules 1-13) permits. A load has to find its
value there: the latest store among those that are before it in memory order and those before it in its thread (load value
axiom). An AMO is one operation, so nothing comes between its load and its store (atomicity axiom); runs are finite, and all
stores come into the order (progress axiom). All accesses are of one size and aligned.

The format is that of herd7, the language a part of it: li, mv, lw, sw, ld, sd, add, xor, beq, bne (forward), fence P,S,
amoswap, amoadd, amoor; a condition "exists (A /\\ B ...)". There is no lr and sc, so rule 8 is left
out, and rule 3 follows from rule 2: an AMO is a load, too, and never returns what it stores itself.
"""
import itertools
import operator
import re
import sys


class Op:
    """A memory operation of one run of a thread."""

    def __init__(self, thread, addr, load=None, store=None, aq=False, rl=False):
        self.thread, self.addr, self.load, self.store = thread, addr, load, store   # values; None: it does not load (store)
        self.aq, self.rl = aq, rl
        self.address_from, self.data_from, self.control_from = frozenset(), frozenset(), frozenset()    # loads it depends on
        self.before = []        # operations that precede it in preserved program order, whatever loads return
        self.fed_by = []        # (store m, load a): if this load returns what m wrote, a precedes it (rule 12)
        self.same_read = []     # loads that precede it if they return another store's value (rule 2)


def kinds(op):
    return {kind for kind, value in (("r", op.load), ("w", op.store)) if value is not None}


# ---- the file ----

class Test:
    def __init__(self, text):
        text = re.sub(r"\(\*.*?\*\)", "", text, flags=re.S)
        head, init, code, condition = re.match(r"RISCV\s+(\S+)[^{]*\{(.*?)\}(.*)exists\s*\((.*)\)\s*$", text, re.S).groups()
        self.name = head
        self.memory, self.registers = {}, {}
        for target, value in self.equations(init, ";"):
            (self.registers if ":" in target else self.memory)[target] = value
        rows = [[cell.strip() for cell in row.split("|")] for row in code.split(";") if row.strip()]
        assert rows[0] == ["P%d" % i for i in range(len(rows[0]))] and all(len(row) == len(rows[0]) for row in rows), rows
        self.threads = [[cell for cell in column if cell] for column in zip(*rows[1:])]
        self.exists = self.equations(condition, "/\\")

    @staticmethod
    def equations(text, separator):
        """[(left, value)]: a value is a number or the name of a location."""
        pairs = [part.strip().split("=") for part in text.split(separator) if part.strip()]
        return [(left.strip(), int(right) if right.strip().lstrip("-").isdigit() else right.strip()) for left, right in pairs]


# ---- one thread by itself ----

class Run:
    """One run of a thread in which the n-th load returns loads[n]. OutOfValues: it loads more often."""

    def __init__(self, test, thread, loads):
        self.thread, self.loads = thread, list(loads)
        self.value = {name.split(":")[1]: value for name, value in test.registers.items() if int(name.split(":")[0]) == thread}
        self.source = {}                # register: the loads that its value depends on
        self.control = frozenset()
        self.trace = []                 # Op, and (P, S) for a fence
        code, at = test.threads[thread], 0
        while at < len(code):
            label = self.step(code[at])
            at = code.index(label + ":", at) if label else at + 1
        self.ops = [op for op in self.trace if isinstance(op, Op)]

    def get(self, reg):
        return 0 if reg == "x0" else self.value.get(reg, 0)

    def put(self, reg, value, source):
        if reg != "x0":
            self.value[reg], self.source[reg] = value, source

    def depends(self, *regs):
        return frozenset().union(*(self.source.get(reg, ()) for reg in regs))

    def step(self, line):
        """Do an instruction. Returns the label to go on at, if not with the next."""
        if line.endswith(":"):
            return None
        name, words = line.split(None, 1)
        arg = [word.strip() for word in words.split(",")]
        name, *marks = name.split(".")
        if name == "li":
            self.put(arg[0], int(arg[1]), frozenset())
        elif name == "fence":
            self.trace.append((set(arg[0]), set(arg[1])))
        elif name in ("mv", "add", "xor"):
            self.put(arg[0], self.compute(name, [self.get(reg) for reg in arg[1:]]), self.depends(*arg[1:]))
        elif name in ("beq", "bne"):
            self.control |= self.depends(*arg[:2])
            return arg[2] if (self.get(arg[0]) == self.get(arg[1])) == (name == "beq") else None
        else:
            assert name in ("lw", "ld", "sw", "sd", "amoswap", "amoadd", "amoor"), line
            self.access(name, "".join(marks), arg)
        return None

    @staticmethod
    def compute(name, values):
        if name == "mv":
            return values[0]
        if name == "xor" and values[0] == values[1]:
            return 0
        if name == "add" and 0 in values:
            return values[0] or values[1]
        if not all(isinstance(value, int) for value in values):
            raise Impossible        # arithmetic with an address that is not known
        return {"xor": operator.xor, "add": operator.add, "or": operator.or_}[name](*values)

    def access(self, name, marks, arg):
        pointer = re.match(r"0?\((x\d+)\)$", arg[-1])[1]
        op = Op(self.thread, self.get(pointer), aq="aq" in marks, rl="rl" in marks)
        if not isinstance(op.addr, str):
            raise Impossible        # no location: this choice of values leads nowhere
        loads, stores = name[0] in "la", name[0] in "sa"
        register = arg[1] if name[0] == "a" else arg[0]     # what is stored
        if loads:
            if not self.loads:
                raise OutOfValues
            op.load = self.loads.pop(0)
        if stores:
            value = self.get(register)
            op.store = self.compute(name[3:], [op.load, value]) if name in ("amoadd", "amoor") else value
            op.data_from = self.depends(register)
        op.address_from, op.control_from = self.depends(pointer), self.control
        if loads:
            self.put(arg[0], op.load, frozenset([op]))
        self.trace.append(op)


class OutOfValues(Exception):
    pass


class Impossible(Exception):
    pass


def runs_of(test, thread, values):
    """All runs of @thread in which each load returns one of @values."""
    todo, done = [()], []
    while todo:
        loads = todo.pop()
        try:
            done.append(Run(test, thread, loads))
        except OutOfValues:
            todo += [loads + (value,) for value in values]
        except Impossible:
            pass
    return done


# ---- preserved program order ----

def fenced(trace, a, b):
    """Rule 4: a fence between @a and @b orders one before the other."""
    return any(kinds(a) & pred and kinds(b) & succ for pred, succ in
               (one for one in trace[trace.index(a):trace.index(b)] if not isinstance(one, Op)))


def precedes(run, a, b):
    """Rules 1, 4-7, 9-11, 13: those that do not ask what loads return. @a is before @b in the thread."""
    stores = b.store is not None
    between = run.ops[run.ops.index(a) + 1:run.ops.index(b)]
    return (stores and a.addr == b.addr                                 # 1
            or fenced(run.trace, a, b)                                  # 4
            or a.aq or b.rl                                             # 5, 6
            or (a.aq or a.rl) and (b.aq or b.rl)                        # 7
            or a in b.address_from or a in b.data_from                  # 9, 10
            or stores and a in b.control_from                           # 11
            or stores and any(a in m.address_from for m in between))    # 13


def add_order(run):
    """Fill in what precedes each operation of @run."""
    for i, b in enumerate(run.ops):
        for j, a in enumerate(run.ops[:i]):
            if precedes(run, a, b):
                b.before.append(a)
            between = run.ops[j + 1:i]
            if b.load is None:
                continue
            b.fed_by += [(m, a) for m in between if a in m.address_from | m.data_from and m.store is not None]
            if a.load is not None and a.addr == b.addr and not any(m.store is not None and m.addr == b.addr for m in between):
                b.same_read.append(a)


# ---- the global memory order ----

class Search:
    """Is there a memory order of @runs in which each load returns its value and memory ends as @final says?"""

    def __init__(self, memory, runs, final):
        self.ops = [op for run in runs for op in run.ops]
        self.position = {op: at for run in runs for at, op in enumerate(run.ops)}
        self.memory, self.final = memory, final
        self.seen = set()

    def by_position(self, item):
        return item[0].thread, self.position[item[0]]

    def latest(self, load, placed, last):
        """The store that @load returns if it comes now; None: the location's first value."""
        mine = [op for op in self.ops if op.thread == load.thread and op.addr == load.addr and op.store is not None
                and self.position[op] < self.position[load] and op not in placed]
        return mine[-1] if mine else last.get(load.addr)

    def may_come(self, op, placed, last, found):
        """Returns (may @op be the next in memory order, the store that it returns)."""
        if any(a not in placed for a in op.before):
            return False, None
        if op.load is None:
            return True, None
        store = self.latest(op, placed, last)
        if (store.store if store else self.memory.get(op.addr, 0)) != op.load:
            return False, None
        if any(store is m and a not in placed for m, a in op.fed_by):                       # rule 12
            return False, None
        late = [b for b in placed if op in b.same_read and found[b] is not store]           # rule 2
        return not late, store

    def possible(self, placed=frozenset(), last=(), returned=()):
        key = (placed, last, returned)
        if key in self.seen:
            return False
        self.seen.add(key)
        stores, found = dict(last), dict(returned)
        if len(placed) == len(self.ops):
            end = {**self.memory, **{name: op.store for name, op in stores.items()}}
            return all(end.get(name, 0) == value for name, value in self.final)
        for op in self.ops:
            if op in placed:
                continue
            may, store = self.may_come(op, placed, stores, found)
            if not may:
                continue
            after = {**stores, op.addr: op} if op.store is not None else stores
            reads = {**found, op: store} if op.load is not None else found
            if self.possible(placed | {op}, tuple(sorted(after.items())), tuple(sorted(reads.items(), key=self.by_position))):
                return True
        return False


def values_of(test):
    """Whatever a load could return: first values and what the threads store, given what they load."""
    values = {0, *test.memory.values()}
    for _ in test.threads:
        runs = [run for thread in range(len(test.threads)) for run in runs_of(test, thread, values)]
        more = values | {op.store for run in runs for op in run.ops if op.store is not None}
        if more == values:
            break
        values = more
    return sorted(values, key=str)


def allowed(text):
    """May the test of @text end as its condition says?"""
    return may_end(Test(text))


def may_end(test):
    values = values_of(test)
    wanted = [(*left.split(":"), value) for left, value in test.exists if ":" in left]
    final = [(left.strip("[]"), value) for left, value in test.exists if ":" not in left]
    choices = []
    for thread in range(len(test.threads)):
        mine = [(reg, value) for number, reg, value in wanted if int(number) == thread]
        choices.append([run for run in runs_of(test, thread, values) if all(run.get(reg) == value for reg, value in mine)])
        for run in choices[-1]:
            add_order(run)
    return any(Search(test.memory, runs, final).possible() for runs in itertools.product(*choices))


if __name__ == "__main__":
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            print("%-40s %s" % (path, "allowed" if allowed(file.read()) else "forbidden"))
