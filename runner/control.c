/* control: see control.h. */
#include "runner/control.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/queue.h"
#include "runner/rundb.h"

/* The reason goes into a record that is JSON. */
static int check_words(const struct control_request *request, struct error *err)
{
	struct bytes reason = bytes_of(request->reason ? request->reason : "");

	if (text_utf8_error(reason) != reason.n)
		return error_set(err, ERROR_USAGE, "the reason is not UTF-8");
	if (reason.n >= REQUEST_REASON)
		return error_set(err, ERROR_USAGE,
		    "the reason has more than %d bytes", REQUEST_REASON - 1);
	if (request->only && strlen(request->only) >= REQUEST_ONLY)
		return error_set(err, ERROR_USAGE,
		    "too many nodes to name; name their directory, or none: "
		    "then all that failed is executed");
	return 0;
}

int control_retry(struct rundb *db, const struct control_request *request,
    long long *id, struct error *err)
{
	const struct request_new new = { .branch = request->branch,
		.commit = request->commit,
		.user = request->user,
		.reason = request->reason,
		.only = request->only,
		.is_retry = true,
		.now = request->now };
	int rc = check_words(request, err);

	return rc ? rc : queue_put(db, &new, id, err);
}

static int stop_one(struct rundb *db, const struct rundb_value values[3],
    size_t *n, struct error *err)
{
	struct rundb_query q = { .values = values, .n = 3 };
	int rc;

	q.sql = "UPDATE request SET state = 'cancelled', ended = ?3,"
	        " untold = 1, message = ?2 WHERE id = ?1 AND state = 'queued'";
	rc = rundb_run(db, &q, err);
	if (rc)
		return rc;
	*n += (size_t)rundb_changes(db);
	q.sql = "UPDATE request SET stop = 'cancel', message = ?2"
	        " WHERE id = ?1 AND state = 'running' AND ?3 <> 0";
	rc = rundb_run(db, &q, err);
	if (rc == 0)
		*n += (size_t)rundb_changes(db);
	return rc;
}

int control_cancel(struct rundb *db, const struct control_request *request,
    size_t *n, struct error *err)
{
	const struct queue_filter filter = { .branch = request->branch,
		.commit = request->commit,
		.active = true };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	size_t i;
	int rc;

	*n = 0;
	rc = rundb_begin(db, err);
	if (rc)
		return rc;
	rc = queue_list(db, &filter, &list, err);
	for (i = 0; i < list.n && rc == 0; i++) {
		const struct rundb_value values[] = {
			{ .number = list.items[i].id },
			{ .text = request->reason ? request->reason
			                          : "cancelled" },
			{ .number = request->now },
		};

		rc = stop_one(db, values, n, err);
	}
	rc = rundb_end(db, rc, err);
	if (rc == 0 && *n == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "nothing of it is queued or running");
	return rc;
}
