# SPDX-License-Identifier: MIT
"""What orders the harts, as litmus tests of RVWMO: each says in its comment what is right, and docs/litmus.md tells of each."""
import importlib.util
import pathlib
import re

import pytest

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
PAGE = (TOP / "docs/litmus.md").read_text()
KERNEL = sorted(HERE.glob("*.litmus"))
KNOWN = sorted(HERE.glob("known/*.litmus"))

# Each rule of the checker: how it is cut out of it.
RULES = {
    "1": ("stores and a.addr == b.addr ", "False "),
    "2": ("op in b.same_read and", "False and"),
    "4": ("or fenced(run.trace, a, b)", "or False"),
    "5": ("or a.aq or b.rl", "or b.rl"),
    "6": ("or a.aq or b.rl", "or a.aq"),
    "7": ("or (a.aq or a.rl) and", "or False and"),
    "9": ("or a in b.address_from or a in b.data_from", "or a in b.data_from"),
    "10": ("or a in b.address_from or a in b.data_from", "or a in b.address_from"),
    "11": ("or stores and a in b.control_from", "or False"),
    "12": ("if any(store is m and", "if any(False and"),
    "13": ("or stores and any(a in m.address_from", "or False and any(a in m.address_from"),
}


def checker(old=None, new=None):
    """The checker's functions, with @new in the place of @old."""
    text = (HERE / "rvwmo.py").read_text()
    if old:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("rvwmo", loader=None))
    exec(compile(text, "rvwmo.py", "exec"), module.__dict__)        # pylint: disable=exec-used
    return module


RVWMO = checker()


def expected(path):
    return re.search(r"^\(\* (allowed|forbidden): ", path.read_text(), re.M)[1] == "allowed"


def weaker(text):
    """(what is left out, text) for each fence and each half of an annotation that can be taken away."""
    for match in re.compile(r"fence [rw]+,[rw]+|\.aqrl|\.aq|\.rl").finditer(text, text.index("}")):
        for left in {".aqrl": (".aq", ".rl"), ".aq": ("",), ".rl": ("",)}.get(match[0], ("li x31,0",)):
            yield "%s at %d becomes '%s'" % (match[0], match.start(), left), text[:match.start()] + left + text[match.end():]


@pytest.mark.parametrize("path", KNOWN + KERNEL, ids=lambda path: path.stem)
def test_verdict(path):
    assert RVWMO.allowed(path.read_text()) == expected(path)


def test_what_the_checker_does_not_know_is_an_error():
    text = (HERE / "known/SB.litmus").read_text()
    for old, new in (("lw x8,0(x6)", "lr.w x8,(x6)"), ("lw x8,0(x6)", "lw x8,4(x6)"), ("li x7,1", "la x7,1")):
        with pytest.raises((AssertionError, TypeError)):
            RVWMO.allowed(text.replace(old, new))


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_of_the_checker_is_needed(rule):
    """By the tests whose verdicts are known; else a rule that is wrong would not be noticed."""
    broken = checker(*RULES[rule])
    assert any(broken.allowed(path.read_text()) != expected(path) for path in KNOWN)


@pytest.mark.parametrize("path", KERNEL, ids=lambda path: path.stem)
def test_each_fence_is_needed(path):
    variants = list(weaker(path.read_text()))
    assert variants and not expected(path)
    assert not [what for what, text in variants if not RVWMO.allowed(text)]


@pytest.mark.parametrize("path", KERNEL, ids=lambda path: path.stem)
def test_what_gcc_makes_of_it(path):
    """gcc 12 has no AMO with .rl: a fence stands before the AMO. Then rule 7 orders less, and nothing here may rely on that."""
    broken = checker(*RULES["7"])
    test = broken.Test(path.read_text())
    for thread in test.threads:
        for at in reversed(range(len(thread))):
            if re.search(r"\.(aq)?rl", thread[at]):
                thread[at:at + 1] = ["fence rw,w", thread[at].replace("rl ", " ", 1).replace(". ", " ", 1)]
    assert not broken.may_end(test)


@pytest.mark.parametrize("path", KERNEL, ids=lambda path: path.stem)
def test_the_outcome_is_about_something(path):
    """With all fences gone, and each load's and store's order, some run ends like that: the values are not just misspelt."""
    text = path.read_text()
    for word in re.findall(r"fence [rw]+,[rw]+", text):
        text = text.replace(word, "li x31,0")
    assert RVWMO.allowed(re.sub(r"\.(aqrl|aq|rl)\b", "", text))


def body(file, name):
    """The definition of the function or macro @name in @file."""
    text = (TOP / file).read_text()
    found = re.search(r"^[\w *]*\b%s\([^;{}]*\)\n\{\n.*?^\}$" % name, text, re.M | re.S) or \
        re.search(r"^#define %s\(.*$" % name, text, re.M)
    return found[0] if found else ""


@pytest.mark.parametrize("path", KERNEL, ids=lambda path: path.stem)
def test_the_kernel_has_what_the_test_stands_for(path):
    lines = re.findall(r"^\(\* code: (\S+) (\w+): (.*) \*\)$", path.read_text(), re.M)
    assert lines
    assert not [line for line in lines if line[2] not in body(line[0], line[1])]


def test_the_page_has_a_row_for_each():
    rows = re.findall(r"^\| `([\w-]+)` \|.*\|$", PAGE, re.M)
    assert sorted(rows) == [path.stem for path in KERNEL]
