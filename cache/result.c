/* result: see result.h. A record is edited as JSON, so that tiers, states and
 * members of a later version survive an edit by this one. */
#include "cache/result.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/base/text.h"
#include "cache/sealed.h"
#include "cache/store_impl.h"

#define RESULT_FORMAT "sluice-result/1"
#define EPOCH_FORMAT "sluice-epoch/1"

static const char *const tiers[] = {
	[TIER_LOCAL] = "local",
	[TIER_BRANCH] = "branch",
	[TIER_VERIFIED] = "verified",
};
static const char *const states[] = {
	[RESULT_OK] = "ok",
	[RESULT_FAILED] = "failed",
	[RESULT_CLOCK] = "clock",
};
static const char *const failures[] = {
	[FAILURE_NONE] = "none",
	[FAILURE_SQL] = "sql",
	[FAILURE_EXIT] = "exit",
	[FAILURE_SIGNAL] = "signal",
	[FAILURE_OUTPUT] = "output",
	[FAILURE_INPUT] = "input",
	[FAILURE_TIMEOUT] = "timeout",
	[FAILURE_MEMORY] = "memory",
	[FAILURE_SURROUNDINGS] = "surroundings",
	[FAILURE_CANCELLED] = "cancelled",
};

static int index_of(const char *const *words, size_t n, const char *word)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

const char *failure_name(enum failure_class failure)
{
	return (size_t)failure < ARRAY_LEN(failures) ? failures[failure]
	                                             : "unknown";
}

int failure_of(const char *name)
{
	return index_of(failures, ARRAY_LEN(failures), name);
}

/* -- one record as JSON -- */

/* A digest, or nothing where it is null. */
static int set_digest(json_t *o, const char *key, const struct digest *d)
{
	return digest_is_null(d) ? 0
	                         : json_object_set_new(o, key, json_digest(d));
}

/* A string of whatever bytes: escaped where they are not UTF-8 (a message
 * may be cut in the middle of a letter). */
static json_t *any_string(const char *s)
{
	CLEANUP(buf_clear) struct buf b = { 0 };

	if (text_utf8_error(bytes_of(s)) == strlen(s))
		return json_string(s);
	text_add_visible(&b, bytes_of(s));
	return b.failed ? NULL : json_stringn(b.p, b.n);
}

static int set_failure(json_t *o, const struct result *r)
{
	json_t *f = json_object();

	return json_object_set_new(f, "class",
	           json_string(failure_name(r->failure))) ||
	    json_object_set_new(f, "exit", json_integer(r->exit_status)) ||
	    json_object_set_new(f, "line", json_integer(r->line)) ||
	    json_object_set_new(f, "col", json_integer(r->col)) ||
	    json_object_set_new(f, "message", any_string(r->message)) ||
	    json_object_set_new(o, "failure", f);
}

/* A word of its own, so that a version which knows nothing of it takes the
 * record for none, and never for a table that is well. */
#define DOUBTFUL "doubtful"

static int set_offending(json_t *o, const struct result *r)
{
	if (digest_is_null(&r->offending))
		return 0;
	return json_object_set_new(o, "offending",
	    json_pack("{s:I,s:o}", "rows", (json_int_t)r->n_offending, "table",
	        json_digest(&r->offending)));
}

static const char *state_of(const struct result *r)
{
	return r->state == RESULT_OK && r->is_doubtful ? DOUBTFUL
	                                               : states[r->state];
}

static json_t *record_of(const struct result *r, long long epoch)
{
	json_t *o = json_object();

	if (json_object_set_new(o, "by", any_string(r->by)) ||
	    json_object_set_new(o, "epoch", json_integer(epoch)) ||
	    json_object_set_new(o, "key", json_digest(&r->key)) ||
	    json_object_set_new(o, "state", json_string(state_of(r))) ||
	    json_object_set_new(o, "tier", json_string(tiers[r->tier])) ||
	    set_digest(o, "log", &r->log) ||
	    set_digest(o, "table", &r->table) || set_offending(o, r) ||
	    (r->state == RESULT_FAILED && set_failure(o, r))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static int int_or_zero(const json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));

	return v >= -1000000000 && v <= 1000000000 ? (int)v : 0;
}

