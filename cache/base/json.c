/* json: see json.h. */
#include "cache/base/json.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* jansson 2.14 goes on where its parser finds no memory: a string is cut, or
 * read beyond its end. So a parse is left at once then, and what it had is
 * freed; and whatever else found no memory is counted. These are the only
 * variables of their kind: jansson takes functions, but nothing to hand to
 * them. */
struct piece {
	struct piece *before, *after; /* of the parse that made it */
};

static _Thread_local struct {
	jmp_buf *leave; /* NULL: no parse is at work */
	struct piece pieces; /* of it, in a ring */
	size_t failures;
} memory;

static void *allocate(size_t n)
{
	struct piece *p =
	    n <= SIZE_MAX - sizeof(*p) ? malloc(sizeof(*p) + n) : NULL;

	if (p == NULL && memory.leave != NULL)
		longjmp(*memory.leave, 1);
	memory.failures += p == NULL;
	if (p == NULL)
		return NULL;
	if (memory.leave != NULL) {
		p->before = &memory.pieces;
		p->after = memory.pieces.after;
		p->after->before = memory.pieces.after = p;
	}
	return p + 1;
}

static void release(void *data)
{
	struct piece *p = data;

	if (p == NULL)
		return;
	p--;
	/* a parse frees nothing but its own */
	if (memory.leave != NULL) {
		p->before->after = p->after;
		p->after->before = p->before;
	}
	free(p);
}

__attribute__((constructor)) static void set_memory(void)
{
	json_set_alloc_funcs(allocate, release);
	json_object_seed(0); /* not first within a parse */
}

size_t json_failures(void)
{
	return memory.failures;
}

static json_t *load(struct bytes text, bool *no_memory, json_error_t *why)
{
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
	json_t *value = NULL;
	jmp_buf leave;

	memory.pieces.before = memory.pieces.after = &memory.pieces;
	*no_memory = true;
	if (setjmp(leave) == 0) {
		memory.leave = &leave;
		value = json_loadb(text.p, text.n, flags, why);
		*no_memory = false;
		memory.leave = NULL;
		return value;
	}
	memory.leave = NULL;
	while (memory.pieces.after != &memory.pieces) {
		struct piece *p = memory.pieces.after;

		memory.pieces.after = p->after;
		free(p);
	}
	return NULL;
}

json_t *json_buf(const struct buf *b)
{
	memory.failures += b->failed;
	return b->failed ? NULL : json_stringn(b->n ? b->p : "", b->n);
}

static int add_piece(const char *p, size_t n, void *payload)
{
	struct buf *out = payload;

	buf_add(out, p, n);
	return out->failed ? -1 : 0;
}

int json_add(const json_t *value, struct buf *out, struct error *err)
{
	const size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY;

	if (value == NULL || json_dump_callback(value, add_piece, out, flags))
		return error_memory(err);
	return buf_check(out, err);
}

int json_print(const json_t *value, struct buf *out, struct error *err)
{
	int rc = json_add(value, out, err);

	if (rc)
		return rc;
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
	json_error_t why;
	bool no_memory;

	*out = load(text, &no_memory, &why);
	if (no_memory)
		return error_memory(err);
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
