/* manifest_json: a manifest (manifest.h) as JSON, and back. A node is read into
 * its struct, printed again, and what then differs is kept as its extra: so no
 * member of a later version is lost, wherever it stands. */
#include "cache/manifest_json.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/members.h"

static const char *const states[] = {
	[NODE_OK] = "ok",
	[NODE_FAILED] = "failed",
	[NODE_BLOCKED] = "blocked",
	[NODE_WAITING] = "waiting",
	[NODE_STALE] = "stale",
};

const char *node_state_name(enum node_state s)
{
	return (size_t)s < ARRAY_LEN(states) ? states[s] : "unknown";
}

static int state_of(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++)
		if (strcmp(states[i], word) == 0)
			return (int)i;
	return -1;
}

/* -- printing -- */

static int print_origin(const struct manifest_node *n, json_t *o,
    struct error *err)
{
	json_t *origin = json_object();
	int rc;

	if (n->file == NULL) {
		json_decref(origin);
		return 0;
	}
	if ((rc = member_set_str(origin, "blob", n->file_blob, err)) == 0 &&
	    (rc = member_set_str(origin, "file", n->file, err)) == 0 &&
	    n->n_include > 0)
		rc = member_set_names(origin, "include", n->include,
		    n->n_include, err);
	if (rc == 0)
		return member_set(o, "origin", origin, err);
	json_decref(origin);
	return rc;
}

static int print_failure(const struct manifest_node *n, json_t *o,
    struct error *err)
{
	return member_set(o, "failure",
	    json_pack("{s:s,s:i,s:i,s:i}", "class", failure_name(n->failure),
	        "exit", n->exit_status, "line", n->line, "col", n->col),
	    err);
}

static int print_unstable(const struct manifest_node *n, json_t *o,
    struct error *err)
{
	json_t *differs;
	int rc = member_set(o, "unstable", json_true(), err);

	if (rc || (n->n_differs == 0 && n->second == FAILURE_NONE))
		return rc;
	differs = json_object();
	if ((rc = member_set(o, "differs", differs, err)) == 0 &&
	    n->n_differs > 0)
		rc = member_set_names(differs, "columns", n->differs,
		    n->n_differs, err);
	if (rc == 0 && n->second != FAILURE_NONE)
		rc = member_set_str(differs, "failure", failure_name(n->second),
		    err);
	return rc;
}

int manifest_json_node(const struct manifest_node *n, json_t *o,
    struct error *err)
{
	bool has_table = !digest_is_null(&n->table);
	int rc;

	if ((rc = member_set(o, "delivered", json_boolean(n->delivered),
	         err)) ||
	    (rc = member_set(o, "state", json_string(node_state_name(n->state)),
	         err)) ||
	    (rc = member_set_names(o, "inputs", n->inputs, n->n_inputs, err)) ||
	    (rc = print_origin(n, o, err)) ||
	    (rc = member_set_digest(o, "key", &n->key, err)) ||
	    (rc = member_set_digest(o, "log", &n->log, err)) ||
	    (rc = member_set_digest(o, "table", &n->table, err)) ||
	    (rc = member_set_str(o, "since", n->since, err)))
		return rc;
	if ((has_table &&
	        (rc = member_set(o, "rows", json_integer((json_int_t)n->rows),
	             err))) ||
	    (n->unstable && (rc = print_unstable(n, o, err))) ||
	    (n->n_by > 0 &&
	        (rc = member_set_names(o, "by", n->by, n->n_by, err))) ||
	    (n->n_doubts > 0 &&
	        (rc = member_set_names(o, "doubts", n->doubts, n->n_doubts,
	             err))) ||
	    (rc = verdicts_print(&n->verdicts, o, err)) ||
	    (rc = tolerances_print(&n->tolerances, o, err)) ||
	    (n->state == NODE_FAILED && (rc = print_failure(n, o, err))))
		return rc;
	return 0;
}

int manifest_json_head(const struct manifest *m, json_t *doc, struct error *err)
{
	json_t *parameters;
	size_t i;
	int rc = member_set(doc, "format", json_string(MANIFEST_FORMAT), err);

	if (rc)
		return rc;
	parameters = json_object();
	if ((rc = member_set(doc, "parameters", parameters, err)) ||
	    (rc = member_set_digest(doc, "snapshot", &m->snapshot, err)) ||
	    (rc = member_set_str(doc, "snapshot_date", m->snapshot_date,
	         err)) ||
	    (rc = member_set_str(doc, "tree", m->tree, err)) ||
	    (rc = member_set_names(doc, "targets", m->targets, m->n_targets,
	         err)))
		return rc;
	for (i = 0; rc == 0 && i < m->n_parameters; i++)
		rc = member_set(parameters, m->parameters[i].name,
		    json_string(m->parameters[i].value), err);
	return rc;
}

