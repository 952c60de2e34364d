/* runner_settle: an end for each "pending" that has no run any more
 * (runner.h). A request that waits once more (a file that is still being
 * delivered) may be overtaken or cancelled, and a runner may die while it
 * stops one: then no run tells the forge how it ended. */
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/outbox.h"
#include "runner/cmd/runner_result.h"

struct open_statuses {
	struct status *items;
	size_t n, cap;
};

static void open_clear(struct open_statuses *o)
{
	mem_free(o->items);
}

static int keep(const struct outbox_entry *entry, void *payload)
{
	struct open_statuses *o = payload;
	struct status *more = mem_grow(o->items, o->n, &o->cap, sizeof(*more));

	if (more == NULL)
		return ERROR_MEMORY;
	o->items = more;
	more[o->n++] = entry->item.status;
	return 0;
}

/* The request that a pending status was for: the newest of its commit (and
 * branch). false where one is under way, or none is known. */
static bool find_ended(const struct request_list *list, struct request *out)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->items[i].state == REQUEST_QUEUED ||
		    list->items[i].state == REQUEST_RUNNING)
			return false;
	if (list->n > 0)
		*out = list->items[0];
	return list->n > 0;
}

static int settle(struct runner *r, const struct status *s, struct error *err)
{
	const struct queue_filter filter = {
		.branch = s->ref[0] != '\0' ? s->ref : NULL,
		.commit = s->commit,
	};
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	struct request q;
	int rc = queue_list(r->db, &filter, &list, err);

	if (rc || !find_ended(&list, &q))
		return rc;
	/* Who cancelled it stays in the house. */
	if (q.state == REQUEST_CANCELLED)
		return runner_tell(r, STATUS_CANCELLED, q.branch, q.commit,
		    "cancelled", err);
	if (q.state == REQUEST_SUPERSEDED)
		return runner_tell(r, STATUS_CANCELLED, q.branch, q.commit,
		    q.message, err);
	if (q.run[0] == '\0')
		return runner_tell(r, STATUS_ERROR, q.branch, q.commit,
		    q.message, err);
	return 0; /* what follows from its run is done by runner_finish() */
}

int runner_settle(struct runner *r, struct error *err)
{
	CLEANUP(open_clear) struct open_statuses open = { 0 };
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	size_t i;
	int rc = 0;

	if (r->forge_url == NULL || !file_exists(r->outbox))
		return 0;
	if ((rc = outbox_open(r->outbox, &ob, err)) ||
	    (rc = outbox_each_open(ob, keep, &open, err)))
		return rc == ERROR_MEMORY ? error_memory(err) : rc;
	for (i = 0; i < open.n && rc == 0; i++)
		rc = settle(r, &open.items[i], err);
	return rc;
}
