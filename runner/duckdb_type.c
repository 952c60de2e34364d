/* duckdb_type: DuckDB's types and ours (docs: formats, "Types"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/duckdb_job.h"

/* The name of a type in DuckDB; kept as "as" where it is not the one that its
 * kind is made by itself; how its values are given to a result's reader, and
 * how the table function gives an input's. */
static const struct {
	const char *name;
	enum type_kind kind;
	bool is_default;
	const char *cast;
	enum duckdb_kind read, given;
} types[] = {
	{ "VARCHAR", TYPE_TEXT, true, "%s", DUCKDB_VARCHAR, DUCKDB_VARCHAR },
	{ "BIGINT", TYPE_INTEGER, true, "%s", DUCKDB_BIGINT, DUCKDB_BIGINT },
	{ "DOUBLE", TYPE_REAL, true, "%s", DUCKDB_DOUBLE, DUCKDB_DOUBLE },
	{ "BOOLEAN", TYPE_BOOLEAN, true, "%s", DUCKDB_BOOLEAN, DUCKDB_BOOLEAN },
#define AS_ITSELF(kind) "%s", kind, kind
#define AS_TEXT "CAST(%s AS VARCHAR)", DUCKDB_VARCHAR, DUCKDB_VARCHAR
#define TO_BIGINT(kind) "%s", kind, DUCKDB_BIGINT
	{ "DATE", TYPE_DATE, true, AS_ITSELF(DUCKDB_DATE) },
	{ "TIME", TYPE_TIME, true, AS_ITSELF(DUCKDB_TIME) },
	{ "TIMESTAMP", TYPE_TIMESTAMP, true, AS_ITSELF(DUCKDB_TIMESTAMP) },
	{ "TIMESTAMP WITH TIME ZONE", TYPE_TIMESTAMPTZ, true,
	    AS_ITSELF(DUCKDB_TIMESTAMP_TZ) },
	{ "JSON", TYPE_JSON, true, AS_ITSELF(DUCKDB_VARCHAR) },
	{ "TINYINT", TYPE_INTEGER, false, TO_BIGINT(DUCKDB_TINYINT) },
	{ "SMALLINT", TYPE_INTEGER, false, TO_BIGINT(DUCKDB_SMALLINT) },
	{ "INTEGER", TYPE_INTEGER, false, TO_BIGINT(DUCKDB_INTEGER) },
	{ "UTINYINT", TYPE_INTEGER, false, TO_BIGINT(DUCKDB_UTINYINT) },
	{ "USMALLINT", TYPE_INTEGER, false, TO_BIGINT(DUCKDB_USMALLINT) },
	{ "UINTEGER", TYPE_INTEGER, false, TO_BIGINT(DUCKDB_UINTEGER) },
	{ "UBIGINT", TYPE_INTEGER, false, AS_TEXT },
	{ "HUGEINT", TYPE_INTEGER, false, AS_ITSELF(DUCKDB_HUGEINT) },
	{ "UHUGEINT", TYPE_INTEGER, false, AS_TEXT },
	{ "FLOAT", TYPE_REAL, false, AS_TEXT },
	{ "TIME_NS", TYPE_TIME, false, AS_TEXT },
	{ "TIMESTAMP_S", TYPE_TIMESTAMP, false, AS_TEXT },
	{ "TIMESTAMP_MS", TYPE_TIMESTAMP, false, AS_TEXT },
	{ "TIMESTAMP_NS", TYPE_TIMESTAMP, false, AS_TEXT },
	{ "UUID", TYPE_TEXT, false, AS_TEXT },
	{ "INTERVAL", TYPE_TEXT, false, AS_TEXT },
	{ "BIT", TYPE_TEXT, false, AS_TEXT },
	{ "TIME WITH TIME ZONE", TYPE_TEXT, false, AS_TEXT },
};

static size_t find_type(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(types); i++)
		if (strlen(types[i].name) == n &&
		    memcmp(types[i].name, name, n) == 0)
			break;
	return i;
}

/* The index in types of the one that a column is made, or their number: it is
 * a decimal, or made of others. */
static size_t type_index(const struct type *t)
{
	size_t i = find_type(t->as, strlen(t->as));

	if (t->kind == TYPE_DECIMAL)
		return ARRAY_LEN(types);
	if (duckdb_nested_of(t) != NESTED_NOT)
		return ARRAY_LEN(types);
	if (i < ARRAY_LEN(types) && types[i].kind == t->kind)
		return i;
	for (i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].is_default && types[i].kind == t->kind)
			return i;
	return 0;
}