/* -- parsing -- */

static int parse_origin(const json_t *o, struct manifest_node *n,
    struct error *err)
{
	const json_t *origin = json_object_get(o, "origin");
	struct names include = { 0 };
	int rc;

	if ((rc = member_dup(origin, "file", &n->file, err)) ||
	    (rc = member_dup(origin, "blob", &n->file_blob, err)))
		return rc;
	rc = member_names(origin, "include", &include, err);
	n->include = include.p;
	n->n_include = include.n;
	return rc;
}

static int parse_failure(const json_t *o, struct manifest_node *n,
    struct error *err)
{
	enum {
		MOST = 1000000000
	};
	const json_t *f = json_object_get(o, "failure");
	int class = failure_of(json_str_or(f, "class", ""));
	json_int_t exit_status, line, col;
	int rc;

	if ((rc = member_int(f, "exit", -MOST, MOST, &exit_status, err)) ||
	    (rc = member_int(f, "line", 0, MOST, &line, err)) ||
	    (rc = member_int(f, "col", 0, MOST, &col, err)))
		return rc;
	/* a class of a later version: it failed, that much is known */
	n->failure = class < 0 ? FAILURE_EXIT : (enum failure_class) class;
	n->exit_status = (int)exit_status;
	n->line = (int)line;
	n->col = (int)col;
	return 0;
}

static int parse_unstable(const json_t *o, struct manifest_node *n,
    struct error *err)
{
	const json_t *differs = json_object_get(o, "differs");
	const char *failure = json_str_or(differs, "failure", "");
	struct names columns = { 0 };
	int class = failure_of(failure), rc;

	n->unstable = json_is_true(json_object_get(o, "unstable"));
	if (!n->unstable)
		return 0;
	rc = member_names(differs, "columns", &columns, err);
	n->differs = columns.p;
	n->n_differs = columns.n;
	if (*failure != '\0')
		n->second =
		    class < 0 ? FAILURE_EXIT : (enum failure_class) class;
	return rc;
}

static int parse_lists(const json_t *o, struct manifest_node *n,
    struct error *err)
{
	struct names inputs = { 0 }, by = { 0 }, doubts = { 0 };
	int rc = member_names(o, "inputs", &inputs, err);

	n->inputs = inputs.p;
	n->n_inputs = inputs.n;
	if (rc)
		return rc;
	rc = member_names(o, "by", &by, err);
	n->by = by.p;
	n->n_by = by.n;
	if (rc)
		return rc;
	rc = member_names(o, "doubts", &doubts, err);
	n->doubts = doubts.p;
	n->n_doubts = doubts.n;
	if (rc || (rc = verdicts_parse(o, &n->verdicts, err)))
		return rc;
	return tolerances_parse(o, &n->tolerances, err);
}

static int parse_members(const json_t *o, struct manifest_node *n,
    struct error *err)
{
	int state = state_of(json_str_or(o, "state", ""));
	json_int_t rows;
	int rc;

	n->state = state < 0 ? NODE_WAITING : (enum node_state)state;
	n->delivered = json_is_true(json_object_get(o, "delivered"));
	if ((rc = parse_unstable(o, n, err)) || (rc = parse_lists(o, n, err)) ||
	    (rc = parse_origin(o, n, err)) ||
	    (rc = member_digest(o, "key", &n->key, err)) ||
	    (rc = member_digest(o, "table", &n->table, err)) ||
	    (rc = member_digest(o, "log", &n->log, err)) ||
	    (rc = member_dup(o, "since", &n->since, err)) ||
	    (rc = member_int(o, "rows", 0, INT64_MAX, &rows, err)))
		return rc;
	n->rows = (uint64_t)rows;
	if (n->state == NODE_OK && digest_is_null(&n->table))
		return error_set(err, ERROR_CORRUPT, "\"table\" is missing");
	return n->state == NODE_FAILED ? parse_failure(o, n, err) : 0;
}

static bool is_plain_origin(const json_t *origin, const struct manifest_node *n)
{
	const size_t known = 2 + (n->n_include > 0);

	return n->file != NULL && n->file[0] != '\0' && n->file_blob != NULL &&
	    n->file_blob[0] != '\0' && json_object_size(origin) == known;
}

