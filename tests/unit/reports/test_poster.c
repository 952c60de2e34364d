/* poster, with the outbox and the table of forges: random lives, against forges
 * that are made here and know nothing of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/outbox_comment.h"
#include "reports/poster.h"
#include "tests/unit/outbound_help.h"

enum {
	SLOTS = 4,
	ROWS = 600,
	STEPS = 160,
	LIVES = 40
};

/* What a forge shows for a slot, newest last, and what it must show. */
struct row {
	int id;
	enum status_state state; /* as the forge has it: see shown_as() */
	struct status status;
	int reopens; /* of its slot, before it was wanted */
};

struct world {
	const struct forge_type *type;
	struct outbox *outbox;
	struct poster poster;
	struct row rows[SLOTS][ROWS];
	int n_rows[SLOTS], n_ids;
	struct status wanted[SLOTS];
	bool has_wanted[SLOTS], is_reopened[SLOTS];
	int reopens[SLOTS], wanted_at[SLOTS]; /* how many reopens before */
	int taking; /* wanted_at of the item */
	int calm; /* no trouble any more */
	int64_t now;
};

static char dir[256], path[300];
static uint64_t seed;

static uint32_t draw(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* Four commits; on GitLab two, with two branches each. */
static void name_slot(const struct forge_type *t, int slot, struct status *s)
{
	memset(s->commit, "abcd"[t->has_ref ? slot % 2 : slot], 40);
	s->commit[40] = '\0';
	strcpy(s->context, STATUS_CONTEXT);
	if (t->has_ref)
		strcpy(s->ref, slot < 2 ? "main" : "exp/one");
}

static int slot_of(const struct status *s)
{
	return s->commit[0] - 'a' + (strcmp(s->ref, "exp/one") == 0 ? 2 : 0);
}

/* --- the forges --- */

/* GitHub and Gitea have no word for what was stopped, GitLab none for an
 * error; what they show is this one then. */
static enum status_state shown_as(const struct world *w, enum status_state s)
{
	if (strcmp(w->type->name, "gitlab") == 0)
		return s == STATUS_ERROR ? STATUS_FAILURE : s;
	return s == STATUS_CANCELLED ? STATUS_ERROR : s;
}

static bool is_same(const struct world *w, const struct row *row,
    const struct status *s)
{
	return row->state == shown_as(w, s->state) &&
	    strcmp(status_words(&row->status), status_words(s)) == 0 &&
	    strcmp(row->status.target_url, s->target_url) == 0;
}

/* The forge takes a status; here is what must never be. */
static void take_row(struct world *w, const struct status *s)
{
	int slot = slot_of(s), n = w->n_rows[slot];
	struct row *last = n > 0 ? &w->rows[slot][n - 1] : NULL;
	bool is_job = strcmp(w->type->name, "gitlab") == 0;
	struct row row = { 0, shown_as(w, s->state), *s, w->taking };

	if (last != NULL && last->state != STATUS_PENDING &&
	    s->state == STATUS_PENDING)
		assert_true(row.reopens > last->reopens);
	if (last != NULL)
		assert_false(is_same(w, last, s));
	if (is_job && last != NULL && last->state == STATUS_PENDING) {
		assert_int_not_equal(s->state, STATUS_PENDING); /* illegal */
		row.id = last->id;
		*last = row;
		return;
	}
	assert_true(n < ROWS);
	row.id = ++w->n_ids;
	w->rows[slot][w->n_rows[slot]++] = row;
}

/* What came back, as status_http makes it of an answer's code. */
static void answer(const struct world *w, const struct status *s, long http,
    int64_t wait, const char *said, struct forge_answer *out)
{
	const struct forge_reply reply = { http, wait, said, false };
	struct forge_verdict v = forge_judge(w->type, s, &reply);

	*out = (struct forge_answer){ .outcome = v.outcome,
		.http = http,
		.wait = wait,
		.is_all = v.is_all,
		.is_untaken = http >= 300 && http < 500 };
}

static void silence(bool is_untaken, struct forge_answer *out)
{
	*out = (struct forge_answer){ .outcome = FORGE_LATER,
		.wait = -1,
		.is_all = true,
		.is_untaken = is_untaken };
}

static int post(void *forge, const struct status *s, struct forge_answer *out,
    struct error *err)
{
	static const struct {
		long http;
		int64_t wait;
		const char *said;
	} troubles[] = {
		{ 500, -1, "" },
		{ 503, 7000, "" },
		{ 429, -1, "" },
		{ 429, 60000, "" },
		{ 403, 3000, "rate limit" },
		{ 403, -1, "" },
		{ 404, -1, "Not Found" },
		{ 409, -1, "in progress" },
		{ 401, -1, "" },
		{ 302, -1, "" },
		{ 422, -1, "no" },
		{ 400, -1, "no" },
	};
	struct world *w = forge;
	uint32_t what = w->calm ? 99 : draw(16), i;

	(void)err;
	switch (what) {
	case 0: /* it took it, and nobody heard */
		take_row(w, s);
		silence(false, out);
		return 0;
	case 1: /* it heard nothing, and nobody knows */
	case 2:
		silence(what == 2, out);
		return 0;
	case 3: /* it took it, and then stumbled */
		take_row(w, s);
		answer(w, s, 502, -1, "", out);
		return 0;
	case 4:
	case 5:
	case 6:
		i = draw(ARRAY_LEN(troubles));
		answer(w, s, troubles[i].http, troubles[i].wait,
		    troubles[i].said, out);
		return 0;
	default:
		take_row(w, s);
		answer(w, s, 201, draw(40) ? -1 : 5000, "", out);
		return 0;
	}
}

/* A list as the forge gives it: of one commit, of all branches. */
static json_t *list(const struct world *w, const struct status *of)
{
	json_t *out = json_array();
	int slot, i;

	for (slot = 0; slot < SLOTS; slot++)
		for (i = 0; i < w->n_rows[slot]; i++) {
			const struct row *r = &w->rows[slot][i];

			if (strcmp(r->status.commit, of->commit) != 0)
				continue;
			json_array_append_new(out,
			    json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "id",
			        r->id, w->type->shown,
			        w->type->states[r->state], w->type->context,
			        "Sluice/Run", "ref", r->status.ref,
			        "description", status_words(&r->status),
			        "target_url", r->status.target_url));
		}
	return out;
}

