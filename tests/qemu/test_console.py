# SPDX-License-Identifier: MIT
"""The console as a server: it is there, it can be killed at any time, and the shell goes on. Devices by handle."""
import re
import subprocess
import time

import pytest

from samara import PROMPT, ROOT, device_tree, make_cpio, run_without_terminal

RESTARTED = r"init: console \(process \d+\): killed by SIGKILL; it is started again\n"


def server(machine):
    """The pid of the console server."""
    found = re.findall(r"^ *(\d+) +1 .* console$", machine.run("ps").check(), re.M)
    assert len(found) == 1, found
    return int(found[0])


def without(message, text):
    return re.sub(message, "", text)


@pytest.mark.parametrize("variant", ["debug", "debugvm", "release"])
def test_devices_by_handle(boot, variant):
    """Registers and interrupts, as process 1; every system call on memory, and what the kernel's own copies do."""
    log, code = boot(variant=variant, smp=2, bootargs="init=/bin/devicetest").wait_end(timeout=60)
    assert code == 0 and re.search(r"^1\.\.88$", log, re.M) and "not ok" not in log, log[-3000:]


def test_devices_in_a_storm(boot):
    log, code = boot(smp=2, bootargs="swap=16M migrate=storm reclaim=storm delay=5 init=/bin/devicetest").wait_end(timeout=60)
    assert code == 0, log[-3000:]


def test_nobody_else_has_devices(samara):
    assert samara.run("devicetest").check_tap() == 1


def test_the_server_owns_the_console(samara):
    pid = server(samara)
    assert "[device]" in samara.run("maps %d" % pid).check()
    assert "/srv/console" in samara.run("maps %d" % pid).check()
    assert samara.run("echo a line").check() == "a line\n"


def test_with_init_the_kernel_has_it(boot):
    machine = boot(bootargs="init=/bin/sh")
    machine.wait_prompt()
    assert "console" not in machine.run("ps").check()
    assert machine.run("hello").check()
    assert machine.run("ttytest").check_tap() == 56


def test_an_init_of_the_initrds_own_has_the_kernels_console(boot, tmp_path):
    """It need not know of servers."""
    archive = make_cpio(tmp_path / "own.cpio", **{"bin/init": ROOT / "build/user/bin/sh", "bin/hello": ROOT / "build/user/bin/hello"})
    machine = boot(initrd=archive, smp=2)
    machine.wait_prompt()
    machine.run("hello").check()


def test_without_an_interrupt_controller_the_kernel_has_the_console(boot, tmp_path):
    """It polls the UART."""
    extra = device_tree(tmp_path / "dtb", (b"riscv,plic0", b"riscv,none0", 1), options="-smp 2 -m 256M")
    machine = boot(smp=2, extra=extra)
    machine.wait_prompt()
    assert "console" not in machine.run("ps").check()
    assert machine.exit(4)[1] == 4


@pytest.mark.parametrize("variant,smp", [("debug", 4), ("debug", 1), ("debugvm", 2), ("release", 4)])
def test_killed_at_the_prompt(boot, variant, smp):
    """Twenty times in a row; the line typed next works, and the shell sees no error. It waits longer each time, up to a second."""
    machine = boot(variant=variant, smp=smp)
    machine.wait_prompt()
    seen = set()
    for n in range(20 if (variant, smp) == ("debug", 4) else 5):
        pid = server(machine)
        assert pid not in seen
        seen.add(pid)
        text = machine.run("kill -9 %d" % pid).output + machine.run("echo line %d" % n).output
        assert without(RESTARTED, text) == "line %d\n" % n, text
    assert machine.exit(7)[1] == 7


def test_killed_while_a_program_writes(boot):
    """No line is lost: what the server had not acknowledged the kernel prints, some bytes of it a second time."""
    machine = boot(smp=2)
    machine.wait_prompt()
    for _ in range(3):
        pid = server(machine)
        text = machine.run("consoletest lines %d" % pid).output
        assert "that was all\n" in text
        for n in range(300):
            assert "line number %d of three hundred" % n in text, (n, text)


def test_killed_while_a_program_reads(boot):
    """Whoever waits for a line, or for poll(), waits on, and has the line that is typed to the next server."""
    machine = boot(smp=2)
    machine.wait_prompt()
    for _ in range(3):
        pid = server(machine)
        machine.start("sh -c 'kill -9 %d ; cat'" % pid)
        time.sleep(0.3)
        machine.child.send("typed to the next one\r")
        machine.expect("typed to the next one\r*\n")
        machine.expect("typed to the next one\r*\n")     # the echo, and what cat has read
        machine.child.send("\x04")
        machine.expect(PROMPT)
    machine.run("ttytest").check_tap()


