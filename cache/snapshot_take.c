/* snapshot_take: see snapshot_take.h. A directory is listed, what is not known
 * is copied, and it is listed again. */
#include "cache/snapshot_take.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/os.h"
#include "cache/base/text.h"
#include "cache/landing.h"

enum {
	QUIET_MS = 2000
};

static const char has_changed[] = "was changed while the snapshot was taken";

struct taking {
	struct store *st;
	const struct snapshot_request *request;
	struct landing landing;
	struct landing_list list, index;
	size_t n_recalled; /* of the list, from the index */
	struct store_batch *batch;
	int64_t started; /* by the clock that does not jump */
};

/* A child takes nothing that its base has, or that the base would have if it
 * had been there at the time. */
static bool is_wanted(const char *path, const void *payload)
{
	const struct snapshot_request *q = payload;
	size_t i;

	if (q->base != NULL && snapshot_find(q->base, path) != NULL)
		return false;
	for (i = 0; i < q->n_settled; i++)
		if (text_match(q->settled[i], path))
			return false;
	return true;
}

static int taking_open(struct taking *t, const struct snapshot_request *q,
    struct error *err)
{
	size_t i;

	t->request = q;
	t->started = clock_mono();
	t->landing = (struct landing){ .dir = q->landing,
		.patterns = q->patterns,
		.n_patterns = q->n_patterns,
		.is_wanted = is_wanted,
		.payload = q,
		.fd = -1 };
	for (i = 0; i < q->n_patterns; i++) {
		q->patterns[i].is_left_out = false;
		q->patterns[i].why = (struct error){ 0 };
	}
	return landing_open(&t->landing, err);
}

static void taking_close(struct taking *t)
{
	store_batch_close(t->batch);
	landing_list_clear(&t->list);
	landing_list_clear(&t->index);
	landing_close(&t->landing);
}

static int busy(struct taking *t, const struct landing_file *file,
    const char *words, struct error *err)
{
	return landing_trouble(&t->landing, file->path, ERROR_BUSY, words, err);
}

/* --- what is known --- */

/* Goes through two sorted lists together: the next file of either, or of both
 * where it has one path; false at the end. */
struct pair {
	const struct landing_list *lists[2];
	size_t next[2];
	const struct landing_file *files[2]; /* NULL: not in that one */
};

static bool pair_next(struct pair *p)
{
	int order = 0;
	size_t i;

	for (i = 0; i < 2; i++)
		p->files[i] = p->next[i] < p->lists[i]->n
		    ? &p->lists[i]->files[p->next[i]]
		    : NULL;
	if (p->files[0] != NULL && p->files[1] != NULL)
		order = strcmp(p->files[0]->path, p->files[1]->path);
	if (order > 0)
		p->files[0] = NULL;
	if (order < 0)
		p->files[1] = NULL;
	for (i = 0; i < 2; i++)
		p->next[i] += p->files[i] != NULL;
	return p->files[0] != NULL || p->files[1] != NULL;
}

/* The index gives its blobs to files that are as it knows them, where the store
 * still has them. Both are sorted. */
static void recall(struct taking *t)
{
	struct pair p = { .lists = { &t->list, &t->index } };

	while (pair_next(&p)) {
		const struct landing_file *new = p.files[0], *old = p.files[1];

		if (new == NULL || old == NULL ||
		    !landing_marks_eq(&new->marks, &old->marks) ||
		    !store_has(t->st, &old->blob))
			continue;
		t->list.files[new - t->list.files].blob = old->blob;
		t->n_recalled++;
	}
}

static int keep(struct landing_list *list, const struct landing_file *file,
    struct error *err)
{
	struct landing_file *added =
	    landing_add(list, file->path, strlen(file->path));

	if (added == NULL)
		return error_memory(err);
	added->marks = file->marks;
	added->blob = file->blob;
	return 0;
}

