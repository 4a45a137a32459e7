/* SPDX-License-Identifier: MIT */
/*
 * How pid 1 comes to be: a kernel thread that opens the console, execs the program named by the
 * boot arguments and returns into it.
 *
 *	swap=64M overcommit=2 fail=3 init=/bin/forkdemo -n 4
 *					  ^ program     ^ its arguments: all that follows
 *
 * rcutorture=SECONDS and rcu_plant=KIND test RCU (kernel/sched/rcu_torture.h). Debug builds also know migrate=storm and
 * reclaim=storm (kernel/mm/reclaim/storm.h), and delay=SEED (kernel/core/race.h).
 */
#include "boot/boot_info.h"
#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "kernel/core/plant.h"
#include "kernel/core/printk.h"
#include "kernel/core/race.h"
#include "kernel/dev/devices.h"
#include "kernel/entry/swap_calls.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/storm.h"
#include "kernel/posix/exec.h"
#include "kernel/posix/files.h"
#include "kernel/posix/initrd.h"
#include "kernel/posix/tty_server.h"
#include "kernel/sched/latency.h"
#include "kernel/sched/rcu_torture.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "lib/string.h"

#define DEFAULT_INIT	"/bin/init"
#define NO_INIT_STATUS	127	/* the machine's exit status when there is no program to start */
#define WORD_MAX	BOOTARGS_LEN	/* so no word is cut */

static char init_path[WORD_MAX] = DEFAULT_INIT;
static struct exec_args init_args;
static unsigned long fail_nth;		/* fail=N: pid 1's N-th allocation fails */

/* Copy the next blank-separated word of *@s to @word. False at the end. */
static bool next_word(const char **s, char *word)
{
	size_t n = 0;

	while (**s == ' ')
		(*s)++;
	if (**s == '\0')
		return false;
	for (; **s != '\0' && **s != ' '; (*s)++)
		if (n < WORD_MAX - 1)
			word[n++] = **s;
	word[n] = '\0';
	return true;
}

static unsigned long parse_number(const char *s)
{
	unsigned long v = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		v = v * 10 + (unsigned long)(*s - '0');
	return v;
}

static void add_arg(const char *word)
{
	if (exec_args_add(&init_args, word) < 0)
		panic("no memory for the arguments of init");
}

/* Returns: is there an init=? */
static bool parse_bootargs(const char *s)
{
	static char word[WORD_MAX];
	bool found = false;

	while (!found && next_word(&s, word)) {
		if (strncmp(word, "init=", 5) == 0) {
			found = true;
			(void)strscpy(init_path, word + 5, sizeof(init_path));
		} else if (strncmp(word, "fail=", 5) == 0) {
			fail_nth = parse_number(word + 5);
		} else if (strncmp(word, "panic=", 6) == 0) {
			plant_bug(word + 6);
		} else if (strncmp(word, "swap=", 5) == 0) {
			swap_boot(word + 5);
		} else if (strncmp(word, "overcommit=", 11) == 0) {
			if (mm_knob_set("overcommit_memory", parse_number(word + 11)) < 0)
				printk("%s: it is 0, 1 or 2\n", word);
		} else if (strncmp(word, "tty=", 4) == 0) {
			tty_boot(word + 4);
		} else if (strncmp(word, "delay=", 6) == 0) {
			race_start(parse_number(word + 6));
		} else if (strncmp(word, "sched=shuffle:", 14) == 0) {
			shuffle_start(parse_number(word + 14));
		} else if (strcmp(word, "vmalock=off") == 0) {
			vma_lock_setup(false);
		} else if (strncmp(word, "rcu_stall=", 10) == 0) {
			rcu_stall_set(parse_number(word + 10));
		} else if (strncmp(word, "rcutorture=", 11) == 0) {
			rcu_torture_set(parse_number(word + 11));
		} else if (strncmp(word, "rcu_plant=", 10) == 0) {
			rcu_plant_set(word + 10);
		} else if (!latency_ask(word)) {
			storm_ask(word);
		}
	}
	add_arg(init_path);
	while (found && next_word(&s, word)) {
		if (strncmp(word, "swap=", 5) == 0)
			printk("%s after init= is an argument of init: no swap is turned on\n", word);
		add_arg(word);
	}
	return found;
}

static void no_init(int err)
{
	printk("no init: cannot run %s: error %d\n", init_path, -err);
	machine_exit(NO_INIT_STATUS);
}

/* The environment of every program, until one changes it. */
static int add_environment(struct exec_args *args)
{
	int ret = exec_args_add(args, "PATH=/bin");

	if (ret == 0) {
		args->argc--;
		args->envc++;
	}
	return ret;
}

static void init_thread(__unused void *arg)
{
	int ret = -ENOMEM;

	current->proc->files = files_new();
	if (current->proc->files)
		ret = add_environment(&init_args);
	if (ret == 0)
		ret = do_execve(init_path, &init_args);
	exec_args_free(&init_args);
	if (ret < 0)
		no_init(ret);
	fail_alloc_set(fail_nth);
}

void start_init(const struct mem_region *initrd, const char *bootargs)
{
	struct task *t;
	bool given;

	files_init();
	tty_init();
	initrd_init(initrd);
	exec_args_init(&init_args);
	given = parse_bootargs(bootargs);

	if (!given && initrd_in_image(DEFAULT_INIT)) {		/* it starts servers */
		device_offer(DEVICE_UART);
		tty_server_await();
	}
	t = kernel_thread("init", init_thread, NULL);
	if (!t)
		panic("no memory for the first task");
	/* Interrupts are off and this hart is not idle yet, but another one may run @t already. */
	BUG_ON(t->pid != 1);
	kswapd_start();
	storms_start();
	rcu_torture_start();
}
