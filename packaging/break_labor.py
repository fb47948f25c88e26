#!/usr/bin/env python3
"""Breaks the labor array on purpose, one rule at a time in a scratch copy, and tells which seeds of the simulator notice.

    packaging/break_labor.py [SEEDS] [NAME...]

SEEDS is 500 unless given. The table in kernels/labor/README.md is what this prints. Exits 1 when a break is not noticed.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = "kernels/labor/src"
SIMULATE = ["cargo", "build", "--quiet", "--offline", "--locked", "--release", "-p", "kernel_labor", "--example", "simulate"]
# A life that a break makes endless is stopped after so long, and counts as noticed.
SECONDS_MAX = 400

# Name, file, what is there, what is there instead.
BREAKS = [
    ("a tie between equal costs is broken by the order of listing", "catalogue.rs",
     ".map(|(index, task)| (Reverse(task.cost.max(1)), task.id, index))",
     ".map(|(index, task)| (Reverse(task.cost.max(1)), [0; 32], index))"),
    ("an orphan is lost", "work.rs",
     "self.place(orphans.into_iter().collect(), step);\n        self.begin_epoch(step);",
     "self.place(orphans.into_iter().skip(1).collect(), step);\n        self.begin_epoch(step);"),
    ("a doubled answer is committed twice", "answer.rs",
     'step.ignore("The same answer is committed already");',
     "self.commit(rank, station, digest, true, step);"),
    ("the third witness is not heard", "doubt.rs",
     "let peer = self.roster.peer(station).to_owned();\n        let mut rivals",
     "let digest = self.rivals.get(&rank).map_or(digest, |rivals| rivals[0].1);\n"
     "        let peer = self.roster.peer(station).to_owned();\n        let mut rivals"),
    ("an earlier start of a member is taken for it", "work.rs",
     "Some(known) if known > member.incarnation => {",
     "Some(known) if known > member.incarnation && present.is_some() && false => {"),
    ("the loss of an earlier start counts", "work.rs",
     "if self.roster.stations[station].member.incarnation != incarnation {",
     "if self.roster.stations[station].member.incarnation > incarnation.saturating_add(1_000_000) {"),
    ("a peer that was proven wrong is believed", "answer.rs",
     "if self.distrusted.contains(peer) {", "if self.distrusted.contains(peer) && peer.is_empty() {"),
    ("what only a wrong peer vouched for stands", "doubt.rs",
     "if by.is_some_and(|by| outvoted.contains(self.roster.peer(by))) {",
     "if by.is_some_and(|by| outvoted.contains(self.roster.peer(by))) && other == 0 {"),
    ("tasks that others have move when a member is lost", "station.rs",
     ".filter(|rank| self.standings[*rank as usize].holders.is_empty())\n            .collect()", ".collect()"),
    ("a member confirms its own answer", "answer.rs",
     "if self.checks.contains(&rank) && self.roster.peer(witness) != peer {",
     "if self.checks.contains(&rank) {"),
    ("speeds depend on a clock", "pace.rs",
     "self.now += self.ticks_of_all(weight);",
     "self.now += self.ticks_of_all(weight) + u128::from(std::time::SystemTime::now()"
     ".duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.subsec_nanos() >> 4));"),
    ("a task that is too large for a member is given to it", "placing.rs",
     "if !bench.fits(entry) || barred.is_some_and(|barred| barred.contains(&index)) {",
     "if barred.is_some_and(|barred| barred.contains(&index)) {"),
    ("a resumed job forgets what it withheld", "decide.rs",
     "for (station, rank) in std::mem::take(&mut self.withheld) {",
     "for (station, rank) in std::mem::take(&mut self.withheld).into_iter().skip(1) {"),
]


def copied(into):
    """The tracked files as they are now, without what git ignores."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True).stdout
    for name in listed.decode().split("\0"):
        source = ROOT / name
        if name and source.is_file():
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def outcome(tree, seeds):
    built = subprocess.run(SIMULATE, cwd=tree, capture_output=True, text=True)
    if built.returncode != 0:
        return None, built.stderr[-2000:]
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", tree / "target"))
    try:
        lived = subprocess.run([target / "release/examples/simulate", str(seeds), "0", "2000"],
                               capture_output=True, text=True, timeout=SECONDS_MAX)
        lines = lived.stdout.splitlines()
    except subprocess.TimeoutExpired as late:
        lines = (late.stdout or b"").decode().splitlines() + ["seed ?: A life did not end"]
    failed = [line for line in lines if line.startswith("seed ")]
    # The sentence without what differs between seeds.
    kinds = {}
    for line in failed:
        words = re.sub(r"peer-\d+", "peer", line.split(": ", 1)[1])
        words = re.sub(r"\b[0-9a-f]{8}\b|\d+", "N", words)[:90]
        kinds[words] = kinds.get(words, 0) + 1
    return len(failed), max(kinds, key=kinds.get) if kinds else ""


def main():
    words = sys.argv[1:]
    seeds = int(words.pop(0)) if words and words[0].isdigit() else 500
    wanted = [one for one in BREAKS if not words or any(word in one[0] for word in words)]
    unnoticed = 0
    print(f"| what is broken | of {seeds} seeds | the commonest sentence |\n|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="clisonix-break-") as folder:
        tree = pathlib.Path(folder)
        copied(tree)
        for name, file, there, instead in wanted:
            path = tree / SOURCES / file
            whole = path.read_text()
            if whole.count(there) != 1:
                print(f"| {name} | cannot be broken: `{file}` has changed | |", flush=True)
                unnoticed += 1
                continue
            path.write_text(whole.replace(there, instead))
            failed, said = outcome(tree, seeds)
            path.write_text(whole)
            if not failed:
                unnoticed += 1
            count = "does not build" if failed is None else failed
            print(f"| {name} | {count} | {said} |", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
