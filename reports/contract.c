/* contract: see contract.h. */
#include "reports/contract.h"

#include "cache/base/mem.h"

static int add_column(struct table *t, const json_t *name, struct error *err)
{
	const char *column = json_string_value(name);

	if (column == NULL || table_find_column(t, column) == t->n_columns)
		return error_set(err, ERROR_CORRUPT,
		    "the key of an ordered table names no column of it");
	t->key[t->n_key] = mem_strdup(column);
	if (t->key[t->n_key] == NULL)
		return error_memory(err);
	t->n_key++;
	return 0;
}

static int read_key(const json_t *what, struct table *t, struct error *err)
{
	const json_t *key =
	    json_object_get(json_object_get(what, "contract"), "key");
	size_t i, n = json_array_size(key);
	int rc = 0;

	if (n == 0)
		return 0;
	t->key = mem_array(n, sizeof(*t->key));
	if (t->key == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_column(t, json_array_get(key, i), err);
	return rc;
}

int contract_what(struct store *st, const struct manifest_node *n, json_t **out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	*out = NULL;
	if (digest_is_null(&n->key))
		return 0;
	rc = store_get(st, &n->key, &text, NULL);
	if (rc == 0)
		rc = json_parse(buf_bytes(&text), out, NULL);
	return rc == ERROR_MEMORY ? error_memory(err) : 0;
}

int contract_key(struct store *st, const struct manifest_node *n,
    struct table *t, struct error *err)
{
	json_auto_t *what = NULL;
	int rc;

	if (!t->ordered || t->n_key > 0)
		return 0;
	rc = contract_what(st, n, &what, err);
	return rc ? rc : read_key(what, t, err);
}
