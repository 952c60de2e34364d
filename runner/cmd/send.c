/* send: see send.h. */
#include "runner/cmd/send.h"

#include <git2.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"

static const char *const states[] = { "accepted", "queued", "refused",
	"not done" };

/* A name that nobody else has, and nobody can guess. */
static int make_ref(struct buf *out, struct error *err)
{
	CLEANUP(fd_close) int fd = os_open("/dev/urandom", O_RDONLY, 0);
	unsigned char random[16];
	size_t i;

	if (fd < 0 || os_read(fd, random, sizeof(random)) != sizeof(random))
		return error_sys(err, "/dev/urandom");
	buf_add_str(out, ASK_REFS);
	for (i = 0; i < sizeof(random); i++)
		buf_printf(out, "%02x", random[i]);
	return buf_check(out, err);
}

static int write_blob(const struct subject *s, const struct ask *ask,
    char id[41], struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	git_repository *repo = NULL;
	git_oid oid;
	int rc = ask_print(ask, &text, err);

	if (rc)
		return rc;
	if (git_repository_open(&repo, s->context.git_dir) < 0 ||
	    git_blob_create_from_buffer(&oid, repo, text.p, text.n) < 0)
		rc = error_set(err, ERROR_IO,
		    "the request cannot be written to %s", s->context.git_dir);
	else
		git_oid_tostr(id, 41, &oid);
	git_repository_free(repo);
	return rc;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static enum sent_state judge(const char *words)
{
	return begins(words, "refused: ") ? SENT_REFUSED
	    : begins(words, "not done: ") ? SENT_NOT_DONE
	    : begins(words, "queued") || begins(words, "not queued")
	    ? SENT_QUEUED
	    : SENT_ACCEPTED;
}

/* The server's hook said nothing. Where sluice is at work all the same (its
 * hook is another's, or there can be none) the runner finds the request; where
 * nothing of sluice shows, nobody would. */
static int unanswered(const struct subject *s, const char *ref,
    struct sent *out, struct error *err)
{
	struct buf none = { 0 };

	if (s->remote.state == REMOTE_SERVED ||
	    s->remote.state == REMOTE_HIDDEN) {
		out->state = SENT_QUEUED;
		buf_add_str(&out->words,
		    "queued; the runner sees it when it "
		    "compares refs");
		return buf_check(&out->words, err);
	}
	if (remote_push(&s->context, NULL, ref, &none, err))
		error_wrap(err, "%s has no sluice, and keeps %s",
		    s->remote.name, ref);
	buf_clear(&none);
	return error_set(err, ERROR_REMOTE,
	    "%s did not answer as a server with sluice does; the request was "
	    "taken back",
	    s->remote.name);
}

int send_ask(const struct subject *s, const struct ask *ask, struct sent *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf ref = { 0 };
	char id[41];
	int rc;

	*out = (struct sent){ 0 };
	if ((rc = make_ref(&ref, err)) || (rc = write_blob(s, ask, id, err)) ||
	    (rc = remote_push(&s->context, id, ref.p, &out->words, err)))
		return rc;
	if (out->words.n == 0)
		return unanswered(s, ref.p, out, err);
	while (out->words.n > 0 && out->words.p[out->words.n - 1] == '\n')
		out->words.p[--out->words.n] = '\0';
	out->state = judge(out->words.p);
	return 0;
}

void sent_clear(struct sent *s)
{
	buf_clear(&s->words);
}

static int print_json(const struct sent *sent, const struct subject *s)
{
	json_auto_t *out = json_pack("{s:s,s:s,s:s,s:s,s:s}", "branch",
	    s->branch, "commit", s->commit, "remote", s->remote.name, "state",
	    states[sent->state], "message", sent->words.p);

	return cmd_print_json(out);
}

int sent_print(const struct sent *sent, const struct subject *s, bool is_json)
{
	const bool is_fine =
	    sent->state == SENT_ACCEPTED || sent->state == SENT_QUEUED;
	int status = EXIT_FINE;

	if (is_json)
		status = print_json(sent, s);
	else if (is_fine)
		printf("%s: %s\n", s->remote.name, sent->words.p);
	else
		fprintf(stderr, "sluice: %s: %s\n", s->remote.name,
		    sent->words.p);
	if (status != EXIT_FINE || is_fine)
		return status;
	return sent->state == SENT_REFUSED ? EXIT_USAGE : EXIT_SURROUNDINGS;
}
