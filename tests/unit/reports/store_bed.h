#ifndef SLUICE_TESTS_STORE_BED_H
#define SLUICE_TESTS_STORE_BED_H
/* A store in a directory of its own, for the tests of one program. */
#include "cache/base/file.h"
#include "cache/store.h"

static struct store *st;
static char dir[256];

static inline int set_up(void **state)
{
	(void)state;
	return file_make_temp_dir("/tmp", dir, sizeof(dir), NULL) ||
	    store_open(dir, &st, NULL);
}

static inline int tear_down(void **state)
{
	(void)state;
	store_close(st);
	return file_remove_tree(dir, NULL);
}

#endif
