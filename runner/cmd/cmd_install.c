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

static int print_done(const struct install_done *done, bool is_removed,
    bool is_json)
{
	json_auto_t *out = NULL;

	if (!is_json) {
		printf("%s %s\n", is_removed ? "removed" : "installed",
		    done->hook);
		if (done->chained[0])
			printf("%s %s\n", is_removed ? "put back" : "chained",
			    done->chained);
		return EXIT_FINE;
	}
	out = json_pack("{s:s,s:s,s:b}", "hook", done->hook, "chained",
	    done->chained, "installed", !is_removed);
	return cmd_print_json(out);
}

int cmd_install(int argc, char **argv)
{
	static const struct option options[] = {
		{ "chain", no_argument, NULL, 'c' },
		{ "uninstall", no_argument, NULL, 'u' },
		{ "hide-runs", no_argument, NULL, 'h' },
		{ "start", no_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	char hook[PATH_MAX], sluice[PATH_MAX], dir[PATH_MAX];
	struct install_options o = { .hook_program = hook };
	struct install_done done;
	struct error err = { 0 };
	bool is_removed = false, is_json = false;
	int c, rc;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.chain = true;
			break;
		case 'u':
			is_removed = true;
			break;
		case 'h':
			o.hide_runs = true;
			break;
		case 's':
			o.start = sluice;
			break;
		case 'J':
			is_json = true;
			break;
		default:
			return cmd_usage("install");
		}
	}
	if (argc - optind > 1)
		return cmd_usage("install");
	o.git_dir = optind < argc ? argv[optind] : ".";
	if (realpath(o.git_dir, dir) == NULL) {
		error_set(&err, ERROR_USAGE, "there is no directory %s",
		    o.git_dir);
		return cmd_fail(&err);
	}
	o.git_dir = dir;
	if (is_removed)
		rc = install_remove(dir, &done, &err);
	else if ((rc = find_program("sluice-hook", hook, &err)) == 0 &&
	    (rc = find_program("sluice", sluice, &err)) == 0)
		rc = install_repository(&o, &done, &err);
	return rc ? cmd_fail(&err) : print_done(&done, is_removed, is_json);
}
