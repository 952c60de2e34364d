/* sluice manifest: the manifest of a run, the bytes that its id is of. */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/cmd/sides.h"

static int print(const char *rev, struct buf *out, struct error *err)
{
	CLEANUP(sides_clear) struct sides s = { 0 };
	int rc = sides_open(&s, err);

	if (rc || (rc = sides_of_run(&s, rev, err)))
		return rc;
	return manifest_print(&s.after, out, err);
}

int cmd_manifest(int argc, char **argv)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err = { 0 };

	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		return cmd_usage("manifest");
	if (print(argc > 1 ? argv[1] : NULL, &out, &err))
		return cmd_fail(&err);
	fwrite(out.p, 1, out.n, stdout);
	return fflush(stdout) ? EXIT_SURROUNDINGS : EXIT_FINE;
}
