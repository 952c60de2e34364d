/*
 * html_key: what a node's key is made of (render_html.h), from the preimage
 * that the store has under it (docs: formats, "Job and key").
 */
#include <string.h>

#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/contract.h"
#include "reports/html.h"
#include "reports/render.h"
#include "reports/render_html.h"

enum {
	LETTERS = 12, /* of a digest */
	VERSION_LETTERS = 60,
	PARTS = 24 /* inputs, columns, helpers that are told */
};

/* The beginning of a digest, or of another text. */
static void add_start(struct buf *out, const char *text, size_t most)
{
	CLEANUP(mem_freep) char *start = NULL;
	size_t n = strcspn(text, "\n");

	start = mem_strndup(text,
	    text_cut((struct bytes){ text, n }, n < most ? n : most));
	out->failed |= start == NULL;
	if (start != NULL)
		html_name(out, start);
	if (text[n] != '\0' || n > most)
		buf_add_str(out, "\xe2\x80\xa6");
}

/* "name, 1234abcd..." */
static void add_named(struct buf *out, const char *what, const json_t *o,
    const char *digest)
{
	buf_add_str(out, what);
	html_name(out, json_str_or(o, "name", ""));
	buf_add_str(out, ", ");
	add_start(out, json_str_or(o, digest, ""), LETTERS);
}

static void add_columns(struct buf *out, const json_t *input)
{
	const json_t *columns = json_object_get(input, "columns"), *c;
	size_t i;

	buf_add_str(out, "input ");
	html_name(out, json_str_or(input, "name", ""));
	buf_printf(out, ": its number of rows, %lld",
	    (long long)json_integer_value(json_object_get(input, "rows")));
	json_array_foreach(columns, i, c) {
		if (i == PARTS)
			break;
		buf_add_str(out, "; column ");
		html_name(out, json_str_or(c, "name", ""));
		buf_add_char(out, ' ');
		add_start(out, json_str_or(c, "digest", ""), LETTERS);
	}
	if (json_array_size(columns) > PARTS)
		buf_printf(out, " and %zu more columns",
		    json_array_size(columns) - PARTS);
}

static void add_input(struct buf *out, const json_t *input)
{
	if (json_object_get(input, "columns") != NULL)
		add_columns(out, input);
	else if (json_object_get(input, "table") != NULL)
		add_named(out, "input ", input, "table");
	else {
		buf_add_str(out, "a delivered file, ");
		add_start(out, json_str_or(input, "blob", ""), LETTERS);
	}
}

static void add_body(struct buf *out, const json_t *body)
{
	if (json_is_object(body)) {
		buf_add_str(out, "the file, ");
		add_start(out, json_str_or(body, "blob", ""), LETTERS);
	} else if (json_string_length(body) > 0) {
		buf_printf(out, "the code, %zu bytes",
		    json_string_length(body));
	}
}

static void add_action(struct buf *out, const json_t *action)
{
	buf_add_str(out, "how it is run: ");
	html_text(out, json_str_or(action, "engine", ""));
	if (json_str_or(action, "version", "")[0] != '\0') {
		buf_add_char(out, ' ');
		add_start(out, json_str_or(action, "version", ""),
		    VERSION_LETTERS);
	}
}

/* One part of the list; an empty one leaves nothing. */
static void begin_part(struct buf *out)
{
	buf_add_str(out, "<li>");
}

static void end_part(struct buf *out)
{
	static const char begun[] = "<li>";
	const size_t n = sizeof(begun) - 1;

	if (!out->failed && out->n >= n &&
	    memcmp(out->p + out->n - n, begun, n) == 0) {
		out->n -= n;
		out->p[out->n] = '\0';
	} else {
		buf_add_str(out, "</li>");
	}
}

static void add_array(struct buf *out, const json_t *array, const char *what,
    void (*add)(struct buf *out, const json_t *item))
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		if (i == PARTS)
			break;
		begin_part(out);
		add(out, item);
		end_part(out);
	}
	if (json_array_size(array) > PARTS)
		buf_printf(out, "<li>and %zu more %s</li>",
		    json_array_size(array) - PARTS, what);
}

static void add_helper(struct buf *out, const json_t *helper)
{
	add_named(out, "helper file ", helper, "blob");
}

static void add_word(struct buf *out, const json_t *what, const char *member,
    const char *words)
{
	const char *value = json_str_or(what, member, "");

	if (value[0] == '\0')
		return;
	buf_printf(out, "<li>%s ", words);
	add_start(out, value, LETTERS);
	buf_add_str(out, "</li>");
}

static void add_parts(struct buf *out, const json_t *what)
{
	begin_part(out);
	add_body(out, json_object_get(what, "body"));
	end_part(out);
	begin_part(out);
	add_action(out, json_object_get(what, "action"));
	end_part(out);
	add_array(out, json_object_get(what, "inputs"), "inputs", add_input);
	add_array(out, json_object_get(what, "helpers"), "helper files",
	    add_helper);
	add_word(out, what, "date", "the date of the run, which it asks for:");
	add_word(out, what, "snapshot", "the snapshot of the sources,");
	buf_add_str(out, "<li>what is declared of its table</li>");
}

void html_key(struct html_page *p, const struct manifest_node *n)
{
	json_auto_t *what = NULL;
	char hex[DIGEST_HEX + 1];

	if (digest_is_null(&n->key))
		return;
	if (contract_what(p->r->store, n, &what, NULL))
		p->out->failed = true;
	digest_print(&n->key, hex);
	buf_printf(p->out, "<dt>Key</dt><dd><code>%s</code>", hex);
	if (what != NULL) {
		buf_add_str(p->out, ", made of<ul>");
		add_parts(p->out, what);
		buf_add_str(p->out,
		    "</ul>Where all of it is equal, the result is taken from "
		    "the store and nothing runs.");
	}
	buf_add_str(p->out, "</dd>\n");
}
