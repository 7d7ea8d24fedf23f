# Tests: one binary a room, made of tests/<room>/*_test.c. A test file foo_test.c defines
# `TCase *foo_test(void)`; the list of a room is generated, so that a new file is a new test.

TEST_SUPPORT := $(wildcard tests/support/*.c)
TEST_ROOMS   := $(foreach r,$(ROOMS),$(if $(wildcard tests/$(r)/*_test.c),$(r)))
test_source   = $(wildcard tests/$(1)/*_test.c)
test_binary   = $(B)/tests/$(call flat,$(1))
CHECK_LIBS    = $(shell pkg-config --libs check)

define test_rules
$(B)/tests/$(call flat,$(1))_main.c: $(call test_source,$(1)) tests/support/make-main
	@mkdir -p $$(@D)
	@tests/support/make-main $(1) $(call test_source,$(1)) >$$@

$(B)/tests/$(call flat,$(1))_main.o: $(B)/tests/$(call flat,$(1))_main.c
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $$@ $$<

$(call test_binary,$(1)): $(B)/tests/$(call flat,$(1))_main.o $(call object,$(call test_source,$(1)) $(TEST_SUPPORT)) \
                          $(foreach r,$(call closure,$(1)),$(call archive,$(r)))
	$(CC) $(LDFLAGS) -o $$@ -Wl,--start-group $$^ -Wl,--end-group $$(CHECK_LIBS) $$(PKG_LIBS)
endef
$(foreach r,$(TEST_ROOMS),$(eval $(call test_rules,$(r))))

.PHONY: test-room test-units
test-units: $(foreach r,$(TEST_ROOMS),$(call test_binary,$(r)))
test-room: $(call test_binary,$(ROOM))  ## build and run one room's tests: make test-room ROOM=core/text
	@$(call test_binary,$(ROOM))
