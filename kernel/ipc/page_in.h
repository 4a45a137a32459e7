/* SPDX-License-Identifier: MIT */
/* Memory objects whose pager is a server. */
#ifndef KERNEL_IPC_PAGE_IN_H
#define KERNEL_IPC_PAGE_IN_H

#include "lib/types.h"

struct memobj;

/*
 * paged_object_create() - an object of @size bytes whose pages come from who receives from @endpoint, a handle of current's with SEND;
 * @cookie is told with each request, and the handle's badge. *@obj has one reference. 0, -EBADF, -EACCES or -ENOMEM.
 */
int __must_check paged_object_create(struct memobj **obj, unsigned long size, unsigned long endpoint, unsigned long cookie);

#endif
