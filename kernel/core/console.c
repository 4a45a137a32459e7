/* SPDX-License-Identifier: MIT */
/* The serial line, polled: a byte waits until the transmitter takes it. */
#include "kernel/core/console.h"
#include "kernel/arch/riscv.h"
#include "kernel/arch/sbi.h"
#include "kernel/core/panic_state.h"
#include "kernel/core/percpu.h"
#include "kernel/core/spinlock.h"

/* NS16550 registers and bits. */
#define UART_RBR	0	/* read: received byte */
#define UART_THR	0	/* write: byte to send */
#define UART_IER	1
#define UART_FCR	2
#define UART_LCR	3
#define UART_LSR	5
#define UART_FCR_ENABLE	0x07	/* FIFOs on and empty */
#define UART_LCR_8N1	0x03
#define UART_LSR_DATA	0x01	/* a byte has come */
#define UART_LSR_THRE	0x20	/* room for a byte */

static volatile u8 *uart;		/* NULL: bytes go through the firmware */
static DEFINE_SPINLOCK(output_lock);
static unsigned int claimed_by;		/* 1 + the cpu that holds output_lock for good, 0: none */

void console_init(volatile u8 *regs)
{
	if (!regs)
		return;
	regs[UART_IER] = 0;		/* polled: no interrupts */
	regs[UART_LCR] = UART_LCR_8N1;
	regs[UART_FCR] = UART_FCR_ENABLE;
	uart = regs;
}

static void put_byte(char c)
{
	if (!uart) {
		sbi_console_putchar(c);
		return;
	}
	while (!(uart[UART_LSR] & UART_LSR_THRE))
		cpu_relax();
	uart[UART_THR] = (u8)c;
}

/* After a panic began, its hart prints without the lock, whose holder may be stopped; others print no more. */
void console_write(const char *s, size_t n)
{
	bool locked = true;
	size_t i;

	if (unlikely(panic_in_progress())) {
		panic_stop();
		locked = false;
	} else if (READ_ONCE(claimed_by) == this_cpu_id() + 1) {
		locked = false;
	} else {
		spin_lock(&output_lock);
	}
	for (i = 0; i < n; i++) {
		if (s[i] == '\n')
			put_byte('\r');
		put_byte(s[i]);
	}
	if (locked)
		spin_unlock(&output_lock);
}

void console_claim(void)
{
	spin_lock(&output_lock);
	WRITE_ONCE(claimed_by, this_cpu_id() + 1);
}

int console_receive(void)
{
	if (!uart || !(uart[UART_LSR] & UART_LSR_DATA))
		return -1;
	return uart[UART_RBR];
}
