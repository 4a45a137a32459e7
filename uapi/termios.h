/* SPDX-License-Identifier: MIT */
/*
 * Settings of a terminal: ioctl numbers, struct termios and flags with Linux's values on riscv64. Of the flags, the kernel
 * acts on those that have a remark; it keeps the others for the next TCGETS.
 */
#ifndef UAPI_TERMIOS_H
#define UAPI_TERMIOS_H

#define TCGETS		0x5401
#define TCSETS		0x5402
#define TCSETSW		0x5403		/* after all output: the console has none that waits */
#define TCSETSF		0x5404		/* discards input that was not read */
#define TIOCGPGRP	0x540f
#define TIOCSPGRP	0x5410
#define TIOCGWINSZ	0x5413
#define TIOCSWINSZ	0x5414

#define NCCS		19

struct termios {
	unsigned int c_iflag, c_oflag, c_cflag, c_lflag;
	unsigned char c_line;
	unsigned char c_cc[NCCS];
};
_Static_assert(sizeof(struct termios) == 36, "Linux's struct termios");

struct winsize {
	unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};

/* Indices of c_cc. The value 0 turns a character off. */
#define VINTR		0	/* SIGINT */
#define VQUIT		1	/* SIGQUIT */
#define VERASE		2	/* removes a character */
#define VKILL		3	/* removes the line */
#define VEOF		4	/* end of file, or hands over what is typed so far */
#define VTIME		5	/* tenths of a second that a read waits when VMIN is 0 */
#define VMIN		6	/* bytes that a read waits for, without ICANON */
#define VSTART		8
#define VSTOP		9
#define VSUSP		10
#define VREPRINT	12
#define VDISCARD	13
#define VWERASE		14
#define VLNEXT		15

/* c_iflag */
#define IGNBRK		0000001
#define BRKINT		0000002
#define PARMRK		0000010
#define ISTRIP		0000040
#define INLCR		0000100
#define IGNCR		0000200
#define ICRNL		0000400		/* a carriage return is read as a newline */
#define IXON		0002000
#define IUTF8		0040000		/* VERASE removes all bytes of a character */

/* c_oflag: the console always prints "\n" as "\r\n" */
#define OPOST		0000001
#define ONLCR		0000004

/* c_cflag */
#define B38400		0000017
#define CSIZE		0000060
#define CS8		0000060
#define CREAD		0000200
#define PARENB		0000400

/* c_lflag */
#define ISIG		0000001		/* VINTR and VQUIT send signals */
#define ICANON		0000002		/* lines: a read waits for the end of one */
#define ECHO		0000010		/* input is printed when it arrives */
#define ECHOE		0000020
#define ECHOK		0000040
#define ECHONL		0000100
#define ECHOCTL		0001000
#define ECHOKE		0004000
#define IEXTEN		0100000

#endif
