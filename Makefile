# logitd: `make help` lists what there is to make.
#
# One variant (release, debug, asan, tsan, clang) is one folder below build/ with its own
# objects, so that switching variants never mixes flags. LAYERS decides what links what.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

PREFIX  ?= /usr/local
DESTDIR ?=
CC      := $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
VARIANT ?= release
VERSION := $(shell cat VERSION)

PACKAGES := libmicrohttpd jansson openblas sqlite3 gnutls nettle zlib

# --- flags -----------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla -Wformat=2 -Werror
OPT_release := -O2 -g -DNDEBUG -D_FORTIFY_SOURCE=2
OPT_debug   := -O0 -g3
OPT_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_tsan    := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
OPT_clang   := -O2 -g
OPT_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
ifneq ($(filter clang fuzz,$(VARIANT)),)
CC := clang
endif

B := build/$(VARIANT)

CPPFLAGS := -I. -D_GNU_SOURCE -DLOGITD_VERSION='"$(VERSION)"' -MMD -MP
CFLAGS   := -std=c11 $(OPT_$(VARIANT)) $(WARNINGS) -fstack-protector-strong -fno-math-errno -pthread
LDFLAGS  := $(filter -fsanitize=%,$(OPT_$(VARIANT))) -pthread -Wl,-z,relro,-z,now
# Only what pkg-config knows; evaluated lazily so that `make help` needs no package.
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) | sed 's/-I/-isystem /g')
PKG_LIBS   = $(shell pkg-config --libs $(PACKAGES)) -lm

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

.PHONY: all debug help
all: build/logitd  ## build build/logitd, optimised

debug:  ## build build/debug/logitd without optimisation
	@$(MAKE) VARIANT=debug build/debug/logitd

build/logitd: build/release/logitd
	@ln -sf release/logitd $@

ifneq ($(VARIANT),release)
build/release/logitd: force
	@$(MAKE) VARIANT=release $@
endif

$(B)/logitd: $(foreach r,$(REVERSED),$(call archive,$(r)))
	$(CC) $(LDFLAGS) -o $@ -Wl,--start-group $^ -Wl,--end-group $(PKG_LIBS)

define room_rules
$(call archive,$(1)): $(call object,$(call source,$(1)))
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

# A kernel file named for an instruction set is compiled for it; the dispatcher decides at
# run time whether its functions may be called.
ISA = $(if $(findstring _avx512,$*),-mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma,$(if $(findstring _avx2,$*),-mavx2 -mfma))

$(B)/%.o: %.c | build/.packages
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) $(ISA) -c -o $@ $<

# --- packages --------------------------------------------------------------------------

# Checked once; a missing package is installed through apt where that is possible.
build/.packages: docker/packages.txt
	@mkdir -p build
	@tests/support/install-packages build $(PACKAGES)
	@touch $@

.PHONY: force clean format
force:

clean:  ## remove everything that was built
	rm -rf build

format:  ## lay the code out as .clang-format says
	clang-format -i $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h')

help:  ## this list
	@sed -n 's/^\([a-z/-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'
	@echo 'Variables: VARIANT=release|debug|asan|tsan|clang, PREFIX, DESTDIR, ROOM=core/text (make test-room)'

include tests/tests.mk
-include $(shell find build -name '*.d' 2>/dev/null)
