/* duckdb_words: what words of a DuckDB node mean for its key, and what is
 * refused. See duckdb_body.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "runner/duckdb_body.h"

const char *const duckdb_clock_words[] = { "now", "today", "current_date",
	"current_time", "current_timestamp", "get_current_time",
	"get_current_timestamp", "transaction_timestamp", "localtime",
	"localtimestamp", "age", "ago", "uuidv7", "pg_conf_load_time",
	"pg_postmaster_start_time", NULL };

const char *const duckdb_chance_words[] = { "random", "setseed", "uuid",
	"gen_random_uuid", "uuidv4", "uuidv7", NULL };

/* Functions that tell of the engine or the machine, act on them, or execute
 * a text that nobody here has read. */
const char *const duckdb_refused_words[] = { "current_setting",
	"current_connection_id", "current_query", "current_query_id",
	"current_transaction_id", "txid_current", "currval", "nextval",
	"in_search_path", "current_database", "current_catalog",
	"current_schema", "current_schemas", "current_user", "current_role",
	"session_user", "user", "get_block_size", "getenv", "getvariable",
	"stats", "write_log", "sleep_ms", "all_profiling_output",
	"add_parquet_key", "arrow_scan", "arrow_scan_dumb", "checkpoint",
	"force_checkpoint", "check_peg_parser", "enable_peg_parser",
	"disable_peg_parser", "enable_logging", "disable_logging",
	"enable_profiling", "disable_profiling", "truncate_duckdb_logs", "glob",
	"json_execute_serialized_sql", "query", "query_table", "read_blob",
	"read_csv", "read_csv_auto", "read_duckdb", "read_json",
	"read_json_auto", "read_json_objects", "read_json_objects_auto",
	"read_ndjson", "read_ndjson_auto", "read_ndjson_objects",
	"read_parquet", "read_text", "seq_scan", "sniff_csv", "sluice_part",
	"sql_auto_complete", "which_secret", NULL };

/* Catalogs and what is like them, as functions or as tables. */
static const char *const prefixes[] = { "duckdb_", "pragma_", "parquet_",
	"sqlite_", "pg_", "inet_", NULL };
static const char *const schemas[] = { "information_schema", "pg_catalog",
	NULL };

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcasecmp(word, *list) == 0)
			return true;
	return false;
}

static bool has_prefix(const char *word)
{
	size_t i;

	for (i = 0; prefixes[i] != NULL; i++)
		if (strncasecmp(word, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* The token before the one looked at, as far as it matters. */
static bool reads_table(struct bytes text, struct sql_token before)
{
	return sql_is(text, before, "FROM") || sql_is(text, before, "JOIN") ||
	    sql_is_char(text, before, ',') || sql_is_char(text, before, '.');
}

/* Types and a function by their side are of use to everybody. */
static bool is_harmless(const char *word)
{
	static const char *const words[] = { "pg_typeof", "pg_size_pretty",
		NULL };

	return is_one_of(word, words);
}

static bool is_refused(struct bytes text, const char *word,
    struct sql_token before, struct sql_token behind)
{
	bool is_call = sql_is_char(text, behind, '(');

	if (is_harmless(word))
		return false;
	if (is_call && is_one_of(word, duckdb_refused_words))
		return true;
	if (sql_is_char(text, behind, '.') && is_one_of(word, schemas))
		return true;
	return has_prefix(word) && (is_call || reads_table(text, before));
}

/* Behind SAMPLE or TABLESAMPLE: whether it takes whole blocks (a percentage,
 * unless it says otherwise) without a seed. DuckDB draws those from no state
 * that a seed of ours reaches. */
static bool is_blind_sample(struct bytes text, size_t pos)
{
	bool is_percent = false, is_settled = false;
	int depth = 0, i;

	for (i = 0; i < 12 && depth >= 0; i++) {
		struct sql_token t = duckdb_next(text, &pos);

		depth += sql_is_char(text, t, '(') - sql_is_char(text, t, ')');
		is_percent |= sql_is_char(text, t, '%') ||
		    sql_is(text, t, "PERCENT") || sql_is(text, t, "SYSTEM");
		is_settled |= sql_is(text, t, "BERNOULLI") ||
		    sql_is(text, t, "RESERVOIR") ||
		    sql_is(text, t, "REPEATABLE") ||
		    (depth > 0 && sql_is_char(text, t, ','));
		if (t.kind == SQL_END || sql_is_char(text, t, ';') ||
		    (t.kind == SQL_WORD && !is_percent && i > 1))
			break;
	}
	return is_percent && !is_settled;
}

static bool is_sample(struct bytes text, struct sql_token before,
    struct sql_token t)
{
	return sql_is(text, t, "TABLESAMPLE") ||
	    (sql_is(text, t, "SAMPLE") && sql_is(text, before, "USING"));
}

int duckdb_body_guard(struct arena *a, struct bytes text, size_t *at,
    struct error *err)
{
	struct sql_token before = { SQL_END, 0, 0 }, t, behind;
	size_t pos = 0;

	t = duckdb_next(text, &pos);
	for (; t.kind != SQL_END; before = t, t = behind) {
		const char *word;

		behind = duckdb_next(text, &pos);
		if (t.kind != SQL_WORD && t.kind != SQL_NAME)
			continue;
		*at = t.at;
		if (is_sample(text, before, t) &&
		    is_blind_sample(text, t.at + t.n))
			return error_set(err, ERROR_SYNTAX,
			    "refused: this sample is another one each time; "
			    "write USING SAMPLE n PERCENT (bernoulli), or give "
			    "it a seed: REPEATABLE (1)");
		word = sql_text(a, text, t);
		if (word == NULL)
			return error_memory(err);
		if (is_refused(text, word, before, behind))
			return error_set(err, ERROR_SYNTAX,
			    "%.64s is refused: it tells of the engine or the "
			    "machine, not of the inputs",
			    word);
	}
	return 0;
}

static bool is_clock_word(const char *p, size_t n)
{
	size_t i;

	for (i = 0; duckdb_clock_words[i] != NULL; i++)
		if (strlen(duckdb_clock_words[i]) == n &&
		    strncasecmp(duckdb_clock_words[i], p, n) == 0)
			return true;
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (c >= '0' && c <= '9');
}

/* Words within names and texts count too: a macro's text, a name in quotes. */
static bool holds_clock_word(struct bytes token)
{
	size_t i = 0, from;

	while (i < token.n) {
		for (from = i; i < token.n && is_letter(token.p[i]); i++)
			;
		if (i > from && is_clock_word(token.p + from, i - from))
			return true;
		i += i == from;
	}
	return false;
}

bool duckdb_asks_clock(struct bytes text)
{
	size_t pos = 0;
	struct sql_token t;

	while ((t = duckdb_next(text, &pos)).kind != SQL_END)
		if (holds_clock_word((struct bytes){ text.p + t.at, t.n }))
			return true;
	return false;
}
