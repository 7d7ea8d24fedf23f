# Tests: one binary a room, made of tests/<room>/*_test.c. A test file foo_test.c defines
# `TCase *foo_test(void)`; the list of a room is generated, so that a new file is a new test.

TEST_SUPPORT := $(wildcard tests/support/*.c)
TEST_ROOMS   := $(foreach r,$(ROOMS),$(if $(wildcard tests/$(r)/*_test.c),$(r)))
test_source   = $(wildcard tests/$(1)/*_test.c $(if $(filter api,$(1)),tests/api/*/*_test.c))
test_binary   = $(B)/tests/$(call flat,$(1))_tests
TEST_BINARIES := $(foreach r,$(TEST_ROOMS),$(call test_binary,$(r)))
TEST_OBJECTS  := $(call object,$(foreach r,$(TEST_ROOMS),$(call test_source,$(r))) $(TEST_SUPPORT)) \
                 $(TEST_BINARIES:=.o)
CHECK_LIBS     = $(shell pkg-config --libs check)

define test_rules
$(call test_binary,$(1)).c: $(call test_source,$(1)) tests/support/make-main $$(sort $$(dir $(call test_source,$(1))))
	@mkdir -p $$(@D)
	$(Q)tests/support/make-main $(1) $(call test_source,$(1)) >$$@

$(call test_binary,$(1)): $(call test_binary,$(1)).o $(call object,$(call test_source,$(1))) \
                          $(B)/libtests_support.a $(foreach r,$(call closure,$(1)),$(call archive,$(r)))
	$$(call say,LINK,$$@)
	$(Q)$$(call link,$$(CHECK_LIBS))
endef
$(foreach r,$(TEST_ROOMS),$(eval $(call test_rules,$(r))))

# An archive, of which a binary takes what it uses: the tests of a low room link no high one.
$(B)/libtests_support.a: $(call object,$(TEST_SUPPORT))
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

# foo_test() is declared in the generated main alone, so that no test file needs a header.
$(B)/tests/%.o: OF_TESTS := -Wno-missing-prototypes

# The generated mains lie below build/, where the rule for sources does not look.
$(TEST_BINARIES:=.o): %.o: %.c $(B)/flags | build/packages-test
	$(Q)$(CC) $(CPPFLAGS) -MMD -MP $(CFLAGS) -c -o $@ $<

$(TEST_OBJECTS): | build/packages-test

# --- running them ----------------------------------------------------------------------

# An allocation that cannot be had returns NULL, as without the sanitizer.
export ASAN_OPTIONS ?= allocator_may_return_null=1
export UBSAN_OPTIONS ?= print_stacktrace=1
# As the daemon starts itself (core/kernel/blas.h).
export OPENBLAS_NUM_THREADS = 1

PYTHON_TESTS := $(sort $(wildcard tests/*/test_*.py))

# The binary that takes longest comes first, in parts, so that no core is left without work.
PARTS    := 1/8 2/8 3/8 4/8 5/8 6/8 7/8 8/8
in_parts  = $(foreach b,$(filter %/core_model_tests,$(1)),$(foreach p,$(PARTS),'$(b) $(p)')) \
            $(filter-out %/core_model_tests,$(1))

.PHONY: test asan tsan layers test-room test-units test-objects test-variant
test: | build/packages build/packages-test  ## run every test; ends with "N passed, N failed"
	$(Q)$(MAKE) build/logitd objects test-units
	$(Q)$(MAKE) VARIANT=clang objects test-objects
	$(Q)$(MAKE) VARIANT=asan test-units
	$(Q)$(MAKE) VARIANT=tsan test-units
	$(Q)tests/run $(call in_parts,$(foreach v,tsan asan release,$(TEST_BINARIES:$(B)/%=build/$(v)/%))) \
	    tests/layers/check_test 'tests/layers/check build/release' tests/support/check-format \
	    -- $(if $(PYTHON_TESTS),'tests/support/run-pytest -n auto $(sort $(dir $(PYTHON_TESTS)))')

asan:  ## the rooms' tests under the address and undefined behaviour sanitizers
	$(Q)$(MAKE) VARIANT=asan test-variant

tsan:  ## the rooms' tests under the thread sanitizer
	$(Q)$(MAKE) VARIANT=tsan test-variant

test-variant: $(TEST_BINARIES)
	$(Q)tests/run $(call in_parts,$(TEST_BINARIES))

layers: $(OBJECTS)  ## hold includes and exports against LAYERS
	$(Q)tests/layers/check $(B)

test-units: $(TEST_BINARIES)
	@:

test-objects: $(TEST_OBJECTS)
	@:

test-room: $(call test_binary,$(ROOM))  ## build and run one room's tests: make test-room ROOM=core/text
	$(Q)$(call test_binary,$(ROOM))

# --- bench and fuzz --------------------------------------------------------------------

# bench/foo_bench.c is a program of its own; it may use every room.
BENCHES := $(patsubst %.c,$(B)/%,$(wildcard bench/*_bench.c))
$(BENCHES): %: %.o $(ARCHIVES)
	$(call say,LINK,$@)
	$(Q)$(call link)

build/kernel-bench: build/release/bench/kernel_bench  ## how near the kernels come to what the machine gives
	$(Q)ln -sf release/bench/kernel_bench $@

# What bench/serve_bench.sh runs beside the daemon.
SERVE_PROGRAMS := build/release/bench/serve_empty build/release/bench/serve_paced
$(SERVE_PROGRAMS): build/release/%: build/release/%.o
	$(call say,LINK,$@)
	$(Q)$(call link)

.PHONY: bench bench-serve fuzz fuzzers
bench-serve: build/logitd $(SERVE_PROGRAMS) | build/packages-bench  ## measure serving beside others: bench/serve_bench.sh
	$(Q)bench/serve_bench.sh

bench: build/logitd $(BENCHES) $(SERVE_PROGRAMS) | build/packages-bench  ## measure: every bench/*_bench.c and bench/*_bench.sh
	$(Q)set -e; for b in $(BENCHES) $(wildcard bench/*_bench.sh); do echo "== $$b"; "$$b"; done

# tests/fuzz/foo_fuzz.c defines LLVMFuzzerTestOneInput; tests/fuzz/corpus/foo/ holds what to start
# from, build/fuzz/corpus/foo/ what was found.
FUZZ_SECONDS ?= 60
FUZZERS := $(patsubst %.c,build/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
fuzz:  ## fuzz every parser for FUZZ_SECONDS (60) each
	$(Q)$(MAKE) VARIANT=fuzz fuzzers
	$(Q)set -e; for f in $(notdir $(FUZZERS:_fuzz=)); do \
	    echo "== $$f"; \
	    mkdir -p build/fuzz/corpus/$$f; \
	    seeds=; [ ! -d tests/fuzz/corpus/$$f ] || seeds=tests/fuzz/corpus/$$f; \
	    build/fuzz/tests/fuzz/$${f}_fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=10 -verbosity=0 \
	        -print_final_stats=1 -artifact_prefix=build/fuzz/$$f- build/fuzz/corpus/$$f $$seeds; \
	done

ifeq ($(VARIANT),fuzz)
fuzzers: $(FUZZERS)
	@:

$(FUZZERS): %: %.o $(ARCHIVES)
	$(call say,LINK,$@)
	$(Q)$(call link,,-fsanitize=fuzzer)
endif
