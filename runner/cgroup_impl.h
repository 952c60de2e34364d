#ifndef SLUICE_RUNNER_CGROUP_IMPL_H
#define SLUICE_RUNNER_CGROUP_IMPL_H
/* cgroup_impl: the pieces of cgroup.h, for its tests, which give another
 * directory than the kernel's, or ask for no controller. */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/cgroup.h"

/* What a version calls its limits. */
struct cgroup_version {
	const char *kind, *memory, *unlimited;
	const char *swap; /* NULL: memory has it in it, or not */
	const char *kill; /* ends all that are in a group; NULL: nothing does */
};

/* Where groups are made: below the directory of each controller, or the one of
 * both. */
struct cgroup_place {
	const struct cgroup_version *version; /* NULL: not yet looked for */
	char directories[2][PATH_MAX];
	size_t n; /* of them; memory comes first, processes last */
};

/* root: where control groups are mounted; self: our line of each hierarchy, as
 * /proc/self/cgroup has it. */
void cgroup_find(const char *root, const char *self, struct cgroup_place *out);

/* The directory below which version 2 lets us make groups with these
 * controllers ("" ends them); false: none. */
bool cgroup_find_v2(const char *root, const char *self,
    const char *const *controllers, char out[PATH_MAX]);

/* Makes the group of this process below each directory, which it becomes, and
 * enters it. */
int cgroup_enter_place(struct cgroup_place *p, struct error *err);

/* The limits of the groups entered: processes, and memory (0: none). */
int cgroup_set_processes(const struct cgroup_place *p, struct error *err);
int cgroup_set_memory(const struct cgroup_place *p, uint64_t bytes,
    struct error *err);

/* Ends what is in a process's group still, and removes it. */
void cgroup_remove_below(const struct cgroup_place *p, long pid);

extern const struct cgroup_version cgroup_v1, cgroup_v2;

#endif
