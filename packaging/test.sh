#!/usr/bin/env bash
# packaging/test.sh: everything that must hold: format, lints, docs, licences, tests. Prints each step with its time.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=packaging/system.sh
. "$ROOT/packaging/system.sh"
cd "$ROOT"

# The version that packaging/deny.toml was written for.
CARGO_DENY_VERSION=0.20.2

# One build from scratch: nothing would read the incremental state again.
export CARGO_INCREMENTAL=${CARGO_INCREMENTAL:-0}
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}

steps=()
step() {
    local name=$1 from=$SECONDS
    shift
    printf '== %s: %s\n' "$name" "$*"
    "$@" || stop "== $name failed after $((SECONDS - from)) s"
    steps+=("$(printf '%6d s  %s' $((SECONDS - from)) "$name")")
    printf '== %s: done in %d s\n' "$name" $((SECONDS - from))
}

cargo_deny() {
    if [[ $(cargo deny --version 2>/dev/null) != "cargo-deny $CARGO_DENY_VERSION" ]]; then
        # Without optimisation: it runs for two seconds and would compile for minutes.
        cargo install --quiet --locked --debug --force "cargo-deny@$CARGO_DENY_VERSION"
    fi
    # Advisories need the network and change without us: they are looked at when a version is cut.
    cargo deny --all-features --locked --config packaging/deny.toml check --hide-inclusion-graph licenses bans sources
}

# ONNX Runtime is what a user may have and the program never needs: its tests say that they skip where it cannot be fetched.
ONNX_RUNTIME_VERSION=1.22.1
onnx_runtime() {
    local folder=${CARGO_TARGET_DIR:-target}/onnxruntime library
    need_packages python3-venv
    if [[ ! -x $folder/bin/python ]]; then
        python3 -m venv "$folder"
    fi
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps "onnxruntime==$ONNX_RUNTIME_VERSION" ||
        say "ONNX Runtime $ONNX_RUNTIME_VERSION cannot be fetched: its tests will skip"
    library=$(find "$folder" -name 'libonnxruntime.so*' -type f | head -n 1)
    env CLISONIX_ONNXRUNTIME="$library" cargo test --locked --workspace --test onnx_runtime
}

step "system packages" need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
step "rust" need_cargo
step "format" cargo fmt --all --check
step "lints" cargo clippy --locked --workspace --all-targets -- -D warnings
step "docs" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
step "licences, bans and sources" cargo_deny
step "build of the tests" cargo test --locked --workspace --no-run
step "tests" cargo test --locked --workspace
step "ONNX Runtime" onnx_runtime

printf '%s\n' "${steps[@]}"
printf '%6d s  in all\n' "$SECONDS"
