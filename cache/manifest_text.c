/* manifest_text: the text of a manifest (manifest.h). */
#include <inttypes.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/manifest_json.h"
#include "cache/members.h"

/* -- by way of JSON -- */

static int print_nodes(const struct manifest *m, json_t *doc, struct error *err)
{
	json_t *nodes = json_object();
	size_t i;
	int rc = member_set(doc, "nodes", nodes, err);

	for (i = 0; rc == 0 && i < m->n; i++) {
		json_t *o = json_object();

		if ((rc = member_set(nodes, m->nodes[i].path, o, err)) == 0 &&
		    (rc = manifest_json_node(&m->nodes[i], o, err)) == 0)
			rc = member_add_extra(o, m->nodes[i].extra, err);
	}
	return rc;
}

static int print_document(const struct manifest *m, struct buf *out,
    struct error *err)
{
	json_auto_t *doc = json_object();
	int rc;

	if ((rc = manifest_json_head(m, doc, err)) ||
	    (rc = print_nodes(m, doc, err)) ||
	    (rc = member_add_extra(doc, m->extra, err)))
		return rc;
	return json_print(doc, out, err);
}

/* -- the same text at once, of what nearly all nodes are -- */

static bool is_set(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static bool is_plain(const struct manifest_node *n)
{
	return n->state != NODE_FAILED && !n->unstable && n->verdicts.n == 0 &&
	    n->tolerances.n == 0 && n->extra == NULL &&
	    (n->file == NULL || (is_set(n->file) && is_set(n->file_blob)));
}

/* Each of these adds what stands before a value, its key, and the value. */

static int add_str(struct buf *out, const char *key, const char *s,
    struct error *err)
{
	buf_add_str(out, key);
	return json_add_string(out, s, err);
}

static void add_digest(struct buf *out, const char *key, const struct digest *d)
{
	char hex[DIGEST_HEX + 1];

	if (digest_is_null(d))
		return;
	digest_print(d, hex);
	buf_add_str(out, key);
	buf_add_char(out, '"');
	buf_add(out, hex, DIGEST_HEX);
	buf_add_char(out, '"');
}

static int add_names(struct buf *out, const char *key, char *const *names,
    size_t n, struct error *err)
{
	size_t i;
	int rc = 0;

	buf_add_str(out, key);
	buf_add_char(out, '[');
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_str(out, i > 0 ? "," : "", names[i], err);
	buf_add_char(out, ']');
	return rc;
}

static int add_origin(struct buf *out, const struct manifest_node *n,
    struct error *err)
{
	int rc;

	if (n->file == NULL)
		return 0;
	if ((rc = add_str(out, ",\"origin\":{\"blob\":", n->file_blob, err)) ||
	    (rc = add_str(out, ",\"file\":", n->file, err)))
		return rc;
	if (n->n_include > 0)
		rc = add_names(out, ",\"include\":", n->include, n->n_include,
		    err);
	buf_add_char(out, '}');
	return rc;
}

static int add_plain(struct buf *out, const struct manifest_node *n,
    struct error *err)
{
	int rc = 0;

	if (n->n_by > 0)
		rc = add_names(out, "{\"by\":", n->by, n->n_by, err);
	buf_add_char(out, n->n_by > 0 ? ',' : '{');
	buf_add_str(out,
	    n->delivered ? "\"delivered\":true" : "\"delivered\":false");
	if (rc == 0 && n->n_doubts > 0)
		rc =
		    add_names(out, ",\"doubts\":", n->doubts, n->n_doubts, err);
	if (rc ||
	    (rc = add_names(out, ",\"inputs\":", n->inputs, n->n_inputs, err)))
		return rc;
	add_digest(out, ",\"key\":", &n->key);
	add_digest(out, ",\"log\":", &n->log);
	if ((rc = add_origin(out, n, err)))
		return rc;
	if (!digest_is_null(&n->table))
		buf_printf(out, ",\"rows\":%" PRIu64, n->rows);
	if (is_set(n->since) &&
	    (rc = add_str(out, ",\"since\":", n->since, err)))
		return rc;
	rc = add_str(out, ",\"state\":", node_state_name(n->state), err);
	add_digest(out, ",\"table\":", &n->table);
	buf_add_char(out, '}');
	return rc;
}

static int add_node(struct buf *out, const struct manifest_node *n,
    struct error *err)
{
	json_auto_t *o = NULL;
	int rc;

	if (is_plain(n))
		return add_plain(out, n, err);
	o = json_object();
	if ((rc = manifest_json_node(n, o, err)) ||
	    (rc = member_add_extra(o, n->extra, err)))
		return rc;
	return json_add(o, out, err);
}

int manifest_print(const struct manifest *m, struct buf *out, struct error *err)
{
	static const char first[] = "{\"format\":\"" MANIFEST_FORMAT "\"";
	CLEANUP(buf_clear) struct buf head = { 0 };
	json_auto_t *doc = NULL;
	size_t i;
	int rc;

	if (m->extra != NULL)
		return print_document(m, out, err);
	doc = json_object();
	if ((rc = manifest_json_head(m, doc, err)) ||
	    (rc = json_print(doc, &head, err)))
		return rc;
	/* of the head's members only the format comes before the nodes */
	buf_add_str(out, first);
	buf_add_str(out, ",\"nodes\":{");
	for (i = 0; rc == 0 && i < m->n; i++) {
		rc = add_str(out, i > 0 ? "," : "", m->nodes[i].path, err);
		buf_add_char(out, ':');
		if (rc == 0)
			rc = add_node(out, &m->nodes[i], err);
	}
	buf_add_char(out, '}');
	buf_add_str(out, head.p + strlen(first));
	return rc ? rc : buf_check(out, err);
}
