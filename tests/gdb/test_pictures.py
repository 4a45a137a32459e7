# SPDX-License-Identifier: MIT
"""The pictures of `sm draw`: their layout, on snapshots that the tests make up, and their marks, on real faults."""

import copy

import pytest

import figure
from debugger import Debugger
from sm import diff, draw, fold
from sm.draw_maple import size_text
from test_pure import MAX, area, frame, shot

KINDS = ["mt", "vmas", "pt", "rmap"]
START = 0x3ff7000000


def areas_of(count, first=START):
    """Neighbours of one page, r--p and rw-p in turn."""
    return [area(first + 4096 * i, first + 4096 * (i + 1), rights=("r--p", "rw-p")[i % 2]) for i in range(count)]


def slots_of(areas):
    """The slots of a tree's leaves: areas, and holes between and behind them."""
    out, at = [], 0
    for a in areas:
        if a["start"] > at:
            out.append((at, a["start"] - 1, 0))
        out.append((a["start"], a["end"] - 1, a["address"]))
        at = a["end"]
    return out + [(at, MAX, 0)]


def node(kind, children, limit):
    """children: slots without pivots. The last slot of a full node has none."""
    slots = [{"pivot": None if i == limit - 1 else c["max"], "gap": None, **c} for i, c in enumerate(children)]
    node.count = getattr(node, "count", 0) + 1
    return {"address": 0xffffffc000000000 + 256 * node.count, "type": kind, "min": slots[0]["min"], "max": slots[-1]["max"],
            "slots": slots}


def tree_of(areas):
    level = [{"min": a, "max": b, "entry": e} for a, b, e in slots_of(areas)]
    kind, limit, height, nodes = "leaf_64", 16, 0, 0
    while height == 0 or len(level) > 1:
        made = [node(kind, level[i:i + limit], limit) for i in range(0, len(level), limit)]
        level = [{"min": n["min"], "max": n["max"], "gap": 4096, "child": n} for n in made]
        kind, limit, height, nodes = "arange_64", 10, height + 1, nodes + len(made)
    return {"flags": [], "height": height, "nodes": nodes, "root": level[0]["child"]}


def family(children):
    """Process 7 with an area of two pages that @children processes inherited; each has an anon_vma of its own."""
    snapshot = shot([], [])
    first = snapshot["processes"][0]
    processes, members = [], []
    for i in range(children + 1):
        p = copy.deepcopy(first)
        a = area(0x10000, 0x12000, name="[heap]", pgoff=16, anon_vma=0xffffffc000001000 + 64 * i)
        a["address"], p["pid"] = 0xffffffc000008000 + 128 * i, 7 + i
        p.update(vmas=[a], ptes=[[0x10000, 0x100 + i << 10 | 0xd7], [0x11000, 0x1ff << 10 | 0xd3]], maple=tree_of([a]))
        p["tables"] += [{"pa": 0x2000, "level": 1, "va": 0, "used": 1}, {"pa": 0x3000, "level": 2, "va": 0, "used": 2}]
        processes.append(p)
    for i, p in enumerate(processes):
        linked = processes if i == 0 else [p]
        chains = [{"chain": 0xffffffc000010000 + 64 * (64 * i + n), "vma": q["vmas"][0]["address"], "start": 16, "last": 17}
                  for n, q in enumerate(linked)]
        own = p["vmas"][0]["anon_vma"]
        members.append({"address": own, "root": processes[0]["vmas"][0]["anon_vma"], "chains": chains, "refcount": 1,
                        "parent": processes[0]["vmas"][0]["anon_vma"], "num_children": 1, "num_active_vmas": 1})
    for p in processes:
        p["vmas"][0]["chains"] = [m["address"] for m in members if p["vmas"][0]["address"] in [c["vma"] for c in m["chains"]]]
    snapshot["processes"], snapshot["anon_vmas"] = processes, {str(m["address"]): m for m in members}
    pages = [frame(0x100 + i, index=16, mapping=m["address"] | 1) for i, m in enumerate(members)]
    pages.append(frame(0x1ff, index=17, mapping=members[0]["address"] | 1, mapcount=children + 1, refcount=children + 1))
    snapshot["pages"] = {str(p["pfn"]): p for p in pages}
    return snapshot


