#!/usr/bin/env bash
# The Debian packages that building and running need, and how they are installed. Sourced by run.sh, test.sh and bench.sh.

# shellcheck disable=SC2034  # The lists are for the scripts that source this file.

# charls is C++ and built with cmake; everything else that is compiled is Rust.
BUILD_PACKAGES=(build-essential cmake pkg-config)
# What winit and glow load when a window opens.
WINDOW_PACKAGES=(libgl1 libegl1 libgl1-mesa-dri libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon0 libxkbcommon-x11-0 libwayland-client0 libwayland-egl1 libwayland-cursor0)
# Chinese, Japanese and Korean letters in names (Apache-2.0); the window takes other fonts of the system where they are.
WINDOW_PACKAGES+=(fonts-droid-fallback)
# Network namespaces and a bad line for the tests of the mesh.
TEST_PACKAGES=(iproute2 python3)
# A display without a screen for the benchmark of the window, and Python for the peers that it measures beside us.
BENCH_PACKAGES=(xvfb python3-venv)

say() { printf '%s\n' "$*" >&2; }
stop() {
    say "$*"
    exit 1
}

# Installs those of the named packages that are missing; says the exact line and stops where it may not.
need_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "This is not a Debian system: please see to it that these are there: $*"
        return
    fi
    local missing=() package state
    for package in "$@"; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [[ $state == installed ]] || missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0

    local as_root=()
    if [[ $(id -u) -ne 0 ]]; then
        if ! command -v sudo >/dev/null || ! sudo -v; then
            stop "These packages are missing. Run this line as root, then start again:
    apt-get update && apt-get install --yes --no-install-recommends ${missing[*]}"
        fi
        as_root=(sudo)
    fi
    say "Installing ${missing[*]}"
    "${as_root[@]}" apt-get update --quiet=2 >&2 || say "The package lists could not be renewed; trying with the ones that are here"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}" >&2 ||
        stop "These packages could not be installed: ${missing[*]}"
}

# Rust itself is the user's choice to install.
need_cargo() {
    if ! command -v cargo >/dev/null && [[ -f $HOME/.cargo/env ]]; then
        # shellcheck source=/dev/null
        . "$HOME/.cargo/env"
    fi
    command -v cargo >/dev/null ||
        stop "cargo was not found on the PATH: install Rust $(rust_wanted) or newer from https://rustup.rs and start again"
    local have
    have=$(rustc --version | cut -d ' ' -f 2)
    [[ $(printf '%s\n%s\n' "$(rust_wanted)" "$have" | sort -V | head -n 1) == "$(rust_wanted)" ]] ||
        stop "Rust $have is too old: Clisonix needs $(rust_wanted) or newer (rustup update stable)"
}

rust_wanted() { sed -n 's/^rust-version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml" | head -n 1; }
