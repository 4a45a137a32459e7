/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer on the random driver: its bytes are the driver's choices, so that coverage of kernel/mm,
 * not chance, leads to longer and stranger programs. The first byte chooses the machine. Inputs
 * that once failed stay in corpus/, which sim_random replays.
 */
#include "tests/host/sim/driver.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static bool booted;

	if (!booted)
		sim_boot();
	booted = true;
	driver_run_bytes(data, size);
	return 0;
}
