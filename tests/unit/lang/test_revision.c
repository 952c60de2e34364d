/* revision: names of commits on random histories mean what `git rev-parse`
 * says they mean; and what is not read is not found. */
#include "tests/unit/cmocka_all.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/lang/revision.h"
#include "tests/unit/hooks/repo_help.h"

enum {
	HISTORIES = 3,
	COMMITS = 40,
	REVISIONS = 200,
};

/* Commits with up to three parents; branches, tags of both kinds and remotes
 * that share names; a branch whose name is a commit's digits, whole and cut
 * short, and one of four letters that are digits, too. */
static const char make_history[] =
    "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a "
    "GIT_COMMITTER_EMAIL=a@b; RANDOM=%u; t=$(git mktree </dev/null); all=(); "
    "for ((i = 0; i < %d; i++)); do p=(); "
    "for ((k = RANDOM %% 4; k > 0 && i > 0; k--)); do "
    "q=${all[RANDOM %% i]}; [[ \" ${p[*]} \" = *\" $q \"* ]] || p+=(-p $q); "
    "done; all+=($(git commit-tree $t \"${p[@]}\" -m \"$i %u\")); "
    "done; pick() { echo ${all[RANDOM %% ${#all[@]}]}; }; "
    "for n in main exp/a both deed; do git update-ref refs/heads/$n $(pick); "
    "done; git tag light $(pick); git tag -a -m x heavy $(pick); "
    "git tag -a -m x twice heavy; git tag both $(pick); "
    "git tag -a -m x exp/t $(pick); git tag blob $(git hash-object -w --stdin "
    "</dev/null); c=$(pick); git update-ref refs/heads/$c $(pick); "
    "git update-ref refs/heads/${c:0:7} $(pick); "
    "git update-ref refs/remotes/origin/main $(pick); "
    "git update-ref refs/remotes/origin/both $(pick); "
    "git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main; "
    "git update-ref refs/sluice/x $(pick); git symbolic-ref HEAD "
    "refs/heads/exp/a; printf '%%s\\n' \"${all[@]}\" >all; echo $c >c";

static void bash(const struct repo *r, const char *script)
{
	char path[128], command[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/script", r->dir);
	assert_non_null(f = fopen(path, "w"));
	assert_true(fputs(script, f) >= 0);
	assert_int_equal(fclose(f), 0);
	snprintf(command, sizeof(command), "bash -e script >/dev/null");
	assert_int_equal(sh(r, NULL, 0, command), 0);
}

/* Where a revision begins: names that are there, in several places or none. */
static void add_name(char ids[][41], const char *shared, char *out, size_t size)
{
	static const char *const names[] = { "HEAD", "@", "main", "exp/a",
		"both", "deed", "light", "heavy", "twice", "exp/t", "blob",
		"heads/main", "tags/heavy", "refs/heads/both", "refs/tags/both",
		"origin", "origin/main", "origin/both", "remotes/origin/both",
		"sluice/x", "refs/sluice/x", "refs/remotes/origin", "no",
		"refs/heads", "refs", "main.lock", "../main", "/main", "main/",
		"exp", "exp/", "-main", "a..b", "a b", "FETCH_HEAD", "config",
		"", "@@", "HEAD.", "refs//heads/main", "zz\x01" };
	const int kind = rand() % 4;

	if (kind > 1)
		snprintf(out, size, "%s",
		    names[(size_t)rand() % ARRAY_LEN(names)]);
	else if (kind == 1)
		snprintf(out, size, "%.*s", 8 + rand() % 34,
		    ids[rand() % COMMITS]);
	else
		snprintf(out, size, "%.*s", rand() % 2 ? 7 : 40, shared);
}

/* And what follows it, well-formed mostly. */
static void add_steps(char *out, size_t size)
{
	static const char *const steps[] = { "~", "^", "~1", "~2", "~3", "~0",
		"^0", "^1", "^2", "^3", "^4", "~007", "^^", "~~", "~99", "^00",
		"^02" };
	int n = rand() % 4;

	while (n-- > 0) {
		size_t at = strlen(out);

		snprintf(out + at, size - at, "%s",
		    steps[(size_t)rand() % ARRAY_LEN(steps)]);
	}
}

/* What git says of all of them, asked at once: 40 digits, or "" where there is
 * no such commit. */
static void ask_git(const struct repo *r, char revs[][128], char said[][41])
{
	char path[128], line[256];
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "%s/revs", r->dir);
	assert_non_null(f = fopen(path, "w"));
	for (i = 0; i < REVISIONS; i++)
		fprintf(f, "%s\n", revs[i]);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(sh(r, NULL, 0,
	                     "while IFS= read -r x; do git rev-parse -q "
	                     "--verify --end-of-options \"$x^{commit}\" "
	                     "2>/dev/null || echo; done <revs >said"),
	    0);
	snprintf(path, sizeof(path), "%s/said", r->dir);
	assert_non_null(f = fopen(path, "r"));
	for (i = 0; i < REVISIONS; i++) {
		assert_non_null(fgets(line, sizeof(line), f));
		snprintf(said[i], 41, "%.*s", (int)strcspn(line, "\n"), line);
	}
	assert_null(fgets(line, sizeof(line), f));
	fclose(f);
}

