/* bench_csv: how fast a CSV file becomes a table, and a table a CSV file.
 * bench_csv FILE STORE [KEY]; MB/s of the file, of the clock and of CPU time
 * (the machine may be shared, and a disk syncs when it likes). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/table.h"

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID };

static int die(const struct error *err)
{
	fprintf(stderr, "%s:%d:%d %s\n", err->path, err->line, err->col,
	    err->msg);
	return 1;
}

static int measure(const char *file, const char *dir, const char *key,
    struct error *err)
{
	CLEANUP(store_closep) struct store *st = NULL;
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(fd_close) int null = open("/dev/null", O_WRONLY);
	struct csv_format plain = { 0 };
	struct table_spec spec = { .key = &key, .n_key = key != NULL };
	struct table_import in = { .n_texts = 1 };
	struct bytes bytes;
	double start[2], imported[2], written[2];
	int rc, i;

	if ((rc = store_open(dir, &st, err)) ||
	    (rc = file_read(file, FILE_MAX, &text, err)))
		return rc;
	bytes = buf_bytes(&text);
	in.texts = &bytes;
	in.names = &file;
	for (i = 0; i < 2; i++)
		start[i] = now(clocks[i]);
	rc = table_import(st, &in, &spec, &t, NULL, err);
	if (rc)
		return rc;
	for (i = 0; i < 2; i++)
		imported[i] = now(clocks[i]);
	rc = table_write_csv(st, &t, &plain, null, err);
	for (i = 0; i < 2; i++)
		written[i] = now(clocks[i]);
	for (i = 0; i < 2; i++)
		printf("%s: import %.0f MB/s, write %.0f MB/s\n",
		    i ? "CPU  " : "clock",
		    (double)text.n / 1e6 / (imported[i] - start[i]),
		    (double)text.n / 1e6 / (written[i] - imported[i]));
	printf("%llu rows, %zu parts\n", (unsigned long long)t.rows, t.n_parts);
	return rc;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };

	if (argc < 3) {
		fprintf(stderr, "usage: bench_csv FILE STORE [KEY]\n");
		return 2;
	}
	if (measure(argv[1], argv[2], argc > 3 ? argv[3] : NULL, &err))
		return die(&err);
	return 0;
}