static int look(void *forge, const struct status *s, struct forge_answer *out,
    struct error *err)
{
	struct world *w = forge;
	json_auto_t *have = list(w, s);

	(void)err;
	if (!w->calm && draw(4) == 0)
		silence(false, out);
	else if (!w->calm && draw(6) == 0)
		answer(w, s, 500, -1, "", out);
	else
		*out = (struct forge_answer){ .outcome =
			                          forge_shows(w->type, have, s)
			    ? FORGE_TAKEN
			    : FORGE_ABSENT,
			.http = 200,
			.wait = -1 };
	return 0;
}

/* --- what is wanted, by the rules of the contract --- */

static void want(struct world *w, int slot, const struct status *s)
{
	bool is_final = s->state != STATUS_PENDING;

	if (w->has_wanted[slot] && status_eq(&w->wanted[slot], s))
		return;
	if (w->has_wanted[slot] && !is_final && !w->is_reopened[slot] &&
	    w->wanted[slot].state != STATUS_PENDING)
		return;
	w->wanted[slot] = *s;
	w->wanted_at[slot] = w->reopens[slot];
	w->has_wanted[slot] = true;
	w->is_reopened[slot] = false;
}

static void put(struct world *w, int i)
{
	static const enum status_state states[] = { STATUS_PENDING,
		STATUS_PENDING, STATUS_PENDING, STATUS_PENDING, STATUS_SUCCESS,
		STATUS_FAILURE, STATUS_ERROR, STATUS_CANCELLED };
	int slot = (int)draw(SLOTS);
	struct status s = { .state = states[draw(ARRAY_LEN(states))] };

	name_slot(w->type, slot, &s);
	/* few words, so that equal ones meet */
	describe(&s, (const char *[]){ "0", "1", "2" }[i % 3]);
	if (draw(3) == 0)
		strcpy(s.target_url, "https://x.example/1");
	if (draw(6) == 0) {
		assert_int_equal(outbox_reopen(w->outbox, &s, NULL), 0);
		if (w->has_wanted[slot]) {
			w->is_reopened[slot] = true;
			w->reopens[slot]++;
		}
	}
	assert_int_equal(outbox_put(w->outbox, &s, w->now, NULL), 0);
	want(w, slot, &s);
}

/* --- a life --- */

static void open_all(struct world *w)
{
	struct error err = { 0 };

	outbox_close(w->outbox);
	if (outbox_open(path, &w->outbox, &err))
		fail_msg("%s", err.msg);
	outbox_set_paces(w->outbox, w->type->paces);
	w->poster = (struct poster){ w->outbox, w->type, post, look, NULL, w };
}

