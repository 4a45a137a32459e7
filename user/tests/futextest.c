/* SPDX-License-Identifier: MIT */
/*
 * futextest: futexes where a program lies to the kernel, or takes the memory away meanwhile: robust lists that are wrong,
 * words to be cleared that are not there, words in pages that other threads unmap, one word at two addresses.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define MS	1000000L

struct entry {
	struct entry *next;
	unsigned int word;
};

static struct thread threads[8];
static struct robust_list_head head;
static struct entry entries[4];

static long futex(void *addr, int op, unsigned int val, const void *timeout)
{
	return raw_syscall(SYS_futex, addr, (long)op, (unsigned long)val, timeout, NULL, (long)FUTEX_BITSET_MATCH_ANY);
}

/* ---- robust lists ---- */

/* Ends with @list as its robust list; words that hold 1 are made its own before. */
static int end_with_list(long list)
{
	unsigned int tid = (unsigned int)raw_syscall(SYS_gettid);

	for (unsigned int i = 0; i < ARRAY_SIZE(entries); i++)
		if ((entries[i].word & FUTEX_TID_MASK) == 1)
			entries[i].word = (entries[i].word & ~FUTEX_TID_MASK) | tid;
	return (int)raw_syscall(SYS_set_robust_list, list, sizeof(head));
}

static void end_thread(const void *list)
{
	if (thread_start(&threads[0], end_with_list, (long)list) < 0)
		die("thread");
	thread_join(&threads[0]);
}

/* All entries one after the other, and back to the head. */
static void fill_list(unsigned int word)
{
	head.list = (unsigned long)&entries[0];
	head.futex_offset = offsetof(struct entry, word);
	head.list_op_pending = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(entries); i++) {
		entries[i].next = i + 1 < ARRAY_SIZE(entries) ? &entries[i + 1] : (struct entry *)&head;
		entries[i].word = word;
	}
}

static void check_words(void)
{
	fill_list(1);
	entries[1].word = 1 | FUTEX_WAITERS;
	entries[2].word = 0x1234567;		/* somebody else's */
	end_thread(&head);
	is(entries[0].word, FUTEX_OWNER_DIED, "a word of the dead thread");
	is(entries[1].word, FUTEX_OWNER_DIED | FUTEX_WAITERS, "one with waiters");
	is(entries[2].word, 0x1234567, "another thread's is left alone");
	is(entries[3].word, FUTEX_OWNER_DIED, "the last one");

	fill_list(0);
	entries[0].word = 1;
	entries[0].next = (struct entry *)&head;
	entries[3].word = 1;
	head.list_op_pending = (unsigned long)&entries[3];
	end_thread(&head);
	is(entries[0].word, FUTEX_OWNER_DIED, "with one that was being taken: the listed one");
	is(entries[3].word, FUTEX_OWNER_DIED, "the one that was being taken");
	fill_list(1);
	head.list_op_pending = (unsigned long)&entries[1];
	end_thread(&head);
	is(entries[1].word, FUTEX_OWNER_DIED, "one that is listed and pending");
	fill_list(1);
	head.list |= 1;				/* marked as one that passes on priority */
	end_thread(&head);
	is(entries[0].word, FUTEX_OWNER_DIED, "a marked entry");
}

static int wait_on(long addr)
{
	unsigned int word = *(unsigned int *)addr;

	return (int)futex((void *)addr, FUTEX_WAIT, word, NULL);
}

/* Who waits for a robust futex is woken: given back half (pending, word 0), or lost. */
static void check_wakes(void)
{
	struct thread *waiter = &threads[1];
	struct timespec { long sec, nsec; } late = { 5, 0 };

	fill_list(0);
	entries[0].next = (struct entry *)&head;
	head.list = (unsigned long)&head;
	head.list_op_pending = (unsigned long)&entries[0];
	thread_start(waiter, wait_on, (long)&entries[0].word);
	sleep_ms(20);
	end_thread(&head);
	ok(futex(&waiter->tid, FUTEX_WAIT, (unsigned int)waiter->tid, &late) != -ETIMEDOUT || waiter->tid == 0,
	   "a waiter of a futex that was being given back is woken");
	fill_list(0);
	entries[0].word = FUTEX_WAITERS | 1;
	thread_start(waiter, wait_on, (long)&entries[0].word);
	sleep_ms(20);
	futex_wake((int *)&entries[0].word, 0);
	thread_join(waiter);
}