/* What was taken, and of the old index what this taking did not ask for: what
 * it asked for and is not in the list is gone. */
static int remember(struct taking *t, struct error *err)
{
	struct pair p = { .lists = { &t->list, &t->index } };
	struct landing_list all = { 0 };
	int rc = 0;

	if (t->n_recalled == t->list.n && t->n_recalled == t->index.n)
		return landing_index_keep(t->st, t->request->landing, err);
	while (rc == 0 && pair_next(&p)) {
		const struct landing_file *new = p.files[0], *old = p.files[1];

		if (new != NULL && !digest_is_null(&new->blob))
			rc = keep(&all, new, err);
		else if (new == NULL &&
		    !landing_matches(&t->landing, old->path))
			rc = keep(&all, old, err);
	}
	if (rc == 0)
		rc = landing_index_save(t->st, t->request->landing, &all, err);
	landing_list_clear(&all);
	return rc;
}

/* --- copying --- */

/* Whether it has been quiet for long enough; else why not. */
static bool is_quiet(const struct taking *t, const struct landing_file *file,
    char *why, size_t size)
{
	int64_t now = t->request->now + clock_mono() - t->started;
	int64_t age = now - file->marks.mtime / 1000000;

	if (age >= QUIET_MS)
		return true;
	if (age >= -QUIET_MS)
		snprintf(why, size, "was changed less than 2 s ago");
	else
		snprintf(why, size,
		    "has a time %" PRId64
		    " s ahead of this machine's clock (set the clock, or "
		    "touch the file)",
		    -age / 1000);
	return false;
}

static int no_open(struct taking *t, const struct landing_file *file,
    struct error *err)
{
	if (errno == EACCES || errno == EPERM)
		return landing_trouble(&t->landing, file->path, ERROR_DENIED,
		    "may not be read by the user who runs this", err);
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
	    errno == ENXIO)
		return busy(t, file, has_changed, err);
	return error_sys(err, "open %s", file->path);
}

