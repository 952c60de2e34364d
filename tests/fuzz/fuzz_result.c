/* results/KEY: a record that somebody else wrote, sealed as ours are. Whatever
 * is in it, it is one of ours or counts as absent, and one that is taken has
 * the key that it lies under. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/result.h"
#include "cache/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[256];

static void remove_place(void)
{
	file_remove_tree(dir, NULL);
}

static struct store *open_place(void)
{
	const char *below = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	struct store *st = NULL;

	if (file_make_temp_dir(below, dir, sizeof(dir), NULL) ||
	    atexit(remove_place) || store_open(dir, &st, NULL))
		abort();
	return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct store *st;
	struct digest key = { { 0 } };
	struct result r;
	char path[512], hex[DIGEST_HEX + 1];
	json_t *doc = json_loadb((const char *)data, size, 0, NULL);

	if (st == NULL)
		st = open_place();
	if (!json_is_object(doc)) {
		json_decref(doc);
		return 0;
	}
	digest_print(&key, hex);
	snprintf(path, sizeof(path), "%s/results/%.2s", dir, hex);
	if (file_make_dirs(path, NULL))
		abort();
	snprintf(path, sizeof(path), "%s/results/%.2s/%s", dir, hex, hex + 2);
	if (sealed_write(path, doc, NULL) == 0 &&
	    result_get(st, &key, TIER_LOCAL, &r, NULL) == 0 &&
	    !digest_eq(&r.key, &key))
		abort();
	(void)result_check(st, &key, NULL);
	json_decref(doc);
	return 0;
}
