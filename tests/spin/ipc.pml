/* SPDX-License-Identifier: MIT */
/*
 * Call, reply, cancel and death (kernel/ipc, schedule_to() of kernel/sched/sched.c): two clients, one of which is interrupted by a
 * signal, call a server of two threads, which is killed at some time or not. A thread replies, closes the reply handle, or keeps
 * it for ever, and may use it again afterwards.
 *
 * All that is done with ipc_lock held is one step; signals, and sleeping, are not: between any two of them the others run.
 *
 * Checked: a reply goes to the call that it is for, while its caller waits for it, and once; when nothing moves any more, all calls have
 * ended but for those whose reply handles a living server keeps, no signal is left unseen, and no CANCEL untold.
 *
 * Planted mistakes, by -D: LATE_STATE NO_SIGNAL_CHECK STAYS_QUEUED KEEPS_CALLER CLOSES_SILENTLY DEAD_QUEUE REPLIES_TWICE NO_GENERATION CANCEL_UNTOLD LOOKS_FIRST
 */
#define CLIENTS		2		/* tasks 0, 1 */
#define THREADS		2		/* tasks 2, 3 */
#define TASKS		4
#define SLOTS		3
#define NONE		9

mtype:state = { IDLE, QUEUED, SERVED, DONE };
mtype:result = { NOTHING, ANSWER, EPIPE, EINTR };
mtype:kind = { FREE, LIVE, CANCELLED };
mtype:message = { NO_MESSAGE, CALL, CANCEL };

mtype:state cstate[CLIENTS] = IDLE;
mtype:result result[CLIENTS] = NOTHING;
byte callno[CLIENTS];			/* which of its calls */
bool ended[CLIENTS];

mtype:kind slot[SLOTS] = FREE;		/* reply handles, in the server's table */
byte slot_caller[SLOTS], slot_call[SLOTS], slot_gen[SLOTS];

bool waits[TASKS];			/* on ep->receivers */
mtype:message got[TASKS] = NO_MESSAGE;
byte got_slot[TASKS], got_gen[TASKS];

bool sleeping[TASKS], sig[TASKS];
bool killed, dead;			/* the server: SIGKILL was sent; its handles are closed */
byte threads_left = THREADS;

/* ---- sleeping: schedule(), schedule_to() ---- */

/* With the state set and ipc_lock dropped: hand over to partner, or wake it and sleep unless a signal forbids it. */
inline sleep_with_partner()
{
	d_step {
		if
#ifdef NO_SIGNAL_CHECK
		:: partner != NONE -> sleeping[partner] = false
#else
		:: partner != NONE && !sig[me] && sleeping[me] -> sleeping[partner] = false
#endif
		:: else ->
			if
			:: partner != NONE -> sleeping[partner] = false
			:: else
			fi;
			if
			:: sig[me] -> sleeping[me] = false
			:: else
			fi
		fi;
		partner = NONE
	}
}

/* ---- messages; ipc_lock held ---- */

/* The call of client c to thread th. */
inline deliver(c, th)
{
	assert(cstate[c] == QUEUED);
	s = (slot[0] == FREE -> 0 : (slot[1] == FREE -> 1 : 2));
	assert(slot[s] == FREE);
	slot[s] = LIVE;
	slot_caller[s] = c;
	slot_call[s] = callno[c];
#ifndef NO_GENERATION
	slot_gen[s]++;
#endif
	cstate[c] = SERVED;
	got[th] = CALL;
	got_slot[th] = s;
	got_gen[th] = slot_gen[s]
}

/* What nobody looks at any more is 0: fewer states. */
inline free_slot(i)
{
	slot[i] = FREE;
	slot_caller[i] = 0;
	slot_call[i] = 0
}

inline finish(c, how)
{
	cstate[c] = DONE;
	result[c] = how
}

/* A CANCEL for thread th: the reply handle is used up. */
inline tell(th)
{
	free_slot(s);
	got[th] = CANCEL
}

/* ---- a client ---- */

