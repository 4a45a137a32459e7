# SPDX-License-Identifier: MIT
"""Numbers that the kernel's headers #define and debug information does not carry.

They are read from the headers themselves, so that nothing here can differ from them.
"""

import re

HEADERS = ("kernel/core/config.h", "kernel/core/spinlock.h", "kernel/arch/riscv.h", "kernel/mm/frame/page.h", "kernel/mm/frame/kmap.h",
           "kernel/mm/mm_types.h", "kernel/mm/vma_lock.h", "kernel/mm/mm.h", "kernel/mm/rmap.h", "kernel/mm/pgtable.h",
           "kernel/sched/task.h", "kernel/sched/rwsem.h", "kernel/arch/uaccess.h", "kernel/mm/frame/gfp.h",
           "kernel/mm/frame/page_internal.h", "kernel/mm/reclaim/swap.h", "lib/maple/maple_tree.h", "kernel/ipc/handle.h", "uapi/ipc.h")

DEFINE = re.compile(r"^#define\s+([A-Z_][A-Z0-9_]*)[ \t]+([^\n]*)$", re.M)
COMMENT = re.compile(r"/\*.*?(\*/|$)")
SUFFIX = re.compile(r"\b(0[xX][0-9a-fA-F]+|\d+)[uUlL]+\b")
RV_UL = re.compile(r"\bRV_UL\(([^()]*)\)")
WORD = re.compile(r"\b[A-Z_][A-Z0-9_]*\b")
ARITHMETIC = re.compile(r"^[0-9a-fA-FxX\s()|&<>+*~-]+$")


class Constants:
    """constants["VM_READ"]; with_prefix("VM_") gives all of a family."""

    def __init__(self, text):
        self.raw = {}
        for name, body in DEFINE.findall(text):
            self.raw.setdefault(name, COMMENT.sub("", body).strip())
        self.known = {}

    @classmethod
    def from_tree(cls, top):
        parts = []
        for header in HEADERS:
            try:
                with open(f"{top}/{header}", encoding="utf-8") as f:
                    parts.append(f.read())
            except FileNotFoundError:
                continue
        return cls("\n".join(parts))

    def __getitem__(self, name):
        if name not in self.known:
            self.known[name] = self._value(name, ())
        if self.known[name] is None:
            raise KeyError(name)
        return self.known[name]

    def __contains__(self, name):
        try:
            self[name]
        except KeyError:
            return False
        return True

    def with_prefix(self, prefix):
        return {name: self[name] for name in self.raw if name.startswith(prefix) and name in self}

    def _value(self, name, seen):
        """The number behind a name; None when it is no plain arithmetic."""
        if name not in self.raw or name in seen:
            return None
        body = SUFFIX.sub(r"\1", RV_UL.sub(r"\1", self.raw[name]))
        for word in set(WORD.findall(body)):
            value = self._value(word, seen + (name,))
            if value is None:
                return None
            body = re.sub(rf"\b{word}\b", str(value), body)
        if not body or not ARITHMETIC.match(body):
            return None
        try:
            return eval(body, {"__builtins__": {}}) & (2**64 - 1)
        except (SyntaxError, TypeError):
            return None
