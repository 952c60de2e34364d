/* ask: the text of a request (ask.h). */
#include "hooks/ask.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/json.h"
#include "cache/base/mem.h"

#define FORMAT "sluice-request/1"

static const char *const kinds[] = { "retry", "cancel", "rollback" };

/* --- printing --- */

/* Where it is said. */
static int add_text(json_t *object, const char *key, const char *text)
{
	return text[0] == '\0'
	    ? 0
	    : json_object_set_new(object, key, json_string(text));
}

static int add_nodes(json_t *object, const char *only)
{
	json_t *nodes = json_array();
	int rc = json_object_set_new(object, "nodes", nodes);

	while (rc == 0 && *only != '\0') {
		size_t n = strcspn(only, "\n");

		rc = json_array_append_new(nodes, json_stringn(only, n));
		only += n + (only[n] == '\n');
	}
	return rc;
}

int ask_print(const struct ask *ask, struct buf *out, struct error *err)
{
	json_auto_t *object =
	    json_pack("{s:s,s:s,s:s,s:s}", "branch", ask->branch, "commit",
	        ask->commit, "do", kinds[ask->kind], "format", FORMAT);

	if (object == NULL ||
	    (ask->only[0] != '\0' && add_nodes(object, ask->only)) ||
	    add_text(object, "production", ask->production) ||
	    add_text(object, "reason", ask->reason) ||
	    add_text(object, "run", ask->run))
		return error_memory(err);
	return json_print(object, out, err);
}

/* --- parsing --- */

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* A text of at most size - 1 bytes, without what could act on a terminal or
 * begin a line of its own. */
static int take_text(const json_t *value, const char *what, char *out,
    size_t size, struct error *err)
{
	const char *text = json_string_value(value);
	size_t i, n = json_string_length(value);

	if (text == NULL || n >= size)
		return error_set(err, ERROR_SYNTAX,
		    "\"%s\" is not a text of at most %zu bytes", what,
		    size - 1);
	for (i = 0; i < n; i++)
		if (is_control(text[i]))
			return error_set(err, ERROR_SYNTAX,
			    "\"%s\" has control characters", what);
	memcpy(out, text, n + 1);
	return 0;
}

static int take_nodes(const json_t *value, struct ask *out, struct error *err)
{
	const json_t *node;
	size_t i, used = 0;
	int rc;

	if (!json_is_array(value))
		return error_set(err, ERROR_SYNTAX, "\"nodes\" is not a list");
	json_array_foreach(value, i, node) {
		/* room for the line feed */
		if (used + 1 >= sizeof(out->only))
			return error_set(err, ERROR_SYNTAX,
			    "too many nodes; name their directory");
		rc = take_text(node, "nodes", out->only + used,
		    sizeof(out->only) - used - 1, err);
		if (rc)
			return rc;
		if (out->only[used] == '\0')
			return error_set(err, ERROR_SYNTAX,
			    "a node without a name");
		used += strlen(out->only + used);
		out->only[used++] = '\n';
		out->only[used] = '\0';
	}
	return 0;
}

static int take_kind(const json_t *value, struct ask *out, struct error *err)
{
	const char *word = json_string_value(value);
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds) && word != NULL; i++)
		if (strcmp(word, kinds[i]) == 0) {
			out->kind = (enum ask_kind)i;
			return 0;
		}
	return error_set(err, ERROR_SYNTAX,
	    "\"do\" is neither retry, cancel nor rollback");
}

static int take_format(const json_t *value, struct error *err)
{
	const char *word = json_string_value(value);

	if (word != NULL && strcmp(word, FORMAT) == 0)
		return 0;
	return error_set(err, ERROR_SYNTAX,
	    "\"format\" is not " FORMAT "; another version of sluice may have "
	    "made it");
}

static int take_member(const char *key, const json_t *value, struct ask *out,
    struct error *err)
{
	if (strcmp(key, "branch") == 0)
		return take_text(value, key, out->branch, sizeof(out->branch),
		    err);
	if (strcmp(key, "commit") == 0)
		return take_text(value, key, out->commit, sizeof(out->commit),
		    err);
	if (strcmp(key, "do") == 0)
		return take_kind(value, out, err);
	if (strcmp(key, "format") == 0)
		return take_format(value, err);
	if (strcmp(key, "nodes") == 0)
		return take_nodes(value, out, err);
	if (strcmp(key, "production") == 0)
		return take_text(value, key, out->production,
		    sizeof(out->production), err);
	if (strcmp(key, "reason") == 0)
		return take_text(value, key, out->reason, sizeof(out->reason),
		    err);
	if (strcmp(key, "run") == 0)
		return take_text(value, key, out->run, sizeof(out->run), err);
	return error_set(err, ERROR_SYNTAX,
	    "it has a member that is not known here");
}

static int check_id(const char *id, const char *what, struct error *err)
{
	if (strlen(id) == UPDATE_ID &&
	    strspn(id, "0123456789abcdef") == UPDATE_ID)
		return 0;
	return error_set(err, ERROR_SYNTAX, "\"%s\" is not an id of %d digits",
	    what, UPDATE_ID);
}

/* Each kind has members of its own. */
static int check_kind(const struct ask *ask, struct error *err)
{
	int rc;

	if (ask->kind != ASK_RETRY && ask->only[0])
		return error_set(err, ERROR_SYNTAX,
		    "\"nodes\" are for a retry");
	if (ask->kind == ASK_CANCEL && ask->reason[0])
		return error_set(err, ERROR_SYNTAX,
		    "\"reason\" is for a retry or a rollback");
	if (ask->kind != ASK_ROLLBACK)
		return ask->run[0] || ask->production[0]
		    ? error_set(err, ERROR_SYNTAX,
		          "\"run\" and \"production\" are for a rollback")
		    : 0;
	if (ask->reason[0] == '\0')
		return error_set(err, ERROR_SYNTAX, "it has no \"reason\"");
	rc = check_id(ask->run, "run", err);
	return rc ? rc : check_id(ask->production, "production", err);
}

static int check(const json_t *object, const struct ask *ask, struct error *err)
{
	int rc;

	if (json_object_get(object, "format") == NULL ||
	    json_object_get(object, "do") == NULL)
		return error_set(err, ERROR_SYNTAX,
		    "it has no \"format\" or no \"do\"");
	if (!branch_is_fit(ask->branch))
		return error_set(err, ERROR_SYNTAX,
		    "\"branch\" is not a branch's name");
	rc = check_id(ask->commit, "commit", err);
	return rc ? rc : check_kind(ask, err);
}

/* How deep it goes is bounded by ASK_MAX, and by jansson at 2048. */
int ask_parse(struct bytes text, struct ask *out, struct error *err)
{
	json_auto_t *object = NULL;
	const char *key;
	json_t *value;
	int rc;

	*out = (struct ask){ 0 };
	if (text.n > ASK_MAX)
		return error_set(err, ERROR_SYNTAX, "it has more than %d bytes",
		    ASK_MAX);
	rc = json_parse(text, &object, NULL);
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc || !json_is_object(object))
		return error_set(err, ERROR_SYNTAX, "it is not a JSON object");
	json_object_foreach(object, key, value) {
		rc = take_member(key, value, out, err);
		if (rc)
			return rc;
	}
	return check(object, out, err);
}
