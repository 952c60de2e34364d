#ifndef SLUICE_CACHE_BASE_ERROR_H
#define SLUICE_CACHE_BASE_ERROR_H
/*
 * error -- what went wrong, where, and in words.
 *
 * Use        int f(struct S *subject, inputs..., T *out, struct error *err)
 *            returns 0 or a negative enum error_code. The caller keeps one
 *            struct error on its stack, zeroed; err may be NULL.
 * Rule       The first error wins: setting an error that is set does nothing.
 * Shape      path:line:col is a place in a file the *user* wrote; line and col
 *            are 0 where there is none.
 * Threads    A struct error belongs to one thread.
 */
#include <stddef.h>

/* Every reason a function of ours can fail for. Exit statuses: runner/cmd. */
enum error_code {
	ERROR_MEMORY = -1, /* no memory */
	ERROR_IO = -2, /* the operating system said no; sys has errno */
	ERROR_NOT_FOUND = -3, /* what was asked for is not there */
	ERROR_EXISTS = -4, /* what was to be made is there, and differs */
	ERROR_SYNTAX = -5, /* the user's text has an error */
	ERROR_CYCLE = -6, /* the user's text leads in a circle */
	ERROR_CORRUPT = -7, /* stored bytes are not what their name says */
	ERROR_DENIED = -8, /* not allowed */
	ERROR_TIMEOUT = -9, /* took longer than its limit */
	ERROR_NODE = -10, /* the code of a node failed */
	ERROR_REMOTE = -11, /* another machine said no, or nothing */
	ERROR_CANCELLED = -12, /* somebody asked to stop */
	ERROR_USAGE = -13, /* wrong command line or configuration */
	ERROR_BUSY = -14, /* somebody else holds it */
	ERROR_LIMIT = -15, /* larger than a stated maximum */
};

struct error {
	enum error_code code; /* 0: no error */
	int sys; /* errno, or 0 */
	int line, col; /* from 1; 0 when none */
	char path[256]; /* the user's file, or "" */
	char msg[1024];
};

/* Sets code and a printf message; returns code, also where err is NULL. There
 * is no error 0: who passes on the code of an error that nobody set was told
 * ERROR_MEMORY alone, and it is that. */
int error_set(struct error *err, enum error_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set, with ERROR_IO, errno kept and its words added. */
int error_sys(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Sets err to an error that was kept aside, with its place; returns its
 * code, and of one that nobody set ERROR_MEMORY, as above. */
int error_pass(struct error *err, const struct error *why);

/* Sets the place of an error in the user's text, where none is set. */
void error_place(struct error *err, const char *path, int line, int col);

/* Puts "context: " before the message. Callers return the code they have:
 * err may be NULL. */
void error_wrap(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ERROR_MEMORY in words. Inline, so that analysers see it is never 0. */
static inline int error_memory(struct error *err)
{
	error_set(err, ERROR_MEMORY, "out of memory");
	return ERROR_MEMORY;
}

/* Prints "path:line:col: message" (without the parts there are not) into
 * out, at most size bytes with the NUL. */
void error_print(const struct error *err, char *out, size_t size);

#endif
