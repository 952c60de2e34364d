/* trailers: the messages of refs/sluice/runs and refs/sluice/production may be
 * anybody's, and their commits, too. What is read of them are lines, each with
 * its end; a run is 40 digits, and what is shown is UTF-8. An input that begins
 * with "tree " is a commit, any other one a message. */
#include <git2.h>
#include <git2/sys/mempack.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "hooks/git.h"
#include "hooks/production.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A repository whose new objects stay in memory. */
static struct home {
	char dir[256];
	struct refs *refs;
	git_odb *odb;
	git_odb_backend *memory;
} home;

static void leave(void)
{
	git_odb_free(home.odb);
	refs_close(home.refs);
	file_remove_tree(home.dir, NULL);
}

static void find_home(void)
{
	const char *below = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	git_repository *made = NULL;

	if (home.refs != NULL)
		return;
	if (file_make_temp_dir(below, home.dir, sizeof(home.dir), NULL) ||
	    git_libgit2_init() < 0 || atexit(leave) ||
	    git_repository_init(&made, home.dir, 1) < 0 ||
	    refs_open(home.dir, &home.refs, NULL) ||
	    git_repository_odb(&home.odb, home.refs->repo) < 0 ||
	    git_mempack_new(&home.memory) < 0 ||
	    git_odb_add_backend(home.odb, home.memory, 1000) < 0)
		abort();
	git_repository_free(made);
}

static void put_commit(struct bytes text, char id[41])
{
	static const char head[] =
	    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
	    "author s <s@localhost> 1795766400 +0000\n"
	    "committer s <s@localhost> 1795766400 +0000\n\n";
	CLEANUP(buf_clear) struct buf raw = { 0 };
	git_oid oid;

	if (text.n < 5 || memcmp(text.p, "tree ", 5) != 0)
		buf_add_str(&raw, head);
	buf_add(&raw, text.p, text.n);
	if (raw.failed ||
	    git_odb_write(&oid, home.odb, raw.p, raw.n, GIT_OBJECT_COMMIT) < 0)
		abort();
	git_oid_tostr(id, 41, &oid);
}

/* A line, which ends in its room. */
static void check_line(const char *line, size_t room)
{
	if (memchr(line, '\0', room) == NULL || strchr(line, '\n') != NULL)
		abort();
}

static void check_shown(const char *line, size_t room)
{
	check_line(line, room);
	if (text_utf8_error(bytes_of(line)) != strlen(line))
		abort();
}

static void check_production(const struct production *p)
{
	check_line(p->promotion, sizeof(p->promotion));
	check_line(p->held, sizeof(p->held));
	check_shown(p->user, sizeof(p->user));
	check_shown(p->reason, sizeof(p->reason));
	if (strlen(p->id) != 40 ||
	    strspn(p->run, "0123456789abcdef") != strlen(p->run) ||
	    p->is_rollback != (p->promotion[0] != '\0') ||
	    (p->before[0] != '\0' && strlen(p->before) != 40) ||
	    strlen(production_source(p)) > 40)
		abort();
}

static void check_run(const struct run_entry *run)
{
	check_line(run->branch, sizeof(run->branch));
	check_line(run->commit, sizeof(run->commit));
	check_line(run->tree, sizeof(run->tree));
	check_line(run->manifest, sizeof(run->manifest));
	check_line(run->outcome, sizeof(run->outcome));
	if (strlen(run->id) != 40 ||
	    (run->parent[0] != '\0' && strlen(run->parent) != 40))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = { (const char *)data, size };
	struct production p;
	struct run_entry run;
	char id[41];

	find_home();
	put_commit(text, id);
	if (production_get(home.refs, id, &p, NULL) == 0)
		check_production(&p);
	if (refs_run_get(home.refs, id, &run, NULL) == 0)
		check_run(&run);
	if (git_mempack_reset(home.memory) < 0)
		abort();
	return 0;
}