/* Puts may come, or the process die, between any two of its steps. */
static bool interrupt(struct world *w, int i)
{
	while (!w->calm && draw(5) == 0)
		put(w, i);
	if (w->calm || draw(10) != 0)
		return false;
	open_all(w);
	return true;
}

/* One item, as far as it comes; false where nothing is left. */
static bool post_one(struct world *w, int i)
{
	struct outbox_item item;
	struct forge_answer a;
	int64_t next;
	int found = outbox_take(w->outbox, w->now, &item, &next, NULL);

	assert_true(found >= 0);
	if (found == 0) {
		w->now = next > w->now ? next : w->now + 1;
		return next >= 0;
	}
	/* the newest of its slot, and nothing else */
	assert_true(status_eq(&item.status, &w->wanted[slot_of(&item.status)]));
	w->taking = w->wanted_at[slot_of(&item.status)];
	if (interrupt(w, i))
		return true;
	assert_int_equal(poster_ask(&w->poster, &item, &a, NULL), 0);
	w->now += draw(2000);
	if (interrupt(w, i))
		return true;
	assert_int_equal(poster_note(&w->poster, &item, &a, w->now, NULL), 0);
	return true;
}

static void check_end(const struct world *w)
{
	bool is_job = strcmp(w->type->name, "gitlab") == 0;
	int slot;

	for (slot = 0; slot < SLOTS; slot++) {
		const struct row *last = &w->rows[slot][w->n_rows[slot] - 1];
		const struct status *s = &w->wanted[slot];

		if (!w->has_wanted[slot])
			continue;
		assert_true(w->n_rows[slot] > 0);
		if (is_job && s->state == STATUS_PENDING)
			assert_int_equal(last->state, STATUS_PENDING);
		else
			assert_true(is_same(w, last, s));
	}
}

static void live(struct world *w)
{
	int i;

	open_all(w);
	for (i = 0; i < STEPS; i++) {
		w->now += draw(3000);
		if (draw(3) == 0)
			put(w, i);
		else
			post_one(w, i);
	}
	w->calm = true; /* an operator mends what was wrong */
	assert_int_equal(outbox_again(w->outbox, NULL), 0);
	for (i = 0; post_one(w, STEPS); i++)
		assert_true(i < 1000);
	check_end(w);
	outbox_close(w->outbox);
}

static void random_lives(void **state)
{
	static const char *const names[] = { "github", "gitlab", "gitea" };
	const uint64_t first = 20261126;
	struct world *w = mem_alloc(sizeof(*w));
	int i;

	(void)state;
	assert_non_null(w);
	printf("seeds from %llu\n", (unsigned long long)first);
	for (i = 0; i < LIVES * (int)ARRAY_LEN(names); i++) {
		memset(w, 0, sizeof(*w));
		seed = first + (uint64_t)i;
		assert_int_equal(forge_type_find(names[i % ARRAY_LEN(names)],
		                     &w->type, NULL),
		    0);
		/* the memory of this machine: no life here ends in a crash
		 * of the machine */
		if (file_make_temp_dir("/dev/shm", dir, sizeof(dir), NULL) &&
		    file_make_temp_dir("/tmp", dir, sizeof(dir), NULL))
			fail_msg("no directory");
		snprintf(path, sizeof(path), "%s/outbox.db", dir);
		live(w);
		file_remove_tree(dir, NULL);
	}
	mem_free(w);
}

/* --- by itself --- */

static const struct forge_type *type_of(const char *name)
{
	const struct forge_type *t;

	assert_int_equal(forge_type_find(name, &t, NULL), 0);
	return t;
}

static struct outbox *open_one(void)
{
	struct outbox *ob = NULL;

	assert_int_equal(file_make_temp_dir("/tmp", dir, sizeof(dir), NULL), 0);
	snprintf(path, sizeof(path), "%s/outbox.db", dir);
	assert_int_equal(outbox_open(path, &ob, NULL), 0);
	return ob;
}

/* What the forge lacks, or fails at with one status alone, is given up one
 * day; what holds all back is not. Never within the day that a forge may be
 * down. */