/* The thread ends and the process lives, whatever the list is. */
static void check_wrong_lists(void)
{
	static const unsigned long nowhere[] = { 8, 0x3ffffffff0UL, 0xffffffc080000000UL, -8UL, 0x4000000000UL };
	static struct entry many[3000];
	char *gone = map_pages(1), *read_only = map_pages(1);

	fill_list(1);
	entries[3].next = &entries[0];
	end_thread(&head);
	is(entries[3].word, FUTEX_OWNER_DIED, "a list in a circle");
	fill_list(1);
	entries[0].next = &entries[0];
	end_thread(&head);
	is(entries[0].word, FUTEX_OWNER_DIED, "an entry that is its own next");

	fill_list(0);
	for (unsigned int i = 0; i < ARRAY_SIZE(many); i++)
		many[i].next = i + 1 < ARRAY_SIZE(many) ? &many[i + 1] : &entries[0];
	head.list = (unsigned long)many;
	entries[0].word = 1;
	end_thread(&head);
	ok((entries[0].word & FUTEX_OWNER_DIED) == 0, "the 3000th entry is not looked at");

	for (unsigned int i = 0; i < ARRAY_SIZE(nowhere); i++) {
		fill_list(1);
		entries[1].next = (struct entry *)nowhere[i];
		end_thread(&head);
		is(entries[1].word, FUTEX_OWNER_DIED, "the list goes on at %lx", nowhere[i]);
		end_thread((void *)nowhere[i]);
		fill_list(1);
		head.list_op_pending = nowhere[i];
		end_thread(&head);
		fill_list(1);
		head.futex_offset = (long)nowhere[i];
		end_thread(&head);
		is(entries[0].word & FUTEX_TID_MASK, entries[1].word & FUTEX_TID_MASK, "the offset %lx", nowhere[i]);
	}
	fill_list(1);
	head.futex_offset = offsetof(struct entry, word) + 1;
	end_thread(&head);
	ok(!(entries[0].word & FUTEX_OWNER_DIED), "words that are not aligned are left alone");

	munmap(gone, PAGE_SIZE);
	end_thread(gone);
	memcpy(read_only, &head, sizeof(head));
	mprotect(read_only, PAGE_SIZE, PROT_READ);
	fill_list(1);
	head.futex_offset = read_only - (char *)entries;
	end_thread(&head);
	ok(true, "lists and words in pages that are not there or cannot be written");
	is_errno(raw_syscall(SYS_set_robust_list, &head, sizeof(head) - 1), EINVAL, "a head of the wrong size");
	is_errno(raw_syscall(SYS_get_robust_list, 0L, 8L, &head), EFAULT, "get_robust_list to nowhere");
	is_errno(raw_syscall(SYS_get_robust_list, 32767L, &head, &head), ESRCH, "get_robust_list of nobody");
}

/* ---- the word that is cleared at the end ---- */

static int nothing(long unused)
{
	(void)unused;
	return 0;
}

static int done;

static int count_and_end(long addr)
{
	raw_syscall(SYS_set_tid_address, addr);
	__atomic_add_fetch(&done, 1, __ATOMIC_RELEASE);
	futex_wake(&done, 1);
	return 0;
}

