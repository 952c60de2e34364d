/* sluice status: what is queued, running, failed now; in a clone, what the
 * server has made of its branches. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/map.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/outbox_comment.h"
#include "runner/cmd/history.h"
#include "runner/cmd/overview.h"
#include "runner/queue.h"
#include "runner/rundb.h"

enum {
	LOOKED_AT = 1000
};

struct state {
	struct context context;
	struct rundb *db;
	struct refs *refs;
	struct request_list list; /* newest first */
	bool *shown; /* of list: queued, running, or a branch's last failure */
	bool is_served; /* a runner has the lock */
	size_t n_spooled; /* pushes that no runner has seen */
	json_t *statuses; /* that wait in the outbox */
};

static void state_clear(struct state *s)
{
	mem_free(s->shown);
	json_decref(s->statuses);
	request_list_clear(&s->list);
	rundb_close(s->db);
	refs_close(s->refs);
	context_clear(&s->context);
}

static char *below(const struct state *s, const char *name)
{
	CLEANUP(buf_clear) struct buf path = { 0 };

	buf_printf(&path, "%s/%s", s->context.state_dir, name);
	return buf_steal(&path);
}

static int count_spool(struct state *s, struct error *err)
{
	CLEANUP(mem_freep) char *path = below(s, "spool");
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	struct error none = { 0 };
	int rc;

	if (path == NULL)
		return error_memory(err);
	rc = file_list(path, &names, &none);
	s->n_spooled = names.n;
	return rc && rc != ERROR_NOT_FOUND ? error_set(err, rc, "%s", none.msg)
	                                   : 0;
}

static int see_status(const struct outbox_entry *entry, void *payload)
{
	return json_array_append_new(payload,
	           json_pack("{s:s,s:s,s:s,s:s,s:i,s:b,s:I,s:s}", "commit",
	               entry->item.status.commit, "context",
	               entry->item.status.context, "state",
	               status_state_name(entry->item.status.state),
	               "description", status_words(&entry->item.status),
	               "attempts", entry->item.attempts, "refused",
	               entry->refused, "next_try", (json_int_t)entry->next_try,
	               "why", entry->why))
	    ? ERROR_MEMORY
	    : 0;
}

static int read_outbox(struct state *s, struct error *err)
{
	CLEANUP(mem_freep) char *path = below(s, "outbox.db");
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	int rc;

	s->statuses = json_array();
	if (path == NULL || s->statuses == NULL)
		return error_memory(err);
	if (!file_exists(path))
		return 0;
	rc = outbox_open(path, &ob, err);
	return rc ? rc : outbox_each(ob, see_status, s->statuses, err);
}

/* Of a branch only what is newest: a failure that was mended is history. */
static int choose(struct state *s, struct error *err)
{
	struct map seen = { 0 };
	size_t i;
	int rc = 0;

	s->shown = mem_array(s->list.n + 1, sizeof(*s->shown));
	if (s->shown == NULL)
		return error_memory(err);
	for (i = 0; i < s->list.n && rc == 0; i++) {
		const struct request *q = &s->list.items[i];
		bool is_active =
		    q->state == REQUEST_QUEUED || q->state == REQUEST_RUNNING;

		s->shown[i] = is_active ||
		    (q->state == REQUEST_DONE &&
		        strcmp(q->outcome, "success") != 0 &&
		        !map_has(&seen, q->branch));
		if (q->state == REQUEST_DONE)
			rc = map_set(&seen, q->branch, NULL, err);
	}
	map_clear(&seen);
	return rc;
}

static int read_state(struct state *s, struct error *err)
{
	const struct queue_filter filter = { .limit = LOOKED_AT };
	bool has_db;
	int rc = rundb_has(s->context.state_dir, &has_db, err);

	if (rc || (rc = context_is_served(&s->context, &s->is_served, err)) ||
	    (rc = refs_open(s->context.git_dir, &s->refs, err)) ||
	    (rc = count_spool(s, err)) || (rc = read_outbox(s, err)))
		return rc;
	if (!has_db)
		return choose(s, err);
	if ((rc = rundb_open(s->context.state_dir, &s->db, err)) ||
	    (rc = queue_list(s->db, &filter, &s->list, err)))
		return rc;
	return choose(s, err);
}

