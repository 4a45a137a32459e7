/* SPDX-License-Identifier: MIT */
/*
 * The lock of one page, PG_locked: its holder may take the page from its owner, move it, or write it out.
 * Tasks that wait for pages sleep in one of a few queues, by frame number.
 */
#ifndef KERNEL_MM_PAGE_LOCK_H
#define KERNEL_MM_PAGE_LOCK_H

#include "kernel/mm/frame/page.h"

void page_lock_init(void);

/* A task that takes or holds the lock has a reference of the page, and keeps it until after unlock_page(). */
bool trylock_page(struct page *page);
/* lock_page() - sleeps until it has the lock. While it slept the page may have left its owner: look again. */
void lock_page(struct page *page);
/* lock_page_killable() - -EINTR, without the lock, when the task is to end first. */
int __must_check lock_page_killable(struct page *page);
void unlock_page(struct page *page);

#endif
