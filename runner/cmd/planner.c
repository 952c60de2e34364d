/* planner: see planner.h. */
#include "runner/cmd/planner.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/lang/index.h"
#include "version.h"

struct planner {
	const struct context *context;
	struct index *index; /* NULL: nothing is known */
	struct source *source; /* of the index's commit */
	char *path;
	char maker[128]; /* this program */
	bool is_behind; /* the file */
};

/* Another build may read the language otherwise. */
static void set_maker(struct planner *p)
{
	struct stat st = { 0 };

	(void)stat("/proc/self/exe", &st);
	snprintf(p->maker, sizeof(p->maker),
	    "sluice " SLUICE_VERSION " %lld %lld.%09ld", (long long)st.st_size,
	    (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void forget(struct planner *p)
{
	index_freep(&p->index);
	source_closep(&p->source);
}

/* Takes the digest from the end of a file's bytes; false where they are not
 * what was written. */
static bool take_digest(struct buf *text)
{
	struct digest was, is;

	if (text->n < DIGEST_SIZE)
		return false;
	text->n -= DIGEST_SIZE;
	memcpy(was.bytes, text->p + text->n, DIGEST_SIZE);
	return digest_of(buf_bytes(text), &is, NULL) == 0 &&
	    digest_eq(&was, &is);
}

/* What is wrong with the file is no error: it is made anew. */
static void load(struct planner *p)
{
	const struct context *c = p->context;
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (file_read(p->path, FILE_MAX, &text, NULL) || !take_digest(&text) ||
	    index_parse(&text, c->root, p->maker, &p->index, NULL))
		return;
	if (source_open_commit(c->git_dir, index_commit(p->index), &p->source,
	        NULL) ||
	    !index_is_of(p->index, p->source))
		forget(p);
}

int planner_open(const struct context *c, struct planner **out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	struct planner *p = mem_alloc(sizeof(*p));

	*out = NULL;
	if (p == NULL)
		return error_memory(err);
	p->context = c;
	set_maker(p);
	buf_printf(&path, "%s/plan-index", c->state_dir);
	p->path = buf_steal(&path);
	if (p->path == NULL) {
		planner_close(p);
		return error_memory(err);
	}
	load(p);
	*out = p;
	return 0;
}

static void save(struct planner *p)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct bytes image = index_image(p->index);
	struct digest d;

	p->is_behind = false;
	if (digest_of(image, &d, NULL))
		return;
	buf_add(&text, image.p, image.n);
	buf_add(&text, d.bytes, DIGEST_SIZE);
	if (!text.failed && file_make_dirs(p->context->state_dir, NULL) == 0)
		(void)file_write_loose(p->path, buf_bytes(&text), 0644, NULL);
}

void planner_close(struct planner *p)
{
	if (p == NULL)
		return;
	if (p->is_behind)
		save(p);
	forget(p);
	mem_free(p->path);
	mem_free(p);
}

void planner_closep(struct planner **p)
{
	planner_close(*p);
	*p = NULL;
}

/* Makes the index that of a commit; not *known where it stays what it is. */
static int move(struct planner *p, const char *commit, bool *known,
    struct error *err)
{
	struct source *to = NULL;
	int rc;

	*known = true;
	if (strcmp(index_commit(p->index), commit) == 0)
		return 0;
	rc = source_open_commit(p->context->git_dir, commit, &to, err);
	if (rc)
		return rc;
	rc = index_move(p->index, p->source, to, known, err);
	if (rc || !*known) {
		source_close(to);
		return rc;
	}
	source_close(p->source);
	p->source = to;
	p->is_behind = true;
	return 0;
}

int planner_changes(struct planner *p, const char *base, struct source *head,
    bool all, bool *known, struct changes *out, struct error *err)
{
	int rc;

	*known = false;
	if (p->index == NULL)
		return 0;
	rc = move(p, base, known, err);
	if (rc || !*known)
		return rc;
	return index_changes(p->index, p->source, head, all, known, out, err);
}

int planner_keep(struct planner *p, const struct pipeline *of,
    struct error *err)
{
	struct index *x;
	struct source *source = NULL;
	int rc = index_make(of, p->context->root, p->maker, &x, err);

	if (rc)
		return rc;
	rc = source_open_commit(p->context->git_dir, index_commit(x), &source,
	    err);
	if (rc) {
		index_free(x);
		return rc;
	}
	forget(p);
	p->index = x;
	p->source = source;
	save(p);
	return 0;
}

size_t planner_n_patterns(const struct planner *p)
{
	return index_n_patterns(p->index);
}

const char *planner_pattern(const struct planner *p, size_t i)
{
	return index_pattern(p->index, i);
}

const char *planner_warnings(const struct planner *p)
{
	return index_warnings(p->index);
}
