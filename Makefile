# logitd: `make help` lists what there is to make.
#
# One variant (release, debug, asan, tsan, clang, fuzz) is one folder below build/ with its own
# objects, so that switching variants never mixes flags. LAYERS decides what links what.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

PREFIX  ?= /usr/local
DESTDIR ?=
IMAGE   ?= logitd:dev
# Builds an image where no engine runs.
IMAGE_TOOL ?= ../shared/tools/build-image
VARIANT ?= release
VERSION := $(shell cat VERSION)

PACKAGES := libmicrohttpd jansson openblas lapacke sqlite3 gnutls nettle zlib yaml-0.1

# --- flags -----------------------------------------------------------------------------

OPT_release := -O2 -g -DNDEBUG -D_FORTIFY_SOURCE=2
OPT_debug   := -O0 -g3
OPT_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_tsan    := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
OPT_clang   := -O0 # for its warnings alone, which need no more
OPT_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
ifeq ($(OPT_$(VARIANT)),)
$(error VARIANT=$(VARIANT) is none of release, debug, asan, tsan, clang, fuzz)
endif
CC := $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
ifneq ($(filter clang fuzz,$(VARIANT)),)
CC := clang
endif

B := build/$(VARIANT)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla -Wformat=2 -Werror
CPPFLAGS := -I. -D_GNU_SOURCE -DLOGITD_VERSION='"$(VERSION)"'
# gcc on x86 fills and copies structs of up to 8 KiB by string instructions, whose start takes longer
# than a call of memset takes in all: 20 to 40 ns, some fifteen times in a request. Told by names, as
# the compiler itself may not be there before the first target.
FILL     := -mmemset-strategy=unrolled_loop:128:noalign,libcall:-1:noalign \
            -mmemcpy-strategy=unrolled_loop:128:noalign,libcall:-1:noalign
FILL     := $(if $(and $(filter release,$(VARIANT)),$(filter gcc,$(CC)),$(filter x86_64,$(shell uname -m))),$(FILL))
# A product and a sum are fused only where the source says so: the same bits on every machine.
CFLAGS   := -std=c11 $(OPT_$(VARIANT)) $(WARNINGS) -fstack-protector-strong -fno-math-errno \
            -ffp-contract=off $(FILL) -pthread
LDFLAGS  := $(filter -fsanitize=%,$(OPT_$(VARIANT))) -pthread -Wl,-z,relro,-z,now -Wl,--as-needed
# Only what pkg-config knows; asked when first needed, so that `make help` needs no package, and
# once, not anew for every object.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) | sed 's/-I/-isystem /g'))$(PKG_CFLAGS)
PKG_LIBS   = $(shell pkg-config --libs $(PACKAGES)) -lm

# `make V=1` shows whole commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

# --- rooms -----------------------------------------------------------------------------

ROOMS := $(shell sed -n 's/^\([a-z/]*\):.*/\1/p' LAYERS)
flat   = $(subst /,_,$(1))
source = $(wildcard $(1)/*.c) $(if $(filter api,$(1)),$(wildcard api/*/*.c))
object = $(patsubst %.c,$(B)/%.o,$(1))
# The room itself and all it may include, lowest last, as the linker wants it.
below  = $(1) $(shell sed -n 's/^$(subst /,\/,$(1)):\([^|]*\).*/\1/p' LAYERS)
REVERSED := $(shell printf '%s\n' $(ROOMS) | tac)
closure = $(foreach r,$(REVERSED),$(if $(filter $(r),$(sort $(foreach b,$(call below,$(1)),$(call below,$(b))))),$(r)))
archive = $(B)/lib$(call flat,$(1)).a
ARCHIVES := $(foreach r,$(REVERSED),$(call archive,$(r)))
OBJECTS  := $(call object,$(foreach r,$(ROOMS),$(call source,$(r))))
# Objects and archives; archives may need each other in any order.
link = $(CC) $(LDFLAGS) $(2) -o $@ -Wl,--start-group $(filter %.o %.a,$^) -Wl,--end-group $(1) $(PKG_LIBS)

