/* graph: see graph.h. */
#include "runner/cmd/graph.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"

extern char **environ;

void graph_text(const struct pipeline *p, const bool *set, struct buf *out)
{
	size_t i, j, k;

	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[i];

		if (!set[i])
			continue;
		buf_printf(out, "%s\n", n->path);
		for (j = 0; j < n->n_inputs; j++)
			for (k = 0; k < n->inputs[j].n_nodes; k++)
				buf_printf(out, "  %s <- %s\n",
				    n->inputs[j].name,
				    p->nodes[n->inputs[j].nodes[k]].path);
	}
}

/* s between double quotes, as Graphviz wants it. */
static void add_quoted(struct buf *out, const char *s)
{
	buf_add_char(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *s);
	}
	buf_add_char(out, '"');
}

static const char *shape_of(const struct node *n)
{
	switch (n->kind) {
	case NODE_TABLE:
		return "note";
	case NODE_SOURCE:
		return "cylinder";
	case NODE_CODE:
		break;
	}
	return "box";
}

void graph_dot(const struct pipeline *p, const bool *set, struct buf *out)
{
	size_t i, j, k;

	buf_add_str(out, "digraph sluice {\n\trankdir=LR;\n");
	for (i = 0; i < p->n; i++) {
		if (!set[i])
			continue;
		buf_add_char(out, '\t');
		add_quoted(out, p->nodes[i].path);
		buf_printf(out, " [shape=%s];\n", shape_of(&p->nodes[i]));
	}
	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[i];

		for (j = 0; set[i] && j < n->n_inputs; j++)
			for (k = 0; k < n->inputs[j].n_nodes; k++) {
				size_t from = n->inputs[j].nodes[k];

				if (!set[from])
					continue;
				buf_add_char(out, '\t');
				add_quoted(out, p->nodes[from].path);
				buf_add_str(out, " -> ");
				add_quoted(out, n->path);
				buf_add_str(out, ";\n");
			}
	}
	buf_add_str(out, "}\n");
}

/* s as the text of a Mermaid node: entities for what its parser would take
 * for its own. */
static void add_entities(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		if (strchr("\"#<>&`", *s) != NULL)
			buf_printf(out, "#%d;", *s);
		else
			buf_add_char(out, *s);
}

void graph_mermaid(const struct pipeline *p, const bool *set, struct buf *out)
{
	size_t i, j, k;

	buf_add_str(out, "flowchart LR\n");
	for (i = 0; i < p->n; i++) {
		if (!set[i])
			continue;
		buf_printf(out, "\tn%zu[\"", i);
		add_entities(out, p->nodes[i].path);
		buf_add_str(out, "\"]\n");
	}
	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[i];

		for (j = 0; set[i] && j < n->n_inputs; j++)
			for (k = 0; k < n->inputs[j].n_nodes; k++)
				if (set[n->inputs[j].nodes[k]])
					buf_printf(out, "\tn%zu --> n%zu\n",
					    n->inputs[j].nodes[k], i);
	}
}

/* Starts `dot -Tsvg` with fd as its standard input. */
static int start_dot(int fd, pid_t *pid, struct error *err)
{
	static char name[] = "dot", flag[] = "-Tsvg";
	char *argv[] = { name, flag, NULL };
	posix_spawn_file_actions_t actions;
	int rc;

	if (posix_spawn_file_actions_init(&actions))
		return error_memory(err);
	rc = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	if (!rc)
		rc = posix_spawnp(pid, "dot", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (rc == ENOENT)
		return error_set(err, ERROR_NOT_FOUND,
		    "svg is drawn by Graphviz, and there is no 'dot' on PATH; "
		    "install graphviz, or take --format dot or mermaid");
	if (rc)
		return error_set(err, ERROR_IO, "dot: %s", strerror(rc));
	return 0;
}

int graph_svg(struct bytes dot, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	pid_t pid = 0;
	int rc, status = 0;

	/* A file, not a pipe: nobody waits for anybody. */
	if ((rc = file_open_temp("/tmp", &fd, err)) ||
	    (rc = file_write_fd(fd, dot, err)))
		return rc;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_sys(err, "a temporary file");
	if ((rc = start_dot(fd, &pid, err)))
		return rc;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_sys(err, "dot");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, ERROR_IO, "dot failed");
	return 0;
}
