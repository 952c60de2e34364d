/* landlock: see landlock.h. */
#define _GNU_SOURCE
#include "runner/landlock.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"

enum {
	VERSION = 1, /* flag of landlock_create_ruleset */
	PATH_BENEATH = 1, /* kind of a rule */
};

/* Rights to files, by their bits: 0 execute, 1 write, 2 read a file, 3 list a
 * directory, 4 and 5 remove a directory and a file, 6 to 12 make a device,
 * directory, file, socket, FIFO, block device, link; then, by ABI: 13 move
 * between directories (2), 14 truncate (3), 15 ioctl of a device (5). */
#define FILES_1 UINT64_C(0x1fff)
#define MOVE UINT64_C(0x2000)
#define TRUNCATE UINT64_C(0x4000)
#define DEVICES UINT64_C(0x8000)
/* write, read, list, remove, make directories and files */
#define OURS UINT64_C(0x01be)
#define TCP UINT64_C(0x3) /* bind, connect (4) */
#define OTHERS UINT64_C(0x3) /* abstract sockets, signals (6) */

struct ruleset {
	uint64_t files, net, scoped;
};

/* The kernel's is packed. */
struct beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* An older kernel wants a shorter structure. */
static size_t describe(int abi, struct ruleset *out)
{
	*out = (struct ruleset){ .files = FILES_1 };
	if (abi >= 2)
		out->files |= MOVE;
	if (abi >= 3)
		out->files |= TRUNCATE;
	if (abi >= 5)
		out->files |= DEVICES;
	if (abi >= 4)
		out->net = TCP;
	if (abi >= 6)
		out->scoped = OTHERS;
	return abi >= 6 ? sizeof(*out)
	    : abi >= 4  ? offsetof(struct ruleset, scoped)
	                : offsetof(struct ruleset, net);
}

static int allow(int rules, const char *directory, uint64_t rights,
    struct error *err)
{
	CLEANUP(fd_close)
	int fd = os_open(directory, O_PATH | O_DIRECTORY, 0);
	struct beneath b = { .allowed = rights, .fd = fd };

	if (fd < 0 ||
	    syscall(SYS_landlock_add_rule, rules, PATH_BENEATH, &b, 0) < 0)
		return error_sys(err, "Landlock: allow %s", directory);
	return 0;
}

int landlock_enter(const char *directory, struct error *err)
{
	CLEANUP(fd_close) int rules = -1;
	struct ruleset set;
	size_t size = describe(landlock_abi(), &set);
	int rc = 0;

	rules = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
	if (rules < 0)
		return error_sys(err, "Landlock");
	if (*directory != '\0')
		rc =
		    allow(rules, directory, (OURS | TRUNCATE) & set.files, err);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		rc = error_sys(err, "Landlock");
	return rc;
}
