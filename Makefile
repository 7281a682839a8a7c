# A short front for meson; CONTRIBUTING.md says what each target is for.
B ?= build
PREFIX ?= /usr/local
VM_TESTS = $(wildcard tests/sys/run-*.bats)

all: $(B)/build.ninja
	@ninja -C $(B)

$(B)/build.ninja:
	@tools/install-deps build run
	meson setup $(B) --prefix $(PREFIX)

run: all
	@tools/install-deps build run
	@BUILD=$(B) tools/first-run $(IMAGE)

check: all
	meson test -C $(B) --suite unit --no-rebuild --print-errorlogs

test: deps check lint
	BUILD=$(B) tests/run
	BUILD=$(CURDIR)/$(B) tests/vm/boot tests/run $(VM_TESTS)

lint: all
	tools/check-layers
	tools/check-docs
	tools/check-flags $(B)/src/programs/lighter
	tools/measure

fmt:
	clang-format -i $$(git ls-files '*.c' '*.h')

deps:
	@tools/install-deps

install: all
	meson install -C $(B) --no-rebuild

.PHONY: all run check test lint fmt deps install