def test_killed_in_a_read_that_ctrl_c_ends(boot):
    machine = boot(smp=1)
    machine.wait_prompt()
    machine.start("sh -c 'kill -9 %d ; cat'" % server(machine))
    time.sleep(0.5)
    machine.child.send("\x03")
    machine.expect(PROMPT)
    machine.run("hello").check()


@pytest.mark.parametrize("ms", [0, 1, 3, 10])
def test_killed_while_it_starts(boot, ms):
    """The servers that follow are killed before, while and after they get ready."""
    machine = boot(smp=2)
    machine.wait_prompt()
    assert "eight servers were killed" in machine.run("consoletest killer %d" % ms, timeout=60).output
    machine.run("echo alive").check()
    assert server(machine)


def test_a_server_that_is_stopped(boot):
    """Nobody prints, but who waits can be killed, and SIGCONT ends it."""
    machine = boot(smp=2)
    machine.wait_prompt()
    assert machine.run("consoletest stop %d" % server(machine)).check_tap() == 4
    machine.run("hello").check()


def test_lines_of_several_writers_are_whole(boot):
    machine = boot(smp=4)
    machine.wait_prompt()
    lines = machine.run("consoletest writers").check().splitlines()
    assert sorted(lines) == sorted([letter * 250 for letter in "abcd" for _ in range(20)] + ["that was all"])


def test_many_readers(boot):
    machine = boot(smp=2)
    machine.wait_prompt()
    machine.start("consoletest readers")
    output = machine.expect("type a line\r*\n")
    machine.child.send("xyz\r")
    result = machine.finish("consoletest readers")
    result.output = output + result.output
    assert result.check_tap() == 2


def test_poll(boot):
    machine = boot(smp=2)
    machine.wait_prompt()
    machine.start("consoletest poll")
    output = machine.expect("type a line\r*\n")
    time.sleep(0.3)
    machine.child.send("xyz\r")
    result = machine.finish("consoletest poll")
    result.output = output + result.output
    assert result.check_tap() == 4


def test_long_lines(boot):
    machine = boot(smp=2)
    machine.wait_prompt()
    machine.start("consoletest pieces")
    machine.expect("type two lines\r*\n")
    machine.child.send("0123456789" * 20 + "\r" + "x" * 55 + "\x04\x04")
    assert machine.finish("consoletest pieces").check_tap() == 5


def test_ctrl_c_through_the_server(boot):
    machine = boot(smp=2)
    machine.wait_prompt()
    for _ in range(5):
        machine.start("cat")
        machine.child.send("a line\r")
        machine.expect("a line\r*\n")
        machine.expect("a line\r*\n")                  # cat runs, in the foreground
        machine.child.send("abc")
        machine.expect("abc")
        machine.child.send("\x03")
        machine.expect(PROMPT)
    machine.child.send("cat\r")
    machine.expect("cat\r*\n")
    machine.child.send("one two  three\x17\x17four\r")
    machine.expect("one four\r*\n")
    machine.child.send("\x04")
    machine.expect(PROMPT)


def test_the_terminal_says_how_large_it_is(boot):
    machine = boot(smp=2)
    machine.wait_prompt()
    machine.start("resize")
    machine.expect(r"\x1b\[18t")
    machine.child.send("\x1b[8;50;132t")
    machine.expect("50 rows, 132 columns\r*\n")
    machine.expect(PROMPT)
    machine.start("resize")
    machine.expect("the terminal does not answer; 50 rows, 132 columns\r*\n")
    machine.expect(PROMPT)
    machine.child.send("echo x\x1b[D\x1b[D\r")      # keys that begin like a report are keys
    machine.expect("x\r*\n")
    machine.expect(PROMPT)


def test_much_output(boot):
    """100 KB through messages of 55 bytes: seconds at most."""
    machine = boot(smp=4)
    machine.wait_prompt()
    begin = time.time()
    text = machine.run("consoletest much", timeout=30).check()
    took = time.time() - begin
    assert len(text) == 1588 * 63 + len("that was all\n") and took < 10, (len(text), took)


def test_without_an_initrd(tmp_path):
    """init and the servers are in the image; only the shell is missing."""
    empty = tmp_path / "none.cpio"
    subprocess.run([str(ROOT / "tools/mkcpio"), str(empty), "etc/nothing=/dev/null"], check=True)
    output, code = run_without_terminal(initrd=empty, smp=2)
    assert code == 127 and "init: cannot run /bin/sh: ENOENT" in output, output


def test_counterdemo(samara):
    text = samara.run("counterdemo").check()
    assert "counter_add(3): the total is 6" in text and "counter_add(-1): EINVAL" in text, text
    assert "counter_reset(): it was 6" in text and "not in the description: ENOSYS" in text, text
