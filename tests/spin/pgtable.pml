/* SPDX-License-Identifier: MIT */
/*
 * Page tables that are freed beside walks (the locks in kernel/mm/pgtable.h; free_table() in kernel/mm/pgtable.c).
 *
 *	walk from a page (reverse mapping)	the task that unmaps, mmap_lock held
 *	lock page_table_lock			zap: the entry, under the table's lock
 *	pgd, middle table, table found		lock page_table_lock
 *	lock the table's			unhook; lock and unlock the table's
 *	unlock page_table_lock			unlock page_table_lock
 *	... the entry ...			flush: no hart's hardware walk uses the tables any more
 *	unlock the table's			free the frames; map again, with frames that were freed perhaps
 *
 * Checked: no walk, by software or hardware, touches a frame that is no table any more or a table of somebody else, and all
 * locks are free when a frame is freed. Steps are atomic, as in vma_lock.pml.
 *
 * Planted mistakes, by -D: NO_LOCK_ONCE NO_HAND_OVER NO_WALK_LOCK NO_FLUSH UNHOOK_LATE
 */
#define NR_FRAMES	3
#define NR_ROUNDS	2
#define NONE		7
#define MAPPED		1

bool page_table_lock, ptl[NR_FRAMES];
byte pgd = NONE, entry[NR_FRAMES];	/* the one entry of each that serves our address */
bool is_table[NR_FRAMES];
byte made[NR_FRAMES];			/* how often a table was made of it */
bool hw_walks, flush_waits;		/* a hardware walk is on its way; one that began before the flush */

#define lock(l)		atomic { !l -> l = true }
#define unlock(l)	l = false
#define touch(t, birth)	assert(is_table[t] && made[t] == birth)

/* What @p points to, NONE or a table, with the number of times that it was made. */
inline follow(t, birth, p)
{
	d_step {
		t = p;
		birth = (t == NONE -> 0 : made[t])
	}
}

/* ---- from a page ---- */

/* pgtable_walk_lock(), then the entry is looked at and cleared, pte_unlock(). */
active [2] proctype walk()
{
	byte mid, mid_birth, table = NONE, birth;

#ifndef NO_WALK_LOCK
	lock(page_table_lock);
#endif
	follow(mid, mid_birth, pgd);
	if
	:: mid != NONE ->
		touch(mid, mid_birth);
		follow(table, birth, entry[mid])
	:: else
	fi;
#ifdef NO_HAND_OVER
	unlock(page_table_lock);
#endif
	if
	:: table != NONE ->
		lock(ptl[table]);
		touch(table, birth)
	:: else
	fi;
#if !defined(NO_HAND_OVER) && !defined(NO_WALK_LOCK)
	unlock(page_table_lock);
#endif
	if
	:: table != NONE ->
		touch(table, birth);
		if
		:: entry[table] == MAPPED ->
			d_step { touch(table, birth); entry[table] = NONE }
		:: else
		fi;
		d_step { touch(table, birth); unlock(ptl[table]) }
	:: else
	fi
}

/* ---- hardware ---- */

/* One that goes on for long is one that keeps entries of upper levels in a cache. */
active proctype hardware()
{
	byte t, birth;

end:	do
	:: hw_walks = true;
		follow(t, birth, pgd);
		if
		:: t != NONE ->
			touch(t, birth);
			follow(t, birth, entry[t]);
			if
			:: t != NONE -> touch(t, birth)
			:: else
			fi
		:: else
		fi;
		d_step { t = 0; birth = 0; hw_walks = false; flush_waits = false }
	od
}

/* ---- who maps and unmaps ---- */

inline make_table(t)
{
	atomic {
		t = (!is_table[0] -> 0 : (!is_table[1] -> 1 : 2));
		assert(!is_table[t]);
		is_table[t] = true;
		made[t]++;
		entry[t] = NONE;
		ptl[t] = false
	}
}

/* pgtable_alloc(), and a fault that maps the page. */
inline map()
{
	make_table(mid);
	lock(page_table_lock);
	pgd = mid;
	unlock(page_table_lock);
	make_table(table);
	lock(page_table_lock);
	entry[mid] = table;
	unlock(page_table_lock);
	lock(ptl[table]);
	entry[table] = MAPPED;
	unlock(ptl[table])
}

inline unhook(p, t)
{
	p = NONE;
#ifndef NO_LOCK_ONCE
	lock(ptl[t]);
	unlock(ptl[t])
#endif
}

/* sfence.vma everywhere: translations and walks that began before are over when it returns. */
inline flush()
{
	flush_waits = hw_walks;
	!flush_waits
}

inline free_frame(t)
{
	d_step {
		assert(is_table[t] && !ptl[t] && entry[t] == NONE);
		is_table[t] = false
	}
}

inline unmap()
{
	lock(ptl[table]);
	entry[table] = NONE;
	unlock(ptl[table]);
	lock(page_table_lock);
#ifndef UNHOOK_LATE
	unhook(entry[mid], table);
	unhook(pgd, mid);
#endif
	unlock(page_table_lock);
#ifndef NO_FLUSH
	flush();
#endif
	free_frame(table);
#ifdef UNHOOK_LATE
	entry[mid] = NONE;
	pgd = NONE;
#endif
	free_frame(mid)
}

active proctype owner()
{
	byte mid, table, n;

	do
	:: n < NR_ROUNDS ->
		n++;
		map();
		unmap()
	:: else -> break
	od
}
