# SPDX-License-Identifier: MIT
"""The shell at the console: keys, history, completion, pipes, help; and the settings of the console that it uses."""
import re
import subprocess
import time

import pytest

from samara import PROMPT, ROOT
from screen import Screen

UP, DOWN, RIGHT, LEFT, HOME, END, DELETE = ("\x1b" + s for s in ("[A", "[B", "[C", "[D", "[H", "[F", "[3~"))
BACKSPACE = "\x7f"
QEMU_CTRL_A = "\x01\x01"      # a single one begins a command to QEMU
TOO_LONG = "sh: the line has more than 1023 bytes: it was not run\n"


def ctrl(letter):
    return chr(ord(letter) & 0x1f)


def type_keys(machine, keys, before=PROMPT):
    """Type @keys; returns what was printed up to the next prompt."""
    machine.child.send(keys)
    return machine.expect(before)


def shown(output):
    """The rows that a terminal shows after the prompt and @output."""
    return Screen().feed("samara$ " + output.replace("\n", "\r\n")).rows()


# ---- the console's settings ----

@pytest.mark.parametrize("program", ["ttytest", "folders"])
def test_tap(samara, program):
    assert samara.run(program).check_tap() >= 30


def test_what_is_typed_ahead_survives_a_change_of_mode(samara):
    """And what the flags do to keys."""
    keys = {"half a line": "abc", "a line, its end, another": "one\r\x04two\r", "two lines": "123\r45\r", "junk": "junk\r",
            "three bytes": "\x03\x04a", "Enter": "\r", "secret": "pass\r", "erased": "x\u00e9\u00e8" + BACKSPACE + "z\r",
            "killed": "lost" + ctrl("U") + "kept\r", "other keys": "a#b" + ctrl("U") + "c\r", "another end": "a\x04b\r@"}
    samara.start("ttytest typed")
    output = ""
    for name, text in keys.items():
        output += samara.expect("type " + name + "\r*\n")
        samara.child.send(text)
    result = samara.finish("ttytest typed")
    result.output = output + result.output
    assert result.check_tap() == 15
    assert "pass" not in result.output
    assert "x\u00e9\u00e8\b \bz\n" in result.output and "lost" + "\b \b" * 4 + "kept\n" in result.output


def test_a_killed_program_leaves_the_console_usable(samara):
    output = samara.run("ttytest die ; ttytest").output
    assert "killed by SIGKILL" in output and "not ok" not in output and "ok 1 - lines, echo" in output
    samara.run("hello").check()


def test_type_ahead_for_a_program(samara):
    """The lines behind "cat" arrive in the shell's mode and are read in the other one."""
    assert type_keys(samara, "cat\rfirst\rsecond\r\x04").endswith("first\nsecond\n")
    assert type_keys(samara, "hello\rhello\r", before=PROMPT + r"hello\r*\nhello, world\r*\n" + PROMPT)


# ---- keys ----

@pytest.mark.parametrize("keys,line", [
    ("echo abd" + LEFT + "c", "echo abcd"),
    ("echo abd" + LEFT + LEFT + RIGHT + "c" + END + "e", "echo abcde"),
    ("cho one" + HOME + "e" + END + " two", "echo one two"),
    ("cho one" + QEMU_CTRL_A + "e" + ctrl("E") + " two", "echo one two"),
    ("echo axb" + LEFT + LEFT + DELETE, "echo ab"),
    ("echo axb" + LEFT + LEFT + ctrl("D"), "echo ab"),
    ("echo abx" + BACKSPACE, "echo ab"),
    ("echo axb" + LEFT + BACKSPACE, "echo ab"),
    ("echo a\u00e9\u20ac\U0001f40c" + BACKSPACE + BACKSPACE + BACKSPACE + "b", "echo ab"),
    ("echo \u20acx" + LEFT + LEFT + "\u00e9" + RIGHT + BACKSPACE, "echo \u00e9x"),
    ("echo one two  " + ctrl("W") + "three", "echo one three"),
    ("echo one two three" + LEFT * 6 + ctrl("W"), "echo one  three"),
    ("no good" + ctrl("U") + "echo ab", "echo ab"),
    ("rubbish echo ab" + LEFT * 7 + ctrl("U"), "echo ab"),
    ("echo ab lost" + LEFT * 5 + ctrl("K"), "echo ab"),
    ("echo a\x1b[Z\x1b[99~\x1b[1;2;3z\x1b[[A\x1bOP\x1bxb", "echo ab"),
    ("echo a\xc3" + BACKSPACE + "b", "echo ab"),
    (LEFT + BACKSPACE + DELETE + "echo ab" + RIGHT + DELETE + ctrl("K"), "echo ab"),
    ("echo a\x00\x07b", "echo ab"),
    ("echo a\x1b[[\x07b\x1b[1;\x7f" + "b", "echo ab"),
])
def test_keys(samara, keys, line):
    output = type_keys(samara, keys + "\r")
    assert shown(output) == ["samara$ " + line, " ".join(line.split()[1:])], output


