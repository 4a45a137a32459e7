/* SPDX-License-Identifier: MIT */
/* resize: asks the terminal how large it is; the console server takes the answer out of the input. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include "user/libsys/sys.h"

USAGE("usage: resize\n"
      "Asks the terminal for its size by an escape sequence, and says what the console\n"
      "takes it for then. The console server reads the answer, if there is one.\n"
      "Exercises tty_resized() and kill_pgrp().\n");

#define ANSWER_MS	300UL

int main(void)
{
	struct winsize none = { .ws_row = 0 }, old, size;
	unsigned long ms = 0;

	if (ioctl(0, TIOCGWINSZ, &old) != 0)
		die("resize");
	ioctl(0, TIOCSWINSZ, &none);
	printf("\033[18t");
	fflush(stdout);
	do {
		sleep_ms(10);
		ioctl(0, TIOCGWINSZ, &size);
	} while (size.ws_row == 0 && (ms += 10) < ANSWER_MS);
	if (size.ws_row == 0) {
		ioctl(0, TIOCSWINSZ, &old);
		printf("the terminal does not answer; %d rows, %d columns\n", old.ws_row, old.ws_col);
		return 1;
	}
	printf("%d rows, %d columns\n", size.ws_row, size.ws_col);
	return 0;
}
