/* Every allocation fails in turn, once and for ever: what was pushed and
 * acknowledged is told, what was asked is what was said; nothing leaks. Swept:
 * the text of a push, the spool, requests. What goes into refs is not: there
 * tests/fault/oom.py makes allocations fail, a process each. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/fault_memory.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "hooks/ask.h"
#include "hooks/updates.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const char push[] =
    A " " B " refs/heads/main\n" B " " A " refs/heads/exp/one\n";

struct bed {
	char dir[256], spool[300];
	long acknowledged, told;
};

/* What is told so is never looked at again. */
static bool is_lost(int rc)
{
	return rc == ERROR_SYNTAX || rc == ERROR_LIMIT;
}

static int read_push(void *payload)
{
	CLEANUP(updates_clear) struct updates u = { 0 }, again = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = updates_parse(bytes_of(push), &u, NULL);

	(void)payload;
	if (rc)
		return is_lost(rc) ? 1 : rc;
	updates_set_user(&u, "ann");
	updates_print(&u, &text);
	if ((rc = buf_check(&text, NULL)) ||
	    (rc = updates_parse_spool(buf_bytes(&text), &again, NULL)))
		return rc;
	return again.n == 2 && strcmp(again.user, "ann") == 0 &&
	        strcmp(again.items[0].ref, "refs/heads/main") == 0 &&
	        strcmp(again.items[1].ref, "refs/heads/exp/one") == 0
	    ? 0
	    : 1;
}

static int see(const struct updates *u, void *payload, struct error *err)
{
	struct bed *b = payload;

	(void)err;
	b->told += u->n == 2 && strcmp(u->items[0].to, B) == 0;
	return 0;
}

/* What one push left is told by the next. */
static int spool(void *payload)
{
	struct bed *b = payload;
	CLEANUP(updates_clear) struct updates u = { 0 };
	CLEANUP(file_names_clear) struct file_names taken = { 0 };
	int rc = updates_parse(bytes_of(push), &u, NULL);

	if (rc || (rc = spool_put(b->spool, &u, NULL)))
		return rc;
	b->acknowledged++;
	if ((rc = spool_each(b->spool, see, b, &taken, NULL)))
		return rc;
	return spool_remove(b->spool, &taken, NULL);
}

static int read_request(void *payload)
{
	static const char text[] = "{\"branch\":\"main\",\"commit\":\"" A
	                           "\",\"do\":\"retry\",\"format\":"
	                           "\"sluice-request/1\",\"nodes\":"
	                           "[\"ClinicA/Patient\",\"ClinicB\"],"
	                           "\"reason\":\"a file came\"}\n";
	CLEANUP(buf_clear) struct buf back = { 0 };
	struct ask ask;
	int rc = ask_parse(bytes_of(text), &ask, NULL);

	(void)payload;
	if (rc || (rc = ask_print(&ask, &back, NULL)))
		return is_lost(rc) ? 1 : rc;
	return bytes_eq(buf_bytes(&back), bytes_of(text)) ? 0 : 1;
}

static void sweep_named(const char *what, memory_scenario *run, struct bed *b)
{
	fault_memory.what = what;
	sweep_whole(run, b);
}

static void what_is_acknowledged_is_there(void **state)
{
	CLEANUP(file_names_clear) struct file_names left = { 0 };
	struct bed b = { 0 };

	(void)state;
	assert_int_equal(file_make_temp_dir("/tmp", b.dir, sizeof(b.dir), NULL),
	    0);
	snprintf(b.spool, sizeof(b.spool), "%s/spool", b.dir);
	assert_int_equal(file_make_dirs(b.spool, NULL), 0);
	sweep_named("a push", read_push, &b);
	sweep_named("a request", read_request, &b);
	sweep_named("the spool", spool, &b);
	assert_true(b.acknowledged > 0 && b.told >= b.acknowledged);
	assert_int_equal(file_list(b.spool, &left, NULL), 0);
	assert_int_equal(left.n, 0);
	assert_int_equal(file_remove_tree(b.dir, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_acknowledged_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
