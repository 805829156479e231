#!/usr/bin/env bash
# The micro-kernels for ARM's NEON as the compiler leaves them in a release: the inner loop of each has one `fmla` of a whole
# register for every register of its tile, and writes nothing to memory, so that all sums stay in registers.
#
# It needs the Rust target and the tools for its objects (binutils-aarch64-linux-gnu), no processor of that kind.
set -euo pipefail
cd "$(dirname "$0")/.."
target=aarch64-unknown-linux-gnu
# The new mangling has the parameters of generic functions in their names. Without link-time optimisation the same functions
# come out, since all that they call is always inlined, and sooner.
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C symbol-mangling-version=v0" CARGO_PROFILE_RELEASE_LTO=off
cargo build --locked --release --no-default-features --lib --target "$target"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
ar x --output "$out" "$(realpath "${CARGO_TARGET_DIR:-target}/$target/release/libtf1.rlib")"
grep -l 'of_size.*4neon4Pair' "$out"/*.o | xargs -n 1 aarch64-linux-gnu-objdump -d -C --no-show-raw-insn >"$out/code"
awk '
    function finish() {
        if (rows == 0) return
        found[type]++
        wanted = 2 * rows * vectors
        if (best == "") problem = "no inner loop"
        else if (sums == 0 || sums % wanted) problem = sums " fmla in the inner loop, not " wanted
        else if (stores) problem = "the inner loop writes to memory"
        else problem = ""
        if (problem != "") { print name ": " problem; wrong = 1 }
        else if (rows == 6 && vectors == 2) printf "%s: %d fmla of %d instructions, none writes\n", name, sums, best
        rows = 0
    }
    # The head of a function: of_size::<...neon::Pair<...float32x4_t>, ROWS, VECTORS>
    /^[0-9a-f]+ <.*>:$/ {
        finish()
        if ($0 !~ /of_size::<.*neon::Pair<.*>, [0-9]+, [0-9]+>/) next
        type = $0; sub(/.*::/, "", type); sub(/>.*/, "", type)
        size = $0; sub(/.*_t>, /, "", size); sub(/>.*/, "", size)
        split(size, lengths, ", "); rows = lengths[1]; vectors = lengths[2]
        name = "the tile of " rows " rows by " vectors " pairs of " type
        count = 0; best = ""; split("", place)
        next
    }
    rows && $1 ~ /^[0-9a-f]+:$/ {
        address = $1; sub(/:/, "", address)
        place[address] = ++count; code[count] = $2; operand[count] = $3
        # A jump back is the end of a loop; the shortest one that multiplies is the inner one.
        target = ($2 ~ /^b\./ || $2 == "b") ? $3 : ($2 ~ /^cbn?z$/) ? $4 : ""
        if (!(target in place)) next
        length_of = count - place[target] + 1; multiplied = written = 0
        for (i = place[target]; i <= count; i++) {
            if (code[i] == "fmla" && operand[i] ~ /\.(4s|2d),$/) multiplied++
            if (code[i] ~ /^st/) written++
        }
        if (multiplied && (best == "" || length_of < best)) { best = length_of; sums = multiplied; stores = written }
    }
    END {
        finish()
        # Up to twelve rows by one pair, and six by two.
        if (found["float32x4_t"] < 18 || found["float64x2_t"] < 18) { print "micro-kernels are missing"; wrong = 1 }
        exit wrong
    }
' "$out/code"
