/* runner_ask: what people ask from their clones (runner.h, hooks/ask.h). */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/base/text.h"
#include "runner/cmd/asked.h"
#include "runner/cmd/runner_ask.h"

enum {
	KEPT = 16, /* answers: more than can be asked for at once */
	YOUNG_MS = 3000,
};

/* What was answered lately. The thread that performs a request is not always
 * the one that its pusher's hook asks. */
struct answered {
	char ref[128], object[41];
	char words[1200];
};
static struct answered answers[KEPT];
static size_t n_answers;
static pthread_mutex_t answering = PTHREAD_MUTEX_INITIALIZER;

static struct answered *find(const struct update *ask)
{
	size_t i;

	for (i = 0; i < KEPT; i++)
		if (strcmp(answers[i].object, ask->to) == 0 &&
		    strncmp(answers[i].ref, ask->ref,
		        sizeof(answers[i].ref) - 1) == 0)
			return &answers[i];
	return NULL;
}

void runner_ask_words(const struct update *ask, struct buf *out)
{
	const struct answered *a;

	pthread_mutex_lock(&answering);
	a = find(ask);
	if (a != NULL) {
		buf_add_str(out, "sluice: ");
		text_add_visible(out, bytes_of(a->words));
		buf_add_char(out, '\n');
	}
	pthread_mutex_unlock(&answering);
}

/* Keeps the answer; false where the same was said before. */
static bool keep(const struct update *ask, const char *words)
{
	struct answered *a;
	bool is_new;

	pthread_mutex_lock(&answering);
	a = find(ask);
	is_new = a == NULL || strcmp(a->words, words) != 0;
	if (a == NULL)
		a = &answers[n_answers++ % KEPT];
	snprintf(a->ref, sizeof(a->ref), "%s", ask->ref);
	snprintf(a->words, sizeof(a->words), "%s", words);
	memcpy(a->object, ask->to, sizeof(a->object));
	pthread_mutex_unlock(&answering);
	return is_new;
}

static void say(const struct update *ask, const char *user, const char *words)
{
	CLEANUP(buf_clear) struct buf line = { 0 };

	if (!keep(ask, words))
		return;
	text_add_visible(&line, bytes_of(words));
	fprintf(stderr, "sluice: asked by %s: %s\n",
	    user[0] ? user : "somebody", line.p ? line.p : "");
}

/* Whether the ref was put this moment: its hook is about to tell who did. A
 * packed one is old. */
static bool is_young(const struct context *c, const struct update *ask)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	struct stat st;
	int64_t age;

	buf_printf(&path, "%s/%s", c->git_dir, ask->ref);
	if (path.failed || os_lstat(path.p, &st) < 0)
		return false;
	age = clock_now() -
	    ((int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
	return age >= 0 && age < YOUNG_MS;
}

/* Does it, or finds that it cannot be done, which is an answer, too. Only what
 * may go better the next time is an error. */
static int perform(const struct asking *by, const struct ask_hold *hold,
    const char *user, struct buf *words, struct error *err)
{
	struct ask ask;
	const struct asked asked = { .context = by->context,
		.refs = by->refs,
		.db = by->db,
		.ask = &ask,
		.user = user,
		.now = clock_now() };
	CLEANUP(asked_done_clear) struct asked_done done = { 0 };
	struct error why = { 0 };
	int rc = ask_hold_read(hold, &ask, &why);

	if (rc == 0)
		rc = asked_perform(&asked, &done, &why);
	else if (rc == ERROR_SYNTAX)
		error_wrap(&why, "not a request of sluice's");
	if (rc == 0)
		buf_add(words, done.words.p, done.words.n);
	else if (rc == ERROR_SYNTAX || rc == ERROR_USAGE)
		buf_printf(words, "refused: %s", why.msg);
	else if (rc == ERROR_NOT_FOUND || rc == ERROR_BUSY)
		buf_printf(words, "not done: %s", why.msg);
	else
		return error_set(err, rc, "%s", why.msg);
	return buf_check(words, err);
}

static int see(const struct update *u, const char *user, struct asking *by,
    struct error *err)
{
	CLEANUP(ask_hold_closep) struct ask_hold *hold = NULL;
	CLEANUP(buf_clear) struct buf words = { 0 };
	int rc = ask_hold_open(by->refs, u, &hold, err);

	if (rc || (rc = perform(by, hold, user, &words, err)))
		return rc;
	say(u, user, buf_bytes(&words).p);
	return ask_hold_remove(hold, err);
}

/* What goes wrong with one request holds up neither the others nor a push: it
 * lies there, and is met again. */
int runner_see_ask(const struct update *ask, const char *user, void *payload,
    struct error *err)
{
	struct asking *by = payload;
	struct error why = { 0 };
	int rc;

	(void)err;
	if (user == NULL && is_young(by->context, ask))
		return 0;
	rc = see(ask, user ? user : "", by, &why);
	if (rc == 0 || rc == ERROR_NOT_FOUND)
		return 0;
	error_wrap(&why, "queued, and not done yet");
	say(ask, user ? user : "", why.msg);
	return 1;
}