/* "queued", "running", or how it ended. */
static const char *word(const struct request *q)
{
	return q->state == REQUEST_DONE ? q->outcome
	                                : request_state_name(q->state);
}

static int print_one(const struct request *q, int64_t now, struct error *err)
{
	CLEANUP(buf_clear) struct buf branch = { 0 };
	char how_long[32];
	int64_t since = q->state == REQUEST_DONE ? q->ended
	    : q->state == REQUEST_RUNNING        ? q->started
	                                         : q->queued;

	duration_print(now > since ? now - since : 0, how_long);
	text_add_visible(&branch, bytes_of(q->branch));
	if (branch.failed)
		return error_memory(err);
	printf("%-8s %s  %.12s  ", word(q), buf_bytes(&branch).p, q->commit);
	if (q->state == REQUEST_RUNNING)
		printf("%lld of %lld nodes, %lld failed, for %s\n", q->settled,
		    q->nodes, q->failed, how_long);
	else
		printf("%s %s%s%s\n",
		    q->state == REQUEST_DONE ? "ended" : "since", how_long,
		    q->state == REQUEST_DONE ? " ago" : "",
		    q->attempts > 1 ? ", tried before" : "");
	if (q->message[0])
		printf("         %s\n", q->message);
	return 0;
}

/* A word of a command line, as a shell takes it. */
static void print_word(const char *word)
{
	const char *p;

	putchar(' ');
	if (word[strcspn(word, " \t\n'\"\\$`&|;<>()*?[]{}#~!")] == '\0') {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (p = word; *p != '\0'; p++)
		if (*p == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*p);
	putchar('\'');
}

/* The command that tells the forge at once what waits or was refused. */
static int print_again(const struct state *s, struct error *err)
{
	static const char *const settings[][2] = {
		{ "--type", "sluice.forge.type" },
		{ "--url", "sluice.forge.url" },
		{ "--token-file", "sluice.forge.tokenFile" },
	};
	CLEANUP(mem_freep) char *path = below(s, "outbox.db");
	CLEANUP(mem_freep) char *insecure = NULL;
	size_t i;
	int rc;

	if (path == NULL)
		return error_memory(err);
	fputs("when that is mended, to try at once: sluice-post --outbox",
	    stdout);
	print_word(path);
	for (i = 0; i < ARRAY_LEN(settings); i++) {
		CLEANUP(mem_freep) char *value = NULL;

		if ((rc = context_config(&s->context, settings[i][1], &value,
		         err)))
			return rc;
		if (value == NULL)
			continue;
		printf(" %s", settings[i][0]);
		print_word(value);
	}
	if ((rc = context_config(&s->context, "sluice.forge.insecure",
	         &insecure, err)))
		return rc;
	if (insecure != NULL && strcmp(insecure, "true") == 0)
		fputs(" --insecure", stdout);
	puts(" --once --again");
	return 0;
}

/* Of those that wait, or those that the forge has refused: how many, and why
 * the one that is tried last does, which was tried last mostly. */
static size_t find_waiting(const struct state *s, bool is_refused,
    bool is_comment, const char **why)
{
	const json_t *o;
	json_int_t latest = -1;
	size_t i, n = 0;

	json_array_foreach(s->statuses, i, o) {
		const json_int_t next =
		    json_integer_value(json_object_get(o, "next_try"));
		const char *context = json_str_or(o, "context", "");

		if (json_is_true(json_object_get(o, "refused")) != is_refused ||
		    (strcmp(context, OUTBOX_COMMENT) == 0) != is_comment)
			continue;
		n++;
		if (json_str_or(o, "why", "")[0] == '\0' || next < latest)
			continue;
		*why = json_str_or(o, "why", "");
		latest = next;
	}
	return n;
}

/* Whether there is a why. */
static bool print_waiting(const struct state *s, bool is_refused,
    bool is_comment)
{
	const char *why = "";
	const size_t n = find_waiting(s, is_refused, is_comment, &why);

	if (n == 0)
		return false;
	printf("%zu %s%s ", n, is_comment ? "comment" : "status",
	    n == 1           ? ""
	        : is_comment ? "s"
	                     : "es");
	if (is_refused)
		fputs(n == 1 ? "was refused" : "were refused", stdout);
	else
		fputs(n == 1 ? "waits for the forge" : "wait for the forge",
		    stdout);
	printf("%s%s\n", why[0] ? ": " : "", why);
	return why[0] != '\0';
}

/* What waits for the forge, and what it refused. */
static int print_statuses(const struct state *s, struct error *err)
{
	bool has_why = print_waiting(s, false, false);

	has_why |= print_waiting(s, false, true);
	has_why |= print_waiting(s, true, false);
	has_why |= print_waiting(s, true, true);
	return has_why ? print_again(s, err) : 0;
}

static int print_text(const struct state *s, struct error *err)
{
	int64_t now = clock_now();
	size_t i, n = 0;
	int rc = 0;

	for (i = s->list.n; rc == 0 && i-- > 0;)
		if (s->shown[i]) {
			rc = print_one(&s->list.items[i], now, err);
			n++;
		}
	if (rc)
		return rc;
	if (s->n_spooled > 0)
		printf("%zu push%s that no runner has seen yet\n", s->n_spooled,
		    s->n_spooled == 1 ? "" : "es");
	else if (n == 0)
		puts("nothing is queued, running or failed");
	if ((rc = history_tell_rollback(s->refs, err)) ||
	    (rc = print_statuses(s, err)))
		return rc;
	if (!s->is_served)
		puts("no runner is here: `sluice runner`, or "
		     "`sluice install --start`");
	return 0;
}

static int print_json(const struct state *s)
{
	json_auto_t *out = NULL;
	json_t *requests = json_array();
	size_t i;

	for (i = s->list.n; i-- > 0;) {
		const struct request *q = &s->list.items[i];

		if (s->shown[i])
			json_array_append_new(requests,
			    json_pack("{s:s,s:s,s:s,s:s,s:i,s:I,s:I,s:I,s:I,"
			              "s:I,s:I,s:s,s:s,s:s,s:s}",
			        "branch", q->branch, "commit", q->commit,
			        "state", request_state_name(q->state),
			        "outcome", q->outcome, "attempts", q->attempts,
			        "queued", (json_int_t)q->queued, "started",
			        (json_int_t)q->started, "ended",
			        (json_int_t)q->ended, "nodes",
			        (json_int_t)q->nodes, "settled",
			        (json_int_t)q->settled, "failed",
			        (json_int_t)q->failed, "user", q->user,
			        "reason", q->reason, "run", q->run, "message",
			        q->message));
	}
	out = json_pack("{s:b,s:I,s:o,s:O,s:o}", "runner", s->is_served,
	    "spooled", (json_int_t)s->n_spooled, "requests", requests,
	    "statuses", s->statuses, "rollback", history_rollback(s->refs));
	return cmd_print_json(out);
}

int cmd_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	CLEANUP(state_clear) struct state s = { 0 };
	struct error err = { 0 };
	bool is_json = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'J')
			return cmd_usage("status");
		is_json = true;
	}
	if (optind < argc)
		return cmd_usage("status");
	if (context_open(NULL, &s.context, &err))
		return cmd_fail(&err);
	if (s.context.work_tree != NULL)
		return overview_print(&s.context, is_json);
	if (read_state(&s, &err))
		return cmd_fail(&err);
	if (is_json)
		return print_json(&s);
	return print_text(&s, &err) ? cmd_fail(&err) : EXIT_FINE;
}
