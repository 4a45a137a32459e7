/* SPDX-License-Identifier: MIT */
/*
 * The scheduler; sched.h. Each hart has a run queue:
 *
 *	curr (running)	  queue: task - task - task	waiting, first one is next
 *	idle		  (runs when the queue is empty and no other hart has a task to spare)
 *
 * The lock of a run queue is held across the switch: taken by the task that leaves, dropped in
 * finish_switch() by the one that arrives. So the holder sees a task either
 * running or wholly switched out, and may put it on any hart's queue.
 */
#include "kernel/arch/regs.h"
#include "kernel/arch/sbi.h"
#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "kernel/core/race.h"
#include "kernel/core/time.h"
#include "kernel/sched/fp.h"
#include "kernel/sched/latency.h"
#include "kernel/sched/rcu.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "lib/string.h"

struct rq {
	spinlock_t lock;
	struct list_head queue;		/* of task->run_node */
	unsigned int nr_queued;
	struct task *curr;
	struct task *idle;
	bool online;
	bool prev_moves;		/* the task that leaves may not stay here: finish_switch() puts it on another queue */
	u64 slice_began;		/* the time slice of curr; schedule_to() hands it on. The hart's own */
	u64 timer_at;			/* when this hart's timer interrupt comes; the hart's own */
} __aligned(64);

static struct rq run_queues[NR_CPUS];
struct task idle_tasks[NR_CPUS];

_Static_assert(offsetof(struct task, cpu) == 0, "this_cpu_id() reads the first word of current");

/* switch.S */
struct task *switch_to(struct task *prev, struct task *next);
struct task *switch_to_user(struct task *prev, struct task *next);
void finish_switch(struct task *prev);
void finish_hand_over(struct task *prev);

static struct rq *this_rq(void)
{
	return this_cpu_of(run_queues);
}

void sched_init(void)
{
	for (unsigned int i = 0; i < NR_CPUS; i++) {
		struct rq *rq = &run_queues[i];

		spin_lock_init(&rq->lock);
		INIT_LIST_HEAD(&rq->queue);
		rq->idle = &idle_tasks[i];
		rq->curr = rq->idle;
		rq->timer_at = ~0ULL;
	}
	timer_init();
	rcu_init();
}

void sched_init_hart(unsigned int cpu)
{
	struct rq *rq = &run_queues[cpu];

	BUG_ON(current != &idle_tasks[cpu] || this_cpu_id() != cpu);
	current->flags = TASK_IDLE;
	current->state = TASK_RUNNING;
	current->on_cpu = true;
	(void)strscpy(current->name, "idle", sizeof(current->name));
	current->exec_start = ktime_get_ns();
	rcu_init_hart();
	WRITE_ONCE(rq->online, true);

	/* Hart 0 looks at the console in every tick, the others tick while they have work. */
	if (cpu == 0)
		sched_arm_timer(ktime_get_ns() + NSEC_PER_TICK);
}

/* ---- queues ---- */

static void enqueue(struct rq *rq, struct task *t)
{
	VM_BUG_ON(!spin_is_held(&rq->lock) || t->on_rq || t->state != TASK_RUNNING);
	list_add_tail(&t->run_node, &rq->queue);
	t->on_rq = true;
	rq->nr_queued++;
}

static void dequeue(struct rq *rq, struct task *t)
{
	VM_BUG_ON(!spin_is_held(&rq->lock) || !t->on_rq);
	list_del(&t->run_node);
	t->on_rq = false;
	rq->nr_queued--;
}

static bool rq_is_idle(const struct rq *rq)
{
	return READ_ONCE(rq->curr) == rq->idle && READ_ONCE(rq->nr_queued) == 0;
}

static bool may_run_on(const struct task *t, unsigned int cpu)
{
	return READ_ONCE(t->cpus_allowed) & (1UL << cpu);
}

/*
 * Where @t should run: where it ran last if that hart is idle, any idle one, or the least loaded, of those it may run on.
 */
static unsigned int select_cpu(const struct task *t)
{
	unsigned long allowed = READ_ONCE(t->cpus_allowed) & cpus_online_mask();
	unsigned int best = t->cpu, nr;

	if (unlikely(!(allowed >> best & 1)))
		best = (unsigned int)__builtin_ctzl(allowed);
	else if (rq_is_idle(&run_queues[best]))
		return best;
	allowed &= ~(1UL << best);
	for_each_cpu(i, allowed) {
		if (rq_is_idle(&run_queues[i]))
			return i;
		nr = READ_ONCE(run_queues[i].nr_queued);
		if (nr + 1 < READ_ONCE(run_queues[best].nr_queued))
			best = i;
	}
	return best;
}

