/* forge_http: see forge_http.h. */
#include "reports/forge_http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"

enum {
	TIMEOUT_MS = 30000,
	CONNECT_MS = 10000,
	TOKEN_MAX = 4096,
};

struct forge {
	CURL *curl;
	const struct forge_type *type;
	char *url;
	char *token_file;
	char *agent;
	long timeout_ms;
	int64_t account; /* the token's, once it was asked for; else 0 */
};

int forge_http_init(struct error *err)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
	    ? 0
	    : error_set(err, ERROR_IO, "libcurl does not start");
}

static bool is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	    (strncmp(host, "127.", 4) == 0 &&
	        strspn(host, "0123456789.") == strlen(host));
}

static int check_parts(const char *scheme, const char *host, bool is_insecure,
    struct error *err)
{
	if (strcmp(scheme, "https") == 0)
		return 0;
	if (strcmp(scheme, "http") != 0)
		return error_set(err, ERROR_USAGE,
		    "sluice.forge.url begins with %s:, not with https:",
		    scheme);
	if (is_insecure || is_loopback(host))
		return 0;
	return error_set(err, ERROR_USAGE,
	    "sluice.forge.url is plain http, which shows the token to the "
	    "network; use https, or set sluice.forge.insecure to true");
}

static int check_url(const char *url, const struct forge_type *type,
    bool is_insecure, struct error *err)
{
	char *scheme = NULL, *host = NULL, *extra = NULL;
	CURLU *u = curl_url();
	int rc = 0;

	if (u == NULL)
		return error_memory(err);
	if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0))
		rc = error_set(err, ERROR_USAGE,
		    "sluice.forge.url is not an address such as %s",
		    type->example);
	else if (curl_url_get(u, CURLUPART_USER, &extra, 0) == CURLUE_OK ||
	    curl_url_get(u, CURLUPART_QUERY, &extra, 0) == CURLUE_OK ||
	    curl_url_get(u, CURLUPART_FRAGMENT, &extra, 0) == CURLUE_OK)
		rc = error_set(err, ERROR_USAGE,
		    "sluice.forge.url holds a user, a '?' or a '#'; the token "
		    "belongs in the file sluice.forge.tokenFile names");
	else
		rc = check_parts(scheme, host, is_insecure, err);
	curl_free(scheme);
	curl_free(host);
	curl_free(extra);
	curl_url_cleanup(u);
	return rc;
}

int forge_open(const struct forge_settings *settings, struct forge **out,
    struct error *err)
{
	CLEANUP(forge_closep) struct forge *f = NULL;
	const struct forge_type *type = settings->type;
	int rc = type ? 0 : forge_type_find(NULL, &type, err);

	*out = NULL;
	if (rc ||
	    (rc = check_url(settings->url, type, settings->is_insecure, err)))
		return rc;
	f = mem_alloc(sizeof(*f));
	if (f == NULL)
		return error_memory(err);
	f->type = type;
	f->timeout_ms =
	    settings->timeout_ms ? settings->timeout_ms : TIMEOUT_MS;
	f->url = mem_strdup(settings->url);
	f->agent = mem_strdup(settings->agent ? settings->agent : "sluice");
	f->token_file =
	    settings->token_file ? mem_strdup(settings->token_file) : NULL;
	f->curl = curl_easy_init();
	if (!f->url || !f->agent || !f->curl ||
	    (settings->token_file && !f->token_file))
		return error_memory(err);
	*out = f;
	f = NULL;
	return 0;
}

void forge_close(struct forge *f)
{
	if (f == NULL)
		return;
	curl_easy_cleanup(f->curl);
	mem_free(f->url);
	mem_free(f->agent);
	mem_free(f->token_file);
	mem_free(f);
}

void forge_closep(struct forge **f)
{
	forge_close(*f);
	*f = NULL;
}

/* Overwritten before it is freed, in a way no compiler may leave out. */
static void secret_clear(struct buf *b)
{
	volatile char *p = b->p;
	size_t i;

	for (i = 0; i < b->cap; i++)
		p[i] = 0;
	buf_clear(b);
}

/* What hinders reading the token's file, and what to do. */
static int explain_token(const char *path, const struct error *why,
    struct error *err)
{
	const char *what = why->msg, *todo = "";

	if (why->code == ERROR_NOT_FOUND) {
		what = "there is no such file";
		todo = "; put the token there, or set the right path";
	} else if (why->sys == EACCES) {
		what = "may not be read";
		todo = "; let the user that the runner runs as own it";
	} else if (why->sys == EISDIR) {
		what = "is a directory";
		todo = "; name the file in it that holds the token";
	} else if (why->code == ERROR_LIMIT) {
		what = "is too large for a token";
		todo = "; it is to hold one line";
	}
	return error_set(err, ERROR_USAGE, "sluice.forge.tokenFile %s: %s%s",
	    path, what, todo);
}

