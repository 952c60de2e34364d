/*
 * counts: what gcov counts of a program is kept in a file from its first call
 * on, mapped by every process of the program at once. So what is counted of a
 * process stays however it ends: by SIGKILL, _exit() or another program in its
 * place, as another user, in a sandbox where no file is to be had. libgcov
 * alone writes at an orderly end, and what it has written of nothing else.
 *
 * Linked into each program of the flavour `coverage`, and the library that is
 * preloaded, with counts.ld, which puts the counters on pages of their own. The
 * file is COUNTS/ID, where ID is that of the build: a copy of a program counts
 * where the program does. With COUNTS_DUMP in the environment a program writes
 * its .gcda files (coverage.py) and does nothing else.
 *
 * No call to the system goes through a function that a test puts in place of
 * the C library's.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <gcov.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef COUNTS /* for who reads this file alone */
#define COUNTS "build/coverage/counts"
#endif

#define OF_THIS_ALONE __attribute__((visibility("hidden")))

extern char counts_begin[] OF_THIS_ALONE, counts_end[] OF_THIS_ALONE;
extern const ElfW(Ehdr) __ehdr_start OF_THIS_ALONE;

void __wrap___gcov_exit(void);

/* The build's name of a program, in its notes; NULL: it has none. */
static const unsigned char *find_id(size_t *n)
{
	const char *base = (const char *)&__ehdr_start;
	const ElfW(Phdr) *p = (const void *)(base + __ehdr_start.e_phoff);
	size_t i, at;

	for (i = 0; i < __ehdr_start.e_phnum; i++) {
		for (at = 0; p[i].p_type == PT_NOTE && at < p[i].p_memsz;) {
			const ElfW(Nhdr) *note =
			    (const void *)(base + p[i].p_vaddr + at);
			size_t name = (note->n_namesz + 3) & ~3UL;

			*n = note->n_descsz;
			if (note->n_type == NT_GNU_BUILD_ID && name == 4 &&
			    memcmp(note + 1, "GNU", 4) == 0)
				return (const unsigned char *)(note + 1) + 4;
			at += sizeof(*note) + name + ((*n + 3) & ~3UL);
		}
	}
	return NULL;
}

/* Of no use where it fails: then nothing is counted of this process. */
__attribute__((constructor(101))) static void begin(void)
{
	size_t n = 0, i, size = (size_t)(counts_end - counts_begin);
	const unsigned char *id = find_id(&n);
	char path[sizeof(COUNTS) + 1 + 2 * 64] = COUNTS "/";
	int fd;

	for (i = 0; id != NULL && i < n && i < 64; i++)
		sprintf(path + strlen(path), "%02x", id[i]);
	fd = (int)syscall(SYS_openat, AT_FDCWD, path,
	    O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return;
	syscall(SYS_fchmod, fd, 0666); /* whoever runs the program */
	if (syscall(SYS_ftruncate, fd, size) == 0)
		syscall(SYS_mmap, counts_begin, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, fd, 0);
	syscall(SYS_close, fd);
	if (getenv("COUNTS_DUMP") == NULL)
		return;
	__gcov_dump();
	_exit(0);
}

/* In place of libgcov's, at the end of every process. */
void __wrap___gcov_exit(void)
{
}