static bool is_same(int fd, const struct landing_file *file)
{
	struct landing_marks marks;
	struct stat info;

	if (os_fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
		return false;
	marks = landing_marks_of(&info);
	return landing_marks_eq(&marks, &file->marks);
}

static int copy(struct taking *t, struct landing_file *file, int fd,
    struct error *err)
{
	struct store_copy copied = { .fd = -1 };
	int rc = store_copy(t->st, fd, &copied, err);

	if (rc)
		error_wrap(err, "copy %s", file->path);
	else if (!is_same(fd, file) ||
	    copied.bytes != (uint64_t)file->marks.bytes)
		rc = busy(t, file, has_changed, err);
	else if ((rc = store_batch_add(t->batch, &copied, err)) == 0)
		file->blob = copied.id;
	fd_close(&copied.fd);
	return rc;
}

static int take_file(struct taking *t, struct landing_file *file,
    struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	char why[128];

	if (!is_quiet(t, file, why, sizeof(why)))
		return busy(t, file, why, err);
	fd = os_open_beneath(t->landing.fd, file->path,
	    O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return no_open(t, file, err);
	if (!is_same(fd, file))
		return busy(t, file, has_changed, err);
	return copy(t, file, fd, err);
}

/* All that can be taken, also where something else is in the way: it is not
 * copied again the next time. */
static int take_files(struct taking *t, struct error *err)
{
	size_t i;
	int rc = store_batch_open(t->st, &t->batch, err);

	for (i = 0; rc == 0 && i < t->list.n; i++)
		if (digest_is_null(&t->list.files[i].blob))
			rc = take_file(t, &t->list.files[i], err);
	return rc ? rc : store_batch_commit(t->batch, err);
}

/* --- the second look --- */

static int differs(struct taking *t, const struct landing_file *file,
    const char *words, struct error *err)
{
	if (!landing_matches(&t->landing, file->path))
		return 0; /* its patterns were left out before */
	return busy(t, file, words, err);
}

static int compare(struct taking *t, const struct landing_list *now,
    struct error *err)
{
	struct pair p = { .lists = { &t->list, now } };
	int rc = 0;

	while (rc == 0 && pair_next(&p)) {
		const struct landing_file *a = p.files[0], *b = p.files[1];

		if (b == NULL)
			rc = differs(t, a,
			    "was removed while the snapshot was taken", err);
		else if (a == NULL)
			rc = differs(t, b,
			    "arrived while the snapshot was taken", err);
		else if (!landing_marks_eq(&a->marks, &b->marks))
			rc = differs(t, a, has_changed, err);
	}
	return rc;
}

static int look_again(struct taking *t, struct error *err)
{
	struct landing_list now = { 0 };
	int rc = landing_list(&t->landing, &now, err);

	if (rc == 0)
		rc = compare(t, &now, err);
	landing_list_clear(&now);
	return rc;
}

/* --- the snapshot --- */

static int fill(struct taking *t, struct snapshot *out, struct error *err)
{
	static const struct snapshot none;
	const struct snapshot *base = t->request->base;
	size_t i;
	int rc = snapshot_copy(base ? base : &none, out, err);

	if (base == NULL)
		snprintf(out->date, sizeof(out->date), "%s", t->request->date);
	for (i = 0; rc == 0 && i < t->list.n; i++) {
		const struct landing_file *file = &t->list.files[i];
		struct snapshot_source *src;

		if (t->landing.leaves_out &&
		    !landing_matches(&t->landing, file->path))
			continue;
		src = snapshot_add(out, file->path);
		if (src == NULL)
			return error_memory(err);
		src->blob = file->blob;
		src->bytes = (uint64_t)file->marks.bytes;
	}
	return rc;
}

/* Incomplete, or without anything that could be taken. */
static int check_complete(const struct taking *t, struct error *err)
{
	const struct snapshot_request *q = t->request;
	const struct error *why = &t->landing.busy;
	size_t i;

	for (i = 0; i < q->n_patterns && q->patterns[i].is_left_out; i++)
		;
	if (why->code == 0 && i == q->n_patterns && i > 0)
		why = &q->patterns[0].why;
	return why->code ? error_set(err, why->code, "%s", why->msg) : 0;
}

static int take(struct taking *t, struct error *err)
{
	int rc;

	if ((rc = landing_list(&t->landing, &t->list, err)) ||
	    (rc = landing_index_load(t->st, t->request->landing, &t->index,
	         err)))
		return rc;
	recall(t);
	if ((rc = take_files(t, err)) || (rc = remember(t, err)) ||
	    (rc = check_complete(t, err)) || (rc = look_again(t, err)))
		return rc;
	return check_complete(t, err);
}

int snapshot_take(struct store *st, const struct snapshot_request *request,
    struct snapshot *out, struct error *err)
{
	struct taking t = { .st = st };
	int rc;

	*out = (struct snapshot){ 0 };
	if ((rc = taking_open(&t, request, err)) == 0 &&
	    (rc = take(&t, err)) == 0 && (rc = fill(&t, out, err)) == 0)
		rc = snapshot_save(st, out, err);
	if (rc)
		snapshot_clear(out);
	taking_close(&t);
	return rc;
}

int snapshot_look(const struct snapshot_request *request, size_t *n,
    struct error *err)
{
	struct taking t = { 0 };
	char why[128];
	size_t i;
	int rc;

	*n = 0;
	if ((rc = taking_open(&t, request, err)) == 0)
		rc = landing_list(&t.landing, &t.list, err);
	for (i = 0; rc == 0 && i < t.list.n; i++)
		if (!is_quiet(&t, &t.list.files[i], why, sizeof(why)))
			rc = busy(&t, &t.list.files[i], why, err);
	if (rc == 0 && (rc = check_complete(&t, err)) == 0)
		*n = t.list.n;
	taking_close(&t);
	return rc;
}
