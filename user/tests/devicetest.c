/* SPDX-License-Identifier: MIT */
/*
 * devicetest: a device's registers and its interrupt by handle, with the machine's clock as the device. It has to be process 1
 * (init=/bin/devicetest), since nobody else may make such handles; otherwise it checks that.
 *
 *	TIME_LOW, TIME_HIGH	nanoseconds, the upper half as of the last read of the lower one
 *	ALARM_*			interrupts at that time, if IRQ_ENABLED, until CLEAR_INTERRUPT is written
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "user/libsys/census.h"
#include "user/libsys/ipc.h"
#include "user/tests/tap.h"

enum { TIME_LOW, TIME_HIGH, ALARM_LOW, ALARM_HIGH, IRQ_ENABLED, CLEAR_ALARM, ALARM_STATUS, CLEAR_INTERRUPT };

#define RW		(PROT_READ | PROT_WRITE)
#define MS		1000000UL
#define BITS		0x50UL

static struct q_device rtc, uart;
static unsigned long object;
static volatile unsigned int *regs;

static unsigned long clock_ns(volatile unsigned int *r)
{
	unsigned long low = r[TIME_LOW];

	return (unsigned long)r[TIME_HIGH] << 32 | low;
}

static bool it_runs(volatile unsigned int *r)
{
	unsigned long before = clock_ns(r);

	sleep_ms(2);
	return clock_ns(r) >= before + MS && clock_ns(r) < before + 60 * 1000 * MS;
}

static bool find_devices(void)
{
	struct q_device all[8];
	long n = query(QUERY_DEVICES, 0, 0, all, sizeof(all));

	for (long i = 0; i < n; i++) {
		if (strcmp(all[i].name, "google,goldfish-rtc") == 0)
			rtc = all[i];
		if (strcmp(all[i].name, "ns16550a") == 0)
			uart = all[i];
	}
	return rtc.size && uart.size;
}

static int as_another_process(long unused)
{
	(void)unused;
	return memobj_create_physical(rtc.addr, rtc.size) == -EPERM && irq_create(rtc.irq) == -EPERM;
}

static void check_create(void)
{
	is(in_child(as_another_process, 0), exited_with(1), "a process that is not the root task makes none");
	is_errno(memobj_create_physical(uart.addr, uart.size), EBUSY, "the kernel's own UART is not given");
	is_errno(irq_create(uart.irq), EBUSY, "nor its interrupt");
	is_errno(memobj_create_physical(0x80200000, PAGE_SIZE), ENODEV, "RAM is no device");
	is_errno(memobj_create_physical(0x0c000000, PAGE_SIZE), ENODEV, "the interrupt controller is not given");
	is_errno(memobj_create_physical(0x02000000, PAGE_SIZE), ENODEV, "nor the timer");
	is_errno(memobj_create_physical(0x00100000, PAGE_SIZE), ENODEV, "nor what turns the machine off");
	is_errno(memobj_create_physical(0x10001000, PAGE_SIZE), ENODEV, "nor a disk");
	is_errno(memobj_create_physical(rtc.addr, rtc.size + PAGE_SIZE), ENODEV, "nor more than the device has");
	is_errno(memobj_create_physical(rtc.addr - PAGE_SIZE, 2 * PAGE_SIZE), ENODEV, "nor what is before it");
	is_errno(memobj_create_physical(rtc.addr, -PAGE_SIZE), ENODEV, "nor a size that wraps");
	is_errno(memobj_create_physical(rtc.addr + 8, PAGE_SIZE), EINVAL, "half a page is refused");
	is_errno(memobj_create_physical(rtc.addr, 0), EINVAL, "so is nothing");
	is_errno(irq_create(0), ENODEV, "there is no source 0");
	is_errno(irq_create(1UL << 32 | rtc.irq), ENODEV, "nor one of more than 32 bits");
	is_errno(irq_create(127), ENODEV, "nor one without a device");
	object = (unsigned long)memobj_create_physical(rtc.addr, rtc.size);
	ok((long)object > 0, "the clock is given");
	is_errno(memobj_invalidate(object, 0, 1), EACCES, "its handle has no CONTROL");
	is_errno((long)memobj_map(object, NULL, PAGE_SIZE, RW, MAP_PRIVATE, 0), EINVAL, "a private mapping is refused");
	is_errno((long)memobj_map(object, NULL, PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, 0), EACCES, "so is one to execute");
}

static int store_to(long addr)
{
	*(volatile unsigned int *)addr = 0;
	return 0;
}

static int load_from(long addr)
{
	return *(volatile unsigned int *)addr == 0 ? 0 : 1;
}

static int reads_and_forks(long unused)
{
	(void)unused;
	return it_runs(regs) && in_child(store_to, (long)&regs[CLEAR_ALARM]) == exited_with(0);
}

static struct q_mmstat mmstat(void)
{
	struct q_mmstat s;

	if (query(QUERY_MMSTAT, 0, 0, &s, sizeof(s)) < 0)
		die("query");
	return s;
}

static void check_map(void)
{
	struct q_mmstat before = mmstat(), now;
	struct q_page page;
	struct q_rmap rmap[4];
	unsigned char vec = 0;
	void *p;

	regs = memobj_map(object, NULL, 2 * PAGE_SIZE, RW, MAP_SHARED, 0);
	ok((long)regs > 0, "mapped");
	ok(it_runs(regs), "the time in the registers passes");
	now = mmstat();
	calm_is((long)(now.nr_file + now.nr_shmem), (long)(before.nr_file + before.nr_shmem), "the page is no memory of the process");
	is(query(QUERY_PAGE, 0, (unsigned long)regs, &page, sizeof(page)), 0, "no frame is behind it");
	ok(query(QUERY_RMAP, 0, (unsigned long)regs, rmap, sizeof(rmap)) <= 0, "nor mappings of a frame");
	ok(strstr(query_text(QUERY_MAPS, 0, 0), "[device]") != NULL, "maps calls it [device]");
	is(in_child(load_from, (long)regs + 4096), killed_by(SIGBUS), "behind its end is nothing");
	is(in_child(reads_and_forks, 0), exited_with(1), "a child has the mapping, and its child");

	is_errno(raw_syscall(SYS_mprotect, regs, PAGE_SIZE, PROT_READ | PROT_EXEC), EACCES, "mprotect does not make it executable");
	mprotect((void *)regs, PAGE_SIZE, PROT_READ);
	ok(it_runs(regs), "read-only");
	is(in_child(store_to, (long)&regs[CLEAR_ALARM]), killed_by(SIGSEGV), "a store is refused then");
	mprotect((void *)regs, PAGE_SIZE, PROT_NONE);
	is(in_child(load_from, (long)regs), killed_by(SIGSEGV), "without rights a load is");
	mprotect((void *)regs, PAGE_SIZE, RW);
	regs[CLEAR_ALARM] = 0;
	ok(it_runs(regs), "and writable again");

	is(madvise((void *)regs, PAGE_SIZE, MADV_DONTNEED), 0, "MADV_DONTNEED");
	ok(it_runs(regs), "it comes again");
	is(madvise((void *)regs, PAGE_SIZE, MADV_PAGEOUT), 0, "MADV_PAGEOUT has nothing to do");
	is(madvise((void *)regs, PAGE_SIZE, MADV_COLD), 0, "nor has MADV_COLD");
	is_errno(raw_syscall(SYS_madvise, regs, PAGE_SIZE, MADV_REMOVE), EINVAL, "MADV_REMOVE is refused");
	is_errno(raw_syscall(SYS_madvise, regs, PAGE_SIZE, MADV_FREE), EINVAL, "so is MADV_FREE");
	is(madvise((void *)regs, PAGE_SIZE, MADV_POPULATE_WRITE), 0, "MADV_POPULATE_WRITE");
	is(mlock((void *)regs, PAGE_SIZE), 0, "mlock");
	is(raw_syscall(SYS_mincore, regs, PAGE_SIZE, &vec), 0, "mincore");
	is(vec, 1, "says that it is there");
	is(munlock((void *)regs, PAGE_SIZE), 0, "munlock");
	is(msync((void *)regs, PAGE_SIZE, MS_SYNC), 0, "msync");
	munmap((char *)regs + PAGE_SIZE, PAGE_SIZE);
	p = mremap((void *)regs, PAGE_SIZE, 2 * PAGE_SIZE, MREMAP_MAYMOVE);
	ok(p != MAP_FAILED && it_runs(p), "mremap moves and extends");
	is(in_child(load_from, (long)p + 4096), killed_by(SIGBUS), "the device does not grow with it");
	regs = p;
	munmap((char *)regs + PAGE_SIZE, PAGE_SIZE);
}

/* What the kernel does with such addresses is the process's own access; the clock has no registers of eight bytes. */
static void check_kernel_access(void)
{
	struct ipc_msg m = { 0 };
	unsigned long task;
	int fds[2], tid = 0;
	pid_t pid;

	if (pipe(fds) < 0)
		die("pipe");
	is_errno(raw_syscall(SYS_write, fds[1], regs, 64), EFAULT, "the kernel's copy from registers that cannot be read so");
	is(write(fds[1], &m, 64), 64, "a pipe full of zeroes");
	is_errno(raw_syscall(SYS_read, fds[0], &regs[TIME_LOW], 64), EFAULT, "its copy to them");
	close(fds[0]);
	close(fds[1]);
	pid = (pid_t)raw_syscall(SYS_clone, SIGCHLD | 0x01000000L, 0, 0, 0, &regs[ALARM_LOW]);	/* CLONE_CHILD_SETTID */
	if (pid == 0)
		_exit(0);
	waitpid(pid, &tid, 0);
	is(tid, exited_with(0), "a child whose pid is to be stored there");
	task = (unsigned long)task_open(0);
	is_errno(vm_read(task, (void *)regs, &m, 4), EFAULT, "vm_read() of registers");
	is_errno(vm_write(task, (void *)&regs[CLEAR_ALARM], &m, 4), EFAULT, "vm_write() to them");
	handle_close(task);
	ok(it_runs(regs), "the clock goes on");
}