/* Whether a member of o says what n prints again. It need not know all. */
static bool is_plain_member(const char *key, const json_t *v,
    const struct manifest_node *n)
{
	const char *s = json_string_value(v);

	if (strcmp(key, "delivered") == 0)
		return json_is_boolean(v);
	if (strcmp(key, "state") == 0)
		return s != NULL && strcmp(s, node_state_name(n->state)) == 0;
	if (strcmp(key, "key") == 0)
		return !digest_is_null(&n->key);
	if (strcmp(key, "log") == 0)
		return !digest_is_null(&n->log);
	if (strcmp(key, "table") == 0 || strcmp(key, "rows") == 0)
		return !digest_is_null(&n->table);
	if (strcmp(key, "by") == 0)
		return n->n_by > 0;
	if (strcmp(key, "since") == 0)
		return n->since[0] != '\0';
	return strcmp(key, "origin") == 0 ? is_plain_origin(v, n)
	                                  : strcmp(key, "inputs") == 0;
}

/* Whether there is nothing in o that n does not print again: to print it and
 * compare takes longer than all of its reading. */
static bool is_plain(json_t *o, const struct manifest_node *n)
{
	const char *key;
	json_t *v;

	json_object_foreach(o, key, v)
		if (!is_plain_member(key, v, n))
			return false;
	return true;
}

static int parse_node(struct manifest *m, const char *path, json_t *o,
    struct error *err)
{
	json_auto_t *printed = NULL;
	struct manifest_node *n;
	int rc;

	if (!json_is_object(o))
		return error_set(err, ERROR_CORRUPT, "a node is no object");
	n = manifest_add(m, path);
	if (n == NULL)
		return error_memory(err);
	if ((rc = parse_members(o, n, err)) || is_plain(o, n))
		return rc;
	printed = json_object();
	if ((rc = manifest_json_node(n, printed, err)))
		return rc;
	return member_extra(o, printed, &n->extra, err);
}

static int parse_parameters(const json_t *doc, struct manifest *m,
    struct error *err)
{
	json_t *object = json_object_get(doc, "parameters"), *v;
	const char *name;

	if (json_object_size(object) == 0)
		return 0;
	m->parameters =
	    mem_array(json_object_size(object), sizeof(*m->parameters));
	if (m->parameters == NULL)
		return error_memory(err);
	json_object_foreach(object, name, v) {
		struct manifest_parameter *p = &m->parameters[m->n_parameters];

		if (!json_is_string(v))
			return error_set(err, ERROR_CORRUPT,
			    "parameter '%.40s' is no string", name);
		m->n_parameters++;
		p->name = mem_strdup(name);
		p->value = mem_strdup(json_string_value(v));
		if (p->name == NULL || p->value == NULL)
			return error_memory(err);
	}
	return 0;
}

static int parse_head(json_t *doc, struct manifest *m, struct error *err)
{
	json_auto_t *printed = json_object();
	struct names targets = { 0 };
	int rc = member_names(doc, "targets", &targets, err);

	m->targets = targets.p;
	m->n_targets = targets.n;
	if (rc || (rc = parse_parameters(doc, m, err)) ||
	    (rc = member_copy(doc, "tree", m->tree, sizeof(m->tree), err)) ||
	    (rc = member_copy(doc, "snapshot_date", m->snapshot_date,
	         sizeof(m->snapshot_date), err)) ||
	    (rc = member_digest(doc, "snapshot", &m->snapshot, err)) ||
	    (rc = manifest_json_head(m, printed, err)))
		return rc;
	/* nodes are read one by one: not of interest here */
	if ((rc = member_set(printed, "nodes",
	         json_incref(json_object_get(doc, "nodes")), err)))
		return rc;
	return member_extra(doc, printed, &m->extra, err);
}

int manifest_parse(struct bytes text, struct manifest *out, struct error *err)
{
	json_auto_t *doc = NULL;
	json_t *nodes, *o;
	const char *path;
	int rc;

	*out = (struct manifest){ 0 };
	if ((rc = member_document(text, MANIFEST_FORMAT, &doc, err)))
		return rc;
	nodes = json_object_get(doc, "nodes");
	if (!json_is_object(nodes))
		rc = error_set(err, ERROR_CORRUPT, "\"nodes\" is no object");
	if (rc == 0)
		rc = parse_head(doc, out, err);
	json_object_foreach(nodes, path, o) {
		if (rc == 0 && (rc = parse_node(out, path, o, err)))
			error_wrap(err, "node %.100s", path);
	}
	if (rc) {
		manifest_clear(out);
		error_wrap(err, "manifest");
		return rc;
	}
	manifest_sort(out);
	return 0;
}