static void check_clear_tid(void)
{
	static const unsigned long nowhere[] = { 8, 0x3ffffffff0UL, 0xffffffc080000000UL, -4UL, 0x4000000000UL };
	static int word[3] = { 7, 7, 7 };
	char *gone = map_pages(1), *read_only = map_pages(1);

	munmap(gone, PAGE_SIZE);
	mprotect(read_only, PAGE_SIZE, PROT_READ);
	for (unsigned int i = 0; i < ARRAY_SIZE(nowhere) + 2; i++) {
		unsigned long addr = i < ARRAY_SIZE(nowhere) ? nowhere[i] : i == ARRAY_SIZE(nowhere) ? (unsigned long)gone :
				     (unsigned long)read_only;

		done = 0;
		thread_start(&threads[2 + i % 4], count_and_end, (long)addr);
		while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) == 0)
			futex_wait(&done, 0);
		sleep_ms(2);
	}
	ok(true, "threads that end with a bad address to be cleared");
	thread_clone(CLONE_A_THREAD | CLONE_CHILD_CLEARTID, threads[7].stack + THREAD_STACK, NULL, NULL, &word[1], nothing, 0);
	while (__atomic_load_n(&word[1], __ATOMIC_ACQUIRE) == 7)
		futex_wait(&word[1], 7);
	ok(word[0] == 7 && word[1] == 0 && word[2] == 7, "one word is cleared, its neighbours are not");
}

/* ---- a word that comes and goes ---- */

static char *page;
static int stop, wrong;

static int wait_in_page(long unused)
{
	const struct { long sec, nsec; } soon = { 0, MS / 2 };

	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		long ret = futex(page + 64, FUTEX_WAIT, 0, &soon);

		if (ret != 0 && ret != -EAGAIN && ret != -ETIMEDOUT && ret != -EFAULT)
			wrong = (int)ret;
		ret = futex(page + 64, FUTEX_WAKE, 1, NULL);
		if (ret < 0 && ret != -EFAULT)
			wrong = (int)ret;
	}
	return 0;
}

static void check_vanishing(bool shared)
{
	int flags = MAP_FIXED | MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE);

	page = map_pages(1);
	stop = wrong = 0;
	for (int i = 0; i < 3; i++)
		thread_start(&threads[i], wait_in_page, 0);
	for (int i = 0; i < 60; i++) {
		munmap(page, PAGE_SIZE);
		sleep_ms(1);
		(void)mmap(page, PAGE_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
		if (i % 2)
			page[64] = 1;
		sleep_ms(1);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < 3; i++)
		thread_join(&threads[i]);
	is(wrong, 0, "a futex in a %s page that another thread unmaps", shared ? "shared" : "private");
	munmap(page, PAGE_SIZE);
}

/* ---- one word, two addresses ---- */

static int wait_for_zero(long addr)
{
	const struct { long sec, nsec; } late = { 3, 0 };

	return (int)futex((void *)addr, FUTEX_WAIT, 0, &late) ? 1 : 0;
}

static void check_shared(void)
{
	char *one = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *two;
	char *own = map_pages(1);
	pid_t pid;
	int status;
	long woken = 0, other = 0;

	/* mremap of 0 bytes of a shared mapping makes another one of the same object. */
	two = (char *)raw_syscall(SYS_mremap, one, 0L, PAGE_SIZE, 1L);
	ok(two != one && (unsigned long)two < 0x4000000000UL, "the object is mapped twice");
	pid = spawn_child(wait_for_zero, (long)one + 128);
	for (int i = 0; i < 1000 && woken == 0; i++) {
		sleep_ms(1);
		other += futex(two + 132, FUTEX_WAKE, 1, NULL);
		woken = futex(two + 128, FUTEX_WAKE, 1, NULL);
	}
	waitpid(pid, &status, 0);
	ok(woken == 1 && other == 0 && status == 0, "a wait in another process, a wake by another address");

	*own = 0;
	pid = spawn_child(wait_for_zero, (long)own + 128);
	sleep_ms(20);
	is(futex(own + 128, FUTEX_WAKE, 100, NULL), 0, "private memory has its own futexes after fork");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

int main(void)
{
	check_words();
	check_wakes();
	check_wrong_lists();
	check_clear_tid();
	check_vanishing(false);
	check_vanishing(true);
	check_shared();
	return tap_done();
}
