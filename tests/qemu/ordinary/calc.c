/* SPDX-License-Identifier: MIT */
/* Reads sums from standard input. */
#include <stdio.h>

int main(void)
{
	double a, b;
	char op;
	int n = 0;

	printf("a sum? ");
	while (scanf("%lf %c %lf", &a, &op, &b) == 3) {
		switch (op) {
		case '+': printf("%.2f\n", a + b); break;
		case '-': printf("%.2f\n", a - b); break;
		case '*': printf("%.2f\n", a * b); break;
		default: printf("what is %c?\n", op);
		}
		n++;
		printf("a sum? ");
	}
	printf("%d sums\n", n);
	return 0;
}