def space(count):
    """Process 7 with so many small areas, a program and a stack."""
    areas = [area(0x10000, 0x13000, rights="r-xp", name="/bin/x"), *areas_of(count),
             area(0x3fffff0000, 1 << 38, name="[stack]", pgoff=0x3fffff0)]
    snapshot = shot([[0x10000, 0x1c57]], areas, [frame(7, kind="memory object", mapping=0xffffffc00000f000)])
    snapshot["processes"][0]["maple"] = tree_of(areas)
    return snapshot


def changed(snapshot):
    """Process 7 wrote to the page at 0x10000 for the first time: the snapshot before, and the changes."""
    before = copy.deepcopy(snapshot)
    mine = before["processes"][0]
    mine["ptes"], mine["tables"] = mine["ptes"][1:], mine["tables"][:-1]
    mine["counters"]["nr_anon"] = -1
    mine["vmas"][0].update(anon_vma=0, chains=[])
    before["anon_vmas"].pop(str(snapshot["processes"][0]["vmas"][0]["anon_vma"]), None)
    before["pages"].pop("256", None)
    return diff.changes(before, snapshot, 7)


# ---- layout ----

@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [lambda: family(0), lambda: family(1), lambda: family(9), lambda: space(0), lambda: space(60),
                                  lambda: space(700)], ids=["alone", "child", "family", "few", "sixty", "many"])
def test_nothing_overlaps_and_nothing_is_cut(kind, make):
    snapshot = make()
    figure.check(draw.picture(kind, snapshot, 7, 0x10000))
    figure.check(draw.picture(kind, snapshot, 7, 0x10000, changed(snapshot)))


def test_every_node_of_a_level_begins_on_one_height():
    for count, tops in ((60, 2), (700, 3)):
        seen = figure.check(draw.picture("mt", space(count), 7))
        assert len({b.top for b in seen.boxes}) == tops and len(seen.boxes) > tops


def test_arrows_lead_to_every_node_and_end_at_its_edge():
    for count in (60, 700):
        seen = figure.check(draw.picture("mt", space(count), 7))
        root, *nodes = sorted(seen.boxes, key=lambda b: b.top)
        for box in nodes:
            assert any(tip == pytest.approx(((box.left + box.right) / 2, box.top), abs=0.2) for tip in seen.tips), box
        assert not any(tip[1] <= root.bottom for tip in seen.tips)


def test_the_columns_of_the_reverse_map_are_straight():
    seen = figure.check(draw.picture("rmap", family(3), 7, 0x10000))
    assert len({b.left for b in seen.boxes}) == 4
    assert len(seen.boxes) == 4 + 7 + 4 + 4	# anon_vmas, chains, areas, frames of this page


def test_the_reverse_map_shows_one_page_only():
    svg = draw.picture("rmap", family(1), 7, 0x11000)
    assert 'data-frame="0x1ff"' in svg and 'data-frame="0x100"' not in svg and "0x10000:" not in svg


def test_a_large_family_is_not_drawn_in_full():
    svg = draw.picture("rmap", family(30), 7, 0x10000)
    assert "25 areas more not drawn" in svg and figure.check(svg).size[1] < 1300 and "pid 7 x" in svg


def test_marks_need_changes():
    for kind in KINDS:
        assert not figure.check(draw.picture(kind, family(1), 7, 0x10000)).marked


@pytest.mark.parametrize("kind", KINDS)
def test_each_picture_has_a_legend_for_its_marks(kind):
    snapshot = family(1)
    plain, marked = draw.picture(kind, snapshot, 7, 0x10000), draw.picture(kind, snapshot, 7, 0x10000, changed(snapshot))
    words = {"changed by this fault", "new", "gone"}
    assert not words & {t.what for t in figure.Figure(plain).legend}
    assert words <= {t.what for t in figure.Figure(marked).legend}


def test_words_have_blanks_between_them():
    text = "\n".join(t.what for t in figure.check(draw.picture("mt", space(60), 7)).inside)
    assert "arange_64 (root) 0xffff" in text and "rw-p [stack]  0x" in text and "leaf_64, 16 slots" in text


def test_a_full_nodes_last_pivot_is_its_own_last_key():
    seen = figure.check(draw.picture("mt", space(60), 7))
    assert any("(0x3ff70" in t.what for t in seen.inside) and not any(t.what.endswith(" -") for t in seen.inside)


def test_sizes_are_readable():
    assert [size_text(n) for n in (512, 4096, 1536 << 10, 1 << 64)] == ["512 B", "4 KiB", "1.5 MiB", "16 EiB"]


# ---- folding ----

def lengths(text, least=4):
    return [("".join(run.items), len(run.kinds)) for run in fold.runs(text, lambda c: None if c == "!" else c, least)]