static void read_lines(const struct repo *r, const char *name, char out[][41],
    int n)
{
	char path[128], line[256];
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	assert_non_null(f = fopen(path, "r"));
	for (i = 0; i < n; i++) {
		assert_non_null(fgets(line, sizeof(line), f));
		snprintf(out[i], 41, "%.40s", line);
	}
	fclose(f);
}

static void one_history(unsigned int seed)
{
	static char revs[REVISIONS][128], said[REVISIONS][41];
	char script[4096], ids[COMMITS][41], shared[1][41];
	git_repository *repo = NULL;
	int i, found = 0;
	struct repo r;

	repo_make(&r);
	snprintf(script, sizeof(script), make_history, seed, COMMITS, seed);
	bash(&r, script);
	read_lines(&r, "all", ids, COMMITS);
	read_lines(&r, "c", shared, 1);
	for (i = 0; i < REVISIONS; i++) {
		revs[i][0] = '\0';
		add_name(ids, shared[0], revs[i], sizeof(revs[i]));
		add_steps(revs[i], sizeof(revs[i]));
	}
	ask_git(&r, revs, said);
	assert_true(git_libgit2_init() > 0);
	assert_int_equal(git_repository_open(&repo, r.dir), 0);
	for (i = 0; i < REVISIONS; i++) {
		char out[41] = "";
		int rc = revision_find(repo, revs[i], out, NULL);

		if (strcmp(out, said[i]) != 0 ||
		    rc != (said[i][0] ? 0 : ERROR_NOT_FOUND))
			fail_msg("seed %u: '%s' is '%s' (%d), git: '%s'", seed,
			    revs[i], out, rc, said[i]);
		found += rc == 0;
	}
	/* enough of both kinds to say something */
	assert_in_range(found, REVISIONS / 4, REVISIONS * 3 / 4);
	git_repository_free(repo);
	git_libgit2_shutdown();
	repo_remove(&r);
}

static void names_mean_what_git_says(void **state)
{
	const char *given = getenv("SEED");
	unsigned int seed = given ? (unsigned int)strtoul(given, NULL, 10) : 1;
	int i;

	(void)state;
	for (i = 0; i < HISTORIES; i++) {
		srand(seed + (unsigned int)i);
		one_history(seed + (unsigned int)i);
	}
}

/* Git reads these; we do not. */
static void the_rest_is_not_read(void **state)
{
	static const char *const revs[] = { "main@{0}", "main@{yesterday}",
		"@{-1}", "@{0}", "main^{commit}", "main^{}", "main^{/x}", ":/x",
		"main:f", "main^@", "main^!", "main^-", "^main", "~1",
		"main~1x", "main~-1", "main~ 1", "main^1234567890",
		"main~18446744073709551617", "main\n", " main" };
	git_repository *repo = NULL;
	char id[41], out[41];
	struct error err;
	struct repo r;
	size_t i;

	(void)state;
	repo_make(&r);
	repo_commit(&r, "main", NULL, "x", id);
	assert_true(git_libgit2_init() > 0);
	assert_int_equal(git_repository_open(&repo, r.dir), 0);
	for (i = 0; i < ARRAY_LEN(revs); i++) {
		err = (struct error){ 0 };
		if (revision_find(repo, revs[i], out, &err) != ERROR_NOT_FOUND)
			fail_msg("'%s' is found", revs[i]);
		assert_non_null(strstr(err.msg, "there is no commit "));
	}
	assert_int_equal(revision_find(repo, "main", out, &err), 0);
	assert_string_equal(out, id);
	git_repository_free(repo);
	git_libgit2_shutdown();
	repo_remove(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_mean_what_git_says),
		cmocka_unit_test(the_rest_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