def test_a_plain_line_is_echoed_as_it_is(samara):
    line = "echo a plain line, " + "which is longer than a row of the terminal " * 3
    assert type_keys(samara, line + "\r").startswith(line + "\n")


@pytest.mark.parametrize("length", [70, 71, 72, 73, 79, 80, 81, 152])
def test_a_line_of_several_rows(samara, length):
    """A row has 80 columns, 8 of them are the prompt's; the cursor's way leads over its edges."""
    text = "".join(chr(ord("a") + i % 26) for i in range(length - 6))
    keys = "echo " + text + HOME + RIGHT * 5 + "1" + END + "2" + LEFT * 60 + "3" + END + BACKSPACE
    line = "echo 1" + text[:-59] + "3" + text[-59:]
    output = type_keys(samara, keys + "\r")
    whole = "samara$ " + line
    assert "".join(row.ljust(80) for row in shown(output)).startswith(whole), output
    assert output.endswith("\n" + line[5:] + "\n")


def test_clear_the_screen(samara):
    output = type_keys(samara, "echo ab" + ctrl("L"), before=PROMPT)
    assert output.endswith("\x1b[H\x1b[2J")
    assert type_keys(samara, "c\r") == "echo abc\nabc\n"


def test_ctrl_c_gives_a_fresh_prompt(samara):
    assert type_keys(samara, "no such thing" + ctrl("C")) == "no such thing^C\n"
    assert type_keys(samara, "args $?\r").count('"130"') == 1


def test_ctrl_d_on_an_empty_line_ends_the_shell(samara):
    samara.run("sh")
    assert type_keys(samara, "hello" + ctrl("D") + "\r") == "hello\nhello, world\n"
    assert type_keys(samara, ctrl("D")) == "exit\n"


# ---- history and completion ----

def test_history(samara):
    for line in "echo first", "echo same", "echo same", "", "echo last":
        samara.run(line)
    assert type_keys(samara, UP + UP + UP + "\r").endswith("\nfirst\n")
    assert type_keys(samara, "echo dra" + UP + UP + DOWN + DOWN + DOWN + "ft\r").endswith("\ndraft\n")
    assert type_keys(samara, UP + BACKSPACE + "ed\r").endswith("\ndrafed\n")


def test_history_holds_64_lines(boot):
    machine = boot(smp=1)
    machine.wait_prompt()
    for i in range(66):
        machine.run("#%d" % i)
    assert shown(type_keys(machine, UP * 70 + "\r")) == ["samara$ #2"]


def test_tab_completes_a_name(samara):
    assert type_keys(samara, "segv\t\r").startswith("segvdemo \nThe page at ")
    assert type_keys(samara, "hello ; hell\t\r").startswith("hello ; hello \nhello, world\n")
    assert type_keys(samara, "echo segv\tx\r") == "echo segvx\nsegvx\n"
    assert type_keys(samara, "nothing-like-it\t\t" + ctrl("C")) == "nothing-like-it^C\n"


def test_tab_completes_what_several_names_have_in_common(samara):
    samara.child.send("mrem\t" + ctrl("U") + "brk\t" + ctrl("U") + "swapd\t" + ctrl("C"))
    assert "brkdemo " in samara.wait_prompt()
    assert type_keys(samara, "fork\t" + ctrl("C")) == "fork^C\n"
    listed = type_keys(samara, "fork\t\t")
    assert listed.split("\n")[1].split() == ["forkbomb", "forkdemo", "forktest"], listed
    assert type_keys(samara, "d\t 2>&1" + ctrl("C")) == "forkdemo  2>&1^C\n"
    assert type_keys(samara, "ex\t" + ctrl("U") + "exit\t" + ctrl("C")).count("exit ") >= 1