static void read_failure(const json_t *f, struct result *out)
{
	int class = failure_of(json_str_or(f, "class", ""));

	/* a class of a later version: the code's fault, that much is known */
	out->failure = class < 0 ? FAILURE_EXIT : (enum failure_class) class;
	out->exit_status = int_or_zero(f, "exit");
	out->line = int_or_zero(f, "line");
	out->col = int_or_zero(f, "col");
	snprintf(out->message, sizeof(out->message), "%s",
	    json_str_or(f, "message", ""));
}

static bool read_offending(const json_t *f, struct result *out)
{
	json_int_t rows = json_integer_value(json_object_get(f, "rows"));

	if (f == NULL)
		return true;
	out->n_offending = (uint64_t)rows;
	return rows > 0 &&
	    json_get_digest(f, "table", &out->offending, NULL) == 0;
}

static void read_columns(const json_t *columns, struct result *out)
{
	size_t i, n, len = 0;

	for (i = 0; i < json_array_size(columns); i++) {
		const char *name =
		    json_string_value(json_array_get(columns, i));

		n = name ? strlen(name) : 0;
		if (n == 0 || len + n + 2 > sizeof(out->differs))
			continue;
		if (len > 0)
			out->differs[len++] = '\n';
		memcpy(out->differs + len, name, n + 1);
		len += n;
	}
}

/* What other executions gave; the first that says in which columns counts. */
static void read_others(const json_t *others, struct result *out)
{
	size_t i;

	for (i = 0; i < json_array_size(others); i++) {
		const json_t *o = json_array_get(others, i);
		const json_t *failure = json_object_get(o, "failure");
		int class = failure_of(json_str_or(failure, "class", ""));

		out->unstable = true;
		if (out->differs[0] == '\0')
			read_columns(json_object_get(o, "columns"), out);
		if (failure != NULL && out->second == FAILURE_NONE)
			out->second = class < 0 ? FAILURE_EXIT
			                        : (enum failure_class) class;
	}
}

/* Whether o is a record of ours that can be read; unknown states cannot. */
static bool read_record(const json_t *o, enum result_tier tier,
    struct result *out)
{
	const char *word = json_str_or(o, "state", "");
	bool is_doubtful = strcmp(word, DOUBTFUL) == 0;
	int state =
	    is_doubtful ? RESULT_OK : index_of(states, ARRAY_LEN(states), word);

	*out = (struct result){ .tier = tier, .is_doubtful = is_doubtful };
	if (state < 0 || json_get_digest(o, "key", &out->key, NULL) ||
	    !json_is_integer(json_object_get(o, "epoch")))
		return false;
	out->state = (enum result_state)state;
	out->epoch = json_integer_value(json_object_get(o, "epoch"));
	snprintf(out->by, sizeof(out->by), "%s", json_str_or(o, "by", ""));
	if (json_get_digest(o, "log", &out->log, NULL))
		out->log = (struct digest){ 0 };
	if (out->state == RESULT_OK &&
	    json_get_digest(o, "table", &out->table, NULL))
		return false;
	if (out->state == RESULT_FAILED)
		read_failure(json_object_get(o, "failure"), out);
	if (is_doubtful &&
	    !read_offending(json_object_get(o, "offending"), out))
		return false;
	read_others(json_object_get(o, "others"), out);
	return true;
}

/* -- the file of a key -- */

/* Every tier's record must say the key it lies under: a file moved to
 * another key's place is as bad as a flipped bit. */
static int check_key(const json_t *doc, const struct digest *key,
    const char *path, struct error *err)
{
	json_t *records = json_object_get(doc, "records"), *r;
	const char *name;

	if (!json_is_object(records))
		return error_set(err, ERROR_CORRUPT, "%s has no records", path);
	json_object_foreach(records, name, r) {
		struct digest said;

		if (json_get_digest(r, "key", &said, NULL) ||
		    !digest_eq(&said, key))
			return error_set(err, ERROR_CORRUPT,
			    "%s lies under another key", path);
	}
	return 0;
}

/* The document of a key; damaged ones go to quarantine and are absent. */
static int load(struct store *st, const struct digest *key, json_t **out,
    struct error *err)
{
	struct error why = { 0 };
	struct store_path path;
	int rc;

