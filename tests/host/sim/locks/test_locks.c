/* SPDX-License-Identifier: MIT */
/* Spinlocks and rwsems of four harts: they exclude each other, nobody starves, and a killed task stops waiting. */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "kernel/core/spinlock.h"
#include "kernel/sched/rwsem.h"
#include "lib/errno.h"
#include "tests/host/sim/locks/harts.h"

/* Plain variables, which the lock protects: the sanitizer reports what it does not. */
static struct {
	spinlock_t spin;
	struct rw_semaphore sem;
	unsigned long a, b;		/* equal, with the lock held */
	unsigned long turns[NR_HARTS];
	unsigned int done;		/* atomic */
	int result;
} shared;

static void reset(void)
{
	memset(&shared, 0, sizeof(shared));
	spin_lock_init(&shared.spin);
	init_rwsem(&shared.sem);
}

static void finish(void)
{
	rwsem_destroy(&shared.sem);
	assert_eq(shared.spin.locked, 0);
}

static bool is_done(void)
{
	return __atomic_load_n(&shared.done, __ATOMIC_ACQUIRE);
}

/* ---- spinlocks ---- */

#define SPIN_ROUNDS	20000ul

static void spin_and_count(unsigned int hart, void *arg)
{
	(void)arg;
	for (unsigned long i = 0; i < SPIN_ROUNDS; i++) {
		if (i % 8 || !spin_trylock(&shared.spin))
			spin_lock(&shared.spin);
		shared.a++;
		shared.turns[hart]++;
		if (i % 4 == 0)
			cpu_relax();		/* so that the others come and wait */
		spin_unlock(&shared.spin);
	}
}

static void test_a_spinlock_has_one_holder(void **state)
{
	(void)state;
	reset();
	harts_run(spin_and_count, NULL);
	assert_eq(shared.a, NR_HARTS * SPIN_ROUNDS);
	finish();
}

/* Harts 1 to 3 take the lock all the time until hart 0 has had its turns. */
static void spin_until_one_is_done(unsigned int hart, void *arg)
{
	(void)arg;
	while (hart ? !is_done() : shared.turns[0] < 2000) {
		spin_lock(&shared.spin);
		shared.turns[hart]++;
		spin_unlock(&shared.spin);
	}
	__atomic_store_n(&shared.done, 1, __ATOMIC_RELEASE);
}

static void test_no_hart_spins_for_ever(void **state)
{
	(void)state;
	reset();
	harts_run(spin_until_one_is_done, NULL);
	assert_eq(shared.turns[0], 2000);
	finish();
}

/* ---- rwsems ---- */

#define SEM_ROUNDS	5000ul

static void read_and_write(unsigned int hart, void *arg)
{
	(void)arg;
	for (unsigned long i = 0; i < SEM_ROUNDS; i++) {
		if (i % 4 == hart) {
			down_write(&shared.sem);
			shared.a++;
			shared.b++;
			if (i % 8 == hart)
				downgrade_write(&shared.sem);
			assert_eq(shared.a, shared.b);
			if (i % 8 == hart)
				up_read(&shared.sem);
			else
				up_write(&shared.sem);
		} else {
			down_read(&shared.sem);
			assert_eq(shared.a, shared.b);
			up_read(&shared.sem);
		}
	}
}

static void test_writers_exclude_all_others(void **state)
{
	(void)state;
	reset();
	harts_run(read_and_write, NULL);
	assert_eq(shared.a, SEM_ROUNDS);
	finish();
}

/* The lock always has a reader, or soon: each takes it before the one before it has left. */
static void readers_and_a_writer(unsigned int hart, void *arg)
{
	(void)arg;
	for (int turn = 0; hart == 0 && turn < 200; turn++) {
		down_write(&shared.sem);
		shared.turns[0]++;
		up_write(&shared.sem);
	}
	while (hart && !is_done()) {
		down_read(&shared.sem);
		for (int i = 0; i < 50; i++)
			cpu_relax();
		up_read(&shared.sem);
	}
	__atomic_store_n(&shared.done, 1, __ATOMIC_RELEASE);
}

static void test_a_writer_does_not_starve_behind_readers(void **state)
{
	(void)state;
	reset();
	harts_run(readers_and_a_writer, NULL);
	assert_eq(shared.turns[0], 200);
	finish();
}

/*
 * Running writers may overtake hart 0, which is slow to wake, but not for ever. shared.b counts the rounds of the others while it
 * sleeps, so it is in the queue: before that a busy host may stop its thread for any time.
 */
