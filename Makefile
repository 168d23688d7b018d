# The front door: short words for CMakePresets.json and tools/. `make help` lists them.

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 30
# A page is the same whatever compiled its server: the browser's tests run once, under `dev`.
NO_BROWSER = -E '^console/test_'
# ThreadSanitizer of gcc 12 does not start under a kernel that places memory
# too randomly. Where personality(2) is forbidden, it runs as it is.
NO_ASLR = $(shell setarch -R true 2>/dev/null && echo setarch -R)

.PHONY: all help test check check-static check-format check-layers check-scripts check-headers \
	check-symbols check-cppcheck check-tidy check-builds check-fuzz fuzz bench bench-instructions format coverage \
	check-console analyze install clean dev fuzzers tsan release package

all: dev

help:
	@echo 'make              build for development: ASan, UBSan, -Werror (build/dev)'
	@echo 'make test         the tests: minutes, of which the browser takes most'
	@echo 'make check        what CI runs: checks, both compilers, three ways of testing, fuzzers'
	@echo 'make check-static only the checks that run no Cordon code: check-format, -layers,'
	@echo '                  -scripts, -console, -headers, -symbols, -cppcheck, -tidy; each is a target too'
	@echo 'make check-builds only the tests under clang, tsan and release'
	@echo 'make check-fuzz   only the fuzzers, FUZZ_SECONDS=$(FUZZ_SECONDS) each'
	@echo 'make fuzz T=utf8  one fuzzer, until stopped'
	@echo 'make bench        the benchmarks'
	@echo 'make bench-instructions  instructions by stage, against those written down'
	@echo 'make format       clang-format over all of it'
	@echo 'make coverage     which lines the tests reach'
	@echo "make analyze      gcc's -fanalyzer"
	@echo 'make release      what is shipped, with its tests (build/release)'
	@echo 'make package      the same without its tests, to install (build/package)'
	@echo 'make install      that, to PREFIX=$(PREFIX), DESTDIR=$(DESTDIR)'
	@echo 'make clean        removes build/'

dev tsan release:
	@cmake --preset $@ >/dev/null
	@cmake --build build/$@ -j $(JOBS)

fuzzers: # and the tests with them, by clang
	@cmake --preset fuzz >/dev/null
	@cmake --build build/fuzz -j $(JOBS)

package:
	@cmake --preset $@ -DCMAKE_INSTALL_PREFIX=$(PREFIX) >/dev/null
	@cmake --build build/$@ -j $(JOBS)

test: dev
	@tools/run_ctest build/dev

check: check-static test check-builds check-fuzz

check-static: check-format check-layers check-scripts check-console check-headers check-symbols check-cppcheck check-tidy

check-format check-layers check-scripts check-console:
	@tools/$(subst -,_,$@)

check-headers check-cppcheck: dev
	@tools/$(subst -,_,$@)

check-symbols: release
	@tools/check_symbols build/release

check-tidy:
	@cmake --preset fuzz >/dev/null
	@tools/check_tidy

check-builds: fuzzers tsan release
	@echo '== clang: ASan, UBSan'
	@# A thread that ends takes its signal stack down among its own old red zones,
	@# which clang 14's runtime then reports in itself.
	@ASAN_OPTIONS=use_sigaltstack=0 tools/run_ctest build/fuzz $(NO_BROWSER)
	@echo '== gcc: TSan'
	@$(NO_ASLR) tools/run_ctest build/tsan $(NO_BROWSER)
	@echo '== gcc: release'
	@tools/run_ctest build/release $(NO_BROWSER)

check-fuzz:
	@tools/check_fuzz $(FUZZ_SECONDS)

fuzz:
	@test -n "$(T)" || { echo 'make fuzz T=name, one of:'; ls tests/*/fuzz_*.c | grep -v ^tests/kit/ | sed 's/.*fuzz_//; s/\.c$$//'; exit 2; }
	@cmake --preset fuzz >/dev/null && cmake --build build/fuzz --target fuzz_$(T)
	@mkdir -p build/fuzz/corpus/$(T) build/fuzz/crashes
	build/fuzz/tests/fuzz_$(T) -artifact_prefix=build/fuzz/crashes/$(T)- build/fuzz/corpus/$(T) $(wildcard tests/corpus/$(T))

bench:
	@bench/run

bench-instructions:
	@bench/instructions

format:
	@git ls-files --cached --others --exclude-standard '*.c' '*.h' | xargs clang-format -i

coverage:
	@tools/make_coverage

analyze:
	@cmake --preset analyze >/dev/null
	@cmake --build build/analyze -j $(JOBS)

install: package
	@DESTDIR="$(DESTDIR)" cmake --install build/package

clean:
	rm -rf build
