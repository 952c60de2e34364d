/* columns: @column; see node.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/node.h"

static const char *const types[] = { "integer", "int", "bigint", "int32",
	"smallint", "hugeint", "real", "number", "float", "double", "text",
	"varchar", "string", "boolean", "bool", "date", "time", "timestamp",
	"datetime", "timestamptz", "decimal", "json" };

static bool read_number(const char **p, int *out)
{
	int n = 0;

	*out = 0;
	while (**p == ' ')
		(*p)++;
	while (**p >= '0' && **p <= '9' && n++ < 3)
		*out = *out * 10 + (*(*p)++ - '0');
	while (**p == ' ')
		(*p)++;
	return n > 0 && n <= 3;
}

/* "(p,s)" behind decimal. */
static bool is_precision(const char *p)
{
	int precision, scale = 0;

	if (*p++ != '(' || !read_number(&p, &precision))
		return false;
	if (*p == ',') {
		p++;
		if (!read_number(&p, &scale))
			return false;
	}
	return strcmp(p, ")") == 0 && precision >= 1 && precision <= 38 &&
	    scale <= precision;
}

static void check_type(struct node_build *b, const char *type, struct place at)
{
	size_t n = strcspn(type, "("), i;
	const char *word = arena_strndup(&b->l->scratch, type, n), *near;

	if (word == NULL) {
		b->l->no_memory = true;
		return;
	}
	for (i = 0; i < ARRAY_LEN(types); i++)
		if (text_eq_fold(types[i], word))
			break;
	if (i == ARRAY_LEN(types)) {
		near = text_nearest(word, types, ARRAY_LEN(types));
		diagnose(b->l, at, "there is no type %s%s%s%s", word,
		    near ? "; did you mean " : ": it is ",
		    near ? near
		         : "text, integer, real, decimal(10,2), boolean, date, "
		           "time, timestamp, timestamptz or json",
		    near ? "?" : "");
	} else if (text_eq_fold(word, "decimal") ? !is_precision(type + n)
	                                         : type[n] != '\0') {
		diagnose(b->l, at,
		    "'%s' is no type; of all, decimal alone has numbers: "
		    "decimal(10,2), at most 38 digits",
		    type);
	}
}

/* digits[.digits][e[-+]digits] */
static bool is_tolerance(const char *p)
{
	size_t n = strspn(p, "0123456789");

	if (n == 0)
		return false;
	p += n;
	if (*p == '.')
		p += 1 + strspn(p + 1, "0123456789");
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '-' || *p == '+';
		n = strspn(p, "0123456789");
		if (n == 0 || n > 3)
			return false;
		p += n;
	}
	return *p == '\0';
}

static bool is_number_type(const char *type)
{
	static const char *const numbers[] = { "integer", "int", "bigint",
		"int32", "smallint", "hugeint", "real", "number", "float",
		"double", "decimal" };
	size_t n = strcspn(type, "("), i;

	for (i = 0; i < ARRAY_LEN(numbers); i++)
		if (strlen(numbers[i]) == n &&
		    strncasecmp(type, numbers[i], n) == 0)
			return true;
	return false;
}

static void check_tolerance(struct node_build *b,
    const struct contract_column *c, struct place at)
{
	if (!is_tolerance(c->tolerance))
		diagnose(b->l, at,
		    "'%s' is no tolerance; it is a number, such as "
		    "\xc2\xb1"
		    "1e-9 or \xc2\xb1"
		    "0.5, behind the type",
		    c->tolerance);
	else if (!is_number_type(c->type))
		diagnose(b->l, at,
		    "a tolerance is for numbers, and column %s is %s", c->name,
		    c->type);
}

/* What stands behind the type: a tolerance, a unit, words in quotes. */
static int read_rest(struct node_build *b, const struct flat_item *item,
    struct contract_column *c)
{
	const struct directive *d = item->directive;
	size_t i;

	for (i = 2; i < d->n; i++) {
		const char *text;
		bool is_last = i + 1 == d->n;
		int rc = node_arg(b, item, &d->args[i], &text);

		if (rc)
			return rc;
		if (text == NULL)
			continue;
		if (strncmp(text, "\xc2\xb1", 2) == 0 && !c->tolerance) {
			c->tolerance = text + 2;
			check_tolerance(b, c,
			    item_arg_place(item, &d->args[i]));
		} else if (d->args[i].is_quoted && is_last)
			c->doc = text;
		else if (c->unit == NULL)
			c->unit = text;
		else
			diagnose(b->l, item_arg_place(item, &d->args[i]),
			    "'%s' is one word too many; what the column means "
			    "stands between quotes",
			    text);
	}
	return 0;
}

int node_read_column(struct node_build *b, const struct flat_item *item)
{
	const struct directive *d = item->directive;
	struct contract_column c = { .at = item_place(item) }, *more;
	int rc = node_arg(b, item, &d->args[0], &c.name);

	if (rc == 0 && c.name != NULL)
		rc = node_arg(b, item, &d->args[1], &c.type);
	if (rc || c.name == NULL || c.type == NULL)
		return rc;
	check_type(b, c.type, item_arg_place(item, &d->args[1]));
	rc = read_rest(b, item, &c);
	if (rc)
		return rc;
	more = arena_grow(&b->l->scratch, b->columns, b->n_columns,
	    &b->cap_columns, sizeof(*more));
	if (more == NULL)
		return error_memory(b->l->err);
	b->columns = more;
	more[b->n_columns++] = c;
	return 0;
}

/* The last of each name, where the first one stands. */
int node_finish_columns(struct node_build *b)
{
	struct map seen = { 0 };
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < b->n_columns; i++) {
		struct contract_column *first =
		    map_get(&seen, b->columns[i].name);

		if (first != NULL) {
			*first = b->columns[i];
			continue;
		}
		b->columns[n] = b->columns[i];
		rc = map_set(&seen, b->columns[n].name, &b->columns[n],
		    b->l->err);
		n++;
	}
	map_clear(&seen);
	b->node->contract.n_columns = (uint32_t)n;
	return rc ? rc
	          : node_keep(b, b->columns, n, sizeof(*b->columns),
	                &b->node->contract.columns);
}