	store_path_of(st, "results", key, &path);
	rc = sealed_read(path.p, RESULT_FORMAT, out, &why);
	if (rc == 0 && (rc = check_key(*out, key, path.p, &why))) {
		json_decref(*out);
		*out = NULL;
	}
	if (rc == ERROR_CORRUPT || rc == ERROR_LIMIT) {
		if ((rc = store_quarantine_file(st, path.p, err)))
			return rc;
		return error_set(err, ERROR_NOT_FOUND,
		    "%s; it is in quarantine", why.msg);
	}
	return rc ? error_pass(err, &why) : 0;
}

/* Held while a document is read, changed and replaced, or quarantined. */
static int lock_shard(const struct store *st, const struct digest *key, int *fd,
    struct error *err)
{
	struct store_path dir;
	size_t n;

	store_shard_of(st, "results", key, &dir);
	n = strlen(dir.p);
	snprintf(dir.p + n, sizeof(dir.p) - n, "/.lock");
	return file_lock(dir.p, true, fd, err);
}

/* As load(), and where the document seems damaged, once more under the lock:
 * somebody may just have replaced it. */
static int load_shared(struct store *st, const struct digest *key, json_t **out,
    struct error *err)
{
	CLEANUP(fd_close) int lock = -1;
	struct store_path path;
	struct error why = { 0 };
	int rc;

	store_path_of(st, "results", key, &path);
	rc = sealed_read(path.p, RESULT_FORMAT, out, &why);
	if (rc == 0 && check_key(*out, key, path.p, NULL) == 0)
		return 0;
	json_decref(*out);
	*out = NULL;
	if (rc == ERROR_NOT_FOUND)
		return error_set(err, rc, "no result under this key");
	if ((rc = lock_shard(st, key, &lock, err)))
		return rc;
	return load(st, key, out, err);
}

/* -- reading -- */

struct found {
	struct result tier[ARRAY_LEN(tiers)];
	bool usable[ARRAY_LEN(tiers)]; /* of this epoch, table there */
	const struct result *unstable; /* a tier that knows of others */
	bool differ; /* two tiers have two tables */
};

static bool has_tables(struct store *st, const struct result *r)
{
	return r->state != RESULT_OK ||
	    (store_has(st, &r->table) &&
	        (digest_is_null(&r->offending) ||
	            store_has(st, &r->offending)));
}

static bool has_table(const struct found *f, size_t tier)
{
	return f->usable[tier] && f->tier[tier].state == RESULT_OK;
}

/* Whether a usable table of any tier differs from this one. */
static bool differs(const struct found *f, const struct digest *table)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(tiers); i++)
		if (has_table(f, i) && !digest_eq(&f->tier[i].table, table))
			return true;
	return false;
}

static bool is_unstable(const struct found *f)
{
	return f->unstable != NULL || f->differ;
}

static void read_all(struct store *st, const json_t *doc, long long epoch,
    struct found *out)
{
	const json_t *records = json_object_get(doc, "records");
	size_t i;

	*out = (struct found){ 0 };
	for (i = 0; i < ARRAY_LEN(tiers); i++) {
		struct result *r = &out->tier[i];

		out->usable[i] = read_record(json_object_get(records, tiers[i]),
		                     (enum result_tier)i, r) &&
		    r->epoch >= epoch && has_tables(st, r);
		if (out->usable[i] && r->unstable && out->unstable == NULL)
			out->unstable = r;
	}
	for (i = 0; i < ARRAY_LEN(tiers); i++)
		out->differ |=
		    has_table(out, i) && differs(out, &out->tier[i].table);
}

/* The best tier; a failure counts only where no tier did better, and
 * "verified" only where nothing is known against it. */
static const struct result *best_of(const struct found *f,
    enum result_tier least)
{
	const struct result *best = NULL;
	size_t i, n = is_unstable(f) ? TIER_VERIFIED : ARRAY_LEN(tiers);

	for (i = least; i < n; i++)
		if (f->usable[i] &&
		    (best == NULL || best->state == RESULT_FAILED ||
		        f->tier[i].state != RESULT_FAILED))
			best = &f->tier[i];
	return best;
}

