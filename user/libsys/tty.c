/* SPDX-License-Identifier: MIT */
/* The terminal: its settings and its size. */
#include <sys/ioctl.h>
#include <termios.h>
#include "user/libsys/sys.h"

int tcgetattr(int fd, struct termios *settings)
{
	return ioctl(fd, TCGETS, settings);
}

int tcsetattr(int fd, int when, const struct termios *settings)
{
	static const unsigned int calls[] = { [TCSANOW] = TCSETS, [TCSADRAIN] = TCSETSW, [TCSAFLUSH] = TCSETSF };

	if (when < 0 || (size_t)when >= ARRAY_SIZE(calls)) {
		errno = EINVAL;
		return -1;
	}
	return ioctl(fd, calls[when], settings);
}

void cfmakeraw(struct termios *settings)
{
	settings->c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	settings->c_oflag &= ~OPOST;
	settings->c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	settings->c_cflag = (settings->c_cflag & ~(CSIZE | PARENB)) | CS8;
	settings->c_cc[VMIN] = 1;
	settings->c_cc[VTIME] = 0;
}

int tty_columns(void)
{
	struct winsize size = { .ws_col = 0 };

	return ioctl(0, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}
