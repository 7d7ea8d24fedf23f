# Tests: one binary a room, made of tests/<room>/*_test.c. A test file foo_test.c defines
# `TCase *foo_test(void)`; the list of a room is generated, so that a new file is a new test.

TEST_SUPPORT := $(wildcard tests/support/*.c)
TEST_ROOMS   := $(foreach r,$(ROOMS),$(if $(wildcard tests/$(r)/*_test.c),$(r)))
test_source   = $(wildcard tests/$(1)/*_test.c) $(if $(filter api,$(1)),$(wildcard tests/api/*/*_test.c))
test_binary   = $(B)/tests/$(call flat,$(1))_tests
TEST_BINARIES := $(foreach r,$(TEST_ROOMS),$(call test_binary,$(r)))
TEST_OBJECTS  := $(call object,$(foreach r,$(TEST_ROOMS),$(call test_source,$(r))) $(TEST_SUPPORT)) \
                 $(TEST_BINARIES:=.o)
# An archive, so that a room links only the support that it uses and may see.
TEST_ARCHIVE  := $(B)/libtest_support.a
CHECK_LIBS     = $(shell pkg-config --libs check)

define test_rules
$(call test_binary,$(1)).c: $(call test_source,$(1)) tests/support/make-main tests/$(1)
	@mkdir -p $$(@D)
	$(Q)tests/support/make-main $(1) $(call test_source,$(1)) >$$@

$(call test_binary,$(1)): $(call test_binary,$(1)).o $(call object,$(call test_source,$(1))) $(TEST_ARCHIVE) \
                          $(foreach r,$(call closure,$(1)),$(call archive,$(r)))
	$$(call say,LINK,$$@)
	$(Q)$$(call link,$$(CHECK_LIBS))
endef
$(foreach r,$(TEST_ROOMS),$(eval $(call test_rules,$(r))))

$(TEST_ARCHIVE): $(call object,$(TEST_SUPPORT))
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

# foo_test() is declared in the generated main alone, so that no test file needs a header.
$(B)/tests/%.o: OF_TESTS := -Wno-missing-prototypes

# The generated mains lie below build/, where the rule for sources does not look.
$(TEST_BINARIES:=.o): %.o: %.c $(B)/flags | build/packages-test
	$(Q)$(CC) $(CPPFLAGS) -MMD -MP $(CFLAGS) -c -o $@ $<

$(TEST_OBJECTS): | build/packages-test

build/packages-test: docker/packages.txt
	@mkdir -p build
	$(Q)tests/support/install-packages test check
	@touch $@

.PHONY: test-room test-units
test-units: $(TEST_BINARIES)

test-room: $(call test_binary,$(ROOM))  ## build and run one room's tests: make test-room ROOM=core/text
	$(Q)$(call test_binary,$(ROOM))

.PHONY: layers
layers: $(OBJECTS)  ## hold includes and exports against LAYERS
	$(Q)tests/layers/check $(B)