/* The token's first and last byte; words where it is none, or NULL. */
static const char *find_token(const struct buf *raw, struct bytes *out)
{
	size_t i, n = raw->n;

	while (n > 0 && (raw->p[n - 1] == '\n' || raw->p[n - 1] == '\r'))
		n--;
	*out = (struct bytes){ raw->p, n };
	if (n == 0)
		return "is empty; it is to hold one line, the token";
	for (i = 0; i < n; i++) {
		if (raw->p[i] == '\n' || raw->p[i] == '\r')
			return "holds several lines; it is to hold one, the "
			       "token";
		if (raw->p[i] <= ' ' || raw->p[i] >= 0x7f)
			return "holds a blank or a character that no token "
			       "has; it is to hold one line, the token";
	}
	return NULL;
}

/* Adds the header's line that holds the token. */
static int read_token(const struct forge *f, struct buf *out, struct error *err)
{
	CLEANUP(secret_clear) struct buf raw = { 0 };
	struct error why = { 0 };
	struct bytes token;
	const char *wrong;

	/* Room for all at once: growing would leave copies behind. */
	if (!buf_reserve(&raw, 128 * 1024) || !buf_reserve(out, 8192))
		return error_memory(err);
	if (file_read(f->token_file, TOKEN_MAX, &raw, &why))
		return explain_token(f->token_file, &why, err);
	wrong = find_token(&raw, &token);
	if (wrong != NULL)
		return error_set(err, ERROR_USAGE,
		    "sluice.forge.tokenFile %s %s", f->token_file, wrong);
	buf_add_str(out, f->type->auth);
	buf_add(out, token.p, token.n);
	return buf_check(out, err);
}

/* An answer on its way. */
struct incoming {
	struct buf text;
	size_t most;
};

static size_t take_answer(char *p, size_t size, size_t n, void *payload)
{
	struct incoming *in = payload;

	/* More than any answer has: the rest is left, the code counts. */
	if (in->text.n + size * n > in->most)
		return 0;
	buf_add(&in->text, p, size * n);
	return size * n;
}

/* One of them is the token's. */
static void headers_free(struct curl_slist **list)
{
	struct curl_slist *l;
	volatile char *p;

	for (l = *list; l != NULL; l = l->next)
		for (p = l->data; *p != '\0'; p++)
			*p = '\0';
	curl_slist_free_all(*list);
	*list = NULL;
}

static int add_header(struct curl_slist **list, const char *line,
    struct error *err)
{
	struct curl_slist *more = curl_slist_append(*list, line);

	if (more == NULL)
		return error_memory(err);
	*list = more;
	return 0;
}

static int make_headers(const struct forge *f, struct curl_slist **list,
    struct error *err)
{
	CLEANUP(secret_clear) struct buf token = { 0 };
	int rc;

	if ((rc = add_header(list, f->type->accept, err)) ||
	    (rc = add_header(list, "Content-Type: application/json", err)) ||
	    (rc = add_header(list, "Expect:", err)) || f->token_file == NULL ||
	    (rc = read_token(f, &token, err)))
		return rc;
	return add_header(list, token.p, err);
}

/* The number in a response header, or -1. */
static int64_t header_number(CURL *curl, const char *name)
{
	struct curl_header *h;
	char *end;
	long long value;

	if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return -1;
	value = strtoll(h->value, &end, 10);
	return end == h->value || value < 0 ? -1 : value;
}

/* Seconds that Retry-After asks for (it may be a date), or -1. */
static int64_t read_retry_after(CURL *curl)
{
	curl_off_t after = 0;
	struct curl_header *h;

	if (curl_easy_header(curl, "Retry-After", 0, CURLH_HEADER, -1, &h) !=
	        CURLHE_OK ||
	    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &after) != CURLE_OK)
		return -1;
	return after;
}

/* How long a limit lasts, ms: Retry-After, else the time of its end where
 * nothing remains, else -1. */
static int64_t read_wait(const struct forge *f)
{
	enum {
		DAY = 24 * 3600
	};
	int64_t seconds = read_retry_after(f->curl), reset;

	reset = header_number(f->curl, f->type->reset);
	if (seconds < 0 && reset >= 0 &&
	    header_number(f->curl, f->type->remaining) == 0) {
		seconds = reset - (int64_t)time(NULL);
		seconds = seconds > 0 ? seconds : 0;
	}
	if (seconds < 0)
		return -1;
	return (seconds < DAY ? seconds : DAY) * 1000;
}

/* The forge's words in its answer, made safe to show. */
static void read_words(const json_t *answer, char *out, size_t size)
{
	CLEANUP(buf_clear) struct buf words = { 0 }, safe = { 0 };

	forge_words(answer, &words);
	text_add_visible(&safe, buf_bytes(&words));
	if (words.failed || safe.failed || safe.p == NULL)
		return;
	snprintf(out, size, "%.*s", (int)text_cut(buf_bytes(&safe), size - 1),
	    safe.p);
}

