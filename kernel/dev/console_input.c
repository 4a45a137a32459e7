/* SPDX-License-Identifier: MIT */
/*
 * Input of the serial line is polled by cpu 0's timer tick into a ring that console_getc() empties:
 *
 *	UART --console_poll()--> ring[tail++ % size]    ring[head++ % size] --console_getc()-->
 *
 * A full ring leaves bytes in the UART, and the sender waits there.
 */
#include "kernel/core/console.h"
#include "kernel/core/spinlock.h"
#include "kernel/dev/console_input.h"

#define RING_SIZE	1024

static DEFINE_SPINLOCK(input_lock);	/* the ring, and the UART's receiver */
static char ring[RING_SIZE];
static unsigned int ring_head, ring_tail;
static void (*input_ready)(void);	/* set once, at boot */
static bool disabled;			/* a server has the UART; changes at boot and perhaps once more */

int console_getc(void)
{
	int c = -1;

	spin_lock(&input_lock);
	if (ring_head != ring_tail)
		c = (unsigned char)ring[ring_head++ % RING_SIZE];
	spin_unlock(&input_lock);
	return c;
}

void console_on_input(void (*ready)(void))
{
	WRITE_ONCE(input_ready, ready);
}

void console_input_enable(bool on)
{
	WRITE_ONCE(disabled, !on);
}

void console_poll(void)
{
	void (*ready)(void) = READ_ONCE(input_ready);
	bool came = false;
	int c;

	if (READ_ONCE(disabled))
		return;
	spin_lock(&input_lock);
	while (ring_tail - ring_head < RING_SIZE && (c = console_receive()) >= 0) {
		ring[ring_tail++ % RING_SIZE] = (char)c;
		came = true;
	}
	spin_unlock(&input_lock);
	if (came && ready)
		ready();
}