static int map_what_comes(long endpoint)
{
	struct ipc_msg m = { .flags = IPC_TAKE_HANDLES };
	volatile unsigned int *r;

	handle_close(object);
	munmap((void *)regs, PAGE_SIZE);
	if (ipc_call((unsigned long)endpoint, &m) != 0)
		return 1;
	r = memobj_map(m.handle[0], NULL, PAGE_SIZE, RW, MAP_SHARED, 0);
	handle_close(m.handle[0]);
	if ((long)r <= 0 || !it_runs(r))
		return 2;
	return irq_ack(m.handle[1]) == -EINVAL ? 0 : 3;		/* it has come, and nobody has bound it */
}

static void check_messages(unsigned long irq)
{
	unsigned long endpoint = (unsigned long)endpoint_create();
	struct ipc_msg m = { 0 };
	pid_t pid = spawn_child(map_what_comes, (long)endpoint);
	int status;

	is(ipc_recv(endpoint, &m), IPC_MSG_CALL, "a process asks for the handles");
	m.handle[0] = (unsigned int)object;
	m.handle[1] = (unsigned int)irq;
	is(ipc_reply(&m), 0, "both go along with a message");
	waitpid(pid, &status, 0);
	is(status, exited_with(0), "it uses them, and needs not be the root task");
	handle_close(endpoint);
}