static void tries_end(void **state)
{
	static const struct {
		struct forge_answer answer;
		bool has_end;
	} cases[] = {
		{ { FORGE_ABSENT, 404, -1, false, true, false, "404" }, true },
		{ { FORGE_LATER, 500, -1, false, false, false, "500" }, true },
		{ { FORGE_LATER, 401, -1, true, true, false, "401" }, false },
		{ { FORGE_LATER, 0, -1, true, false, false, "no answer" },
		    false },
	};
	const int64_t day = INT64_C(24) * 3600 * 1000;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct outbox *ob = open_one();
		struct poster p = { .outbox = ob };
		const struct forge_type *t = type_of("github");
		struct forge_answer a = cases[i].answer;
		struct status s = { .state = STATUS_SUCCESS };
		struct outbox_item item;
		int64_t now = 1000, next = 0;

		name_slot(t, 0, &s);
		outbox_put(ob, &s, now, NULL);
		while (next >= 0 && now < 30 * day) {
			if (outbox_take(ob, now, &item, &next, NULL) > 0) {
				a = cases[i].answer;
				poster_note(&p, &item, &a, now, NULL);
			} else if (next >= 0) {
				now = next;
			}
		}
		assert_true(now > day);
		assert_int_equal(next < 0, cases[i].has_end);
		assert_int_equal(a.outcome == FORGE_REFUSED, cases[i].has_end);
		assert_int_equal(strstr(a.words, " tries)") != NULL,
		    cases[i].has_end);
		outbox_close(ob);
		file_remove_tree(dir, NULL);
	}
}

/* Thirty hours without an answer, or with one that helps nobody: what is put
 * meanwhile replaces what waits, the tries become rare, and each slot is told
 * its newest end once, when the forge is back. */
struct outage {
	const struct outbox_delay *delay;
	int least, most; /* tries of all slots together */
};

enum {
	HOUR = 3600 * 1000
};

/* Every 20 minutes a state is put into one slot or another: "pending", its
 * end, and a retry with another end. */
static void put_meanwhile(struct outbox *ob, int i, int64_t now,
    struct status wanted[SLOTS])
{
	static const enum status_state states[] = { STATUS_PENDING,
		STATUS_PENDING, STATUS_FAILURE, STATUS_PENDING,
		STATUS_SUCCESS };
	int slot = i % SLOTS, turn = i / SLOTS;
	char text[32];
	struct status s = { .state = states[turn % 5] };

	name_slot(type_of("gitlab"), slot, &s);
	snprintf(text, sizeof(text), "%d", i);
	describe(&s, text);
	if (turn % 5 == 3)
		assert_int_equal(outbox_reopen(ob, &s, NULL), 0);
	assert_int_equal(outbox_put(ob, &s, now, NULL), 0);
	/* behind "success" a late "pending" is nothing */
	if (status_is_final(s.state) || turn % 5 == 3 ||
	    !status_is_final(wanted[slot].state))
		wanted[slot] = s;
}

static void an_outage(const struct outage *o)
{
	struct outbox *ob = open_one();
	struct status wanted[SLOTS] = { { .state = STATUS_PENDING } };
	bool told[SLOTS] = { false };
	int64_t now = 1000, next;
	struct outbox_item item;
	int tries = 0, n_put = 0, i;

	while (now < 30 * (int64_t)HOUR) {
		if (now >= (int64_t)n_put * HOUR / 3) {
			put_meanwhile(ob, n_put, now, wanted);
			n_put++;
			continue;
		}
		if (outbox_take(ob, now, &item, &next, NULL) > 0) {
			outbox_later(ob, &item, now, o->delay, NULL);
			tries++;
			outbox_close(ob);
			assert_int_equal(outbox_open(path, &ob, NULL), 0);
			continue;
		}
		assert_true(next > now);
		now = (int64_t)n_put * HOUR / 3 < next
		    ? (int64_t)n_put * HOUR / 3
		    : next;
	}
	assert_in_range(tries, o->least, o->most);
	/* back again; an hour later at most, or as long as it asked for */
	now += HOUR;
	while (outbox_take(ob, now, &item, &next, NULL) > 0) {
		for (i = 0; i < SLOTS; i++)
			if (status_eq(&wanted[i], &item.status)) {
				assert_false(told[i]);
				told[i] = true;
				break;
			}
		assert_in_range(i, 0, SLOTS - 1); /* and nothing else */
		outbox_sent(ob, &item, NULL);
	}
	assert_int_equal(next, -1);
	for (i = 0; i < SLOTS; i++)
		assert_true(told[i]);
	outbox_close(ob);
	file_remove_tree(dir, NULL);
}

