#ifndef SLUICE_TESTS_UNIT_HOOKS_REPO_HELP_H
#define SLUICE_TESTS_UNIT_HOOKS_REPO_HELP_H
/* A bare repository in a temporary directory, made and filled with the git
 * command: an independent writer, and an independent reader for checks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

struct repo {
	char dir[64];
};

/* Runs a shell command in the repository; its first line, at most, to out. */
static inline int sh(const struct repo *r, char *out, size_t size,
    const char *command)
{
	char line[4096];
	FILE *p;

	snprintf(line, sizeof(line), "cd %s && { %s; } 2>&1", r->dir, command);
	p = popen(line, "r");
	assert_non_null(p);
	if (out != NULL) {
		if (fgets(out, (int)size, p) == NULL)
			out[0] = '\0';
		out[strcspn(out, "\n")] = '\0';
	}
	while (fgets(line, sizeof(line), p) != NULL)
		;
	return pclose(p);
}

static inline void repo_make(struct repo *r)
{
	snprintf(r->dir, sizeof(r->dir), "/tmp/sluice-repo-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	assert_int_equal(sh(r, NULL, 0, "git init -q --bare -b main ."), 0);
}

static inline void repo_remove(const struct repo *r)
{
	char line[128];

	snprintf(line, sizeof(line), "rm -rf '%s'", r->dir);
	assert_int_equal(system(line), 0);
}

/* A commit with one file on a branch; parent may be NULL. */
static inline void repo_commit(const struct repo *r, const char *branch,
    const char *parent, const char *text, char id[41])
{
	char command[1024];

	snprintf(command, sizeof(command),
	    "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b "
	    "GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b; "
	    "b=$(printf '%%s' '%s' | git hash-object -w --stdin); "
	    "t=$(printf '100644 blob %%s\\tf\\n' $b | git mktree); "
	    "c=$(git commit-tree $t %s %s -m '%s'); "
	    "git update-ref 'refs/heads/%s' $c; echo $c",
	    text, parent ? "-p" : "", parent ? parent : "", text, branch);
	assert_int_equal(sh(r, id, 41, command), 0);
	assert_int_equal(strlen(id), 40);
}

#endif
