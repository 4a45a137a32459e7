/* SPDX-License-Identifier: MIT */
/* What vma.c and unmap.c share: the single steps of a change, all below its commit line but the last one. */
#ifndef KERNEL_MM_VMA_INTERNAL_H
#define KERNEL_MM_VMA_INTERNAL_H

#include "kernel/mm/mm_types.h"

/* vma_tree_overwrite() - @vma takes over the range of the tree that has just its bounds; needs no memory. */
void vma_tree_overwrite(struct vm_area_struct *vma);
/* vma_attach() - a new VMA joins the mm: its object's list, and the count. The caller stores it in the tree. */
void vma_attach(struct vm_area_struct *vma);
/* vma_detach() - @vma has lost its last range in the tree. */
void vma_detach(struct vm_area_struct *vma);
/*
 * vma_set_bounds() - @vma covers [start, end) from now on; its offset moves with its start.
 * Takes the rmap locks, so that a walk from a page sees the old bounds or the new ones.
 */
void vma_set_bounds(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* vma_dup_part() - a detached copy of [start, end) of @vma, with its chains; ERR_PTR(-ENOMEM). */
struct vm_area_struct *vma_dup_part(struct vm_area_struct *vma, unsigned long start, unsigned long end);

#endif
