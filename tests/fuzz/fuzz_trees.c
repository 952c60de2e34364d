/* trees: git takes any bytes for the names of a tree, and any modes. Each line
 * of the input, "TREE MODE KIND NAME", is an entry of one of the trees, which
 * lie in each other; what they hold is written as git's objects, and read as a
 * commit. Whatever it is, loading ends, and what was taken for a pipeline names
 * no file that leads out of it. */
#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/lang/pipeline.h"

enum {
	TREES = 4,
	KEPT = 2048 /* inputs whose objects lie in one repository */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const files[] = { "id,x\n1,a\n",
	"@include action/sql/sqlite\n@depend ./A\nSELECT id FROM A\n",
	"@include ./lib\n@file ./A.csv\n", "@abstract\n", "" };

static struct repository {
	char dir[256];
	git_repository *repo;
	git_odb *odb;
	git_oid blobs[ARRAY_LEN(files)];
	size_t n;
} home;

static void leave(void)
{
	git_odb_free(home.odb);
	git_repository_free(home.repo);
	file_remove_tree(home.dir, NULL);
	home = (struct repository){ 0 };
}

static void put(git_object_t type, struct bytes text, git_oid *out)
{
	if (git_odb_write(out, home.odb, text.p, text.n, type) < 0)
		abort();
}

static void find_home(void)
{
	static bool is_begun;
	const char *below = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	size_t i;

	if (home.n++ == KEPT)
		leave();
	if (home.repo != NULL)
		return;
	if (file_make_temp_dir(below, home.dir, sizeof(home.dir), NULL) ||
	    (!is_begun && (git_libgit2_init() < 0 || atexit(leave))) ||
	    git_repository_init(&home.repo, home.dir, 1) < 0 ||
	    git_repository_odb(&home.odb, home.repo) < 0)
		abort();
	is_begun = true;
	for (i = 0; i < ARRAY_LEN(files); i++)
		put(GIT_OBJECT_BLOB, bytes_of(files[i]), &home.blobs[i]);
}

/* The object of an entry: a file, the tree behind this one, or none. */
static const git_oid *object_of(char kind, const git_oid *next)
{
	static const git_oid none = { { 1 } };
	size_t i = (size_t)(kind - 'a');

	if (kind == 't' && next != NULL)
		return next;
	return i < ARRAY_LEN(files) ? &home.blobs[i] : &none;
}

/* A line's entry, where it is of that tree. */
static void add_entry(struct bytes line, char tree, const git_oid *next,
    struct buf *out)
{
	const char *mode, *end;
	struct bytes rest;

	if (line.n < 4 || line.p[0] != tree || line.p[1] != ' ')
		return;
	mode = line.p + 2;
	end = memchr(mode, ' ', line.n - 2);
	if (end == NULL || end + 2 >= line.p + line.n)
		return;
	rest = (struct bytes){ end + 3, (size_t)(line.p + line.n - end) - 3 };
	buf_add(out, mode, (size_t)(end - mode));
	buf_add_char(out, ' ');
	buf_add(out, rest.p, rest.n);
	buf_add_char(out, '\0');
	buf_add(out, object_of(end[1], next)->id, GIT_OID_RAWSZ);
}

static void write_tree(struct bytes text, char tree, const git_oid *next,
    git_oid *out)
{
	CLEANUP(buf_clear) struct buf b = { 0 };

	while (text.n > 0) {
		const char *end = memchr(text.p, '\n', text.n);
		const size_t n = end ? (size_t)(end - text.p) : text.n;

		add_entry((struct bytes){ text.p, n }, tree, next, &b);
		text.p += n + (end != NULL);
		text.n -= n + (end != NULL);
	}
	put(GIT_OBJECT_TREE, buf_bytes(&b), out);
}

static void write_commit(struct bytes text, char hex[GIT_OID_HEXSZ + 1])
{
	static const char who[] = "A <a@b> 1795161600 +0000";
	CLEANUP(buf_clear) struct buf b = { 0 };
	git_oid trees[TREES], commit;
	size_t i;

	for (i = TREES; i-- > 0;)
		write_tree(text, (char)('0' + i),
		    i + 1 < TREES ? &trees[i + 1] : NULL, &trees[i]);
	git_oid_tostr(hex, GIT_OID_HEXSZ + 1, &trees[0]);
	buf_printf(&b, "tree %s\nauthor %s\ncommitter %s\n\nx\n", hex, who,
	    who);
	put(GIT_OBJECT_COMMIT, buf_bytes(&b), &commit);
	git_oid_tostr(hex, GIT_OID_HEXSZ + 1, &commit);
}

static void check_path(const char *path)
{
	const char *p;

	if (path == NULL)
		return;
	for (p = path; p != NULL; p = strchr(p, '/')) {
		p += *p == '/';
		if (*p == '\0' || *p == '/' || strncmp(p, "../", 3) == 0 ||
		    strcmp(p, "..") == 0)
			abort();
	}
}

static void check(const struct pipeline *p)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	size_t i, k;

	for (i = 0; i < p->n_diagnostics; i++)
		diagnostic_print(&p->diagnostics[i], &out);
	for (i = 0; i < p->n; i++) {
		check_path(p->nodes[i].path);
		check_path(p->nodes[i].file);
		for (k = 0; k < p->nodes[i].n_helpers; k++)
			check_path(p->nodes[i].helpers[k].path);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pipeline_options options = { 0 };
	CLEANUP(source_closep) struct source *src = NULL;
	struct pipeline *p = NULL;
	struct error err = { 0 };
	char commit[GIT_OID_HEXSZ + 1];

	find_home();
	write_commit((struct bytes){ (const char *)data, size }, commit);
	if (source_open_commit(home.dir, commit, &src, &err))
		return 0;
	if (pipeline_load(src, &options, &p, &err) && err.msg[0] == '\0')
		abort();
	if (p != NULL)
		check(p);
	pipeline_free(p);
	return 0;
}
