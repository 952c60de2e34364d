/* reader: see reader.h. */
#include "runner/lang/reader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "runner/lang/diagnose.h"

enum {
	THREADS_MOST = 8, /* more only wait for the locks of libgit2 */
	FILES_EACH = 200, /* fewer are read before a thread has begun */
	TAKEN_TOGETHER = 16,
	TEXT_KEPT = 1 << 20, /* room that the next file may have again */
};

/* What the threads share. */
struct reading {
	struct load *l;
	struct text_file **files;
	size_t n;
	atomic_size_t next;
	atomic_bool has_failed;
};

/* What each has for itself. */
struct reader {
	struct reading *all;
	struct arena kept, work; /* as those of a load: texts, and scans */
	struct arena scratch; /* emptied for each file */
	struct buf text;
};

static int keep_text(struct arena *a, struct bytes from, struct bytes *out,
    struct error *err)
{
	const char *copy = arena_strndup(a, from.p, from.n);

	if (copy == NULL)
		return error_memory(err);
	*out = (struct bytes){ copy, from.n };
	return 0;
}

static int keep(struct reader *r, struct bytes text, const struct scan *s,
    struct text_file *f, struct error *err)
{
	struct bytes header = { text.p, s->body };
	struct bytes body = { text.p + s->body, text.n - s->body };
	int rc = scan_copy(s, &r->work, &r->kept, &f->scan, err);

	if (rc == 0 && r->all->l->options->keep_headers)
		rc = keep_text(&r->kept, header, &f->header, err);
	return rc ? rc : keep_text(&r->kept, body, &f->body, err);
}

static int read_file(struct reader *r, struct text_file *f, size_t most,
    struct error *err)
{
	const struct load *l = r->all->l;
	struct bytes text;
	struct scan s;
	int rc;

	arena_reset(&r->scratch);
	buf_reset(&r->text);
	rc = source_read_entry(l->src, f->place, f->blob, most, &r->text, err);
	if (rc)
		return rc;
	text = buf_bytes(&r->text);
	rc = scan(&r->scratch, text, &s, err);
	if (rc == 0 && s.is_ours && text.n > SOURCE_TEXT_MAX)
		rc = error_set(err, ERROR_LIMIT,
		    "code of more than 16 MiB; data is a table (.csv), or a "
		    "file that @file names");
	if (rc == 0 && s.is_ours)
		rc = keep(r, text, &s, f, err);
	f->is_read = rc == 0;
	if (r->text.cap > TEXT_KEPT)
		buf_clear(&r->text);
	return rc;
}

/* Whatever its size. What is too large is told, and is none of ours. */
static int read_alone(struct reader *r, struct text_file *f)
{
	struct load *l = r->all->l;
	struct error why = { 0 };
	int rc = read_file(r, f, FILE_MAX, &why);

	if (rc == ERROR_LIMIT) {
		diagnose(l, place_of_file(f), "%s", why.msg);
		f->is_read = true;
		return 0;
	}
	return rc ? error_set(l->err, why.code, "%s", why.msg) : 0;
}

/* What is larger may be anything, and is read by one thread alone. */
static bool read_small(struct reader *r, struct text_file *f)
{
	int rc = read_file(r, f, SOURCE_TEXT_MAX, NULL);

	return rc == 0 || rc == ERROR_LIMIT;
}

static void read_some(struct reader *r)
{
	struct reading *all = r->all;

	while (!atomic_load(&all->has_failed)) {
		size_t i = atomic_fetch_add(&all->next, TAKEN_TOGETHER);
		size_t end = i + TAKEN_TOGETHER;

		if (i >= all->n)
			break;
		for (; i < all->n && i < end; i++)
			if (!all->files[i]->is_read &&
			    !read_small(r, all->files[i]))
				atomic_store(&all->has_failed, true);
	}
}

static void *serve(void *payload)
{
	read_some(payload);
	return NULL;
}

/* By several threads; what they left out is read again, to say why, or because
 * it is large. */
static void read_together(struct reading *all, struct reader *readers,
    size_t threads)
{
	pthread_t started[THREADS_MOST];
	size_t n = 1, i;

	for (i = 0; i < threads; i++)
		readers[i].all = all;
	while (n < threads &&
	    pthread_create(&started[n], NULL, serve, &readers[n]) == 0)
		n++;
	read_some(&readers[0]);
	for (i = 1; i < n; i++)
		pthread_join(started[i], NULL);
}

size_t reader_threads(const struct load *l, size_t n)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t most = n / FILES_EACH;

	if (!source_is_shared(l->src) || cores < 2 || most < 2)
		return 1;
	most = most < THREADS_MOST ? most : THREADS_MOST;
	return most < (size_t)cores ? most : (size_t)cores;
}

int reader_scan(struct load *l, struct text_file **files, size_t n,
    size_t threads)
{
	struct reading all = { .l = l, .files = files, .n = n };
	struct reader readers[THREADS_MOST] = { 0 };
	size_t i;
	int rc = 0;

	if (threads > THREADS_MOST)
		threads = THREADS_MOST;
	readers[0].all = &all;
	if (threads > 1)
		read_together(&all, readers, threads);
	for (i = 0; rc == 0 && i < n; i++)
		if (!files[i]->is_read)
			rc = read_alone(&readers[0], files[i]);
	for (i = 0; i < THREADS_MOST; i++) {
		arena_join(l->a, &readers[i].kept);
		arena_join(&l->work, &readers[i].work);
		arena_clear(&readers[i].scratch);
		buf_clear(&readers[i].text);
	}
	return rc;
}