/* Lock the queue of @t, which may move to another one until we hold it. */
static struct rq *lock_task_rq(const struct task *t)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);
		struct rq *rq = &run_queues[cpu];

		spin_lock(&rq->lock);
		if (likely(READ_ONCE(t->cpu) == cpu))
			return rq;
		spin_unlock(&rq->lock);
	}
}

/*
 * Put @t, running by its state but on no queue, on that of hart t->cpu; get the hart out of wfi. Until then t->cpu is the
 * caller's, but not the mask: set_cpus_allowed() changes it under the lock of the queue of t->cpu. With that lock held,
 * either the mask is seen here and another hart chosen, or the task is found queued there.
 */
static void place_task(struct task *t)
{
	struct rq *rq;
	bool idle;

	race_point("place_task: hart chosen, not queued");
	rq = lock_task_rq(t);
	while (unlikely(!may_run_on(t, t->cpu))) {
		WRITE_ONCE(t->cpu, select_cpu(t));
		spin_unlock(&rq->lock);
		rq = lock_task_rq(t);
	}
	enqueue(rq, t);
	idle = rq->curr == rq->idle;
	spin_unlock(&rq->lock);
	if (idle && rq != this_rq())
		send_ipi_cpus(1UL << (rq - run_queues));
}

bool wake_up_state(struct task *t, unsigned int states)
{
	struct rq *rq;

	/* What the sleeper waits for has been written before we look at its state. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	rq = lock_task_rq(t);
	if (!(READ_ONCE(t->state) & states)) {
		spin_unlock(&rq->lock);
		return false;
	}
	WRITE_ONCE(t->state, TASK_RUNNING);
	if (rq->curr == t) {		/* about to sleep: schedule() will find it running */
		spin_unlock(&rq->lock);
		return true;
	}
	WRITE_ONCE(t->cpu, select_cpu(t));
	spin_unlock(&rq->lock);
	place_task(t);
	return true;
}

void wake_up_new_task(struct task *t)
{
	VM_BUG_ON(t->state != TASK_NEW);
	t->cpu = this_cpu_id();
	t->cpu = select_cpu(t);
	t->state = TASK_RUNNING;
	place_task(t);
}

