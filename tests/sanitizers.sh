#!/usr/bin/env bash
# The tests of the engine, the session and the checkpoints under ThreadSanitizer and AddressSanitizer.
#
#   tests/sanitizers.sh [thread|address] [FILTER...]
#
# Without arguments both sanitizers run all of these tests. A first word `thread` or `address` chooses one of the two; the words after it
# are passed on as filters of test names. Needs a nightly toolchain with `rust-src`, as the standard library is built again with the
# sanitizer (`-Zbuild-std`): without that, ThreadSanitizer would not see the library's locks and would report races that are none.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(rustc +nightly -vV | sed -n 's/^host: //p')
suites=(--test engine --test session --test checkpoint)

# The reports end the test with an error. Files that a killed process leaves are no leak of memory, and what lives until the process
# ends (the threads' pools) is reachable.
export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1}"
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_stack_use_after_return=1}"

run_under() {
    local sanitizer=$1
    shift
    echo "-- $sanitizer sanitizer: ${suites[*]} $*"
    RUSTFLAGS="-Zsanitizer=$sanitizer" RUSTDOCFLAGS="-Zsanitizer=$sanitizer" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/sanitizer-$sanitizer" \
        cargo +nightly test --locked -Zbuild-std --target "$target" "${suites[@]}" -- "$@"
}

case "${1:-}" in
    thread | address)
        sanitizer=$1
        shift
        run_under "$sanitizer" "$@"
        ;;
    *)
        run_under thread "$@"
        run_under address "$@"
        ;;
esac
