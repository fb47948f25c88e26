#!/usr/bin/env bash
# packaging/run.sh [PATH…]: installs what is missing, builds Clisonix, and opens the window with the files and folders named.
# Where there is no display, it does the same job without a window and says where the pictures and receipts are.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=packaging/system.sh
. "$ROOT/packaging/system.sh"

display=yes
[[ -n ${DISPLAY:-} || -n ${WAYLAND_DISPLAY:-} ]] || display=no

need_packages "${BUILD_PACKAGES[@]}"
if [[ $display == yes ]]; then
    need_packages "${WINDOW_PACKAGES[@]}"
fi
need_cargo

say "Building Clisonix (the first time takes ten minutes or more, later ones seconds)"
cargo build --locked --release --manifest-path "$ROOT/Cargo.toml" --package clisonix
start=(cargo run --quiet --locked --release --manifest-path "$ROOT/Cargo.toml" --package clisonix --bin clisonix --)

if [[ $display == yes ]]; then
    exec "${start[@]}" "$@"
fi

say "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): running the same job without a window"
out=${CLISONIX_DEMO_OUT:-$ROOT/target/demo}
exec "${start[@]}" demo --out "$out" "$@"