inline give_up()
{
	if
	:: cstate[me] == SERVED ->
		s = (slot[0] == LIVE && slot_caller[0] == me -> 0 : (slot[1] == LIVE && slot_caller[1] == me -> 1 : 2));
		assert(slot[s] == LIVE && slot_caller[s] == me && slot_call[s] == callno[me]);
#ifndef KEEPS_CALLER
		slot[s] = CANCELLED;
		slot_caller[s] = NONE;
		slot_call[s] = 0;
#ifndef CANCEL_UNTOLD
		if
		:: waits[2] -> waits[2] = false; tell(2); sleeping[2] = false
		:: !waits[2] && waits[3] -> waits[3] = false; tell(3); sleeping[3] = false
		:: else
		fi
#endif
#endif
	:: else
	fi;
#ifdef STAYS_QUEUED
	if
	:: cstate[me] == QUEUED
	:: else -> cstate[me] = IDLE
	fi;
#else
	cstate[me] = IDLE;
#endif
	result[me] = EINTR
}

proctype client(byte me; byte calls)
{
	byte partner = NONE, s;
	bool waiting;

	do
	:: callno[me] < calls ->
		atomic {
			callno[me]++;
			waiting = !dead;
			if
			:: dead -> finish(me, EPIPE)
			:: else ->
				cstate[me] = QUEUED;
				if
				:: waits[2] -> waits[2] = false; deliver(me, 2); partner = 2
				:: !waits[2] && waits[3] -> waits[3] = false; deliver(me, 3); partner = 3
				:: else
				fi;
#ifndef LATE_STATE
				sleeping[me] = true
#endif
			fi;
			s = 0
		}
		do
		:: waiting ->
#ifdef LATE_STATE
			sleeping[me] = true;
#endif
			sleep_with_partner();
end_wait:		!sleeping[me];
			atomic {
				if
				:: cstate[me] == DONE -> waiting = false
				:: cstate[me] != DONE && sig[me] -> give_up(); waiting = false
				:: else ->
#ifndef LATE_STATE
					sleeping[me] = true
#else
					skip
#endif
				fi;
				s = 0
			}
		:: else -> break
		od;
		atomic { result[me] = NOTHING; cstate[me] = (cstate[me] == QUEUED -> QUEUED : IDLE); sig[me] = false }	/* back in user mode */
	:: else -> break
	od;
	ended[me] = true
}

/* ---- a thread of the server ---- */

/* What this thread has received is its own. */
inline look()
{
	if
	:: got[me] == CALL ->
		mine = got_slot[me];
		mine_gen = got_gen[me];
		mine_client = slot_caller[mine];
		mine_call = slot_call[mine];
		have = slot[mine] == LIVE;	/* else cancelled meanwhile */
		got_slot[me] = 0;
		got_gen[me] = 0
	:: else
	fi;
	got[me] = NO_MESSAGE
}

/* The reply by the handle (mine, mine_gen) of this thread, if it is still good; the caller is the partner. */
inline reply()
{
	if
	:: slot_gen[mine] == mine_gen && slot[mine] == LIVE ->
		assert(slot_call[mine] == mine_call && slot_caller[mine] == mine_client);
		assert(cstate[mine_client] == SERVED && callno[mine_client] == mine_call);
		finish(mine_client, ANSWER);
		partner = mine_client;
#ifndef REPLIES_TWICE
		free_slot(mine)
#endif
	:: slot_gen[mine] == mine_gen && slot[mine] == CANCELLED -> free_slot(mine)	/* ESRCH */
	:: else										/* EBADF */
	fi
}

inline close_reply()
{
	if
	:: slot_gen[mine] == mine_gen && slot[mine] == LIVE ->
		assert(cstate[slot_caller[mine]] == SERVED);
#ifndef CLOSES_SILENTLY
		finish(slot_caller[mine], EPIPE);
		sleeping[slot_caller[mine]] = false;
#endif
		free_slot(mine)
	:: slot_gen[mine] == mine_gen && slot[mine] == CANCELLED -> free_slot(mine)
	:: else
	fi
}

