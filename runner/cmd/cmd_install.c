/* sluice install: the hook and settings of a bare repository. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/mem.h"
#include "hooks/install.h"
#include "runner/cmd/cmd.h"

/* A program beside this one, or where `make install` puts it. */
static int find_program(const char *name, char out[PATH_MAX], struct error *err)
{
	static const char *const places[] = { "", "/../libexec/sluice" };
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	size_t i;

	if (n < 0)
		return error_sys(err, "/proc/self/exe");
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	for (i = 0; i < ARRAY_LEN(places); i++) {
		snprintf(path, sizeof(path), "%s%s/%s", self, places[i], name);
		if (access(path, X_OK) == 0 && realpath(path, out) != NULL)
			return 0;
	}
	return error_set(err, ERROR_NOT_FOUND,
	    "%s is not beside sluice (%s) nor in ../libexec/sluice", name,
	    self);
}

struct install_args {
	struct install_options options;
	bool is_hooks; /* a directory of hooks, not a repository */
	bool is_removed, is_json;
};

static int print_done(const struct install_args *a,
    const struct install_done *done)
{
	json_auto_t *out = NULL;
	const char *what = a->is_removed ? "removed" : "installed";

	if (a->is_json) {
		out = json_pack("{s:s,s:s,s:b,s:b}", "hook", done->hook,
		    "chained", done->chained, "shared", done->is_shared,
		    "installed", !a->is_removed);
		return cmd_print_json(out);
	}
	if (a->is_hooks || (done->hook[0] && !done->is_shared))
		printf("%s %s\n", what, done->hook);
	else if (done->hook[0])
		printf("%s %s; its hook is %s, which others share\n", what,
		    a->options.dir, done->hook);
	else
		printf("%s %s; no hook\n", what, a->options.dir);
	if (done->chained[0])
		printf("%s %s\n", a->is_removed ? "put back" : "chained",
		    done->chained);
	if (a->is_hooks && !a->is_removed)
		fputs("sluice: it acts in repositories where `sluice install "
		      "GITDIR` was\n",
		    stderr);
	return EXIT_FINE;
}

static int perform(const struct install_args *a, struct install_done *done,
    struct error *err)
{
	const struct install_options *o = &a->options;

	if (a->is_removed)
		return a->is_hooks ? install_hooks_remove(o->dir, done, err)
		                   : install_remove(o->dir, done, err);
	return a->is_hooks ? install_hooks(o, done, err)
	                   : install_repository(o, done, err);
}

static bool parse(int argc, char **argv, struct install_args *a,
    const char *sluice)
{
	static const struct option options[] = {
		{ "chain", no_argument, NULL, 'c' },
		{ "hide-runs", no_argument, NULL, 'h' },
		{ "hooks", required_argument, NULL, 'H' },
		{ "json", no_argument, NULL, 'J' },
		{ "no-hook", no_argument, NULL, 'n' },
		{ "start", no_argument, NULL, 's' },
		{ "uninstall", no_argument, NULL, 'u' },
		{ NULL, 0, NULL, 0 },
	};
	struct install_options *o = &a->options;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return false;
		o->command.chain |= c == 'c';
		o->hide_runs |= c == 'h';
		o->no_hook |= c == 'n';
		a->is_hooks |= c == 'H';
		a->is_json |= c == 'J';
		a->is_removed |= c == 'u';
		if (c == 's')
			o->command.start = sluice;
		if (c == 'H')
			o->dir = optarg;
	}
	if (o->dir == NULL)
		o->dir = optind < argc ? argv[optind++] : ".";
	/* what belongs to a repository says nothing to a directory of hooks */
	return optind == argc && !(a->is_hooks && (o->hide_runs || o->no_hook));
}

int cmd_install(int argc, char **argv)
{
	char hook[PATH_MAX], sluice[PATH_MAX] = "", dir[PATH_MAX];
	struct install_args a = { .options.command.program = hook };
	struct install_done done;
	struct error err = { 0 };

	if (!parse(argc, argv, &a, sluice))
		return cmd_usage("install");
	if (realpath(a.options.dir, dir) == NULL) {
		error_set(&err, ERROR_USAGE, "there is no directory %s",
		    a.options.dir);
		return cmd_fail(&err);
	}
	a.options.dir = dir;
	if (!a.is_removed &&
	    (find_program("sluice-hook", hook, &err) ||
	        find_program("sluice", sluice, &err)))
		return cmd_fail(&err);
	if (perform(&a, &done, &err))
		return cmd_fail(&err);
	return print_done(&a, &done);
}
