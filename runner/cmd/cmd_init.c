/* sluice init: a new pipeline repository with a small example. */
#include <git2.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/cmd/cmd.h"

static const struct {
	const char *path, *text;
} example[] = {
	{ "common/lab/library",
	    "# What every clinic shares: a library, mounted by each.\n"
	    "@abstract\n"
	    "@param clinic\n" },
	{ "common/lab/Result.sql",
	    "-- @include action/sql/sqlite\n"
	    "-- @depend ./raw as r\n"
	    "-- @key patient_id, taken_on\n"
	    "SELECT patient_id, taken_on, albumin_g_dl, {{clinic}} AS clinic\n"
	    "FROM r\n" },
	{ "ClinicA/lab", "@include common/lab clinic=A\n" },
	{ "ClinicA/raw.csv",
	    "patient_id,taken_on,albumin_g_dl\n"
	    "00102,2026-01-03,4.1\n"
	    "00102,2026-02-07,3.6\n"
	    "00215,2026-01-20,4.4\n" },
	{ "ClinicA/raw",
	    "# Record numbers are text: 00102 keeps its zeros.\n"
	    "@column patient_id text\n" },
	{ "ClinicB/lab", "@include common/lab clinic=B\n" },
	{ "ClinicB/raw.csv",
	    "patient_id,taken_on,albumin_g_dl\n"
	    "7001,2026-01-11,38.0\n"
	    "7002,2026-02-02,41.5\n" },
	{ "ClinicB/raw", "@column patient_id text\n" },
	{ "ClinicB/Result.sql",
	    "-- Clinic B measures in g/L: override one file, reuse the rest.\n"
	    "-- @include action/sql/sqlite\n"
	    "-- @override\n"
	    "-- @depend super as r\n"
	    "-- @key patient_id, taken_on\n"
	    "SELECT patient_id, taken_on, albumin_g_dl / 10 AS albumin_g_dl, "
	    "clinic\n"
	    "FROM r\n" },
	{ "Summary.sql",
	    "-- @include action/sql/sqlite\n"
	    "-- @depend /*/Result as result\n"
	    "-- @key clinic\n"
	    "SELECT _from AS clinic, count(*) AS results,\n"
	    "       round(avg(albumin_g_dl), 2) AS mean_albumin_g_dl\n"
	    "FROM result\n"
	    "GROUP BY _from\n" },
};

/* The example's files, none of which is written over. */
static int write_example(const char *dir, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_LEN(example); i++) {
		CLEANUP(buf_clear) struct buf path = { 0 };
		char *slash;

		buf_printf(&path, "%s/%s", dir, example[i].path);
		if ((rc = buf_check(&path, err)))
			return rc;
		slash = path.p + path.n;
		while (*slash != '/')
			slash--;
		*slash = '\0';
		rc = file_make_dirs(path.p, err);
		*slash = '/';
		if (rc == 0)
			rc = file_create(path.p, bytes_of(example[i].text),
			    0644, err);
	}
	return rc;
}

/* Refuses where something of the example's name is there already, before
 * anything is written. */
static int check_free(const char *dir, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(example); i++) {
		CLEANUP(buf_clear) struct buf path = { 0 };
		struct stat st;

		buf_printf(&path, "%s/%s", dir, example[i].path);
		if (buf_check(&path, err))
			return ERROR_MEMORY;
		if (os_lstat(path.p, &st) == 0)
			return error_set(err, ERROR_USAGE,
			    "%s is there already; `sluice init DIR` makes the "
			    "example in a directory of its own",
			    path.p);
	}
	return 0;
}

static int git_failed(struct error *err, const char *dir)
{
	const git_error *e = git_error_last();

	return error_set(err, ERROR_IO, "%s: %s", dir,
	    e ? e->message : "libgit2 failed");
}

/* The paths of the example start at the pipeline's root: a directory of a
 * repository becomes that, and what was set otherwise is not overruled. */
static int set_root(git_repository *repo, const char *dir, struct error *err)
{
	const char *top = git_repository_workdir(repo), *root;
	char real[PATH_MAX];
	git_config *config = NULL;
	git_buf set = { 0 };
	int rc = 0;

	if (top == NULL)
		return error_set(err, ERROR_USAGE,
		    "%s is a bare repository, which has no files; a server "
		    "wants `sluice install`",
		    dir);
	if (realpath(dir, real) == NULL)
		return error_sys(err, "%s", dir);
	root = strlen(real) > strlen(top) ? real + strlen(top) : "";
	if (git_repository_config(&config, repo) < 0)
		return git_failed(err, dir);
	if (git_config_get_string_buf(&set, config, "sluice.root") < 0 &&
	    *root != '\0')
		rc = git_config_set_string(config, "sluice.root", root) < 0
		    ? git_failed(err, dir)
		    : 0;
	else if (set.ptr != NULL && strcmp(set.ptr, root) != 0)
		rc = error_set(err, ERROR_USAGE,
		    "the pipeline of this repository is in '%s' (git config "
		    "sluice.root); `sluice init` there",
		    set.ptr);
	git_buf_dispose(&set);
	git_config_free(config);
	return rc;
}

/* It is there before anybody asks which repository it lies in. */
static int make_directory(const char *dir, struct error *err)
{
	struct stat st;

	if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_USAGE,
		    "%s is a file; `sluice init DIR` wants a directory", dir);
	return file_make_dirs(dir, err);
}

/* The repository that dir lies in, else a new one in it. */
static int make_repository(const char *dir, struct error *err)
{
	git_repository_init_options options = {
		.version = GIT_REPOSITORY_INIT_OPTIONS_VERSION,
		.flags = GIT_REPOSITORY_INIT_MKPATH,
		.initial_head = "main",
	};
	git_repository *repo = NULL;
	int rc;

	if (git_libgit2_init() < 0)
		return error_set(err, ERROR_IO, "libgit2 does not start");
	rc = git_repository_open_ext(&repo, dir, 0, NULL);
	if (rc == 0)
		rc = set_root(repo, dir, err);
	else if (context_in_git(dir))
		rc = source_open_fail(rc, dir, err);
	else
		rc = git_repository_init_ext(&repo, dir, &options) < 0
		    ? git_failed(err, dir)
		    : 0;
	git_repository_free(repo);
	return rc;
}

int cmd_init(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : ".";
	struct error err = { 0 };
	bool was_there = file_exists(dir);

	if (argc > 2 || dir[0] == '-')
		return cmd_usage("init");
	if (check_free(dir, &err) || make_directory(dir, &err) ||
	    make_repository(dir, &err) || write_example(dir, &err)) {
		if (!was_there)
			os_rmdir(dir); /* nothing is left of what failed */
		return cmd_fail(&err);
	}
	if (strcmp(dir, ".") == 0)
		printf("A pipeline of two clinics is here. Try:\n\n  ");
	else
		printf("A pipeline of two clinics is in %s. Try:\n\n"
		       "  cd %s && ",
		    dir, dir);
	puts("sluice run && sluice show Summary\n\n"
	     "then edit ClinicB/Result.sql and see `sluice plan`.");
	return EXIT_FINE;
}
