/* help: what `sluice --help` and `sluice COMMAND --help` say (cmd.h). Shell
 * completion reads it: two blanks, an option, what it takes, two blanks. */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/cmd/cmd.h"

#define ONE_NODE \
	"NODE\tfrom where you stand, or /ClinicB/Patient from the root\n"
#define NODES                                                              \
	"NODE\tfrom where you stand, or /ClinicB/Patient from the root;\n" \
	"\ta directory is all in it, none is all\n"
#define AT "--at REV\tof a branch or commit, instead of the files here\n"
#define SET "--set NAME=VALUE\ta parameter, for this once\n"
#define JSON "--json\tone JSON document\n"

/* Words and what they mean with a tab between; lines without one as they
 * are. */
static const struct {
	const char *name, *text;
} helps[] = {
	{ "init",
	    "DIR\tis made where it is not there (default: here)\n"
	    "\nA directory of a repository that is there becomes the "
	    "pipeline's root.\n" },
	{ "check",
	    "DIR\tof a pipeline, in git or not (default: here)\n" AT SET JSON
	    "\nIt only reads; nothing is computed.\n" },
	{ "plan",
	    "A\tthe files here against this commit (default: HEAD)\n"
	    "A..B\twhat B changes in A; A...B since B left A\n" SET JSON
	    "\n`sluice plan main...trial` tells what merging trial would "
	    "touch.\n" },
	{ "run",
	    NODES AT
	    "--jobs N\tat most so many nodes at once (default: one a "
	    "processor)\n" SET
	    "--snapshot REV\twith the sources as this snapshot has them\n"
	    "--no-reuse\tcompute again what is there, too\n"
	    "--retry\tcompute again what failed\n"
	    "--worktree\tthe files here, as without --at\n" JSON },
	{ "test",
	    NODES AT
	    "--jobs N\tat most so many at once (default: one a processor)\n" SET
	    "--rows\tthe rows that offend\n"
	    "-n ROWS\tat most so many of each test (default: 20)\n"
	    "--coverage\twhich nodes have which tests; computes nothing\n" JSON },
	{ "show",
	    ONE_NODE "-n ROWS\tat most so many rows (default: 20)\n"
	             "--schema\tits columns and their types\n"
	             "--log\twhat its code printed\n" AT JSON },
	{ "get",
	    ONE_NODE
	    "-o FILE\tinto this file (default: standard output)\n"
	    "--all DIR\tall tables of the run, as one set that replaces "
	    "DIR\n"
	    "--format csv|sqlite|parquet\tdefault: by what FILE ends in, "
	    ".sqlite, .db, .parquet, else csv\n" AT
	    "\n`sluice get --at production --all DIR` writes what is "
	    "served.\n" },
	{ "diff",
	    "A\tfrom this branch or commit (default: HEAD) to the files here\n"
	    "A..B\tfrom A to B; A...B from where B left A\n" NODES
	    "--rows\tthe rows themselves, behind - and +\n" JSON
	    "\nBoth must have been run; `sluice run --at REV` runs one.\n" },
	{ "explain",
	    ONE_NODE
	    "A..B\tfrom A to B (default: from HEAD to the files here)\n" JSON },
	{ "tree",
	    NODES AT SET JSON
	    "--names\tof one directory what lies in it, by name alone\n" },
	{ "graph",
	    NODES
	    "--format text|dot|svg|mermaid|json\tdefault: text; svg wants "
	    "Graphviz\n" AT SET JSON },
	{ "status", JSON },
	{ "retry",
	    "REV\twhose run (default: at a desk the files here, else "
	    "production)\n"
	    "NODE\tof what failed only this, or what is in this directory\n"
	    "--reason TEXT\tstands in the record of the run\n" JSON },
	{ "cancel", "REV\twhose run (default: all)\n" JSON },
	{ "rollback",
	    "RUN\twhose tables, or a commit (default: what was served before)\n"
	    "--reason TEXT\tstands in the history of production\n" JSON
	    "\nNothing is computed. It stays until the branch has a new "
	    "commit; `sluice log\nproduction` lists what was served.\n" },
	{ "log", "REF\ta branch (default: the one checked out)\n" JSON },
	{ "report",
	    "REV\twhose newest run (default: of the files here)\n"
	    "A..B\tfrom A to B\n"
	    "--format text|md|html|json|comment\tdefault: text; comment: as a "
	    "pull request would show it\n"
	    "--outside\tonly what may leave the house: no log, no small "
	    "count\n" JSON },
	{ "manifest", "REV\twhose newest run (default: of the files here)\n" },
	{ "verify",
	    "REV\twhose newest run (default: of the files here)\n"
	    "--rebuild\tcompute all, or the nodes behind it, again and compare\n" ONE_NODE
	        JSON },
	{ "install",
	    "GITDIR\ta bare repository (default: here)\n"
	    "--hooks DIR\tthe hook alone, into a directory that repositories "
	    "share\n"
	    "--no-hook\tthe settings alone\n"
	    "--chain\tkeep a hook that is there, and call it\n"
	    "--start\ta push starts a runner where none is\n"
	    "--hide-runs\truns and reports cannot be fetched\n"
	    "--uninstall\ttake all that away again\n" JSON },
	{ "runner",
	    "GITDIR\tbare repositories (default: here)\n"
	    "--once\tdo what is due, then end\n"
	    "--rebuild-index\tread the runs from git, where the index was "
	    "lost\n" },
	{ "snapshot",
	    "--take\ttake one now; production runs where files changed\n" JSON },
	{ "store",
	    "stat\tits size\n"
	    "fsck\tread all; what is damaged is laid aside\n"
	    "gc\tlay aside what no run refers to; a later gc deletes it\n"
	    "epoch\tits epoch: results of an older one are not used\n"
	    "--raise\tof epoch: by one, which disowns every result there is\n"
	    "--dry-run\tof gc: only say what it would do\n"
	    "--grace DAYS\tof gc: from how old on (default: 14)\n" JSON },
	{ "job",
	    "SPEC.json\ta JobSpec, or what the store has under a key\n"
	    "--sandbox\twhat holds code here, line by line\n" },
};

