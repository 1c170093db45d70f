/* Standard input to its end. */
#include "os/console_input.h"

enum tmd_rc tmd_console_collect(const struct tmd_reader *reader, size_t max, struct tmd_buf *out,
				struct tmd_error *err)
{
	bool fits;

	if (tmd_collect(reader, max, out, &fits, err) != TMD_OK)
		return TMD_FAILED;
	if (fits)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, "-", "split the input",
			"standard input is larger than the %zu bytes that are accepted", max);
}