static void thirty_hours_lose_no_end(void **state)
{
	const struct outbox_delay away = { -1, true, false, "no answer" },
	                          broken = { -1, false, false, "500" },
	                          limit = { HOUR, true, true, "429" };
	/* Waits double from 1-2 s: in the first hour 11 to 13 tries, then 1 to
	 * 2 an hour. Held back all together they are at most one slot's, and
	 * one for each slot that was not tried yet; alone, each has its own. An
	 * hour that the forge asks for is 30 tries. */
	const struct outage outages[] = {
		{ &away, 29, SLOTS * 14 + 60 },
		{ &broken, SLOTS * 36, SLOTS * (14 + 60) },
		{ &limit, 30, 30 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(outages); i++)
		an_outage(&outages[i]);
}

/* -- comments: behind a function of ours that says what came of one -- */

static int bring(void *forge, const struct outbox_item *item,
    struct forge_answer *out, struct error *err)
{
	const struct forge_answer *answer = forge;

	(void)err;
	assert_true(outbound_bytes(item->body).n > 0);
	*out = *answer;
	return 0;
}

/* What is due: a status (1), a comment (2), nothing (0); noted. */
static int post_next(const struct poster *p, int64_t now)
{
	struct outbox_item item;
	struct forge_answer a;
	int64_t next;

	if (outbox_take(p->outbox, now, &item, &next, NULL) <= 0)
		return 0;
	if (outbound_bytes(item.body).n == 0) {
		a = (struct forge_answer){ .outcome = FORGE_TAKEN, .wait = -1 };
		assert_int_equal(poster_note(p, &item, &a, now, NULL), 0);
		return 1;
	}
	assert_int_equal(poster_ask(p, &item, &a, NULL), 0);
	assert_int_equal(poster_note(p, &item, &a, now, NULL), 0);
	return 2;
}

static void put_both(struct outbox *ob, char letter, int64_t now)
{
	CLEANUP(outbound_closep) struct outbound *body = outbound_of("x");
	const struct outbox_comment c = {
		.commit = "0123456789012345678901234567890123"
		          "456789",
		.ref = (char[]){ letter, '\0' },
		.state = STATUS_SUCCESS,
		.body = body,
		.is_creating = true
	};
	struct status s = { .context = STATUS_CONTEXT,
		.state = STATUS_SUCCESS };

	memset(s.commit, letter, 40);
	assert_int_equal(outbox_put_comment(ob, &c, now, NULL), 0);
	assert_int_equal(outbox_put(ob, &s, now, NULL), 0);
}

/* Looking for a pull request takes nothing of what the forge allows to write,
 * and goes behind what is to be told; writing a comment does count. */
static void looking_holds_no_status_back(void **state)
{
	static const struct outbox_pace paces[OUTBOX_PACES] = { { 2, 60000 } };
	struct forge_answer answer = { .outcome = FORGE_UNOPENED, .wait = -1 };
	struct outbox *ob = open_one();
	struct poster p = { .outbox = ob, .comment = bring, .forge = &answer };
	int i;

	(void)state;
	outbox_set_paces(ob, paces);
	put_both(ob, 'a', 1000);
	assert_int_equal(post_next(&p, 1000), 2);
	assert_int_equal(post_next(&p, 1000), 1);
	assert_int_equal(post_next(&p, 1000), 0);
	put_both(ob, 'b', 20000); /* and a is to be looked for again */
	assert_int_equal(post_next(&p, 20000), 2);
	assert_int_equal(post_next(&p, 20000), 1);
	assert_int_equal(post_next(&p, 20000), 0); /* two were told */
	for (i = 0; i < 2; i++)
		assert_int_equal(post_next(&p, 90000), 2);
	assert_int_equal(post_next(&p, 90000), 0);
	answer = (struct forge_answer){ .outcome = FORGE_TAKEN,
		.wait = -1,
		.is_written = true };
	put_both(ob, 'c', 200000);
	put_both(ob, 'd', 200000);
	assert_int_equal(post_next(&p, 200000), 2);
	assert_int_equal(post_next(&p, 200000), 1);
	assert_int_equal(post_next(&p, 200000), 0); /* a pace of two */
	for (i = 0; post_next(&p, 300000 + i * 61000) > 0 && i < 20; i++)
		;
	assert_in_range(i, 2, 6);
	outbox_close(ob);
	file_remove_tree(dir, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looking_holds_no_status_back),
		cmocka_unit_test(random_lives),
		cmocka_unit_test(tries_end),
		cmocka_unit_test(thirty_hours_lose_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
