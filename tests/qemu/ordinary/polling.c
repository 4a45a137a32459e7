/* SPDX-License-Identifier: MIT */
/* Wait for two pipes at a time. */
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int a[2], b[2], turn[2], open_ends = 2;
	char c;

	pipe(a);
	pipe(b);
	pipe(turn);			/* b comes when a has been read */
	for (int i = 0; i < 2; i++) {
		if (fork() == 0) {
			if (i)
				read(turn[0], &c, 1);
			usleep(30000);
			write(i ? b[1] : a[1], i ? "b" : "a", 1);
			_exit(0);
		}
	}
	close(a[1]);
	close(b[1]);
	struct pollfd fds[2] = { { a[0], POLLIN, 0 }, { b[0], POLLIN, 0 } };

	while (open_ends > 0) {
		if (poll(fds, 2, 10000) <= 0)
			return 1;
		for (int i = 0; i < 2; i++) {
			if (fds[i].revents & POLLIN) {
				read(fds[i].fd, &c, 1);
				printf("%c\n", c);
				write(turn[1], &c, 1);
			} else if (fds[i].revents & POLLHUP) {
				fds[i].fd = -1;
				open_ends--;
			}
		}
	}
	printf("nothing: %d\n", poll(NULL, 0, 10));
	while (wait(NULL) > 0)
		;
	return 0;
}