def test_runs_of_one_or_two_kinds_are_folded():
    assert lengths("aaaa") == [("aaaa", 1)]
    assert lengths("ababab") == [("ababab", 2)]
    assert lengths("xababay") == [("x", 0), ("ababa", 2), ("y", 0)]
    assert lengths("abc") == [("a", 0), ("b", 0), ("c", 0)]
    assert lengths("aa!aaa") == [(c, 0) for c in "aa!aaa"]
    assert lengths("") == []


def test_sixty_areas_are_one_box():
    seen = figure.check(draw.picture("vmas", space(60), 7))
    words = [t.what.strip() for t in seen.inside]
    assert "60 areas of 1 page" in words and "r--p and rw-p in turn, anon" in words and len(seen.boxes) == 6


def test_what_changed_is_not_folded():
    before, after = space(60), space(60)
    va = START + 30 * 4096
    after["processes"][0]["ptes"].append([va, 0x1cd7])
    seen = figure.check(draw.picture("vmas", after, 7, va, diff.changes(before, after, 7)))
    assert ("entry", f"{va:#x}") in seen.marked
    words = [t.what.strip() for t in seen.inside]
    assert "30 areas of 1 page" in words and "29 areas of 1 page" in words


# ---- marks: what sm diff says, no more and no less ----

@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_can_change_is_marked_or_listed(kind):
    before, after = family(1), family(1)
    old, new = before["processes"][0], after["processes"][0]
    old["vmas"].append({**area(0x20000, 0x30000), "address": 0x5000})		# moves down
    new["vmas"].append({**area(0x1f000, 0x30000), "address": 0x5000})
    old["vmas"].append({**area(0x40000, 0x41000), "address": 0x5100})		# goes
    new["vmas"].append({**area(0x50000, 0x51000), "address": 0x5200})		# comes
    old["tables"].append({"pa": 0x9000, "level": 2, "va": 0x200000, "used": 0})
    old["ptes"].append([0x40000, 0x1f0 << 10 | 0xd7])
    before["pages"]["496"] = frame(0x1f0)
    before["anon_vmas"]["64"] = {**before["anon_vmas"][next(iter(before["anon_vmas"]))], "address": 64, "root": 64}
    new["counters"]["map_count"] = 9
    after["pages"]["256"]["refcount"] = 5
    changes = diff.changes(before, after, 7)
    said = figure.named("\n".join("  " + line for line in changes.lines()), 7)
    assert kinds_of(said) == {"tree", "area", "anon_vma", "table", "entry", "frame"} and len(said) == 9
    assert figure.check(draw.picture(kind, after, 7, 0x10000, changes)).marked == said


def follow(debugger, command):
    """Catch a fault and go to its end; its pid."""
    caught = debugger.run(command)
    assert "page fault at" in caught, caught
    for _ in range(12):
        if debugger.run("sm step-fault").startswith("resume"):
            break
    words = caught.split()
    return int(words[words.index("pid") + 1])


def check_marks(debugger, pid, tmp_path):
    said = figure.named(debugger.run("sm diff"), pid)
    for kind in KINDS:
        path = tmp_path / f"{kind}.svg"
        assert debugger.run(f"sm draw {kind} {path} --diff") == f"{path} ({kind})"
        assert figure.check(path.read_text()).marked == said, kind
    return said


def kinds_of(things):
    return {kind for kind, _ in things}


@pytest.fixture(scope="module")
def cowdemo():
    debugger = Debugger("cowdemo")
    yield debugger
    debugger.close()


def test_marks_of_a_first_touch(cowdemo, tmp_path):
    pid = follow(cowdemo, "sm catch-fault write")
    said = check_marks(cowdemo, pid, tmp_path)
    assert kinds_of(said) == {"area", "anon_vma", "table", "entry", "frame", "counter"}


def test_marks_of_a_read_of_a_file_page(cowdemo, tmp_path):
    said = check_marks(cowdemo, follow(cowdemo, "sm catch-fault read"), tmp_path)
    assert {"entry", "frame", "counter"} <= kinds_of(said) <= {"entry", "frame", "counter", "table"}


def test_marks_of_a_copy_on_write_in_the_child(cowdemo, tmp_path):
    pid = follow(cowdemo, "sm catch-fault area write")
    said = check_marks(cowdemo, pid, tmp_path)
    assert sorted(kind for kind, _ in said) == ["entry", "frame", "frame"]