static void writers_and_a_slow_one(unsigned int hart, void *arg)
{
	unsigned long before;

	(void)arg;
	hart_wakes_in = hart == 0 ? 1000 : 0;
	for (int turn = 0; hart == 0 && turn < 20; turn++) {
		before = __atomic_load_n(&shared.b, __ATOMIC_RELAXED);
		down_write(&shared.sem);
		shared.turns[0]++;
		if (__atomic_load_n(&shared.b, __ATOMIC_RELAXED) - before > shared.a)
			shared.a = __atomic_load_n(&shared.b, __ATOMIC_RELAXED) - before;
		up_write(&shared.sem);
	}
	while (hart && !is_done()) {
		down_write(&shared.sem);
		if (hart_sleeps(0))
			__atomic_fetch_add(&shared.b, 1, __ATOMIC_RELAXED);
		for (int i = 0; i < 3; i++)
			cpu_relax();		/* so that hart 0 comes and waits */
		up_write(&shared.sem);
	}
	__atomic_store_n(&shared.done, 1, __ATOMIC_RELEASE);
}

static void test_a_writer_is_overtaken_for_a_time_only(void **state)
{
	(void)state;
	reset();
	harts_run(writers_and_a_slow_one, NULL);
	assert_eq(shared.turns[0], 20);
	/* Each drop of the lock with a waiter looks at the clock, which goes on by 1 us: 2 ms are at most 2000. */
	assert_true(shared.a <= 2100);
	finish();
}

/* ---- killed while waiting ---- */

static void wait_for_sleep(unsigned int hart)
{
	while (!hart_sleeps(hart))
		cpu_relax();
}

/*
 * Hart 0 reads, hart 1 waits to write, hart 2 waits behind it to read; hart 1 is killed, so hart 2 enters while hart 0 still reads.
 */
static void kill_a_writer(unsigned int hart, void *arg)
{
	(void)arg;
	switch (hart) {
	case 0:
		down_read(&shared.sem);
		__atomic_store_n(&shared.turns[0], 1, __ATOMIC_RELEASE);
		while (!is_done())
			cpu_relax();
		up_read(&shared.sem);
		break;
	case 1:
		while (!__atomic_load_n(&shared.turns[0], __ATOMIC_ACQUIRE))
			cpu_relax();
		__atomic_store_n(&shared.turns[1], 1, __ATOMIC_RELEASE);
		shared.result = down_write_killable(&shared.sem);
		hart_alive();
		break;
	case 2:
		while (!__atomic_load_n(&shared.turns[1], __ATOMIC_ACQUIRE))
			cpu_relax();
		wait_for_sleep(1);
		__atomic_store_n(&shared.turns[2], 1, __ATOMIC_RELEASE);
		down_read(&shared.sem);
		__atomic_store_n(&shared.done, 1, __ATOMIC_RELEASE);
		up_read(&shared.sem);
		break;
	case 3:
		while (!__atomic_load_n(&shared.turns[2], __ATOMIC_ACQUIRE))
			cpu_relax();
		wait_for_sleep(2);
		hart_kill(1);
	}
}

static void test_a_killed_writer_leaves_the_queue(void **state)
{
	(void)state;
	reset();
	harts_run(kill_a_writer, NULL);
	assert_int_equal(shared.result, -EINTR);
	finish();
}

/* Hart 0 writes; the others wait to read or to write, and are killed at any moment: each has the lock, or has not. */
static void kill_at_random(unsigned int hart, void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++) {
		bool write = (i + hart) % 2;

		if (hart == 0) {
			down_write(&shared.sem);
			shared.a++;
			hart_kill(1 + (unsigned int)i % 3);
			up_write(&shared.sem);
		} else if ((write ? down_write_killable(&shared.sem) : down_read_killable(&shared.sem)) == 0) {
			if (write) {
				shared.a++;
				up_write(&shared.sem);
			} else {
				up_read(&shared.sem);
			}
		} else {
			hart_alive();
		}
	}
	hart_alive();
}

static void test_killed_at_any_moment(void **state)
{
	(void)state;
	reset();
	harts_run(kill_at_random, NULL);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_spinlock_has_one_holder),
		cmocka_unit_test(test_no_hart_spins_for_ever),
		cmocka_unit_test(test_writers_exclude_all_others),
		cmocka_unit_test(test_a_writer_does_not_starve_behind_readers),
		cmocka_unit_test(test_a_writer_is_overtaken_for_a_time_only),
		cmocka_unit_test(test_a_killed_writer_leaves_the_queue),
		cmocka_unit_test(test_killed_at_any_moment),
	};

	return RUN_APART("locks", tests);
}