/* ---- interrupts ---- */

static void set_alarm(unsigned long ns)
{
	unsigned long at = clock_ns(regs) + ns;

	regs[ALARM_HIGH] = (unsigned int)(at >> 32);
	regs[ALARM_LOW] = (unsigned int)at;
	regs[IRQ_ENABLED] = 1;
}

static void clear_alarm(void)
{
	regs[IRQ_ENABLED] = 0;
	regs[CLEAR_ALARM] = 1;
	regs[CLEAR_INTERRUPT] = 1;
}

/* What comes within @ms: bits, 0 for nothing, or -errno. */
static long wait_bits(unsigned long endpoint, unsigned long ms)
{
	struct ipc_msg m = { .deadline = now_ns() + ms * MS };
	long kind = ipc_recv(endpoint, &m);

	return kind == IPC_MSG_NOTIFY ? (long)m.word[0] : kind == -ETIMEDOUT ? 0 : kind;
}

static int server_of(long irq)
{
	unsigned long endpoint = (unsigned long)endpoint_create();

	if (irq_bind((unsigned long)irq, endpoint, 1) != 0 || wait_bits(endpoint, 5000) != 1)
		return 1;
	for (;;)			/* it will be killed before it acknowledges */
		sleep_ms(1000);
	return 0;
}

