/* pack: see pack.h. */
#include "hooks/pack.h"

#include <git2/sys/odb_backend.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"

enum {
	FIRST = 100, /* is asked before the repository's own objects */
	SMALL = 64 * 1024, /* bytes, */
	FEW = 100, /* and objects of a pack that is taken along */
	NAME = 64
};

struct held {
	git_oid id;
	git_object_t type;
	char *data;
	size_t n;
};

/* libgit2 owns it, and calls release() with its first member. */
struct pack {
	git_odb_backend backend;
	struct held *items;
	size_t n, cap;
	char kept[NAME]; /* the pack whose .keep is there, or "" */
};

/* --- what libgit2 calls --- */

static const struct held *find(git_odb_backend *backend, const git_oid *id)
{
	const struct pack *p = (const struct pack *)(void *)backend;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (git_oid_equal(&p->items[i].id, id))
			return &p->items[i];
	return NULL;
}

static int read_object(void **data, size_t *n, git_object_t *type,
    git_odb_backend *backend, const git_oid *id)
{
	const struct held *h = find(backend, id);

	if (h == NULL)
		return GIT_ENOTFOUND;
	*data = git_odb_backend_data_alloc(backend, h->n + 1);
	if (*data == NULL)
		return GIT_ERROR;
	memcpy(*data, h->data, h->n + 1);
	*n = h->n;
	*type = h->type;
	return 0;
}

static int read_header(size_t *n, git_object_t *type, git_odb_backend *backend,
    const git_oid *id)
{
	const struct held *h = find(backend, id);

	if (h == NULL)
		return GIT_ENOTFOUND;
	*n = h->n;
	*type = h->type;
	return 0;
}

static int exists(git_odb_backend *backend, const git_oid *id)
{
	return find(backend, id) != NULL;
}

static int hold(git_odb_backend *backend, const git_oid *id, const void *data,
    size_t n, git_object_t type)
{
	struct pack *p = (struct pack *)(void *)backend;
	struct held *more = mem_grow(p->items, p->n, &p->cap, sizeof(*more));

	if (more == NULL)
		return GIT_ERROR;
	p->items = more;
	more += p->n;
	*more = (struct held){ .id = *id, .type = type, .n = n };
	more->data = mem_strndup(data, n);
	if (more->data == NULL)
		return GIT_ERROR;
	p->n++;
	return 0;
}

static void drop(struct pack *p)
{
	while (p->n > 0)
		mem_free(p->items[--p->n].data);
}

static void release(git_odb_backend *backend)
{
	struct pack *p = (struct pack *)(void *)backend;

	drop(p);
	mem_free(p->items);
	mem_free(p);
}

int pack_open(git_repository *repo, struct pack **out, struct error *err)
{
	struct pack *p = mem_alloc(sizeof(*p));
	git_odb *odb = NULL;
	int rc;

	*out = NULL;
	if (p == NULL)
		return error_memory(err);
	git_odb_init_backend(&p->backend, GIT_ODB_BACKEND_VERSION);
	p->backend.read = read_object;
	p->backend.read_header = read_header;
	p->backend.exists = exists;
	p->backend.write = hold;
	p->backend.free = release;
	rc = git_repository_odb(&odb, repo);
	if (rc == 0)
		rc = git_odb_add_backend(odb, &p->backend, FIRST);
	git_odb_free(odb);
	if (rc < 0) {
		mem_free(p);
		return git_fail(rc, "objects", err);
	}
	*out = p;
	return 0;
}

void pack_drop(struct refs *r)
{
	drop(r->pack);
}

/* --- files --- */

static int print_path(struct refs *r, const char *dir, const char *name,
    const char *end, char out[PATH_MAX], struct error *err)
{
	if (snprintf(out, PATH_MAX, "%s%s%s%s", r->git_dir, dir, name, end) >=
	    PATH_MAX)
		return error_set(err, ERROR_LIMIT, "path too long: %s",
		    r->git_dir);
	return 0;
}

#define STATE "sluice/runner/"
#define MAKING STATE "pack.new" /* a directory */
#define PACKS "objects/pack/pack-"

/* The pack written last, or "". */
static void read_last(struct refs *r, char out[NAME])
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char path[PATH_MAX];

	out[0] = '\0';
	if (print_path(r, STATE, "pack", "", path, NULL) ||
	    file_read(path, NAME, &text, NULL))
		return;
	snprintf(out, NAME, "%.*s", (int)strcspn(buf_bytes(&text).p, "\n"),
	    buf_bytes(&text).p);
	if (strspn(out, "0123456789abcdef") != strlen(out))
		out[0] = '\0';
}

static int write_last(struct refs *r, const char *name, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char path[PATH_MAX];
	int rc = print_path(r, STATE, "pack", "", path, err);

	buf_printf(&text, "%s\n", name);
	if (rc || (rc = buf_check(&text, err)))
		return rc;
	return file_write_loose(path, buf_bytes(&text), 0640, err);
}

static void remove_file(struct refs *r, const char *name, const char *end)
{
	char path[PATH_MAX];

	if (print_path(r, PACKS, name, end, path, NULL) == 0)
		os_unlink(path);
}

/* --- one pack of several --- */

