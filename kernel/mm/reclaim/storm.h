/* SPDX-License-Identifier: MIT */
/*
 * Storms: kernel threads that move or page out everything all the time, so that whatever can meet a migration entry, a
 * swap entry or a page that is being looked at does so within seconds (storm.c). Debug builds only.
 *
 *	migrate=storm	every page that can move does, round after round
 *	reclaim=storm	every page that can go goes, round after round; needs a swap area for anonymous ones
 *
 * Both pause at the same time for a fifth of each half second. An instruction that needs two pages is otherwise never
 * executed once a fault takes longer than a round, as it does with delays and more tasks than harts.
 */
#ifndef KERNEL_MM_RECLAIM_STORM_H
#define KERNEL_MM_RECLAIM_STORM_H

/* storm_ask() - @word of the boot arguments may name a storm; storms_start() - begin what was named, after pid 1. */
#ifdef RELEASE
static inline void storm_ask(const char *word) { (void)word; }
static inline void storms_start(void) { }
static inline unsigned long nr_storms(void) { return 0; }
#else
void storm_ask(const char *word);
void storms_start(void);
/* nr_storms() - that are on. */
unsigned long nr_storms(void);
#endif

#endif
