# SPDX-License-Identifier: MIT
"""A copy of the tree, with what is built already, that a test may change and build anew."""
import re
import shutil
import subprocess

from samara import Machine, ROOT

COPIED = ("boot", "kernel", "lib", "linker.ld", "Makefile", "tests", "tools", "uapi", "user")
BUILT = ("debug", "debugvm", "user", "initrd.cpio", "host/sim")


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)        # with its time: make builds what is newer


class Tree:
    def __init__(self, folder):
        self.top = folder
        for name in COPIED:
            _copy(ROOT / name, folder / name)
        for name in BUILT:
            if (ROOT / "build" / name).exists():
                _copy(ROOT / "build" / name, folder / "build" / name)

    def make(self, *words):
        done = subprocess.run(["make", "-s", *words], cwd=self.top, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        assert done.returncode == 0, done.stdout

    def boot(self, variant="debug", **how):
        """A machine at its prompt, with this tree's kernel and programs."""
        how.setdefault("initrd", self.top / "build/initrd.cpio")
        machine = Machine(elf=self.top / "build" / variant / "samara.elf", **how)
        machine.wait_prompt()
        return machine

    def replace(self, path, old, new):
        """Returns the text before."""
        text = (self.top / path).read_text()
        assert text.count(old) == 1, "%s has %d times %r" % (path, text.count(old), old)
        (self.top / path).write_text(text.replace(old, new))
        return text

    def follow(self, page):
        """Do what a page of docs/ tells: blocks of code with "in `FILE`, behind the line", "in place of the line", "in front of the line",
        "put", "at the end of `FILE` put", "as `FILE` write" before them. Returns how many changes that were.
        """
        path = anchor = where = None
        changes = 0
        for text, code in _blocks((ROOT / "docs" / page).read_text()):
            files = re.findall(r"`([\w./-]+/[\w.-]+)`", text)
            path = files[-1] if files else path
            place = re.search(r"(behind|in place of|in front of) the line\s*$", text)
            if place:
                anchor, where = code, place[1]
            elif re.search(r"(?i)at the end of\s+`\S+`\s+put\s*$", text):
                (self.top / path).write_text((self.top / path).read_text() + "\n" + code)
                changes += 1
            elif re.search(r"(?i)as `\S+` write\s*$", text):
                (self.top / path).write_text(code)
                changes += 1
            elif anchor and re.search(r"put\s*$", text):
                self.replace(path, anchor, {"behind": anchor + code, "in front of": code + "\n" + anchor, "in place of": code}[where])
                anchor = None
                changes += 1
        assert not anchor, "nothing was put %s %r" % (where, anchor)
        return changes


def _blocks(text):
    """(the text before it, code) of each block of indented lines."""
    for before, code in re.findall(r"((?:^(?! {4}).*\n|^\n(?! {4}))*)\n?((?:^ {4}.*\n|^\n(?= {4}))+)", text, re.M):
        yield before.strip(), re.sub(r"^ {4}", "", code, flags=re.M).rstrip("\n") + "\n"
