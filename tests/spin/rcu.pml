/* SPDX-License-Identifier: MIT */
/*
 * RCU as weak as docs/rcu.md allows: an object is freed at any time after each section that was in progress when call_rcu()
 * took it has ended. Sections that begin later are not waited for. That kernel/sched/rcu.c keeps this promise is not the
 * subject here: rcutorture checks it.
 *
 * The model that includes this defines NR_OBJECTS. A process that reads has a local "byte me", its own bit in in_section.
 */
#define FREE	0	/* not allocated, or given back */
#define LIVE	1
#define DYING	2	/* passed to call_rcu() */

byte in_section;		/* a bit for each reader */
byte waits_for[NR_OBJECTS];	/* readers whose sections the grace period of the object waits for */
byte state[NR_OBJECTS];

inline rcu_read_lock()
{
	in_section = in_section | me
}

inline rcu_read_unlock()
{
	d_step {
		in_section = in_section & ~me;
		for (i : 0 .. NR_OBJECTS - 1) {
			waits_for[i] = waits_for[i] & ~me
		}
		i = 0
	}
}

inline call_rcu(object)
{
	d_step {
		assert(state[object] == LIVE);
#ifdef FREE_AT_ONCE
		state[object] = FREE
#else
		state[object] = DYING;
		waits_for[object] = in_section
#endif
	}
}

/* The callback of the object whose number is that of the process: frees it when it may, at a moment that it likes. */
active [NR_OBJECTS] proctype callback()
{
end:	do
	:: atomic { state[_pid] == DYING && !waits_for[_pid] ->
		before_free(_pid);
		state[_pid] = FREE }
	od
}
