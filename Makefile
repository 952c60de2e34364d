# sluice: git-native data pipelines.  `make help` lists the targets.
VERSION := 0.1.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/sluice
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FLAVOUR ?= release
B := build/$(FLAVOUR)
JOBS ?= $(shell nproc)

CC := gcc
OPT ?= -O2 -g
SAN ?=
SAN_LIBS ?=
PKGS := libgit2 libcurl jansson libcrypto sqlite3
PKG_CONFIG ?= pkg-config
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wnull-dereference \
	-Werror
HARDEN := -fstack-protector-strong -fPIE
FORTIFY ?= -D_FORTIFY_SOURCE=2
CPPFLAGS_ALL = -I. -I$(B)/include -D_POSIX_C_SOURCE=200809L \
	-D_XOPEN_SOURCE=700 $(FORTIFY) $(PKG_CFLAGS)
CFLAGS_ALL = -std=c11 $(OPT) $(WARN) $(HARDEN) $(SAN) -pthread -MMD -MP
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now $(SAN_LIBS) -Wl,--as-needed $(SAN) \
	-pthread
Q := $(if $(V),,@)
SUBMAKE = $(MAKE) --no-print-directory $(if $(V),,-s) \
	$(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

# A time that a worker pins is seen by the libraries that it loads too; of a
# library of ours it would take the clock of every program (runner/
# duckdb_clock.c).
runner_alone := runner/duckdb_clock.c
CLOCK := -Wl,--export-dynamic-symbol=clock_gettime \
	-Wl,--export-dynamic-symbol=gettimeofday -Wl,--export-dynamic-symbol=time

# The layers, lowest first, and what each is linked with (docs: who may
# include whom stands in tests/lint/layers.txt).
LAYERS := base cache lang runner reports hooks
base_dir := cache/base
cache_dir := cache
lang_dir := runner/lang
runner_dir := runner
reports_dir := reports
hooks_dir := hooks
below_base := base
below_cache := cache base
below_lang := lang base
below_runner := runner lang cache base
below_reports := reports cache base
below_hooks := hooks reports runner lang cache base
below_cmd := $(below_hooks)

LIBS_base := -ljansson -lcrypto
LIBS_cache := -lsqlite3 $(LIBS_base)
LIBS_lang := -lgit2 $(LIBS_base)
LIBS_runner := -lgit2 -lsqlite3 $(LIBS_base) -lm
LIBS_reports := -lcurl $(LIBS_cache)
LIBS_hooks := -lcurl $(LIBS_runner)
LIBS_cmd := $(LIBS_hooks)

PROGRAMS := sluice sluice-worker sluice-hook sluice-post sluice-vary.so
CMD_SRC := $(filter-out runner/cmd/main_%.c,$(wildcard runner/cmd/*.c))
BUILTINS := $(wildcard runner/lang/builtin/action/*) \
	$(wildcard runner/lang/builtin/action/*/*)
TESTS := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/*/test_*.c))
UNITS := $(wildcard dist/systemd/*)
E2E := $(sort $(wildcard tests/e2e/t[0-9]*.sh))

.PHONY: all deps test check lint fmt asan tsan threads fuzz coverage analyze soak bench demo \
	browser duckdb install uninstall clean help unit cases e2e headers \
	programs fault oom-programs reliability valgrind
.SECONDARY:

all: programs ## build everything into build/

# build/NAME is a link to the release program; other flavours leave it alone.
programs: $(PROGRAMS:%=$(B)/%)
ifeq ($(FLAVOUR),release)
programs: $(PROGRAMS:%=build/%)
endif

deps: ## install what building and testing needs (Debian 12)
	$(Q)./tests/deps.sh

define layer
$(1)_src := $$(filter-out $$($(1)_alone),$$(wildcard $$($(1)_dir)/*.c))
$(1)_obj := $$($(1)_src:%.c=$$(B)/%.o)
$$(B)/lib$(1).a: $$($(1)_obj)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer,$(l))))
cmd_obj := $(CMD_SRC:%.c=$(B)/%.o)

$(B)/include/version.h: Makefile
	$(Q)mkdir -p $(@D)
	$(Q)printf '#define SLUICE_VERSION "%s"\n' '$(VERSION)' >$@

# Built-in actions are plain files, compiled in as strings.
$(B)/include/builtin_actions.h: $(BUILTINS) runner/lang/builtin/embed.sh
	$(Q)mkdir -p $(@D)
	$(Q)sh runner/lang/builtin/embed.sh runner/lang/builtin >$@

$(B)/%.o: %.c $(B)/include/version.h $(B)/include/builtin_actions.h
	$(Q)mkdir -p $(@D)
	$(if $(V),,@echo "  CC $<")
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

libs = $(foreach l,$(below_$(1)),$(B)/lib$(l).a)

$(B)/sluice: $(B)/runner/cmd/main_sluice.o $(cmd_obj) $(call libs,cmd)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_cmd)
$(B)/sluice-worker: $(B)/runner/cmd/main_worker.o $(call libs,runner) \
	$(runner_alone:%.c=$(B)/%.o)
	$(Q)$(CC) $(LDFLAGS_ALL) $(CLOCK) -o $@ $^ $(LIBS_runner)
$(B)/sluice-post: $(B)/runner/cmd/main_post.o $(call libs,reports)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_reports)
# Preloaded into programs of others, and so built without what would be ours
# alone: sanitizers. Counters are no part of its programs' memory that they see.
VARY ?= -O2 -g
$(B)/sluice-vary.so: runner/cmd/main_vary.c
	$(Q)mkdir -p $(B)/runner/cmd
	$(if $(V),,@echo "  CC $<")
	$(Q)$(CC) -std=c11 $(VARY) $(WARN) -fPIC -c -o $(B)/runner/cmd/main_vary.o $<
	$(Q)$(CC) -shared -Wl,-z,relro,-z,now -o $@ $(B)/runner/cmd/main_vary.o \
		$(filter %.o,$^) $(VARY_COUNTED) -pthread -ldl
$(B)/sluice-hook: $(B)/runner/cmd/main_hook.o $(B)/libhooks.a $(B)/libbase.a
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^
$(PROGRAMS:%=build/%): build/%: build/release/%
	$(Q)ln -sf release/$* $@

# A unit test links its layer and those below: a call upwards does not link.
define unit
$(B)/tests/$(1)/%: $(B)/tests/unit/$(1)/%.o $(call libs,$(1)) \
	$($(1)_alone:%.c=$(B)/%.o)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(LIBS_$(1)) -lcmocka
endef
$(foreach l,$(LAYERS),$(eval $(call unit,$(l))))

# DuckDB is a library of others, taken as they built it: pinned by version and
# digest in runner/duckdb, loaded by the worker where it is there.
DUCKDB := build/duckdb/libduckdb.so

duckdb: $(DUCKDB) ## the DuckDB library, for action/sql/duckdb (npm; linux x64)
$(DUCKDB): runner/duckdb/package-lock.json
	$(Q)./tests/deps.sh npm
	$(Q)./runner/duckdb/get.sh $(@D)

unit: $(TESTS) $(PROGRAMS:%=$(B)/%) ## the unit tests
	$(Q)BUILD=$(abspath $(B)) ./tests/run.sh unit $(TESTS)

cases: $(B)/sluice ## the language, as golden directories
	$(Q)BUILD=$(abspath $(B)) ./tests/cases/run.sh

e2e: $(PROGRAMS:%=$(B)/%) ## whole behaviours, by real pushes
	$(Q)BUILD=$(abspath $(B)) ./tests/run.sh e2e $(E2E)

test: deps ## everything a change must pass: unit, cases, e2e
	$(Q)$(SUBMAKE) programs $(TESTS)
	$(Q)BUILD=$(abspath $(B)) ./tests/run.sh all $(TESTS) -- $(E2E)

check: lint test asan ## test, lint and the sanitizers

lint: deps ## layers, sizes, style, static analysis
	$(Q)$(SUBMAKE) $(B)/include/version.h \
		$(B)/include/builtin_actions.h
	$(Q)B=$(B) CPPFLAGS="$(CPPFLAGS_ALL)" ./tests/lint/run.sh

fmt: ## format the C files
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

# ASan sees C++ exceptions, DuckDB's, where libstdc++ is there from the start.
CATCH := -Wl,--no-as-needed -lstdc++
asan: deps ## unit, cases and e2e under ASan and UBSan (clang; SLOW=1 all of them)
	$(Q)$(SUBMAKE) FLAVOUR=asan CC=clang FORTIFY= \
		OPT='-O1 -g -fno-omit-frame-pointer' \
		SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' \
		SAN_LIBS='$(CATCH)' test

tsan: deps ## what has threads, under ThreadSanitizer (clang)
	$(Q)TSAN_OPTIONS=halt_on_error=1 $(SUBMAKE) FLAVOUR=tsan CC=clang \
		FORTIFY= OPT='-O1 -g' SAN=-fsanitize=thread threads

# Debian's valgrind 3.19 has neither Landlock nor openat2. cache/base/os.c goes on
# without the latter; left out are test_confine, whose filter also refuses calls
# that are valgrind's own, test_snapshot_changes, whose seam is openat2 itself, and
# those that fail allocations, which are valgrind's, too.
MEMCHECK := valgrind -q --error-exitcode=99 --leak-check=full \
	--errors-for-leak-kinds=definite --show-leak-kinds=definite
NOT_MEMCHECK := runner/test_confine cache/test_snapshot_changes \
	$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/test_*memory.c))
valgrind: deps programs ## the unit tests under valgrind's memcheck: hours
	$(Q)./tests/deps.sh valgrind
	$(Q)$(SUBMAKE) $(TESTS)
	@echo 'valgrind: not tried: $(NOT_MEMCHECK)'
	$(Q)BUILD=$(abspath $(B)) UNDER='$(MEMCHECK)' TEST_TIMEOUT=7200 \
		./tests/run.sh unit $(filter-out \
			$(NOT_MEMCHECK:%=$(B)/tests/%),$(TESTS))

# Who reads and writes aside, loads with all cores, has workers, and the
# resident runner: its jobs, who asks it, and what it answers meanwhile.
THREADS := $(addprefix $(B)/tests/,base/test_stage cache/test_store \
	cache/test_store_large cache/test_import \
	cache/test_statistics cache/test_table cache/test_differs \
	lang/test_reader lang/test_scale runner/test_worker \
	runner/test_records runner/test_duckdb_worker runner/test_queue \
	reports/test_outbox)
threads: $(PROGRAMS:%=$(B)/%) $(THREADS)
	$(Q)BUILD=$(abspath $(B)) ./tests/run.sh unit $(THREADS) -- $(wildcard \
		tests/e2e/t2000-* tests/e2e/t3000-* tests/e2e/t3060-* \
		tests/e2e/t3080-* tests/e2e/t3268-*)

FUZZ_TIME ?= 20
fuzz: deps ## each fuzz target for FUZZ_TIME seconds, from SEED (clang)
	$(Q)./tests/fuzz/run.sh $(FUZZ_TIME)

# Counted are the tests and, for the ends of what fails, the faults: of calls to
# the system by fault.py, of allocations by oom.py; in every process of theirs,
# however it ends (tests/coverage/counts.c).
COUNTS := build/coverage/counts
COUNTED := -Wl,-T,tests/coverage/counts.ld -Wl,--wrap=__gcov_exit -Wl,--build-id
COUNTERS := --coverage -fprofile-update=atomic -fdata-sections
COVERAGE := FLAVOUR=coverage FORTIFY= OPT='-O0 -g' SAN='$(COUNTERS)' \
	VARY='-O0 -g $(COUNTERS)' VARY_COUNTED='--coverage $(COUNTED)'
coverage: deps ## lines and branches by file and layer (gcov), beside what is promised
	$(Q)rm -rf $(COUNTS)
	$(Q)mkdir -p $(COUNTS) && chmod 777 $(COUNTS)
	$(Q)$(SUBMAKE) $(COVERAGE) SAN_LIBS='$(COUNTED) $(MEM_FAULTS)' programs
	$(Q)$(SUBMAKE) $(COVERAGE) SAN_LIBS='$(COUNTED)' test
	$(Q)BUILD=$(abspath build/coverage) ./tests/fault/run.sh coverage
	$(Q)./tests/coverage/coverage.py build/coverage

ifeq ($(FLAVOUR),coverage)
$(PROGRAMS:%=$(B)/%) $(TESTS): $(B)/tests/coverage/counts.o
$(B)/tests/coverage/counts.o: CPPFLAGS_ALL += -fPIC -DCOUNTS='"$(abspath $(COUNTS))"'
endif

analyze: deps ## gcc's and clang's analyzers over every file, as deep as they go
	$(Q)$(SUBMAKE) $(B)/include/version.h $(B)/include/builtin_actions.h
	$(Q)git ls-files 'cache/*.c' 'runner/*.c' 'reports/*.c' 'hooks/*.c' | \
		xargs -P $(JOBS) -n 1 $(CC) $(CPPFLAGS_ALL) -std=c11 -O1 \
			-fanalyzer -Werror -pthread -c -o /dev/null
	$(Q)B=$(B) CPPFLAGS="$(CPPFLAGS_ALL)" DEPTH=225000 ./tests/lint/tidy.sh

soak: deps programs ## 200 pushes by 8 people, all else killed at random (SEED=N)
	$(Q)PUSHES=$${PUSHES:-200} PUSHERS=$${PUSHERS:-8} BUILD=$(abspath $(B)) \
		./tests/e2e/t3295-pushers-and-random-deaths.sh

# Our own calls of malloc() are counted, and fail where the test wants it.
OOM := FLAVOUR=oom CC=clang FORTIFY= OPT='-O1 -g -fno-omit-frame-pointer' \
	SAN='-fsanitize=address,undefined -fno-sanitize-recover=all'
MEM_FAULTS := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
FAULTY := sluice sluice-worker sluice-hook sluice-post
$(FAULTY:%=build/oom/%): build/oom/tests/fault/fault_mem.o
$(FAULTY:%=build/coverage/%): build/coverage/tests/fault/fault_mem.o
oom-programs:
	$(Q)$(SUBMAKE) $(OOM) SAN_LIBS='$(CATCH) $(MEM_FAULTS)' programs

fault: deps programs ## deaths, power cuts, errors, bit flips everywhere: hours; QUICK=1 minutes (SEED=N)
	$(if $(QUICK),,$(Q)$(SUBMAKE) oom-programs)
	$(Q)BUILD=$(abspath $(B)) ./tests/fault/run.sh $(if $(QUICK),quick)

# What tests count (tests/fault/fact.py), for the document made of it.
export FACTS ?= $(abspath build/facts)
reliability: ## docs/RELIABILITY.md, from what test and fault counted
	$(Q)./tests/fault/reliability.py $(FACTS) docs/RELIABILITY.md

bench: deps programs ## speed beside others, docs/BENCHMARKS.md (ROWS="plan csv", QUICK=1)
	$(Q)./tests/bench/peers.sh
	$(Q)-$(SUBMAKE) duckdb
	$(Q)./tests/bench/bench.py $(if $(QUICK),--quick) \
		$(if $(MOST),--most $(MOST)) $(ROWS)

browser: deps programs ## the report's pages in a real browser: axe, phones, paper
	$(Q)./tests/deps.sh browser
	$(Q)BUILD=$(abspath $(B)) ./tests/browser/run.sh

demo: deps ## the main job, shown on an example
	$(Q)$(SUBMAKE) programs
	$(Q)./examples/demo.sh

headers: $(B)/include/version.h $(B)/include/builtin_actions.h ## every header compiles alone
	$(Q)for h in $$(git ls-files '*.h' ':!tests'); do \
		$(CC) $(CPPFLAGS_ALL) -std=c11 $(WARN) -x c -fsyntax-only \
			-include $$h /dev/null || exit 1; done

install: programs ## into PREFIX (/usr/local)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR) \
		$(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man7 \
		$(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(UNITDIR)
	install -m755 $(B)/sluice $(DESTDIR)$(BINDIR)/sluice
	for p in worker hook post vary.so; do install -m755 $(B)/sluice-$$p \
		$(DESTDIR)$(LIBEXECDIR)/sluice-$$p || exit 1; done
	if [ -e $(DUCKDB) ]; then install -m644 $(DUCKDB) \
		$(DESTDIR)$(LIBEXECDIR)/libduckdb.so; fi
	install -m644 docs/man/sluice.1 $(DESTDIR)$(MANDIR)/man1/
	install -m644 docs/man/sluice-pipeline.7 $(DESTDIR)$(MANDIR)/man7/
	install -m644 docs/completion/sluice.bash $(DESTDIR)$(BASHDIR)/sluice
	install -m644 docs/completion/_sluice $(DESTDIR)$(ZSHDIR)/_sluice
	for u in $(notdir $(UNITS)); do \
		sed 's|@BINDIR@|$(BINDIR)|' dist/systemd/$$u | install -m644 \
			/dev/stdin $(DESTDIR)$(UNITDIR)/$$u || exit 1; done

uninstall: ## remove what install put there
	rm -rf $(DESTDIR)$(BINDIR)/sluice $(DESTDIR)$(LIBEXECDIR) \
		$(DESTDIR)$(MANDIR)/man1/sluice.1 \
		$(DESTDIR)$(MANDIR)/man7/sluice-pipeline.7 \
		$(DESTDIR)$(BASHDIR)/sluice $(DESTDIR)$(ZSHDIR)/_sluice \
		$(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(UNITS)))

clean: ## remove build/
	rm -rf build

help: ## this list
	$(Q)awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-10s %s\n",$$1,$$2}' Makefile

-include $(shell find $(B) -name '*.d' 2>/dev/null)
