/* path: see path.h. */
#include "runner/lang/path.h"

#include <string.h>

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *path_dir(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return arena_strndup(a, path, slash ? (size_t)(slash - path) : 0);
}

const char *path_join(struct arena *a, const char *dir, const char *name)
{
	size_t d = strlen(dir), n = strlen(name) + 1;
	char *p;

	if (d == 0)
		return arena_strdup(a, name);
	p = arena_text(a, d + 1 + n);
	if (p != NULL) {
		memcpy(p, dir, d + 1);
		p[d] = '/';
		memcpy(p + d + 1, name, n);
	}
	return p;
}

bool path_is_below(const char *path, const char *dir, const char **rest)
{
	size_t n = strlen(dir);

	if (strncmp(path, dir, n) != 0)
		return false;
	if (n > 0 && path[n] != '/' && path[n] != '\0')
		return false;
	*rest = path + n + (n > 0 && path[n] == '/');
	return true;
}

bool path_add(struct buf *out, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "/");

		if (n == 2 && memcmp(text, "..", 2) == 0) {
			if (out->n == 0)
				return false;
			while (out->n > 0 && out->p[out->n - 1] != '/')
				out->n--;
			out->n -= out->n > 0;
			out->p[out->n] = '\0';
		} else if (n > 0 && !(n == 1 && text[0] == '.')) {
			if (out->n > 0)
				buf_add_char(out, '/');
			buf_add(out, text, n);
		}
		text += n + (text[n] == '/');
	}
	return true;
}

/* Where a path that lies in a mounted library is at the mount. */
static const char *at_mount(struct arena *a, const struct slot *slot,
    const char *lies)
{
	const struct layer *y;
	const char *rest;

	for (y = slot->layer; y->outer != NULL; y = y->outer)
		if (path_is_below(lies, y->library, &rest))
			return rest[0] ? path_join(a, y->at->dir->path, rest)
			               : y->at->dir->path;
	return lies;
}

/* Whether a path from the root is as the VFS has it, but for a slash before it:
 * no "." or ".." in it (nor a name that begins so, which is rare), no slash
 * behind it. */
static bool is_clean(const char *text, size_t n)
{
	return text[0] != '.' && text[n - 1] != '/' &&
	    strstr(text, "/.") == NULL;
}

static int say(struct load *l, const char **why, const char *message)
{
	*why = message;
	return message ? 0 : error_memory(l->err);
}

int path_read(struct load *l, struct arena *a, const struct slot *slot,
    const char *text, struct path *out, const char **why)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	bool is_relative = text[0] == '.' &&
	    (text[1] == '/' || text[1] == '\0' ||
	        (text[1] == '.' && (text[2] == '/' || text[2] == '\0')));
	size_t n = strlen(text);

	*why = NULL;
	*out = (struct path){ .is_dir = n > 0 && text[n - 1] == '/' };
	if (n == 0 || n > 4000)
		*why = n ? "the path is too long" : "the path is empty";
	else if (!is_relative && strchr(text, '/') == NULL)
		return say(l, why,
		    arena_printf(l->a,
		        "a path has a slash: did you mean ./%s, or /%s from "
		        "the root?",
		        text, text));
	else if (strstr(text, "//") != NULL)
		return say(l, why,
		    arena_printf(l->a, "%s has an empty part", text));
	if (*why != NULL)
		return 0;
	if (!is_relative && is_clean(text, n)) {
		out->lies = out->path = text + (text[0] == '/');
		return 0;
	}
	buf_add_str(&b, is_relative ? slot->listing->dir : "");
	if (!path_add(&b, text) && !b.failed)
		return say(l, why,
		    arena_printf(l->a, "%s leads out of the pipeline's root",
		        text));
	out->lies = arena_strndup(a, b.p ? b.p : "", b.n);
	if (b.failed || out->lies == NULL)
		return error_memory(l->err);
	out->path = is_relative ? at_mount(a, slot, out->lies) : out->lies;
	return out->path ? 0 : error_memory(l->err);
}