def test_a_list_of_names_that_is_longer_than_a_row(samara):
    rows = type_keys(samara, "\t\t").split("\n")[1:-1]
    assert type_keys(samara, "hello\r") == "hello\nhello, world\n"
    names = " ".join(rows).split()
    assert names == sorted(names) and {"help", "exit", "ls", "sh", "cowdemo"} <= set(names)
    assert all(len(row) <= 80 for row in rows)


@pytest.mark.parametrize("tty,columns", [("50x132", 132), (None, 400), ("0x0", 80), ("x", 80)])
def test_the_size_of_the_terminal(boot, tty, columns):
    """Given on the command line, else that of the terminal of tools/run, else 80 columns."""
    machine = boot(smp=1, tty=tty)
    machine.wait_prompt()
    rows = type_keys(machine, "\t\t").split("\n")[1:-1]
    assert columns - 32 < max(len(row) for row in rows) <= columns


# ---- lines ----

def test_a_long_line_is_refused(samara):
    output = type_keys(samara, "echo " + "x" * 1100 + "\r")
    assert output == "echo " + "x" * 1018 + "\a\n" + TOO_LONG
    assert type_keys(samara, "echo " + "x" * 1018 + "\r").endswith("\n" + "x" * 1018 + "\n")
    assert type_keys(samara, "echo " + "x" * 1100 + BACKSPACE + "\r").endswith("\n" + "x" * 1017 + "\n")
    assert type_keys(samara, "echo " + "x" * 1100 + ctrl("U") + "hello\r").endswith("hello\nhello, world\n")


def test_a_long_line_from_a_pipe_is_refused(samara):
    samara.child.send("cat | sh\r")
    samara.expect(PROMPT)
    samara.child.send("echo %s\rhello\r\x04" % ("x" * 1100))
    samara.expect(re.escape(TOO_LONG[:-1]))
    samara.expect("hello, world\r*\n")
    samara.expect("exit\r*\n")
    samara.wait_prompt()


@pytest.mark.parametrize("line,message", [
    ("args " + "w " * 64, "sh: too many words: a command has 64 at most"),
    ("args 'x", "sh: open quote"),
    ('args "x', "sh: open quote"),
    ("hello |", "sh: there is no command behind |"),
    ("| hello", "sh: there is no command before |"),
    ("hello | | hello", "sh: there is no command before |"),
    ("hello | " * 16 + "hello", "sh: too many commands: a pipeline has 16 at most"),
    ("cat <", "sh: there is no file name behind <"),
    ("< /proc/self/maps", "sh: there is no command for the input"),
    ("echo x > file", "sh: > is not supported: there is no writable file yet"),
    ("echo x >> file", "sh: > is not supported: there is no writable file yet"),
    ("> file", "sh: > is not supported: there is no writable file yet"),
])
def test_a_line_that_cannot_be_run(samara, line, message):
    assert samara.run(line).output == message + "\n"
    assert '"2"' in samara.run("args $?").output


def test_words(samara):
    assert "argc = 64" in samara.run("args " + "w " * 63).check()
    assert samara.run("""echo '> < | &;#' "|>" a'b'"c" """).check() == "> < | &;# |> abc\n"
    assert samara.run("echo $? $x '$?' a#b").check() == "0 $x $? a\n"


# ---- pipes and input ----

def test_pipes(samara):
    assert samara.run("echo one two | cat").check() == "one two\n"
    assert samara.run("help | cat | cat").check() == samara.run("help").check()
    names = samara.run("ls | cat").check().split()
    assert {"cowdemo", "cat", "sh"} <= set(names)
    assert samara.run("cat /bin/hello | cat > x").output.startswith("sh: > is not")
    assert samara.run("echo a | cat ; echo b | cat").check() == "a\nb\n"


def test_the_status_of_a_pipeline_is_that_of_its_last_command(samara):
    assert samara.run("cat /nothing | hello").status == 0
    assert samara.run("hello | cat /nothing").status == 1
    assert samara.run("hello | no-such-program").status == 127
    assert samara.run("hello | exit 5").status == 5
    samara.run("hello").check()


def test_a_pipe_whose_reader_has_ended(samara):
    assert samara.run("cat /bin/stress | hello").check() == "hello, world\n"


def test_ctrl_c_ends_a_whole_pipeline(samara):
    samara.start("cat | cat | cat")
    samara.child.send("line\r")
    samara.expect("line\r*\nline\r*\n")
    samara.child.send(ctrl("C"))
    assert "killed by SIGINT" in samara.wait_prompt()
    assert samara.run("ps").check().count("cat\n") == 0