inline take_message()
{
	got[me] = NO_MESSAGE;
	if
	:: slot[0] == CANCELLED -> s = 0; tell(me)
	:: slot[0] != CANCELLED && slot[1] == CANCELLED -> s = 1; tell(me)
	:: slot[0] != CANCELLED && slot[1] != CANCELLED && slot[2] == CANCELLED -> s = 2; tell(me)
	:: slot[0] != CANCELLED && slot[1] != CANCELLED && slot[2] != CANCELLED ->
		if
		:: cstate[0] == QUEUED -> deliver(0, me)
		:: cstate[1] == QUEUED -> deliver(1, me)
		:: cstate[0] != QUEUED && cstate[1] != QUEUED
		fi
	fi
}

inline queue_up()
{
	waits[me] = true;
	sleeping[me] = true
}

inline wake_partner()
{
	if
	:: partner != NONE -> sleeping[partner] = false; partner = NONE
	:: else
	fi
}

proctype server(byte me)
{
	byte partner = NONE, s, mine, mine_gen, mine_call, mine_client;
	bool have, sleeps;

	do
	:: killed -> break			/* on the way to user mode */
	:: else ->
		/* reply, and receive in the same section; or close; or keep the handle, and receive another one */
		atomic {
			if
			:: have -> reply(); have = false
			:: have -> reply(); wake_partner(); reply(); have = false	/* it is used up: the second one does nothing */
			:: have -> close_reply(); have = false
			:: true
			fi;
			if
			:: have
			:: else -> mine = 0; mine_gen = 0; mine_call = 0; mine_client = 0
			fi;
			take_message();
			sleeps = got[me] == NO_MESSAGE;
			if
			:: !sleeps -> wake_partner(); look()
			:: else ->
#ifndef LOOKS_FIRST
				queue_up()
#else
				skip
#endif
			fi;
			s = 0
		}
		if
		:: sleeps ->
#ifdef LOOKS_FIRST
			atomic { queue_up() };
#endif
			sleep_with_partner();
end_recv:		!sleeping[me];
			atomic { waits[me] = false; sleeps = false; look() }
		:: else
		fi;
	od;

	/* do_exit(); the last thread closes all handles, one after the other */
	atomic { threads_left--; have = threads_left == 0 };
	if
	:: have ->
		dead = true;
#ifndef DEAD_QUEUE
		s = 0;
		do
		:: s < CLIENTS ->
			atomic {
				if
				:: cstate[s] == QUEUED -> finish(s, EPIPE); sleeping[s] = false
				:: else
				fi;
				s++
			}
		:: else -> break
		od;
#endif
		mine = 0;
		do
		:: mine < SLOTS ->
			atomic { mine_gen = slot_gen[mine]; close_reply(); mine++ }
		:: else -> break
		od
	:: else
	fi
}

/* ---- what comes from outside ---- */

proctype interrupter()
{
	sig[0] = true;
	sleeping[0] = false
}

proctype killer()
{
	atomic { killed = true; sig[2] = true; sig[3] = true };
	sleeping[2] = false;
	sleeping[3] = false
}

#define is_kept(c, i)	(slot[i] == LIVE && slot_caller[i] == c && slot_call[i] == callno[c])
#define may_wait(c)	(cstate[c] == SERVED && !dead && !sig[c] && (is_kept(c, 0) || is_kept(c, 1) || is_kept(c, 2)))

/* When nothing moves any more. */
proctype monitor()
{
	timeout;
	assert(!killed || dead);
	assert(ended[0] || may_wait(0));
	assert(ended[1] || may_wait(1));
	assert(dead || (slot[0] != CANCELLED && slot[1] != CANCELLED && slot[2] != CANCELLED))
}

init
{
	atomic {
		run client(0, 2);
		run client(1, 1);
		run server(2);
		run server(3);
		if
		:: run interrupter()
		:: run killer()
		fi;
		run monitor()
	}
}