/* What any tier knows against it. */
static void set_unstable(const struct found *f, struct result *out)
{
	out->unstable = is_unstable(f);
	if (f->unstable == NULL)
		return;
	memcpy(out->differs, f->unstable->differs, sizeof(out->differs));
	out->second = f->unstable->second;
}

int result_get(struct store *st, const struct digest *key,
    enum result_tier least, struct result *out, struct error *err)
{
	json_auto_t *doc = NULL;
	const struct result *best;
	struct found found;
	long long epoch;
	int rc;

	if ((rc = load_shared(st, key, &doc, err)) ||
	    (rc = result_epoch(st, &epoch, err)))
		return rc;
	read_all(st, doc, epoch, &found);
	best = best_of(&found, least);
	if (best == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "no result of this tier and epoch under this key");
	*out = *best;
	if (best->state == RESULT_OK)
		set_unstable(&found, out);
	return 0;
}

/* -- writing -- */

/* Whether an outcome is among the others already. */
static bool is_among(json_t *others, const struct result *r)
{
	struct digest said;
	const json_t *o;
	size_t i;

	json_array_foreach(others, i, o) {
		const char *class =
		    json_str_or(json_object_get(o, "failure"), "class", "");

		if (r->state == RESULT_OK
		        ? json_get_digest(o, "table", &said, NULL) == 0 &&
		            digest_eq(&said, &r->table)
		        : strcmp(class, failure_name(r->failure)) == 0)
			return true;
	}
	return false;
}

/* The columns that differ, as an array. */
static json_t *columns_of(const struct result *r)
{
	json_t *out = json_array();
	const char *p = r->differs;

	while (*p != '\0') {
		size_t n = strcspn(p, "\n");

		if (json_array_append_new(out, json_stringn(p, n))) {
			json_decref(out);
			return NULL;
		}
		p += n + (p[n] == '\n');
	}
	return out;
}

/* What is to be known of another outcome: its table, or how it failed. */
static int set_other(json_t *o, const struct result *r, long long epoch)
{
	return json_object_set_new(o, "by", any_string(r->by)) ||
	    json_object_set_new(o, "epoch", json_integer(epoch)) ||
	    set_digest(o, "table", &r->table) ||
	    (r->state == RESULT_FAILED &&
	        json_object_set_new(o, "failure",
	            json_pack("{s:s,s:i}", "class", failure_name(r->failure),
	                "exit", r->exit_status))) ||
	    (r->differs[0] != '\0' &&
	        json_object_set_new(o, "columns", columns_of(r)));
}

/* Adds an outcome to the record's others, once. */
static int add_other(json_t *record, const struct result *r, long long epoch)
{
	json_t *others = json_object_get(record, "others"), *o;

	if (others == NULL) {
		others = json_array();
		if (json_object_set_new(record, "others", others))
			return -1;
	}
	if (is_among(others, r))
		return 0;
	o = json_object();
	if (set_other(o, r, epoch)) {
		json_decref(o);
		return -1;
	}
	return json_array_append_new(others, o);
}

/* Whether a failure is the code's own, and so says something against a table
 * that the same key gave. */
static bool is_code_failure(const struct result *r)
{
	return r->state == RESULT_FAILED && r->failure >= FAILURE_SQL &&
	    r->failure <= FAILURE_OUTPUT;
}

/* Whether what is there stays (header: the rules). */
static bool stays(const struct result *old, const struct result *new)
{
	if (old->state == RESULT_CLOCK)
		return true;
	return old->state == RESULT_OK && new->state != RESULT_CLOCK;
}

/* Whether the new outcome says that what is there is unstable. */
static bool contradicts(const struct result *old, const struct result *r)
{
	return old->state == RESULT_OK && !digest_is_null(&old->table) &&
	    (is_code_failure(r) ||
	        (r->state == RESULT_OK && !digest_eq(&old->table, &r->table)));
}

/* The new record in its tier's place, or beside the one that stays. */
static int merge(json_t *doc, const struct found *found, const struct result *r,
    long long epoch, struct error *err)
{
	json_t *records = json_object_get(doc, "records");
	json_t *there = json_object_get(records, tiers[r->tier]), *record;
	const struct result *old = &found->tier[r->tier];
	bool both = contradicts(old, r);

	if (found->usable[r->tier] && stays(old, r))
		return both && add_other(there, r, epoch) ? error_memory(err)
		                                          : 0;
	record = record_of(r, epoch);
	/* of this epoch, but its table is gone: still a witness */
	if (record == NULL ||
	    (both && r->state == RESULT_OK && old->epoch >= epoch &&
	        add_other(record, old, old->epoch)) ||
	    json_object_set_new(records, tiers[r->tier], record))
		return error_memory(err);
	return 0;
}