def test_a_shell_within_a_program_leaves_the_console_to_it(samara):
    """Failed once: "sh -c", which system() runs too, gave the console to a group that was none, and Ctrl-C reached nobody."""
    samara.start("cat | sh -c hello < /dev/console")
    samara.expect("hello, world\r*\n")
    time.sleep(0.5)         # it has ended
    samara.child.send(ctrl("C"))
    samara.wait_prompt()
    assert samara.run("ps").check().count("cat\n") == 0


def test_input_from_a_file(samara):
    assert "/bin/sh" in samara.run("cat < /proc/self/maps").check()
    assert samara.run("cat</proc/sys/vm/max_map_count | cat").check() == "65530\n"
    assert samara.run("cat < /nothing").status == 1


def test_background_pipeline(samara):
    mark = len(samara.log)
    samara.run("echo word | cat &")
    time.sleep(0.5)
    for _ in range(50):         # both processes are reported, each before some prompt
        if samara.log.count("] exit status 0\n", mark) == 2:
            break
        samara.run("#")
    output = samara.log[mark:]
    pid = re.search(r"\[(\d+)\]\n", output)[1]
    assert "[%s] exit status 0\n" % pid in output and "word\n" in output


# ---- files ----

def test_ls(samara):
    assert {"bin/", "broken/"} <= set(samara.run("ls /").check().split())
    names = samara.run("ls").check()
    columns = [re.split(r" +", row) for row in names.splitlines()]
    downwards = [row[i] for i in range(len(columns[0])) for row in columns if i < len(row)]
    assert downwards == sorted(downwards) and "cowdemo" in downwards
    assert all(len(row) <= 80 for row in names.splitlines())
    size = (ROOT / "build/user/stripped/hello").stat().st_size
    assert samara.run("ls -l /bin/hello").check() == "%9d  /bin/hello\n" % size
    assert re.search(r"^ *%d  hello$" % size, samara.run("ls -l").check(), re.M)
    assert samara.run("ls /nothing").status == 1
    assert samara.run("ls -x").status == 2


def test_cat_and_echo(samara):
    assert samara.run("echo a 'b  c'").check() == "a b  c\n"
    assert samara.run("echo -n a ; echo b").check() == "ab\n"
    assert samara.run("cat /proc/sys/vm/max_map_count /proc/sys/vm/max_map_count").check() == "65530\n65530\n"
    result = samara.run("cat /nothing")
    assert result.status == 1 and "cat: /nothing: ENOENT" in result.output


# ---- help ----

def programs():
    folder = ROOT / "user/programs"
    return sorted(path.stem for path in folder.iterdir() if path.is_dir() or path.suffix == ".c")


def functions_of_the_kernel():
    text = subprocess.run(["grep", "-rhoE", r"\b[a-z_0-9]+\(", "kernel", "lib"], cwd=ROOT, check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    return {name[:-1] for name in text.split()}


def test_every_program_says_what_it_shows(samara):
    there = functions_of_the_kernel()
    assert len(programs()) >= 28
    for name in programs():
        lines = samara.run(name + " --help").check().splitlines()
        assert 1 <= len(lines) <= 6 and all(len(line) <= 80 for line in lines), lines
        assert lines[0].startswith("usage: " + name), lines
        named = set(re.findall(r"\b(\w+)\(\)", " ".join(lines)))
        assert named <= there, named - there
        assert named or name == "echo", "%s names no function of the kernel" % name


def test_help_of_a_program(samara):
    text = samara.run("help cowdemo").check()
    assert text.startswith("usage: cowdemo\n") and "do_wp_page()" in text and "frame of" not in text
    assert "usage: exit" in samara.run("help exit").check()
    assert "usage: stress" in samara.run("stress -q 1").output
    result = samara.run("help cowdmo")
    assert result.status == 127 and "did you mean cowdemo?" in result.output


@pytest.mark.parametrize("wrong,right", [("cowdmo", "cowdemo"), ("hallo", "hello"), ("mapss", "maps"), ("cwodemo", "cowdemo"),
                                         ("exti", "exit")])
def test_the_nearest_name(samara, wrong, right):
    result = samara.run(wrong)
    assert "sh: %s: not found; did you mean %s?\n" % (wrong, right) in result.output and result.status == 127


def test_no_name_is_near(samara):
    assert "sh: no-such-program: not found (try help)\n" in samara.run("no-such-program").output
    assert "sh: q: not found (try help)\n" in samara.run("q").output
    assert "sh: /bin/cowdmo: not found (try help)\n" in samara.run("/bin/cowdmo").output