const char *duckdb_type_name(const struct type *t, char room[32])
{
	size_t i = type_index(t);

	if (i < ARRAY_LEN(types))
		return types[i].name;
	if (t->kind != TYPE_DECIMAL)
		return t->as;
	snprintf(room, 32, "DECIMAL(%d,%d)", t->precision, t->scale);
	return room;
}

/* The JSON of what is made of others is read as JSON first, whose escapes a
 * text's own cast does not know. */
void duckdb_add_cast(struct buf *sql, const struct type *t, size_t c,
    const char *how)
{
	char room[32];

	if (duckdb_nested_of(t) == NESTED_JSON)
		buf_printf(sql, "%s(%s(c%zu AS JSON) AS %s)", how, how, c,
		    duckdb_type_name(t, room));
	else
		buf_printf(sql, "%s(c%zu AS %s)", how, c,
		    duckdb_type_name(t, room));
}

struct duckdb_shape duckdb_type_given(const struct type *t)
{
	size_t i = type_index(t);

	if (t->kind == TYPE_DECIMAL)
		return (struct duckdb_shape){ DUCKDB_DECIMAL, t->precision,
			t->scale };
	return (struct duckdb_shape){
		.kind = i < ARRAY_LEN(types) ? types[i].given : DUCKDB_VARCHAR
	};
}

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool is_nested(const char *name)
{
	size_t n = strlen(name);

	return (n > 0 && name[n - 1] == ']') || starts_with(name, "STRUCT(") ||
	    starts_with(name, "MAP(") || starts_with(name, "UNION(");
}

/* A type of the table, as it is read. */
static void set_out(size_t i, struct duckdb_out *out)
{
	*out = (struct duckdb_out){ .cast = types[i].cast,
		.read.kind = types[i].read };
	out->type.kind = types[i].kind;
	if (!types[i].is_default)
		snprintf(out->type.as, sizeof(out->type.as), "%s",
		    types[i].name);
}

static size_t find_itself(enum duckdb_kind kind)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].read == kind && strcmp(types[i].cast, "%s") == 0)
			break;
	return i;
}

bool duckdb_type_is_itself(const struct duckdb_api *api, duckdb_handle type,
    struct duckdb_out *out)
{
	enum duckdb_kind kind = (enum duckdb_kind)api->get_type_id(type);
	char *alias = api->logical_type_get_alias(type);
	size_t i = alias ? find_type(alias, strlen(alias)) : find_itself(kind);
	bool is_decimal = alias == NULL && kind == DUCKDB_DECIMAL;

	duckdb_give_back(api, alias);
	if (is_decimal) {
		*out = (struct duckdb_out){ .cast = "%s" };
		out->type = (struct type){ .kind = TYPE_DECIMAL,
			.precision = api->decimal_width(type),
			.scale = api->decimal_scale(type) };
		out->read = duckdb_type_given(&out->type);
		return true;
	}
	if (i == ARRAY_LEN(types) || types[i].read != kind ||
	    strcmp(types[i].cast, "%s") != 0)
		return false;
	set_out(i, out);
	return true;
}

/* As the type's "as", where that is what the values are made again from. */
static void keep_name(const char *name, struct duckdb_out *out)
{
	if (strlen(name) < sizeof(out->type.as))
		memcpy(out->type.as, name, strlen(name) + 1);
	if (duckdb_nested_of(&out->type) == NESTED_NOT)
		out->type.as[0] = '\0';
}

bool duckdb_type_of(const char *name, struct duckdb_out *out)
{
	size_t i = find_type(name, strlen(name));

	*out = (struct duckdb_out){ .cast = "CAST(%s AS VARCHAR)",
		.read.kind = DUCKDB_VARCHAR };
	out->type.kind = TYPE_TEXT;
	if (i < ARRAY_LEN(types)) {
		set_out(i, out);
		return true;
	}
	if (is_nested(name)) { /* a list of decimals, too */
		out->type.kind = TYPE_JSON;
		out->cast = "CAST(to_json(%s) AS VARCHAR)";
		keep_name(name, out);
		return true;
	}
	if (starts_with(name, "DECIMAL(")) {
		out->cast = "%s";
		if (type_parse(name, &out->type, NULL))
			return false;
		out->read = duckdb_type_given(&out->type);
		return true;
	}
	return starts_with(name, "ENUM(");
}