/* What an operator might do about an answer. */
static const char *hint_of(const struct forge_answer *a)
{
	const long http = a->http;

	if (http < 300)
		return ", not 201: is sluice.forge.url the address of the "
		       "repository's API?";
	if (http < 400)
		return ", a redirect, which is not followed: set "
		       "sluice.forge.url to the new address";
	if (http == 401)
		return "; put a token that is valid into "
		       "sluice.forge.tokenFile";
	if (http == 403 && a->outcome == FORGE_ABSENT)
		return "; may the token of sluice.forge.tokenFile do that "
		       "there (INSTALL.md: Tokens)?";
	if (http == 404)
		return "; is sluice.forge.url right, and may the token see "
		       "the repository?";
	return "";
}

static void explain(struct forge_answer *a, const char *said)
{
	snprintf(a->words, sizeof(a->words), "the forge answered %ld%s%s%s",
	    a->http, said[0] != '\0' ? ": " : "", said, hint_of(a));
}

/* There was no answer, or only a part of one. Where it cannot be reached, or
 * is silent, all wait; a connection that broke may be this one's. */
static void explain_silence(struct forge_answer *a, CURLcode rc)
{
	const char *todo = "";

	*a = (struct forge_answer){ .outcome = FORGE_LATER, .wait = -1 };
	switch (rc) {
	case CURLE_PEER_FAILED_VERIFICATION:
		todo = "; this machine does not trust its certificate: is its "
		       "authority in /usr/local/share/ca-certificates "
		       "(update-ca-certificates)?";
		a->is_all = a->is_untaken = true;
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
		a->is_all = a->is_untaken = true;
		break;
	case CURLE_OPERATION_TIMEDOUT:
		a->is_all = true;
		break;
	default:
		break;
	}
	snprintf(a->words, sizeof(a->words), "no answer from the forge: %s%s",
	    curl_easy_strerror(rc), todo);
}

static void set_options(struct forge *f, const struct forge_question *q,
    const struct curl_slist *headers, struct incoming *in)
{
	CURL *c = f->curl;

	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, q->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	/* On a connection that was used before, libcurl by itself repeats a
	 * request whose answer never came, and the forge has it twice. */
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, f->agent);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, f->timeout_ms);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	    f->timeout_ms < CONNECT_MS ? f->timeout_ms : (long)CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (q->body != NULL) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body->p);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)q->body->n);
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
	}
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, in);
	/* This machine itself is never asked by way of a proxy; plain http to
	 * another one was allowed for that one alone. */
	if (strncmp(q->url, "https:", 6) != 0)
		curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
}

/* A request's end. */
static void read_answer(const struct forge *f, CURLcode rc,
    const struct incoming *in, struct forge_response *out)
{
	/* We stopped reading: it has answered. */
	if (rc != CURLE_OK && rc != CURLE_WRITE_ERROR) {
		explain_silence(&out->silence, rc);
		return;
	}
	out->is_answered = true;
	curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &out->reply.http);
	out->reply.wait = read_wait(f);
	if (json_parse(buf_bytes(&in->text), &out->json, NULL) == 0 &&
	    out->reply.http >= 400)
		read_words(out->json, out->said, sizeof(out->said));
	out->reply.said = out->said;
}

void forge_response_clear(struct forge_response *r)
{
	json_decref(r->json);
	r->json = NULL;
}

/* What hinders reading the token hinders all, until it is mended. */
int forge_ask(struct forge *f, const struct forge_question *q,
    struct forge_response *out, struct error *err)
{
	CLEANUP(headers_free) struct curl_slist *headers = NULL;
	struct incoming in = { { 0 }, q->most };
	struct error why = { 0 };
	int rc = make_headers(f, &headers, &why);

	*out = (struct forge_response){ 0 };
	if (rc == ERROR_USAGE) {
		out->silence = (struct forge_answer){ .outcome = FORGE_LATER,
			.wait = -1,
			.is_all = true,
			.is_untaken = true };
		snprintf(out->silence.words, sizeof(out->silence.words), "%.*s",
		    (int)sizeof(out->silence.words) - 1, why.msg);
		text_trim_cut(out->silence.words);
		return 0;
	}
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	set_options(f, q, headers, &in);
	read_answer(f, curl_easy_perform(f->curl), &in, out);
	curl_easy_reset(f->curl);
	buf_clear(&in.text);
	return 0;
}

void forge_answer_make(const struct forge_response *r,
    struct forge_verdict verdict, struct forge_answer *out)
{
	*out = (struct forge_answer){ .outcome = verdict.outcome,
		.http = r->reply.http,
		.wait = r->reply.wait,
		.is_all = verdict.is_all,
		.is_untaken = r->reply.http >= 300 && r->reply.http < 500 };
	if (out->outcome != FORGE_TAKEN)
		explain(out, r->said);
}

const struct forge_type *forge_type_of(const struct forge *f)
{
	return f->type;
}

const char *forge_base(const struct forge *f)
{
	return f->url;
}

int64_t *forge_account(struct forge *f)
{
	return &f->account;
}
