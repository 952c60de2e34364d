/* json: see json.h. */
#include "cache/base/json.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

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

json_t *json_words(const char *s)
{
	const struct bytes text = bytes_of(s);
	CLEANUP(buf_clear) struct buf shown = { 0 };

	if (text_utf8_error(text) == text.n)
		return json_string(s);
	text_add_visible(&shown, text);
	return json_buf(&shown);
}

static int add_piece(const char *p, size_t n, void *payload)
{
	struct buf *out = payload;

	buf_add(out, p, n);
	return out->failed ? -1 : 0;
}

/* -- printing. What a key is made of is printed by us, and so does not change
 * with a library; a test compares it with jansson's own. -- */

/* ERROR_MEMORY for what is not UTF-8, as jansson has it. */
static int add_text(struct buf *out, const char *p, size_t n, struct error *err)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char escapes[32] = { ['\b'] = 'b',
		['\f'] = 'f',
		['\n'] = 'n',
		['\r'] = 'r',
		['\t'] = 't' };
	size_t i, from = 0;

	if (text_utf8_error((struct bytes){ p, n }) < n)
		return error_memory(err);
	buf_add_char(out, '"');
	for (i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)p[i];
		char escape[6] = { '\\', (char)c, '0', '0' };
		size_t size = 2;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		if (c < 0x20 && escapes[c] != '\0') {
			escape[1] = escapes[c];
		} else if (c < 0x20) {
			escape[1] = 'u';
			escape[4] = digits[c >> 4];
			escape[5] = digits[c & 15];
			size = sizeof(escape);
		}
		buf_add(out, p + from, i - from);
		buf_add(out, escape, size);
		from = i + 1;
	}
	buf_add(out, p + from, n - from);
	buf_add_char(out, '"');
	return buf_check(out, err);
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_object(const json_t *object, struct buf *out, struct error *err)
{
	/* jansson looks through a table that it does not change; its prototype
	 * does not say so */
	union {
		const json_t *given;
		json_t *seen;
	} u = { object };
	const size_t n = json_object_size(object);
	CLEANUP(mem_freep) const char **keys = mem_array(n, sizeof(*keys));
	const char *key;
	json_t *value;
	size_t i = 0;
	int rc = 0;

	if (keys == NULL)
		return error_memory(err);
	json_object_foreach(u.seen, key, value)
		keys[i++] = key;
	if (n > 1)
		qsort(keys, n, sizeof(*keys), compare_keys);
	buf_add_char(out, '{');
	for (i = 0; rc == 0 && i < n; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		if ((rc = add_text(out, keys[i], strlen(keys[i]), err)) != 0)
			break;
		buf_add_char(out, ':');
		rc = json_add(json_object_get(object, keys[i]), out, err);
	}
	buf_add_char(out, '}');
	return rc;
}

static int add_array(const json_t *array, struct buf *out, struct error *err)
{
	size_t i;
	int rc = 0;

	buf_add_char(out, '[');
	for (i = 0; rc == 0 && i < json_array_size(array); i++) {
		if (i > 0)
			buf_add_char(out, ',');
		rc = json_add(json_array_get(array, i), out, err);
	}
	buf_add_char(out, ']');
	return rc;
}

int json_add(const json_t *value, struct buf *out, struct error *err)
{
	if (value == NULL)
		return error_memory(err);
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return add_object(value, out, err);
	case JSON_ARRAY:
		return add_array(value, out, err);
	case JSON_STRING:
		return add_text(out, json_string_value(value),
		    json_string_length(value), err);
	case JSON_INTEGER:
		buf_printf(out, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		break;
	case JSON_REAL:
		if (json_dump_callback(value, add_piece, out, JSON_ENCODE_ANY))
			return error_memory(err);
		break;
	case JSON_TRUE:
		buf_add_str(out, "true");
		break;
	case JSON_FALSE:
		buf_add_str(out, "false");
		break;
	case JSON_NULL:
		buf_add_str(out, "null");
		break;
	}
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

int json_add_string(struct buf *out, const char *s, struct error *err)
{
	return add_text(out, s, strlen(s), err);
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
