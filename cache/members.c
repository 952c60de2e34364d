/* members: see members.h. */
#include "cache/members.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"

int member_set(json_t *o, const char *key, json_t *value, struct error *err)
{
	if (value == NULL || json_object_set_new(o, key, value))
		return error_set(err, ERROR_MEMORY,
		    "out of memory, or \"%s\" is not UTF-8", key);
	return 0;
}

int member_set_str(json_t *o, const char *key, const char *s, struct error *err)
{
	return s && s[0] ? member_set(o, key, json_string(s), err) : 0;
}

int member_set_digest(json_t *o, const char *key, const struct digest *d,
    struct error *err)
{
	return digest_is_null(d) ? 0 : member_set(o, key, json_digest(d), err);
}

int member_set_names(json_t *o, const char *key, char *const *names, size_t n,
    struct error *err)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i < n; i++)
		if (json_array_append_new(array, json_string(names[i]))) {
			json_decref(array);
			array = NULL;
		}
	return member_set(o, key, array, err);
}

static int wrong(const char *key, const char *what, struct error *err)
{
	return error_set(err, ERROR_CORRUPT, "\"%s\" is not %s", key, what);
}

int member_dup(const json_t *o, const char *key, char **out, struct error *err)
{
	const json_t *v = json_object_get(o, key);

	*out = NULL;
	if (v == NULL)
		return 0;
	if (!json_is_string(v))
		return wrong(key, "a string", err);
	*out = mem_strdup(json_string_value(v));
	return *out ? 0 : error_memory(err);
}

int member_copy(const json_t *o, const char *key, char *out, size_t size,
    struct error *err)
{
	const json_t *v = json_object_get(o, key);

	out[0] = '\0';
	if (v == NULL)
		return 0;
	if (!json_is_string(v) || json_string_length(v) >= size)
		return wrong(key, "a string of its length", err);
	memcpy(out, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

int member_digest(const json_t *o, const char *key, struct digest *out,
    struct error *err)
{
	*out = (struct digest){ 0 };
	return json_object_get(o, key) ? json_get_digest(o, key, out, err) : 0;
}

int member_names(const json_t *o, const char *key, struct names *out,
    struct error *err)
{
	const json_t *array = json_object_get(o, key), *v;
	size_t i;

	*out = (struct names){ 0 };
	if (array == NULL)
		return 0;
	if (!json_is_array(array))
		return wrong(key, "an array", err);
	if (json_array_size(array) == 0)
		return 0;
	out->p = mem_array(json_array_size(array), sizeof(*out->p));
	if (out->p == NULL)
		return error_memory(err);
	json_array_foreach(array, i, v) {
		if (!json_is_string(v))
			return wrong(key, "an array of strings", err);
		out->p[i] = mem_strdup(json_string_value(v));
		if (out->p[i] == NULL)
			return error_memory(err);
		out->n++;
	}
	return 0;
}

int member_int(const json_t *o, const char *key, json_int_t min, json_int_t max,
    json_int_t *out, struct error *err)
{
	const json_t *v = json_object_get(o, key);

	*out = 0;
	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < min ||
	    json_integer_value(v) > max)
		return wrong(key, "an integer of its range", err);
	*out = json_integer_value(v);
	return 0;
}

void names_free(char **names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		mem_free(names[i]);
	mem_free(names);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void names_sort(char **names, size_t n)
{
	if (n > 1)
		qsort(names, n, sizeof(*names), compare);
}

int member_extra(json_t *original, const json_t *printed, json_t **extra,
    struct error *err)
{
	const char *key;
	json_t *value;

	*extra = NULL;
	json_object_foreach(original, key, value) {
		const json_t *ours = json_object_get(printed, key);

		if (ours != NULL && json_equal(ours, value))
			continue;
		if (*extra == NULL && (*extra = json_object()) == NULL)
			return error_memory(err);
		if (json_object_set(*extra, key, value))
			return error_memory(err);
	}
	return 0;
}

int member_add_extra(json_t *o, json_t *extra, struct error *err)
{
	return extra && json_object_update(o, extra) ? error_memory(err) : 0;
}

int member_document(struct bytes text, const char *format, json_t **out,
    struct error *err)
{
	struct error why = { 0 };
	const char *said;
	int rc = json_parse(text, out, &why);

	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc)
		return error_set(err, ERROR_CORRUPT, "%s: %s", format, why.msg);
	said = json_str_or(*out, "format", "");
	if (json_is_object(*out) && strcmp(said, format) == 0)
		return 0;
	rc = error_set(err, ERROR_CORRUPT,
	    "this is '%.40s', not %s; a newer sluice may have made it", said,
	    format);
	json_decref(*out);
	*out = NULL;
	return rc;
}