void kick_task(struct task *t)
{
	unsigned int cpu;

	/* The work bit before the test which task runs; pairs with the fence in switch_tasks(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	cpu = READ_ONCE(t->cpu);
	if (cpu != this_cpu_id() && READ_ONCE(run_queues[cpu].curr) == t)
		send_ipi_cpus(1UL << cpu);
}

void set_cpus_allowed(struct task *t, unsigned long mask)
{
	struct rq *rq = lock_task_rq(t);
	bool move = !(mask & (1UL << t->cpu)), queued = move && t->on_rq;

	WRITE_ONCE(t->cpus_allowed, mask);
	if (queued) {
		dequeue(rq, t);
		WRITE_ONCE(t->cpu, select_cpu(t));
	}
	if (move && rq->curr == t)
		set_work(t, WORK_RESCHED);
	spin_unlock(&rq->lock);
	if (queued)
		place_task(t);
	else
		kick_task(t);
}

/* ---- switching ---- */

/* The last of @rq's waiting tasks that may run on @cpu. Assumes: @rq locked. */
static struct task *spare_task(struct rq *rq, unsigned int cpu)
{
	struct task *t;

	list_for_each_entry_reverse(t, &rq->queue, run_node)
		if (may_run_on(t, cpu))
			return t;
	return NULL;
}

/* Take a waiting task from another hart. Assumes: @rq locked; so the others are only tried. */
static struct task *steal_task(struct rq *rq)
{
	unsigned int self = this_cpu_id();

	for (unsigned int i = 1; i < NR_CPUS; i++) {
		struct rq *other = &run_queues[(self + i) % NR_CPUS];
		struct task *t = NULL;

		if (READ_ONCE(other->nr_queued) == 0 || !spin_trylock(&other->lock))
			continue;
		t = spare_task(other, self);
		if (t) {
			dequeue(other, t);
			WRITE_ONCE(t->cpu, self);
		}
		spin_unlock(&other->lock);
		if (t)
			return t;
	}
	VM_BUG_ON(!spin_is_held(&rq->lock));
	return NULL;
}

static struct task *pick_next(struct rq *rq)
{
	struct task *t;

	if (list_empty(&rq->queue)) {
		t = steal_task(rq);
		return t ? t : rq->idle;
	}
	t = list_first_entry(&rq->queue, struct task, run_node);
	if (shuffling())
		for (u32 n = shuffle(rq->nr_queued); n > 0; n--)
			t = list_next_entry(t, run_node);
	dequeue(rq, t);
	return t;
}

/* The second half of a switch, on the stack of the task that arrives. */
void finish_switch(struct task *prev)
{
	bool free_it = prev->state == TASK_DEAD && (prev->flags & TASK_AUTOREAP);
	struct rq *rq = this_rq();
	bool move = rq->prev_moves;

	/* wait4() frees a dead task when it sees this. */
	__atomic_store_n(&prev->on_cpu, false, __ATOMIC_RELEASE);
	/* Another hart's lock guards it from here on: see task_runtime_ns(). */
	if (unlikely(move)) {
		rq->prev_moves = false;
		WRITE_ONCE(prev->cpu, select_cpu(prev));
	}
	spin_unlock(&rq->lock);
	if (unlikely(move))
		place_task(prev);
	latency_begin();
	if (unlikely(free_it))
		free_dead(prev);
}

/*
 * finish_switch() for a task that schedule_to() lets return to user mode: @prev sleeps, so it is not dead and is to be on no
 * queue.
 */
void finish_hand_over(struct task *prev)
{
	struct rq *rq = this_rq();

	VM_BUG_ON(rq->prev_moves || prev->state == TASK_DEAD);
	__atomic_store_n(&prev->on_cpu, false, __ATOMIC_RELEASE);
	spin_unlock(&rq->lock);
	latency_begin();
}

static bool has_user_mode(const struct task *t)
{
	return !(t->flags & (TASK_IDLE | TASK_KTHREAD));
}

/*
 * All of a switch but the stack. @now: the time, of which @prev had what has passed since its exec_start. @hand_over: both have a user
 * mode, and @prev sleeps (a constant, so that nobody asks).
 */
static inline void switch_tasks(struct rq *rq, struct task *prev, struct task *next, u64 now, bool hand_over)
{
	prev->runtime_ns += now - prev->exec_start;
	*(!hand_over && prev->state == TASK_RUNNING ? &prev->nivcsw : &prev->nvcsw) += 1;
	next->exec_start = now;
	next->on_cpu = true;
	WRITE_ONCE(rq->curr, next);
	if (shuffling())
		shuffle_note(next->pid);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* curr before next's work: see kick_task() */

	if (hand_over || has_user_mode(prev))
		fp_switch_out(prev);
	if ((hand_over || has_user_mode(next)) && !fp_is_loaded(next, this_cpu_id()))
		set_work(next, WORK_FP);
	if (unlikely(prev->flags & TASK_TLB_DEFER))
		tlb_defer_stop();
	if (next->mm != prev->active_mm)
		switch_mm(next->mm);
	next->active_mm = next->mm;
}

void schedule(void)
{
	struct task *prev = current, *next;
	struct rq *rq = this_rq();
	u64 now;

	VM_BUG_ON(!irqs_disabled() || spin_locks_held());
	latency_end();
	rcu_quiescent();

	spin_lock(&rq->lock);
	VM_BUG_ON(rq->curr != prev);
	clear_work(prev, WORK_RESCHED);
	if (prev->state != TASK_RUNNING && signal_wakes(prev->state))
		prev->state = TASK_RUNNING;
	if (prev->state == TASK_RUNNING && prev != rq->idle) {
		if (likely(may_run_on(prev, this_cpu_id())))
			enqueue(rq, prev);
		else
			rq->prev_moves = true;
	}

	next = pick_next(rq);
	if (next == prev) {
		spin_unlock(&rq->lock);
		latency_begin();
	} else {
		now = ktime_get_ns();
		rq->slice_began = now;
		if (next != rq->idle)
			sched_arm_timer(now + NSEC_PER_TICK);
		switch_tasks(rq, prev, next, now, false);
		finish_switch(switch_to(prev, next));
	}
	/* Tasks that only sleep and wake each other come to no other place where callbacks run. */
	if (unlikely(READ_ONCE(current->work) & WORK_RCU))
		rcu_run_batch();
}

/*
 * Can @t go on in place of @prev, which has set its state? It must sleep, have run here last and be let run here; and @prev must not
 * be woken already, have a signal that wakes it, or have used up its slice. Assumes: @rq, this hart's, locked: so @t is switched out.
 */
static bool may_hand_over(const struct rq *rq, const struct task *prev, const struct task *t)
{
	VM_BUG_ON(!spin_is_held(&rq->lock) || rq->curr != prev);
	return READ_ONCE(t->cpu) == prev->cpu && (READ_ONCE(t->state) & TASK_SLEEPING) && likely(may_run_on(t, prev->cpu)) &&
	       READ_ONCE(prev->state) != TASK_RUNNING && !(READ_ONCE(prev->work) & (WORK_RESCHED | WORK_SIGNAL | WORK_FATAL));
}

void schedule_to(struct task *t, spinlock_t *lock, bool to_user)
{
	struct task *prev = current;
	struct rq *rq = this_rq();

	VM_BUG_ON(!irqs_disabled() || !spin_is_held(lock) || !has_user_mode(prev) || !has_user_mode(t));
	spin_lock(&rq->lock);
	if (unlikely(!may_hand_over(rq, prev, t))) {
		spin_unlock(&rq->lock);
		wake_up_process(t);
		spin_unlock(lock);
		schedule();
		return;
	}
	WRITE_ONCE(t->state, TASK_RUNNING);
	spin_unlock(lock);
	latency_end();
	/* The timer runs, for @prev. This hart's quiescent states are reported by its ticks, which come in user mode. */
	switch_tasks(rq, prev, t, ktime_get_ns(), /* hand_over = */ true);
	finish_switch(likely(to_user) ? switch_to_user(prev, t) : switch_to(prev, t));
}

/* A pending interrupt is taken here; all other kernel code runs with interrupts off. */
static void take_interrupts(void)
{
	rcu_assert_outside();
	latency_end();
	local_irq_enable();
	local_irq_disable();
	latency_begin();
}

void yield(void)
{
	schedule();
	take_interrupts();
}

void cond_resched_now(void)
{
	take_interrupts();
	if ((current->work & WORK_RESCHED) || (shuffling() && shuffle(4) == 0))
		schedule();
	while ((READ_ONCE(current->work) & WORK_RCU) && rcu_run_batch()) {
		take_interrupts();
		if (current->work & WORK_RESCHED)
			schedule();
	}
}

/* ---- time ---- */

/* runtime_ns, exec_start and on_cpu change together, with the lock of the run queue held: here and in a switch. */
void sched_begin_slice(void)
{
	struct rq *rq = this_rq();
	u64 now;

	spin_lock(&rq->lock);
	now = ktime_get_ns();
	current->runtime_ns += now - current->exec_start;
	current->exec_start = now;
	rq->slice_began = now;
	spin_unlock(&rq->lock);
}

u64 task_runtime_ns(const struct task *t)
{
	struct rq *rq = lock_task_rq(t);
	u64 total = t->runtime_ns;

	if (t->on_cpu)
		total += ktime_get_ns() - t->exec_start;
	spin_unlock(&rq->lock);
	return total;
}

/* ---- interrupts ---- */

void sched_arm_timer(u64 when)
{
	struct rq *rq = this_rq();

	if (when < rq->timer_at) {
		rq->timer_at = when;
		timer_set_ns(when);
	}
}

/* A hart with more tasks than it can run calls one that has none; it will steal. */
static void call_idle_hart(const struct rq *rq)
{
	if (READ_ONCE(rq->nr_queued) == 0)
		return;
	for (unsigned int i = 0; i < NR_CPUS; i++) {
		if (READ_ONCE(run_queues[i].online) && rq_is_idle(&run_queues[i])) {
			send_ipi_cpus(1UL << i);
			return;
		}
	}
}

void sched_tick(void)
{
	struct rq *rq = this_rq();
	u64 now = ktime_get_ns(), next;

	next = timer_run(now);
	if (current != rq->idle || this_cpu_id() == 0)
		next = min(next, now + (u64)NSEC_PER_TICK);
	if (shuffling() && next > now)
		next = now + (next - now) / (1 + shuffle(16));
	rq->timer_at = next;
	timer_set_ns(next);		/* also clears the interrupt that brought us here */

	/* Half a tick of tolerance: slices begin between ticks. */
	if (current != rq->idle && now - rq->slice_began >= SLICE_TICKS * NSEC_PER_TICK - NSEC_PER_TICK / 2 &&
	    READ_ONCE(rq->nr_queued) > 0)
		set_work(current, WORK_RESCHED);
	if (shuffling() && shuffle(2))
		set_work(current, WORK_RESCHED);
	call_idle_hart(rq);
	rcu_tick(now);
}

/*
 * Wait until there is something to do. An interrupt that is pending ends wfi although interrupts are off, so one that
 * came after the look at the queue is not slept over.
 */
static void idle_wait(const struct rq *rq)
{
	rcu_idle_enter();
	sched_arm_timer(rcu_next_tick(ktime_get_ns()));
	if (READ_ONCE(rq->nr_queued) == 0)
		wait_for_interrupt();
	rcu_idle_exit();
}

void cpu_idle(void)
{
	struct rq *rq = this_rq();

	for (;;) {
		schedule();
		if (!rcu_run_batch())
			idle_wait(rq);
		local_irq_enable();
		local_irq_disable();
	}
}

const struct task *sched_task_of(unsigned int cpu)
{
	return READ_ONCE(run_queues[cpu].curr);
}

unsigned int sched_nr_running(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < NR_CPUS; i++)
		n += READ_ONCE(run_queues[i].nr_queued) +
		     (READ_ONCE(run_queues[i].curr) != run_queues[i].idle);
	return n;
}

struct panic_task panic_current(void)
{
	unsigned long low = (unsigned long)current->kstack;

	return (struct panic_task){ current->pid, current->name, low, current->kernel_sp };
}
