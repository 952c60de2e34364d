/* error: see error.h. */
#include "cache/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/text.h"

static void __attribute__((format(printf, 2, 0)))
set_msg(struct error *err, const char *fmt, va_list ap)
{
	int n = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);

	if (n < 0)
		err->msg[0] = '\0';
	text_trim_cut(err->msg);
}

int error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	/* passed on of a callback, which had no memory and no words */
	if (code == 0)
		return error_memory(err);
	if (err == NULL || err->code)
		return code;
	err->code = code;
	va_start(ap, fmt);
	set_msg(err, fmt, ap);
	va_end(ap);
	return code;
}

int error_sys(struct error *err, const char *fmt, ...)
{
	int sys = errno;
	char words[128];
	size_t n;
	va_list ap;

	if (err == NULL || err->code)
		return ERROR_IO;
	err->code = ERROR_IO;
	err->sys = sys;
	va_start(ap, fmt);
	set_msg(err, fmt, ap);
	va_end(ap);
	if (strerror_r(sys, words, sizeof(words)) != 0)
		snprintf(words, sizeof(words), "errno %d", sys);
	n = strlen(err->msg);
	snprintf(err->msg + n, sizeof(err->msg) - n, ": %s", words);
	return ERROR_IO;
}

int error_pass(struct error *err, const struct error *why)
{
	if (why->code == 0)
		return error_memory(err);
	if (err != NULL && err->code == 0)
		*err = *why;
	return why->code;
}

void error_place(struct error *err, const char *path, int line, int col)
{
	if (err == NULL || err->path[0] != '\0')
		return;
	snprintf(err->path, sizeof(err->path), "%s", path);
	err->line = line;
	err->col = col;
}

void error_wrap(struct error *err, const char *fmt, ...)
{
	char old[sizeof(err->msg)];
	size_t n;
	va_list ap;

	if (err == NULL)
		return;
	memcpy(old, err->msg, sizeof(old));
	va_start(ap, fmt);
	set_msg(err, fmt, ap);
	va_end(ap);
	n = strlen(err->msg);
	if (n + 3 < sizeof(err->msg)) {
		size_t left = sizeof(err->msg) - n - 3;
		size_t len = strnlen(old, sizeof(old) - 1);

		memcpy(err->msg + n, ": ", 2);
		if (len > left)
			len = left;
		memcpy(err->msg + n + 2, old, len);
		err->msg[n + 2 + len] = '\0';
		text_trim_cut(err->msg);
	}
}

void error_print(const struct error *err, char *out, size_t size)
{
	if (err->path[0] == '\0')
		snprintf(out, size, "%s", err->msg);
	else if (err->line == 0)
		snprintf(out, size, "%s: %s", err->path, err->msg);
	else
		snprintf(out, size, "%s:%d:%d: %s", err->path, err->line,
		    err->col, err->msg);
	if (size > 0)
		text_trim_cut(out);
}
