#!/usr/bin/env bash
# The tests of the engine, the sessions, their threads and the checkpoints under ThreadSanitizer and AddressSanitizer.
#
#   tests/sanitizers.sh [thread|address] [--test SUITE]... [FILTER...]
#
# Without arguments both sanitizers run all of these tests. A first word `thread` or `address` chooses one of the two, `--test` some of the
# suites. The words after these are filters of test names, as `cargo test -- FILTER...` takes them.
#
# It needs a nightly toolchain with the component rust-src: the standard library is built again with the sanitizer (`-Zbuild-std`).
# Without that, ThreadSanitizer would not see the library's locks and would report races that do not exist.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(rustc +nightly -vV | sed -n 's/^host: //p')
suites=(--test engine --test session --test threads --test checkpoint)

# It runs a program in less address space than a sanitizer needs for itself.
needs_little_memory=a_session_does_with_the_threads_that_it_gets
# A race ends the test that has it.
export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1}"
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_stack_use_after_return=1}"
# Without optimisation the tests of the engine would take an hour.
export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=line-tables-only

run_under() {
    local sanitizer=$1
    shift
    echo "-- $sanitizer sanitizer: ${suites[*]} $*"
    RUSTFLAGS="-Zsanitizer=$sanitizer" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/sanitizer-$sanitizer" \
        cargo +nightly test --locked -Zbuild-std --target "$target" "${suites[@]}" -- --skip "$needs_little_memory" "$@"
}

sanitizers=(thread address)
case "${1:-}" in
    thread | address)
        sanitizers=("$1")
        shift
        ;;
esac
chosen=()
while [ "${1:-}" = --test ]; do
    chosen+=(--test "$2")
    shift 2
done
[ "${#chosen[@]}" -eq 0 ] || suites=("${chosen[@]}")
for sanitizer in "${sanitizers[@]}"; do
    run_under "$sanitizer" "$@"
done
