/* json: see json.h. */
#include "cache/base/json.h"

#include <stdlib.h>
#include <string.h>

/* The one variable of its kind: jansson takes functions, but nothing to hand to
 * them. It cuts a string, and gives it, where it finds no memory for the rest
 * (2.14); so nothing of what it returns can tell. */
static _Thread_local size_t failures;

static void *allocate(size_t n)
{
	void *p = malloc(n);

	failures += p == NULL;
	return p;
}

__attribute__((constructor)) static void count_failures(void)
{
	json_set_alloc_funcs(allocate, free);
}

size_t json_failures(void)
{
	return failures;
}

json_t *json_buf(const struct buf *b)
{
	failures += b->failed;
	return b->failed ? NULL : json_stringn(b->n ? b->p : "", b->n);
}

static int add_piece(const char *p, size_t n, void *payload)
{
	struct buf *out = payload;

	buf_add(out, p, n);
	return out->failed ? -1 : 0;
}

int json_print(const json_t *value, struct buf *out, struct error *err)
{
	const size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY;

	if (value == NULL || json_dump_callback(value, add_piece, out, flags))
		return error_memory(err);
	buf_add_char(out, '\n');
	return buf_check(out, err);
}

/* Nearly all need no escape. */
int json_add_string(struct buf *out, const char *s, struct error *err)
{
	json_auto_t *value = NULL;
	const char *p = s;

	while ((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f &&
	    *p != '"' && *p != '\\')
		p++;
	if (*p == '\0') {
		buf_add_char(out, '"');
		buf_add(out, s, (size_t)(p - s));
		buf_add_char(out, '"');
		return buf_check(out, err);
	}
	value = json_string(s);
	if (value == NULL ||
	    json_dump_callback(value, add_piece, out, JSON_ENCODE_ANY))
		return error_memory(err);
	return buf_check(out, err);
}

int json_parse(struct bytes text, json_t **out, struct error *err)
{
	const size_t before = failures;
	json_error_t why;

	*out = json_loadb(text.p, text.n,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (failures != before) {
		json_decref(*out);
		*out = NULL;
		return error_memory(err);
	}
	if (*out == NULL)
		return error_set(err, ERROR_SYNTAX,
		    "JSON, line %d column %d: %s", why.line, why.column,
		    why.text);
	return 0;
}

static int missing(const char *key, const char *what, struct error *err)
{
	return error_set(err, ERROR_CORRUPT,
	    "JSON: \"%s\" is missing or not %s", key, what);
}

int json_get_str(const json_t *object, const char *key, const char **out,
    struct error *err)
{
	*out = json_string_value(json_object_get(object, key));
	return *out ? 0 : missing(key, "a string", err);
}

int json_get_int(const json_t *object, const char *key, json_int_t *out,
    struct error *err)
{
	const json_t *v = json_object_get(object, key);

	if (!json_is_integer(v))
		return missing(key, "an integer", err);
	*out = json_integer_value(v);
	return 0;
}

int json_get_digest(const json_t *object, const char *key, struct digest *out,
    struct error *err)
{
	const char *hex;
	int rc = json_get_str(object, key, &hex, err);

	if (rc)
		return rc;
	return digest_parse(hex, out, NULL) ? missing(key, "a SHA-256", err)
	                                    : 0;
}

const char *json_str_or(const json_t *object, const char *key,
    const char *fallback)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : fallback;
}

json_t *json_digest(const struct digest *d)
{
	char hex[DIGEST_HEX + 1];

	digest_print(d, hex);
	return json_string(hex);
}
