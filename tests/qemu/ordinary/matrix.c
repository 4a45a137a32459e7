/* SPDX-License-Identifier: MIT */
/* Doubles: a system of equations by elimination, and some mathematical functions. */
#include <math.h>
#include <stdio.h>

#define N 3

int main(void)
{
	double a[N][N + 1] = { { 2, 1, -1, 8 }, { -3, -1, 2, -11 }, { -2, 1, 2, -3 } }, x[N];

	for (int col = 0; col < N; col++) {
		for (int row = col + 1; row < N; row++) {
			double factor = a[row][col] / a[col][col];

			for (int i = col; i <= N; i++)
				a[row][i] -= factor * a[col][i];
		}
	}
	for (int row = N - 1; row >= 0; row--) {
		x[row] = a[row][N];
		for (int i = row + 1; i < N; i++)
			x[row] -= a[row][i] * x[i];
		x[row] /= a[row][row];
	}
	printf("x = %.3f %.3f %.3f\n", x[0], x[1], x[2]);
	printf("sqrt 2 = %.10f, sin 1 = %.10f, e = %.10f\n", sqrt(2), sin(1), exp(1));
	printf("%g %e %8.2f|%-8.1f|%+.1f\n", 1e-7, 123456.789, 3.14159, 2.5, 1.0);
	printf("%f %f %d\n", floor(-1.5), fmod(7.5, 2), isnan(nan("")) != 0);
	return 0;
}
