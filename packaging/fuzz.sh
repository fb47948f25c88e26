#!/usr/bin/env bash
# packaging/fuzz.sh FOLDER [MUTANTS] [FIRST_SEED]: breaks every DICOM file under FOLDER again and again and reads the mutants: header,
# tags, frames of each codec, overlays, objects, directories. Fails at a panic, a hang over 5 s, or more memory than max(64 MiB, 64 x file).
# packaging/fuzz.sh labor [MUTANTS] [FIRST_SEED] [JOURNAL]: breaks logs, memberships and tasks as they cross a wire, and the journal of a
# job where one is named, and reads and replays the mutants. Fails at a panic.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=packaging/system.sh
. "$ROOT/packaging/system.sh"
cd "$ROOT"

if [[ ${1:-} == labor ]]; then
    mutants=${2:-100000} first_seed=${3:-0} journal=${4:-}
    need_cargo
    cargo run --locked --package kernel_labor --example fuzz_wire -- "$mutants" "$first_seed"
    if [[ -n $journal ]]; then
        cargo run --locked --package actor_labor --example fuzz_journal -- "$journal" "$mutants" "$first_seed"
    fi
    exit
fi

[[ -d ${1:-} ]] || stop "packaging/fuzz.sh FOLDER [MUTANTS] [FIRST_SEED]: name a folder of DICOM files"
folder=$1 mutants=${2:-100000} first_seed=${3:-0}
need_packages "${BUILD_PACKAGES[@]}"
need_cargo
# Debug assertions and overflow checks stay on: they find more.
cargo build --locked --package kernel_dicom --example fuzz_mutants
built=$(cargo metadata --locked --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/debug
nice "$built/examples/fuzz_mutants" "$folder" "$mutants" "$first_seed"
