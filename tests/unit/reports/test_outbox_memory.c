/* outbox: allocations of its changes fail, ours and SQLite's. What was
 * acknowledged waits or is told, each slot as its newest put says. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/fault_memory.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/outbox.h"
#include "reports/outbox_comment.h"

struct bed {
	char dir[256], path[300];
	struct outbox *ob;
	int n;
	char newest[41]; /* commit whose success was acknowledged last */
};

static int set_up(void **state)
{
	struct bed *bed = mem_alloc(sizeof(*bed));

	if (bed == NULL ||
	    file_make_temp_dir("/tmp", bed->dir, sizeof(bed->dir), NULL))
		return -1;
	snprintf(bed->path, sizeof(bed->path), "%s/outbox.db", bed->dir);
	*state = bed;
	return outbox_open(bed->path, &bed->ob, NULL);
}

static int tear_down(void **state)
{
	struct bed *bed = *state;

	outbox_close(bed->ob);
	file_remove_tree(bed->dir, NULL);
	mem_free(bed);
	return 0;
}

static int make(const char *commit, struct status *out)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();

	*out = (struct status){ .context = STATUS_CONTEXT };
	strcpy(out->commit, commit);
	outbound_words(text, "3 of 214 nodes");
	return status_describe(out, text, NULL);
}

static int put(void *payload)
{
	struct bed *bed = payload;
	struct status s, found;
	char commit[41];
	int rc;

	snprintf(commit, sizeof(commit), "%040x", ++bed->n);
	if ((rc = make(commit, &s)) ||
	    (rc = outbox_put(bed->ob, &s, 1000, NULL)))
		return rc;
	s.state = STATUS_SUCCESS;
	if ((rc = outbox_put(bed->ob, &s, 1000, NULL)))
		return rc;
	memcpy(bed->newest, commit, sizeof(commit));
	if ((rc = outbox_find(bed->ob, &s, &found, NULL)))
		return rc;
	assert_int_equal(found.state, STATUS_SUCCESS);
	return 0;
}

static int see(const struct outbox_entry *entry, void *payload)
{
	*(int *)payload += entry->item.status.state == STATUS_SUCCESS;
	return 0;
}

/* One item through each of its ends. */
static int tell(void *payload)
{
	const struct outbox_delay delay = { .wait = -1,
		.why = "HTTP 500",
		.is_untaken = true };
	struct bed *bed = payload;
	struct outbox_item item;
	int64_t next;
	int rc = put(bed), n = 0;

	if (rc || (rc = outbox_again(bed->ob, NULL)))
		return rc;
	rc = outbox_take(bed->ob, 1000, &item, &next, NULL);
	if (rc <= 0)
		return rc;
	if ((rc = outbox_later(bed->ob, &item, 1000, &delay, NULL)) ||
	    (rc = outbox_again(bed->ob, NULL)))
		return rc;
	rc = outbox_take(bed->ob, 1000, &item, &next, NULL);
	if (rc <= 0)
		return rc;
	if ((rc = outbox_refused(bed->ob, &item, "no such commit", NULL)) ||
	    (rc = outbox_reopen(bed->ob, &item.status, NULL)) ||
	    (rc = outbox_each(bed->ob, see, &n, NULL)) ||
	    (rc = outbox_each_open(bed->ob, see, &n, NULL)) ||
	    (rc = outbox_hold(bed->ob, 900, NULL)))
		return rc;
	rc = outbox_take(bed->ob, 1000, &item, &next, NULL);
	return rc <= 0 ? rc : outbox_sent(bed->ob, &item, NULL);
}

/* Too many for its paces: what comes next is held. */
static int pace(void *payload)
{
	static const struct outbox_pace paces[OUTBOX_PACES] = { { 1, 60000 },
		{ 2, 600000 } };
	struct bed *bed = payload;
	int rc;

	outbox_set_paces(bed->ob, paces);
	rc = outbox_count(bed->ob, 1000, NULL);
	return rc ? rc : outbox_again(bed->ob, NULL);
}

static int put_comment(void *payload)
{
	struct bed *bed = payload;
	char commit[41];
	CLEANUP(outbound_closep) struct outbound *body = outbound_open();
	const struct outbox_comment c = { .commit = commit,
		.ref = "exp",
		.state = STATUS_SUCCESS,
		.body = body,
		.is_creating = true };
	int rc;

	snprintf(commit, sizeof(commit), "%040x", ++bed->n);
	outbound_count_of(body, (size_t)bed->n, "table");
	if ((rc = outbound_check(body, NULL)))
		return rc;
	return outbox_put_comment(bed->ob, &c, 1000, NULL);
}

/* A comment, asked for in each way. */
static int comment(void *payload)
{
	struct bed *bed = payload;
	char commit[41];
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	CLEANUP(outbound_closep) struct outbound *body = outbound_open();
	const struct outbox_comment c = { .commit = commit,
		.ref = "main",
		.state = STATUS_SUCCESS,
		.body = text,
		.is_creating = true };
	struct outbox_said said;
	int64_t next;
	bool is_due;
	int rc;

	snprintf(commit, sizeof(commit), "%040x", ++bed->n);
	outbound_count_of(text, (size_t)bed->n, "table");
	if ((rc = outbound_check(text, NULL)) ||
	    (rc = outbox_put_comment(bed->ob, &c, 1000, NULL)) ||
	    (rc = outbox_find_comment(bed->ob, "main", &said, body, NULL)) ||
	    (rc = outbound_check(body, NULL)))
		return rc;
	assert_string_equal(said.commit, commit);
	assert_true(bytes_eq(outbound_bytes(body), outbound_bytes(text)));
	return outbox_is_due(bed->ob, 1000, &is_due, &next, NULL);
}

/* A file that was not there. */
static int open_new(void *payload)
{
	struct bed *bed = payload;
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	char path[330];
	int rc;

	snprintf(path, sizeof(path), "%s-%d", bed->path, ++bed->n);
	rc = outbox_open(path, &ob, NULL);
	assert_true((rc == 0) == (ob != NULL));
	return rc;
}

static int open_again(void *payload)
{
	struct bed *bed = payload;
	CLEANUP(outbox_closep) struct outbox *ob = NULL;

	return outbox_open(bed->path, &ob, NULL);
}

static void nothing_is_lost(void **state)
{
	struct bed *bed = *state;
	struct status s, found;

	sweep_memory(put, bed);
	sweep_memory(tell, bed);
	sweep_memory(put_comment, bed);
	sweep_memory(comment, bed);
	sweep_memory(pace, bed);
	sweep_memory(open_again, bed);
	sweep_memory(open_new, bed);
	assert_int_equal(make(bed->newest, &s), 0);
	assert_int_equal(outbox_find(bed->ob, &s, &found, NULL), 0);
	assert_int_equal(found.state, STATUS_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_lost, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