static int add_held(git_packbuilder *builder, const struct pack *p)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < p->n && rc == 0; i++)
		rc = git_packbuilder_insert(builder, &p->items[i].id, NULL);
	return rc;
}

struct ids {
	git_oid items[FEW];
	size_t n;
};

static int list_id(const git_oid *id, void *payload)
{
	struct ids *ids = payload;

	if (ids->n == FEW)
		return GIT_EUSER;
	ids->items[ids->n++] = *id;
	return 0;
}

/* What a pack has; false where that is much, or it is gone. */
static bool list_pack(struct refs *r, const char *name, struct ids *out)
{
	git_odb_backend *backend = NULL;
	git_odb *odb = NULL;
	char path[PATH_MAX];
	struct stat st;
	bool is_listed;

	if (name[0] == '\0' ||
	    print_path(r, PACKS, name, ".pack", path, NULL) ||
	    os_lstat(path, &st) < 0 || st.st_size > SMALL ||
	    print_path(r, PACKS, name, ".idx", path, NULL) ||
	    git_odb_new(&odb) < 0)
		return false;
	is_listed = git_odb_backend_one_pack(&backend, path) == 0 &&
	    git_odb_add_backend(odb, backend, FIRST) == 0 &&
	    git_odb_foreach(odb, list_id, out) == 0;
	git_odb_free(odb);
	return is_listed;
}

/* Adds what the last pack has, where that is little. false: it stays. */
static bool take_along(struct refs *r, const char *last,
    git_packbuilder *builder)
{
	struct ids ids = { .n = 0 };
	size_t i;
	int rc = 0;

	if (!list_pack(r, last, &ids))
		return false;
	for (i = 0; i < ids.n && rc == 0; i++)
		rc = git_packbuilder_insert(builder, &ids.items[i], NULL);
	return rc == 0;
}

static int move_in(struct refs *r, const char *name, struct error *err)
{
	static const char *const ends[] = { ".pack", ".idx" };
	char from[PATH_MAX], to[PATH_MAX];
	size_t i;
	int rc;

	if ((rc = print_path(r, PACKS, name, ".keep", to, err)) ||
	    (rc = file_write_loose(to, bytes_of("sluice\n"), 0444, err)))
		return rc;
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		if ((rc = print_path(r, MAKING "/pack-", name, ends[i], from,
		         err)) ||
		    (rc = print_path(r, PACKS, name, ends[i], to, err)))
			return rc;
		if (os_rename(from, to) < 0)
			return error_sys(err, "rename %s", from);
	}
	rc = print_path(r, "objects/pack", "", "", to, err);
	return rc ? rc : file_sync_dir(to, err);
}

static int write_pack(struct refs *r, git_packbuilder *builder, char name[NAME],
    struct error *err)
{
	char dir[PATH_MAX];
	int rc = print_path(r, MAKING, "", "", dir, err);

	/* of one that was killed */
	if (rc || (rc = file_remove_tree(dir, err)) ||
	    (rc = file_make_dirs(dir, err)))
		return rc;
	rc = git_packbuilder_write(builder, dir, 0444, NULL, NULL);
	if (rc < 0)
		return git_fail(rc, "write objects", err);
	snprintf(name, NAME, "%s", git_packbuilder_name(builder));
	/* from here on it is found again, whatever comes between */
	if ((rc = write_last(r, name, err)) || (rc = move_in(r, name, err)))
		return rc;
	memcpy(r->pack->kept, name, NAME);
	return 0;
}

static int build(struct refs *r, git_packbuilder *builder, bool with_last,
    struct error *err)
{
	char last[NAME], name[NAME] = "";
	bool is_taken;
	int rc = add_held(builder, r->pack);

	if (rc < 0)
		return git_fail(rc, "write objects", err);
	read_last(r, last);
	remove_file(r, last, ".keep"); /* of one that was killed */
	is_taken = with_last && take_along(r, last, builder);
	if ((rc = write_pack(r, builder, name, err)))
		return rc;
	if (is_taken && strcmp(last, name) != 0) {
		remove_file(r, last, ".idx");
		remove_file(r, last, ".pack");
	}
	return 0;
}

static int try_write(struct refs *r, bool with_last, struct error *err)
{
	git_packbuilder *builder = NULL;
	int rc = git_packbuilder_new(&builder, r->repo);

	if (rc < 0)
		return git_fail(rc, "write objects", err);
	git_packbuilder_set_threads(builder, 1);
	rc = build(r, builder, with_last, err);
	git_packbuilder_free(builder);
	return rc;
}

int pack_write(struct refs *r, struct error *err)
{
	git_odb *odb = NULL;
	int rc;

	if (r->pack->n == 0)
		return 0;
	/* housekeeping may take the last pack away as it is read */
	rc = try_write(r, true, NULL);
	if (rc)
		rc = try_write(r, false, err);
	if (rc)
		return rc;
	drop(r->pack);
	rc = git_repository_odb(&odb, r->repo);
	if (rc == 0)
		rc = git_odb_refresh(odb);
	git_odb_free(odb);
	return rc < 0 ? git_fail(rc, "objects", err) : 0;
}

void pack_release(struct refs *r)
{
	if (r->pack->kept[0] != '\0')
		remove_file(r, r->pack->kept, ".keep");
	r->pack->kept[0] = '\0';
}
