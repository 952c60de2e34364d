/* remote: see remote.h. */
#include "runner/cmd/remote.h"

#include <fcntl.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/map.h"
#include "cache/base/mem.h"
#include "runner/spawn.h"
#include "runner/words.h"

#define HEADS "refs/heads/"
#define RUNS "refs/sluice/"
#define NOTES "refs/notes/sluice"

enum {
	SAID_MAX = 256 << 20 /* bytes of what git prints */
};

extern char **environ;

/* Whether the remote is one that git knows by name: what is handed to git is
 * never an address or an option out of a setting. */
static int is_remote(const struct context *c, bool *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf key = { 0 };
	CLEANUP(mem_freep) char *url = NULL;
	int rc;

	*out = false;
	if (c->work_tree == NULL || c->remote[0] == '-')
		return 0;
	buf_printf(&key, "remote.%s.url", c->remote);
	if ((rc = buf_check(&key, err)) == 0)
		rc = context_config(c, key.p, &url, err);
	*out = url != NULL;
	return rc;
}

/* --- git --- */

static const char *find_git(void)
{
	static const char *const places[] = { "/usr/bin/git",
		"/usr/local/bin/git", "/bin/git", "/opt/homebrew/bin/git" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(places); i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

/* Runs git in the clone; what it prints at descriptor `at` (1 or 2; 0: none)
 * is added to out. *failed: it ended with an error. */
static int run_git(const struct context *c, const struct words *args, int at,
    struct buf *out, bool *failed, struct error *err)
{
	CLEANUP(words_clear) struct words all = { 0 };
	CLEANUP(fd_close) int from = -1;
	CLEANUP(fd_close) int to = -1;
	const char *program = find_git();
	struct spawn_end end = { 0 };
	int ends[2] = { -1, -1 }, rc;
	pid_t pid;

	if (program == NULL)
		return error_set(err, ERROR_NOT_FOUND, "there is no git here");
	words_add(&all, program);
	words_add(&all, "-C");
	words_add(&all, c->work_tree);
	words_add_all(&all, args);
	if ((rc = words_check(&all, err)))
		return rc;
	if (at > 0 && pipe(ends) < 0)
		return error_sys(err, "pipe");
	from = ends[0];
	to = ends[1];
	rc = spawn_start(
	    &(struct spawn){ .argv = all.v,
	        .env = (const char *const *)environ,
	        .fds = (const int[]){ 0, at == 1 ? to : -1, at == 2 ? to : 2 },
	        .n_fds = 3,
	        .same_session = true },
	    &pid, err);
	fd_close(&to);
	if (rc)
		return rc;
	if (at > 0)
		rc = file_read_fd(from, SAID_MAX, out, err);
	fd_close(&from);
	if (spawn_wait(pid, -1, &end, rc ? NULL : err))
		return ERROR_IO;
	*failed = end.exit != 0 || end.signal != 0;
	return rc;
}

/* --- what is there --- */

struct looked {
	git_repository *repo;
	struct arena arena;
	struct map seen; /* runs and notes there: ref to id */
	bool has_runs, has_notes;
};

static void looked_clear(struct looked *l)
{
	map_clear(&l->seen);
	arena_clear(&l->arena);
	git_repository_free(l->repo);
}

static int add_ours(struct looked *l, const char *ref, const char *id,
    struct error *err)
{
	char *name = arena_strdup(&l->arena, ref);
	char *at = arena_strdup(&l->arena, id);

	if (strncmp(ref, RUNS, sizeof(RUNS) - 1) == 0)
		l->has_runs = true;
	else
		l->has_notes = true;
	return name && at ? map_set(&l->seen, name, at, err)
	                  : error_memory(err);
}

/* A line of ls-remote: ID TAB REF. */
static int see_line(struct looked *l, const char *line, struct remote *out,
    struct error *err)
{
	char id[41];
	const char *ref = line + 41;

	if (strspn(line, "0123456789abcdef") != 40 || line[40] != '\t')
		return 0;
	memcpy(id, line, 40);
	id[40] = '\0';
	if (strncmp(ref, HEADS, sizeof(HEADS) - 1) == 0)
		return branch_tips_add(&out->tips, ref + sizeof(HEADS) - 1, id,
		    err);
	if (strncmp(ref, RUNS, sizeof(RUNS) - 1) == 0 ||
	    strncmp(ref, NOTES, sizeof(NOTES) - 1) == 0)
		return add_ours(l, ref, id, err);
	return 0;
}

/* Whether a ref is here as it is there. */
static bool is_equal(const struct looked *l, const char *ref)
{
	const char *there = map_get(&l->seen, ref);
	char here[41] = "";
	git_oid id;

	if (git_reference_name_to_id(&id, l->repo, ref) == 0)
		git_oid_tostr(here, sizeof(here), &id);
	return there != NULL && strcmp(here, there) == 0;
}

/* Whether the runs and notes here are those there: all of them, no others. */
static bool is_current(const struct looked *l)
{
	static const char *const globs[] = { RUNS "*", NOTES "*" };
	git_reference_iterator *it = NULL;
	bool equal = true;
	const char *name;
	size_t i, n = 0;

	for (i = 0; i < ARRAY_LEN(globs) && equal; i++) {
		if (git_reference_iterator_glob_new(&it, l->repo, globs[i]) < 0)
			return false;
		while (equal && git_reference_next_name(&name, it) == 0) {
			equal = is_equal(l, name);
			n++;
		}
		git_reference_iterator_free(it);
	}
	return equal && n == l->seen.n;
}

static int compare_tips(const void *a, const void *b)
{
	return strcmp(((const struct branch_tip *)a)->branch,
	    ((const struct branch_tip *)b)->branch);
}

static int read_list(char *text, struct looked *l, struct remote *out,
    struct error *err)
{
	char *line, *rest = NULL;
	int rc = 0;

	for (line = strtok_r(text, "\n", &rest); line != NULL && rc == 0;
	     line = strtok_r(NULL, "\n", &rest))
		rc = see_line(l, line, out, err);
	if (rc == 0 && out->tips.n > 1)
		qsort(out->tips.items, out->tips.n, sizeof(*out->tips.items),
		    compare_tips);
	return rc;
}

/* In a clone with --filter, too, all of the runs comes: what reads them does
 * not fetch what is missing. */
static int fetch(const struct context *c, bool *failed, struct error *err)
{
	static const char *const args[] = { "fetch", "--quiet", "--no-tags",
		"--no-write-fetch-head", "--no-filter", "--prune",
		"--recurse-submodules=no" };
	CLEANUP(words_clear) struct words words = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(args); i++)
		words_add(&words, args[i]);
	words_add(&words, c->remote);
	/* Patterns: a name that the server does not have is no error. */
	words_add(&words, "+" RUNS "*:" RUNS "*");
	words_add(&words, "+" NOTES "*:" NOTES "*");
	return run_git(c, &words, 0, NULL, failed, err);
}

/* One at a time in a clone: git's fetches would meet at each other's locks, and
 * fail. Whoever waited may find all of it here. */
static int update(const struct context *c, const struct looked *l,
    bool *is_stale, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	CLEANUP(fd_close) int lock = -1;
	bool failed = false;
	int rc;

	if (is_current(l))
		return 0;
	buf_printf(&path, "%s/sluice-fetch.lock", c->git_dir);
	if ((rc = buf_check(&path, err)))
		return rc;
	(void)!file_lock(path.p, true, &lock, NULL);
	if (!is_current(l) && (rc = fetch(c, &failed, err)) == 0)
		*is_stale = failed && !is_current(l);
	return rc;
}

static int look(const struct context *c, struct looked *l, struct remote *out,
    struct error *err)
{
	CLEANUP(words_clear) struct words args = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	bool failed = false;
	int rc;

	words_add(&args, "ls-remote");
	words_add(&args, "--quiet");
	words_add(&args, c->remote);
	words_add(&args, HEADS "*");
	words_add(&args, RUNS "*");
	words_add(&args, NOTES "*");
	out->state = REMOTE_AWAY;
	out->is_stale = true;
	rc = run_git(c, &args, 1, &text, &failed, err);
	if (rc || failed)
		return rc;
	if ((rc = buf_check(&text, err)) ||
	    (text.n > 0 && (rc = read_list(text.p, l, out, err))))
		return rc;
	out->is_stale = false;
	out->state = l->has_runs ? REMOTE_SERVED
	    : l->has_notes       ? REMOTE_HIDDEN
	                         : REMOTE_PLAIN;
	return update(c, l, &out->is_stale, err);
}

int remote_fetch(const struct context *c, struct remote *out, struct error *err)
{
	CLEANUP(looked_clear) struct looked l = { 0 };
	bool is_known;
	int rc;

	*out = (struct remote){ .name = c->remote };
	if ((rc = is_remote(c, &is_known, err)) || !is_known)
		return rc;
	if (git_repository_open(&l.repo, c->git_dir) < 0)
		return error_set(err, ERROR_IO, "%s cannot be opened",
		    c->git_dir);
	rc = look(c, &l, out, err);
	if (rc)
		remote_clear(out);
	return rc;
}

void remote_clear(struct remote *r)
{
	branch_tips_clear(&r->tips);
	r->state = REMOTE_NONE;
}

/* --- words --- */

void remote_tell(const struct remote *r)
{
	if (r->is_stale)
		fprintf(stderr,
		    "sluice: the runs of %s could not be fetched; what follows "
		    "is what was fetched before\n",
		    r->name);
}

void remote_add_why(const struct remote *r, struct buf *out)
{
	switch (r->state) {
	case REMOTE_AWAY:
		buf_printf(out, "; %s could not be asked", r->name);
		break;
	case REMOTE_PLAIN:
		buf_printf(out,
		    "; %s shows no run: sluice is not installed there, nothing "
		    "has run yet, or its runs are hidden",
		    r->name);
		break;
	case REMOTE_HIDDEN:
		buf_printf(out,
		    "; %s hides its runs (sluice install --hide-runs): ask on "
		    "the server, `git log --notes=sluice` has the summaries",
		    r->name);
		break;
	case REMOTE_NONE:
	case REMOTE_SERVED:
		break;
	}
}

static int compare_branch(const void *key, const void *tip)
{
	return strcmp(key, ((const struct branch_tip *)tip)->branch);
}

const char *remote_tip(const struct remote *r, const char *branch)
{
	const struct branch_tip *tip = r->tips.n == 0
	    ? NULL
	    : bsearch(branch, r->tips.items, r->tips.n, sizeof(*tip),
	          compare_branch);

	return tip ? tip->commit : NULL;
}

/* --- pushing --- */

/* What the hook prints there comes as "remote: sluice: WORDS", with blanks
 * behind. Whatever the server is, its words do nothing to a terminal. */
static void find_said(const char *text, struct buf *said)
{
	static const char mark[] = "remote: sluice: ";
	const size_t skip = sizeof(mark) - 1;

	while (*text != '\0') {
		size_t n = strcspn(text, "\r\n"), end = n, i;

		if (strncmp(text, mark, skip) == 0) {
			while (end > skip && text[end - 1] == ' ')
				end--;
			for (i = skip; i < end; i++)
				buf_add_char(said,
				    (unsigned char)text[i] < ' ' ||
				            text[i] == 0x7f
				        ? '?'
				        : text[i]);
			buf_add_char(said, '\n');
		}
		text += n + (text[n] != '\0');
	}
}

/* Nothing of the user's own is pushed: no tags, no hook of theirs, none of the
 * options that they set for pushes of theirs. */
int remote_push(const struct context *c, const char *object, const char *ref,
    struct buf *said, struct error *err)
{
	static const char *const args[] = { "-c", "push.pushOption=", "push",
		"--quiet", "--no-verify", "--no-follow-tags", "--no-signed",
		"--recurse-submodules=no" };
	CLEANUP(words_clear) struct words words = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	bool failed = false;
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_LEN(args); i++)
		words_add(&words, args[i]);
	words_add(&words, c->remote);
	words_printf(&words, "%s:%s", object ? object : "", ref);
	rc = run_git(c, &words, 2, &text, &failed, err);
	if (rc || (rc = buf_check(&text, err)))
		return rc;
	if (failed && text.n > 0)
		fputs(text.p, stderr);
	if (failed)
		return error_set(err, ERROR_REMOTE,
		    "%s did not take the request (above)", c->remote);
	if (text.n > 0)
		find_said(text.p, said);
	return buf_check(said, err);
}
