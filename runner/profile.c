/* profile: see profile.h. */
#include "runner/profile.h"

#include <unistd.h>

#include "runner/cgroup.h"
#include "runner/confine.h"
#include "runner/landlock.h"
#include "runner/seccomp.h"

static int print_command(enum sandbox_way way, struct buf *out,
    struct error *err)
{
	CLEANUP(words_clear) struct words read_only = { 0 };
	CLEANUP(words_clear) struct words command = { 0 };
	CLEANUP(words_clear) struct words argv = { 0 };
	const struct sandbox s = {
		.way = way,
		.directory = "JOB",
		.read_only = &read_only,
		.nobody = way == SANDBOX_BUBBLEWRAP && geteuid() == 0
		    ? "sluice-worker"
		    : NULL,
	};
	int rc;

	words_add(&read_only, "in");
	words_add(&command, "COMMAND");
	if ((rc = words_check(&read_only, err)) ||
	    (rc = words_check(&command, err)) ||
	    (rc = sandbox_argv(&s, &command, &argv, err)))
		return rc;
	buf_printf(out, "command: %s\n", sandbox_way_name(way));
	sandbox_print(&argv, out);
	if (way == SANDBOX_NONE)
		return 0;
	buf_printf(out, "cgroup %s: memory of all together, %d processes\n",
	    cgroup_kind(), CGROUP_PROCESSES);
	seccomp_print(SECCOMP_COMMAND, out);
	return 0;
}

static int print_sql(enum sandbox_way way, struct buf *out, struct error *err)
{
	buf_printf(out, "sql: %s\n",
	    way == SANDBOX_NONE ? sandbox_way_name(way) : "locked in");
	if (way == SANDBOX_NONE)
		return buf_check(out, err);
	confine_print(out);
	buf_printf(out, "landlock ABI %d\n", landlock_abi());
	seccomp_print(SECCOMP_SQL, out);
	return buf_check(out, err);
}

int profile_print(enum sandbox_way way, struct buf *out, struct error *err)
{
	int rc = print_command(way, out, err);

	return rc ? rc : print_sql(way, out, err);
}

int profile_digest(enum sandbox_way way, struct digest *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = profile_print(way, &text, err);

	return rc ? rc : digest_of(buf_bytes(&text), out, err);
}
