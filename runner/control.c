/* control: see control.h. */
#include "runner/control.h"

#include "cache/base/mem.h"
#include "runner/queue.h"
#include "runner/rundb.h"

int control_retry(struct rundb *db, const struct control_request *request,
    long long *id, struct error *err)
{
	const struct queue_filter same = { .branch = request->branch,
		.commit = request->commit,
		.active = true,
		.limit = 1 };
	const struct request_new new = { .branch = request->branch,
		.commit = request->commit,
		.user = request->user,
		.reason = request->reason,
		.is_retry = true,
		.now = request->now };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	int rc = queue_list(db, &same, &list, err);

	if (rc)
		return rc;
	if (list.n > 0)
		return error_set(err, ERROR_BUSY, "%.12s of %s is %s already",
		    request->commit, request->branch,
		    request_state_name(list.items[0].state));
	return queue_put(db, &new, id, err);
}

static int stop_one(struct rundb *db, const struct rundb_value values[3],
    size_t *n, struct error *err)
{
	struct rundb_query q = { .values = values, .n = 3 };
	int rc;

	q.sql = "UPDATE request SET state = 'cancelled', ended = ?3,"
	        " message = ?2 WHERE id = ?1 AND state = 'queued'";
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
