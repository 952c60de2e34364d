/* log: what a node's code has printed is anybody's bytes. The end of it that is
 * shown is at most so many lines, as many as it says, of what a terminal only
 * shows. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/log_tail.h"

enum {
	KEPT = 4096 /* inputs whose logs lie in one store */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct place {
	char dir[256];
	struct store *st;
	size_t n;
} place;

static void leave_place(void)
{
	store_close(place.st);
	file_remove_tree(place.dir, NULL);
	place = (struct place){ 0 };
}

static struct store *find_store(void)
{
	static bool is_begun;
	const char *below = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	if (place.n++ == KEPT)
		leave_place();
	if (place.st == NULL &&
	    (file_make_temp_dir(below, place.dir, sizeof(place.dir), NULL) ||
	        store_open_lazy(place.dir, &place.st, NULL) ||
	        (!is_begun && atexit(leave_place))))
		abort();
	is_begun = true;
	return place.st;
}

static size_t count(const char *text, char wanted)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == wanted;
	return n;
}

/* Lines of a log that has no more than is shown are all there. */
static void check(const char *tail, size_t n, size_t left, struct bytes log)
{
	const size_t size = strlen(tail);
	const char *p;
	size_t lines = 0, i;

	for (i = 0; i < log.n; i++)
		lines += log.p[i] == '\n';
	if (n > LOG_TAIL_LINES || count(tail, '\n') != n ||
	    (size > 0 && tail[size - 1] != '\n') || left > lines + 1 ||
	    (log.n < LOG_TAIL_BYTES && lines < LOG_TAIL_LINES && left > 0) ||
	    text_utf8_error(bytes_of(tail)) != size)
		abort();
	for (p = tail; *p != '\0'; p++)
		if (((unsigned char)*p < ' ' && *p != '\n') || *p == 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes log = { (const char *)data, size };
	struct store *st = find_store();
	struct digest id;
	size_t n, left;
	char *tail;

	if (store_put(st, log, &id, NULL) ||
	    log_tail_read(st, &id, &tail, &n, &left, NULL))
		abort();
	if (tail != NULL)
		check(tail, n, left, log);
	else if (size > 0 || n > 0 || left > 0)
		abort();
	mem_free(tail);
	return 0;
}
