#!/usr/bin/env bash
# packaging/bench.sh kernels [OUT.json]: measures the kernels against their Python peers on one and on two threads, see bench_kernels.py,
# and the whole pipeline of ../shared/peers against both of its ways, see bench_pipeline.py.
# packaging/bench.sh inference [OUT.json]: measures the engines of models against Python's onnxruntime, see bench_inference.py.
# packaging/bench.sh mesh [OUT.json]: measures the mesh in network namespaces, see bench_mesh.py.
# packaging/bench.sh labor [OUT.json]: measures the labor array: its figures, and the overhead of a task against Dask, see bench_labor.py.
# packaging/bench.sh [OUT.json]: measures the figures that README.md names, in a release build, under a display without a screen
# and with software rendering. Prints the machine, the figures and their limits as text, then as JSON; fails when a limit is missed.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=packaging/system.sh
. "$ROOT/packaging/system.sh"
cd "$ROOT"

STARTS=5                # of the window; the median counts
SERIES_SLICES=200       # of 512 x 512 x 16 bit, for the memory of an open series
SETTLE_S=5              # after the first image, for what is read ahead
WINDOW_WITHIN_S=30

# The kernels against numpy, scipy, scikit-learn, OpenCV, cc3d and SimpleITK, in an environment of their own under the target folder.
PEERS=(numpy scipy scikit-learn scikit-image opencv-python-headless connected-components-3d SimpleITK pydicom hypothesis pytest 'maturin>=1.9,<2')
bench_kernels() {
    need_packages "${BUILD_PACKAGES[@]}" python3-venv
    need_cargo
    local target peers missed=0 threads
    target=$(cargo metadata --locked --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
    peers=$target/peers/venv
    if [[ ! -x $peers/bin/python ]]; then
        say "Installing the peers"
        python3 -m venv "$peers"
        "$peers/bin/pip" install --quiet "${PEERS[@]}"
    fi
    say "Building the wheel"
    rm -rf "$target/wheels"
    (cd kernels/python && "$peers/bin/maturin" build --quiet --release --locked --interpreter "$peers/bin/python" --out "$target/wheels")
    "$peers/bin/pip" install --quiet --no-deps --force-reinstall "$target"/wheels/*.whl
    say "Comparing the results with the peers'"
    "$peers/bin/python" -m pytest --quiet -p no:cacheprovider kernels/python
    for threads in 1 2; do
        say "Measuring on $threads threads"
        local code=0
        "$peers/bin/python" packaging/bench_kernels.py --threads "$threads" --out "$target/kernels-$threads.json" || code=$?
        [[ $code -eq 0 || $code -eq 3 ]] || stop "A result differs from the peer's, or a peer failed"
        [[ $code -eq 0 ]] || missed=1
    done
    # The whole pipeline, beside the Python one of ../shared.
    local pipeline=null shared=$ROOT/../shared/peers
    if [[ -d $shared ]]; then
        say "Measuring the whole pipeline"
        cargo build --locked --release --package clisonix
        local code=0
        "$peers/bin/python" packaging/bench_pipeline.py --clisonix "$target/release/clisonix" --shared "$shared" \
            --work "$target/peers/pipeline-work" --out "$target/pipeline.json" || code=$?
        [[ $code -eq 0 || $code -eq 3 ]] || stop "A result of the pipeline differs from the peer's, or a side failed"
        [[ $code -eq 0 ]] || missed=1
        pipeline=$(cat "$target/pipeline.json")
    else
        say "There is no $shared: the whole pipeline is not measured"
    fi
    printf '[%s,%s,{"pipeline":%s}]\n' "$(cat "$target/kernels-1.json")" "$(cat "$target/kernels-2.json")" "$pipeline" >"${1:-$target/kernels.json}"
    say "Written to ${1:-$target/kernels.json}"
    [[ $missed -eq 0 ]] || stop "Some of the figures were missed"
}
# The mesh in network namespaces of its own: needs the right to make them.
if [[ ${1:-} == mesh ]]; then
    need_packages "${BUILD_PACKAGES[@]}" iproute2 python3
    need_cargo
    cargo build --locked --release --package clisonix
    cargo build --locked --release --package actor_mesh --example bench_mesh
    built=$(cargo metadata --locked --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/release
    exec python3 packaging/bench_mesh.py "$built" ${2:+--out "$2"}
fi
if [[ ${1:-} == kernels ]]; then
    bench_kernels "${2:-}"
    exit
fi

# The engines of models against Python's onnxruntime, with models of random weights and a series that ../shared/peers makes.
bench_inference() {
    need_packages "${BUILD_PACKAGES[@]}" python3-venv
    need_cargo
    local shared=$ROOT/../shared/peers target peers work
    [[ -d $shared ]] || stop "There is no $shared, which makes the models and the series"
    target=$(cargo metadata --locked --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
    peers=$target/peers/inference
    work=$target/peers/inference-work
    if [[ ! -x $peers/bin/python ]]; then
        say "Installing the peers"
        python3 -m venv "$peers"
        "$peers/bin/pip" install --quiet numpy onnx onnxruntime pydicom blake3 pillow
    fi
    say "Building for release"
    cargo build --locked --release --package clisonix
    cargo build --locked --release --package kernel_inference --example bench_models --example node_test
    mkdir -p "$work/models"
    "$peers/bin/python" "$shared/gen_models.py" "$work/models" >/dev/null
    [[ -d $work/series ]] || "$peers/bin/python" "$shared/gen_series.py" --out "$work/series" --slices 200 --size 512
    "$peers/bin/python" packaging/bench_inference.py --built "$target/release/examples" --clisonix "$target/release/clisonix" \
        --models "$work/models" --series "$work/series" --operators "$work/operators" --work "$work/run" --out "${1:-$target/inference.json}"
}
if [[ ${1:-} == inference ]]; then
    bench_inference "${2:-}"
    exit
fi

# The labor array: ten thousand seeded lives, the figures of its assignment, and a task's overhead against Python's `distributed`.
bench_labor() {
    need_packages "${BUILD_PACKAGES[@]}" python3-venv
    need_cargo
    local target peers
    target=$(cargo metadata --locked --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
    peers=$target/peers/labor
    if [[ ! -x $peers/bin/python ]]; then
        say "Installing the peers"
        python3 -m venv "$peers"
        "$peers/bin/pip" install --quiet distributed numpy pydicom
    fi
    say "Building for release"
    cargo build --locked --release --package kernel_labor --examples
    cargo build --locked --release --package clisonix
    "$target/release/examples/figures"
    "$peers/bin/python" packaging/bench_labor.py "$target/release/clisonix" --out "${1:-$target/labor.json}"
    "$target/release/examples/simulate" 10000 0 2000
}
if [[ ${1:-} == labor ]]; then
    bench_labor "${2:-}"
    exit
fi

need_packages "${BUILD_PACKAGES[@]}" "${WINDOW_PACKAGES[@]}" "${BENCH_PACKAGES[@]}"
need_cargo
say "Building for release"
cargo build --locked --release --package clisonix
cargo build --locked --release --package kernel_imaging --example bench_window
cargo build --locked --release --package kernel_dicom --example bench_pictures
cargo build --locked --release --package kernel_algebra --example bench_algebra
cargo build --locked --release --package actor_compute --example bench_overhead
built=$(cargo metadata --locked --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/release

work=$(mktemp -d)
children=()
cleanup() {
    local child
    for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
    rm -rf "$work"
}
trap cleanup EXIT

median() { sort -n | awk '{ value[NR] = $1 } END { if (NR) print value[int((NR + 1) / 2)] }'; }
# field NAME: the number behind "NAME": in the JSON lines that are piped in.
field() { sed -n "s/.*\"$1\":\([0-9.eE+-]*\).*/\1/p" | head -n 1; }

# --- A series of DICOM files, written byte by byte: a phantom, and nobody's data.

uint16() { printf -v "$1" '\\x%02x\\x%02x' $(($2 & 255)) $((($2 >> 8) & 255)); }
# element GROUP ELEMENT VR VALUE: explicit little endian, appended to `header`; an odd value gets a blank.
element() {
    local group number length value=$4
    ((${#value} % 2 == 0)) || value+=' '
    uint16 group "$1"
    uint16 number "$2"
    uint16 length ${#value}
    header+="$group$number$3$length${value//\\/\\\\}"
}
short() {
    local group number value
    uint16 group "$1"
    uint16 number "$2"
    uint16 value "$3"
    header+="$group${number}US\\x02\\x00$value"
}
phantom_series() {
    local folder=$1 count=$2 slice header pixels=$work/pixels
    mkdir -p "$folder"
    # Bytes of this program itself: as hard to compress in memory as an image, and no randomness is needed.
    head -c $((512 * 512 * 2)) "$built/clisonix" >"$pixels"
    for ((slice = 1; slice <= count; slice++)); do
        header=
        element 0x0008 0x0016 UI 1.2.840.10008.5.1.4.1.1.2
        element 0x0008 0x0018 UI "1.2.3.4.5.$((1000 + slice))"
        element 0x0008 0x0060 CS CT
        element 0x0010 0x0010 PN Phantom
        element 0x0010 0x0020 LO 1
        element 0x0020 0x000d UI 1.2.3.4.51
        element 0x0020 0x000e UI 1.2.3.4.52
        element 0x0020 0x0013 IS "$slice"
        element 0x0020 0x0032 DS "0\\0\\$slice"
        element 0x0020 0x0037 DS '1\0\0\0\1\0'
        short 0x0028 0x0002 1
        element 0x0028 0x0004 CS MONOCHROME2
        short 0x0028 0x0010 512
        short 0x0028 0x0011 512
        element 0x0028 0x0030 DS '1\1'
        short 0x0028 0x0100 16
        short 0x0028 0x0101 16
        short 0x0028 0x0102 15
        short 0x0028 0x0103 0
        {
            head -c 128 /dev/zero
            printf 'DICM'
            printf '\x02\x00\x00\x00UL\x04\x00\x1c\x00\x00\x00'
            printf '\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\x00'
            printf '%b' "$header"
            printf '\xe0\x7f\x10\x00OW\x00\x00\x00\x00\x08\x00'
            cat "$pixels"
        } >"$folder/$slice.dcm"
    done
}

# --- The window.

start_display() {
    local number=$work/display
    Xvfb -screen 0 1280x720x24 -nolisten tcp -displayfd 3 3>"$number" >/dev/null 2>&1 &
    children+=($!)
    for _ in {1..100}; do
        [[ -s $number ]] && break
        sleep 0.05
    done
    [[ -s $number ]] || stop "The display without a screen (Xvfb) did not start"
    DISPLAY=:$(tr -d '[:space:]' <"$number")
    export DISPLAY LIBGL_ALWAYS_SOFTWARE=1
    unset WAYLAND_DISPLAY
}

# open_window PATH: starts the window, waits for its first image; sets window_pid and trace.
open_window() {
    trace=$work/trace
    : >"$trace"
    CLISONIX_TRACE_START=1 "$built/clisonix" --home "$work/home" "$1" 2>"$trace" >/dev/null &
    window_pid=$!
    children+=("$window_pid")
    for ((tenth = 0; tenth < WINDOW_WITHIN_S * 10; tenth++)); do
        grep -q 'first_image_ms=' "$trace" && return
        kill -0 "$window_pid" 2>/dev/null || stop "The window ended before its first image: $(cat "$trace")"
        sleep 0.1
    done
    stop "The window showed no image within $WINDOW_WITHIN_S s: $(cat "$trace")"
}
close_window() {
    kill "$window_pid" 2>/dev/null || true
    wait "$window_pid" 2>/dev/null || true
}
traced() { sed -n "s/.*$1=\([0-9.]*\).*/\1/p" "$work/trace" | head -n 1; }

say "Measuring the window"
start_display
: >"$work/visible"
: >"$work/first"
for ((start = 0; start < STARTS; start++)); do
    open_window assets/sample
    traced window_visible_ms >>"$work/visible"
    traced first_image_ms >>"$work/first"
    close_window
done
window_visible_ms=$(median <"$work/visible")
first_image_ms=$(median <"$work/first")

say "Measuring the memory of an open series"
phantom_series "$work/series" "$SERIES_SLICES"
open_window "$work/series"
sleep "$SETTLE_S"
memory_kib=$(sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$window_pid/status")
close_window
stored_bytes=$((SERIES_SLICES * 512 * 512 * 2))
memory_mb=$((memory_kib * 1024 / 1000000))
memory_mb_max=$((stored_bytes * 13 / 10 / 1000000 + 150))

say "Measuring the kernels and the actors"
window_level_p99_ms=$("$built/examples/bench_window" 2000 | grep '512x512 16-bit' | grep 'LINEAR"' | field p99_ms)
overhead_p50_us=$("$built/examples/bench_overhead" | field overhead_p50_us)
"$built/examples/bench_algebra" >"$work/algebra"

# --- From files to pictures, beside pydicom and numpy in the same run.

say "Measuring pictures beside pydicom and numpy"
peer=${CLISONIX_PEER_PYTHON:-$built/../peer/bin/python}
if [[ ! -x $peer ]]; then
    python3 -m venv "$built/../peer" && "$built/../peer/bin/pip" install --quiet pydicom numpy ||
        stop "pydicom and numpy could not be installed; CLISONIX_PEER_PYTHON may name a Python that has them"
fi
mkdir "$work/index"
# Headers as scanners write them where the public files are at hand, else the phantom's short ones; many names a file, for a thousand.
real=$ROOT/../shared/data/public/neurolabusc+dcm_qa_ct
index_of="the phantom's short headers"
if [[ -d $real ]]; then
    index_of="scanners' CT headers"
    mapfile -t headers < <(find "$(realpath "$real")" -type f -size +200k | sort)
else
    headers=("$work"/series/*.dcm)
fi
for number in $(seq -w 0 999); do
    ln -s "${headers[10#$number % ${#headers[@]}]}" "$work/index/$number.dcm"
done
pictures=$built/examples/bench_pictures
# The first round of each warms the disk's cache for both.
for _ in 1 2; do
    index=$("$pictures" index "$work/index")
    peer_index=$("$peer" packaging/peer_pictures.py index "$work/index")
    volume=$("$pictures" volume "$work/series")
    peer_volume=$("$peer" packaging/peer_pictures.py volume "$work/series")
done
# part A B: how many of A are in B; Python's JSON has blanks after its colons.
part() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.4f", a / b }'; }
of() { tr -d ' ' <<<"$2" | field "$1"; }
index_part=$(part "$(of ms "$index")" "$(of ms "$peer_index")")
volume_part=$(part "$(of ms "$volume")" "$(of ms "$peer_volume")")
volume_memory_part=$(part "$(of peak_bytes "$volume")" "$(of peak_bytes "$peer_volume")")
scroll_p99_ms=$("$pictures" scroll "$work/series" | field p99_ms)
mammogram_p99_ms=$("$pictures" mammogram | field p99_ms)

# --- The answer.

missed=0
figures=
# figure NAME VALUE LIMIT UNIT WHAT
figure() {
    local held=true
    if [[ -z $2 ]] || ! awk -v value="$2" -v limit="$3" 'BEGIN { exit !(value <= limit) }'; then
        held=false
        missed=$((missed + 1))
    fi
    printf '%-52s %10s %-3s at most %6s  %s\n' "$5" "${2:-none}" "$4" "$3" "$([[ $held == true ]] && echo held || echo MISSED)"
    figures+="${figures:+,}{\"name\":\"$1\",\"value\":${2:-null},\"limit\":$3,\"unit\":\"$4\",\"held\":$held}"
}
cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
memory_gb=$(awk '/^MemTotal/ { printf "%.1f", $2 * 1024 / 1e9 }' /proc/meminfo)
printf 'Machine: %s, %s cores, %s GB, %s, %s, software rendering\n' \
    "$cpu" "$(nproc)" "$memory_gb" "$(uname -sr)" "$(rustc --version | cut -d ' ' -f 1-2)"
figure window_visible "$window_visible_ms" 1000 ms "Window visible after start"
figure first_image "$first_image_ms" 300 ms "First image after choosing the sample study"
figure window_level_p99 "$window_level_p99_ms" 1 ms "Window level of 512 x 512 x 16 bit to RGBA, p99"
figure actor_overhead_p50 "$overhead_p50_us" 100 us "Time that the actors add to a task, p50"
figure open_series_memory "$memory_mb" "$memory_mb_max" MB "Memory for an open series of $((stored_bytes / 1000000)) MB"
figure index_part "$index_part" 0.05 "" "Index of 1,000 files ($index_of), part of pydicom's time"
figure volume_part "$volume_part" 0.125 "" "Volume of 200 slices, part of pydicom's time"
figure volume_memory_part "$volume_memory_part" 0.5 "" "Volume of 200 slices, part of pydicom's memory"
figure scroll_p99 "$scroll_p99_ms" 4 ms "Next slice of 512 x 512: decode and draw, p99"
figure mammogram_p99 "$mammogram_p99_ms" 8 ms "Window level of 3328 x 4096 on a screen, p99"

json=$(printf '{"machine":{"cpu":"%s","cores":%s,"memory_gb":%s,"system":"%s","rustc":"%s","rendering":"software"},"figures":[%s],"algebra":[%s]}' \
    "$cpu" "$(nproc)" "$memory_gb" "$(uname -sr)" "$(rustc --version | cut -d ' ' -f 2)" "$figures" "$(paste -sd, "$work/algebra")")
printf '%s\n' "$json"
if [[ -n ${1:-} ]]; then
    printf '%s\n' "$json" >"$1"
fi
[[ $missed -eq 0 ]] || stop "$missed of the figures were missed"