static const struct {
	const char *title, *names; /* of the commands, a blank behind each */
} groups[] = {
	{ "write and look", "init check tree graph plan " },
	{ "compute and read", "run test show get diff explain " },
	{ "what was run", "status log report manifest verify " },
	{ "on a git server",
	    "install runner snapshot retry cancel rollback store job " },
};

static bool is_named(const char *names, const char *name)
{
	size_t n = strlen(name);

	for (; *names != '\0'; names = strchr(names, ' ') + 1)
		if (strncmp(names, name, n) == 0 && names[n] == ' ')
			return true;
	return false;
}

void cmd_help(FILE *out)
{
	const struct cmd *c;
	size_t i;

	fputs("usage: sluice COMMAND [ARGUMENT...]\n\n"
	      "git-native data pipelines: a directory of SQL, Python, R and "
	      "Bash files,\nresolved from git, computed once, kept for "
	      "ever.\n",
	    out);
	for (i = 0; i < ARRAY_LEN(groups); i++) {
		fprintf(out, "\n%s\n", groups[i].title);
		for (c = cmd_table; c->name != NULL; c++)
			if (is_named(groups[i].names, c->name))
				fprintf(out, "  %-10s %s\n", c->name,
				    c->summary);
	}
	fputs("\n`sluice COMMAND --help` and `man sluice` say more; "
	      "`man sluice-pipeline` is the\nlanguage.\n",
	    out);
}

/* The widest of the words in front of a tab, as far as they can be side by
 * side with what they mean. */
static int find_width(const char *text)
{
	int width = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, "\t\n");

		if (n <= 20 && text[n] == '\t' && (int)n > width)
			width = (int)n;
		text += strcspn(text, "\n") + 1;
	}
	return width;
}

static void print_text(const char *text)
{
	int width = find_width(text);

	while (*text != '\0') {
		int n = (int)strcspn(text, "\t\n");
		const char *more = text + n;
		int rest = (int)strcspn(more, "\n");

		if (*more == '\t')
			printf("  %-*.*s  %.*s\n", width, n, text, rest - 1,
			    more + 1);
		else
			printf("%.*s\n", n, text);
		text = more + rest + 1;
	}
}

void cmd_help_one(const struct cmd *c)
{
	size_t i;

	printf("usage: sluice %s %s\n\n%s\n\n", c->name, c->usage, c->summary);
	for (i = 0; i < ARRAY_LEN(helps); i++)
		if (strcmp(helps[i].name, c->name) == 0)
			print_text(helps[i].text);
}
