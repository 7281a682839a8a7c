# A short front for meson; CONTRIBUTING.md says what each target is for.
B ?= build
PREFIX ?= /usr/local

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

test: deps
	tests/all

test-long: deps
	FUZZ_SECONDS=60 FUZZ_SEED=0 LONG=1 VM_SECONDS=5400 tests/all setup build unit lint compilers cross system faults spec peers sanitizers vm fuzz
	for i in 1 2 3 4 5; do BUILD=$(CURDIR)/$(B) tests/run || exit 1; done

bench: all
	@BUILD=$(CURDIR)/$(B) tests/bench/all

clean:
	rm -rf $(B) build-*

lint: all
	tools/check-layers
	tools/check-weaken
	tools/check-docs
	tools/check-flags $(B)/src/programs/lighter
	tools/measure

fmt:
	clang-format -i $$(git ls-files '*.c' '*.h')

deps:
	@tools/install-deps

install: all
	meson install -C $(B) --no-rebuild

.PHONY: all run check test test-long bench lint fmt deps install clean