static int new_document(json_t **out, struct error *err)
{
	*out = json_pack("{s:s,s:{}}", "format", RESULT_FORMAT, "records");
	return *out ? 0 : error_memory(err);
}

int result_put(struct store *st, const struct result *r, bool *unstable,
    struct error *err)
{
	CLEANUP(fd_close) int lock = -1;
	json_auto_t *doc = NULL;
	struct store_path path;
	struct error why = { 0 };
	struct found found;
	bool is_new;
	long long epoch;
	int rc;

	if (unstable != NULL)
		*unstable = false;
	if (r->state == RESULT_FAILED && r->failure == FAILURE_CANCELLED)
		return 0;
	if ((rc = result_epoch(st, &epoch, err)) ||
	    (rc = lock_shard(st, &r->key, &lock, err)))
		return rc;
	rc = load(st, &r->key, &doc, &why);
	is_new = rc == ERROR_NOT_FOUND;
	if (is_new)
		rc = new_document(&doc, err);
	else if (rc)
		error_pass(err, &why);
	if (rc)
		return rc;
	read_all(st, doc, epoch, &found);
	if (unstable != NULL && r->state == RESULT_OK)
		*unstable = is_unstable(&found) || differs(&found, &r->table);
	if ((rc = merge(doc, &found, r, epoch, err)))
		return rc;
	store_path_of(st, "results", &r->key, &path);
	/* what a document held before is not put at risk */
	if (!st->is_lazy || !is_new)
		return sealed_write(path.p, doc, err);
	rc = store_lazy_note(st, true, &r->key, err);
	return rc ? rc : sealed_write_loose(path.p, doc, err);
}

int result_check(struct store *st, const struct digest *key, struct error *err)
{
	json_auto_t *doc = NULL;

	return load_shared(st, key, &doc, err);
}

bool result_stamp(struct store *st, const struct digest *key,
    struct result_stamp *out)
{
	struct store_path path;
	struct stat info;

	store_path_of(st, "results", key, &path);
	if (os_lstat(path.p, &info) < 0)
		return false;
	*out = (struct result_stamp){ .inode = info.st_ino,
		.bytes = (uint64_t)info.st_size,
		.changed = (int64_t)info.st_ctim.tv_sec * 1000000000 +
		    info.st_ctim.tv_nsec };
	return true;
}

/* -- the epoch -- */

static void epoch_path(const struct store *st, struct store_path *out)
{
	snprintf(out->p, sizeof(out->p), "%s/epoch", st->dir);
}

int result_epoch(struct store *st, long long *out, struct error *err)
{
	json_auto_t *doc = NULL;
	struct store_path path;
	struct error why = { 0 };
	json_int_t epoch;
	int rc;

	*out = 0;
	epoch_path(st, &path);
	rc = sealed_read(path.p, EPOCH_FORMAT, &doc, &why);
	if (rc == ERROR_NOT_FOUND)
		return 0;
	if (rc == 0)
		rc = json_get_int(doc, "epoch", &epoch, &why);
	if (rc == 0) {
		*out = epoch;
		return 0;
	}
	return error_set(err, (enum error_code)rc,
	    "%s; bring it back from a copy, or remove the store's results "
	    "directory to compute all anew",
	    why.msg);
}

int result_raise_epoch(struct store *st, struct error *err)
{
	CLEANUP(fd_close) int lock = -1;
	json_auto_t *doc = NULL;
	struct store_path path;
	long long epoch;
	int rc;

	if ((rc = store_lock(st, &lock, err)) ||
	    (rc = result_epoch(st, &epoch, err)))
		return rc;
	doc = json_pack("{s:s,s:I}", "format", EPOCH_FORMAT, "epoch",
	    (json_int_t)(epoch + 1));
	if (doc == NULL)
		return error_memory(err);
	epoch_path(st, &path);
	return sealed_write(path.p, doc, err);
}
