/* nodepath: see nodepath.h. */
#include "runner/cmd/nodepath.h"

#include <string.h>

/* Takes the last part away. */
static void go_up(struct buf *out)
{
	while (out->n > 0 && out->p[--out->n] != '/')
		;
	if (out->p != NULL)
		out->p[out->n] = '\0';
}

void nodepath_add(struct buf *out, const char *arg)
{
	if (arg[0] == '/')
		buf_reset(out);
	while (*arg != '\0') {
		size_t n = strcspn(arg, "/");

		if (n == 2 && memcmp(arg, "..", 2) == 0) {
			go_up(out);
		} else if (n > 0 && !(n == 1 && *arg == '.')) {
			if (out->n > 0)
				buf_add_char(out, '/');
			buf_add(out, arg, n);
		}
		arg += n + (arg[n] == '/');
	}
}

bool nodepath_is_in(const char *path, const char *node)
{
	size_t n = strlen(node);

	return n == 0 ||
	    (strncmp(path, node, n) == 0 &&
	        (path[n] == '\0' || path[n] == '/'));
}