.PHONY: all debug objects
all: build/logitd  ## build build/logitd, optimised

debug:  ## build build/debug/logitd, without optimisation
	$(Q)$(MAKE) VARIANT=debug build/debug/logitd

objects: $(OBJECTS)
	@:

build/logitd: build/release/logitd
	$(Q)ln -sf release/logitd $@

ifneq ($(VARIANT),release)
build/release/logitd: force
	$(Q)$(MAKE) VARIANT=release $@
endif

$(B)/logitd: $(ARCHIVES)
	$(call say,LINK,$@)
	$(Q)$(call link)

define room_rules
$(call archive,$(1)): $(call object,$(call source,$(1)))
	$(Q)rm -f $$@
	$(Q)ar rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

# A kernel file named for an instruction set is compiled for it, its loops to vectors; the
# dispatcher decides at run time whether its functions may be called (core/kernel/instructions.h).
AVX2   := -O3 -fno-trapping-math -mavx2 -mfma
AVX512 := $(AVX2) -mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512
ISA = $(if $(findstring _avx512.,$(<F)),$(AVX512),$(if $(findstring _avx2.,$(<F)),$(AVX2)))

$(B)/%.o: %.c $(B)/flags | build/packages
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) -MMD -MP $(PKG_CFLAGS) $(CFLAGS) $(ISA) $(OF_TESTS) -c -o $@ $<

# It takes the text in (api/openapi_text.c).
$(B)/api/openapi_text.o: openapi.yaml

# Changes when the compiler's name or its flags do, and with it every object.
FLAGS = $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
ifneq ($(file <$(B)/flags),$(FLAGS))
$(B)/flags: force
endif
$(B)/flags: export FLAGS_TEXT = $(FLAGS)
$(B)/flags:
	@mkdir -p $(@D)
	@printf '%s\n' "$$FLAGS_TEXT" >$@

# Checked once; a missing package is installed through apt where that is possible.
build/packages: docker/packages.txt
	@mkdir -p build
	$(Q)tests/support/install-packages build $(PACKAGES)
	@touch $@

# build/packages-test, -demo, -bench: those of another purpose.
build/packages-%: docker/packages.txt
	@mkdir -p build
	$(Q)tests/support/install-packages $*
	@touch $@

# --- what is done with it --------------------------------------------------------------

INSTALLED_DOCS := README.md LICENSE

.PHONY: install uninstall image demo clean format help force
install: build/logitd  ## install to $(DESTDIR)$(PREFIX)
	install -D -m 755 build/release/logitd $(DESTDIR)$(PREFIX)/bin/logitd
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/logitd $(INSTALLED_DOCS)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/logitd openapi.yaml

uninstall:  ## take away what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/logitd
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/logitd $(DESTDIR)$(PREFIX)/share/logitd

image:  ## build the container image $(IMAGE)
	$(Q)if docker info >/dev/null 2>&1; then \
	    docker build -f docker/Dockerfile -t $(IMAGE) .; \
	elif [ -x $(IMAGE_TOOL) ]; then \
	    $(IMAGE_TOOL) docker/Dockerfile . $(IMAGE); \
	else \
	    echo 'no container engine answers: start docker, or install it' >&2; exit 1; \
	fi

demo: build/logitd | build/packages-demo  ## see it work: upload, train, predict
	$(Q)examples/demo

clean:  ## remove everything that was built
	rm -rf build

format:  ## lay the code out as .clang-format says
	$(Q)clang-format -i $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h')

help:  ## this list
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo 'Variables: VARIANT=release|debug|asan|tsan|clang, PREFIX, DESTDIR, IMAGE, FUZZ_SECONDS, V=1'

force:

include tests/tests.mk
-include $(patsubst %.o,%.d,$(OBJECTS) $(TEST_OBJECTS)) $(BENCHES:=.d) $(FUZZERS:=.d)