static void check_irq(void)
{
	unsigned long irq = (unsigned long)irq_create(rtc.irq), endpoint = (unsigned long)endpoint_create(), weak;
	int status;
	pid_t pid;

	ok((long)irq > 0, "the clock's interrupt is given");
	is_errno(irq_create(rtc.irq), EBUSY, "once");
	is_errno(irq_ack(irq), EINVAL, "it is not bound");
	is_errno(irq_bind(irq, endpoint, 0), EINVAL, "no bits");
	is_errno(irq_bind(irq, object, 1), EBADF, "not to a memory object");
	is_errno(irq_bind(endpoint, endpoint, 1), EBADF, "an endpoint is no interrupt");
	weak = (unsigned long)handle_dup(endpoint, RIGHT_RECV, 0);
	is_errno(irq_bind(irq, weak, 1), EACCES, "not without SEND");
	handle_close(weak);
	weak = (unsigned long)handle_dup(irq, RIGHT_GRANT, 0);
	is_errno(irq_bind(weak, endpoint, 1), EACCES, "not without CONTROL");
	handle_close(weak);
	is_errno(ipc_notify(irq, 1), EBADF, "an interrupt cannot be called");
	check_messages(irq);

	set_alarm(MS);
	sleep_ms(5);
	is(irq_bind(irq, endpoint, BITS), 0, "bound when the line is up already");
	is(wait_bits(endpoint, 1000), BITS, "it is a notification with the bits");
	is(wait_bits(endpoint, 20), 0, "one, until it is acknowledged");
	clear_alarm();
	set_alarm(MS);
	is(wait_bits(endpoint, 20), 0, "though the device interrupts once more");
	irq_ack(irq);
	is(wait_bits(endpoint, 1000), BITS, "that one comes then");
	clear_alarm();
	is(irq_ack(irq), 0, "served");
	is(wait_bits(endpoint, 20), 0, "and then none");
	set_alarm(3 * MS);
	is(wait_bits(endpoint, 1000), BITS, "one for which a thread waits already");
	clear_alarm();
	irq_ack(irq);

	pid = spawn_child(server_of, (long)irq);
	sleep_ms(20);
	set_alarm(MS);
	sleep_ms(20);
	is(waitpid(pid, &status, WNOHANG), 0, "another process has bound it and was notified");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	clear_alarm();
	is(irq_bind(irq, endpoint, BITS), 0, "it is killed before it acknowledges");
	is(wait_bits(endpoint, 1000), BITS, "the next one that binds the interrupt is notified");
	irq_ack(irq);

	pid = spawn_child(server_of, (long)irq);
	sleep_ms(20);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	set_alarm(MS);
	sleep_ms(20);
	is(irq_bind(irq, endpoint, BITS), 0, "it interrupts when its server is dead");
	is(wait_bits(endpoint, 1000), BITS, "that is not lost either");
	clear_alarm();
	irq_ack(irq);

	is(handle_close(irq), 0, "the last handle is closed");
	set_alarm(MS);
	is(wait_bits(endpoint, 20), 0, "nobody notifies any more");
	clear_alarm();
	irq = (unsigned long)irq_create(rtc.irq);
	ok((long)irq > 0, "the interrupt can be had again");
	is(irq_bind(irq, endpoint, BITS), 0, "and bound");
	set_alarm(MS);
	ok(wait_bits(endpoint, 1000) == (long)BITS, "it comes");
	clear_alarm();
	handle_close(endpoint);
	is(irq_ack(irq), 0, "acknowledged when its endpoint has no receiver");
	set_alarm(MS);
	sleep_ms(5);
	clear_alarm();
	handle_close(irq);
}

/* One process floods the bound endpoint's source: each acknowledgement without service brings the next interrupt. */
static int acknowledge_always(long irq)
{
	unsigned long endpoint = (unsigned long)endpoint_create(), n = 0, end = now_ns() + 200 * MS;

	if (irq_bind((unsigned long)irq, endpoint, 1) != 0)
		return 1;
	set_alarm(MS);
	while (now_ns() < end && wait_bits(endpoint, 1000) == 1 && irq_ack((unsigned long)irq) == 0)
		n++;
	clear_alarm();
	return n == 0;
}

int main(void)
{
	static struct census before;
	unsigned long irq;

	if (!find_devices()) {
		ok(false, "the machine has a clock and a UART");
		return tap_done();
	}
	if (getpid() != 1) {
		is(in_child(as_another_process, 0), exited_with(1), "a process that is not the root task makes none");
		return tap_done();
	}
	handle_close((unsigned long)endpoint_create());		/* the table of handles stays */
	in_child(as_another_process, 0);
	madvise(map_pages(1), PAGE_SIZE, MADV_POPULATE_WRITE);	/* so do the tables below the signal page */
	census_take(&before);
	check_create();
	check_map();
	check_kernel_access();
	check_irq();
	irq = (unsigned long)irq_create(rtc.irq);
	is(in_child(acknowledge_always, (long)irq), exited_with(0), "a server that never serves its device does not stop the machine");
	handle_close(irq);
	handle_close(object);
	ok(it_runs(regs), "the mapping outlives the handle");
	munmap((void *)regs, PAGE_SIZE);
	ok(census_same("devicetest", &before), "every frame and every object came back");
	return tap_done();
}
