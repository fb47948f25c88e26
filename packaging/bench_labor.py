#!/usr/bin/env python3
"""Overhead of a task: the labor array's whole local path against Dask's `distributed` with threads, in one run.

    packaging/bench_labor.py CLISONIX [--tasks N] [--threads N] [--out FILE]

Both compute the same number of tasks that cost nearly nothing: ours are thresholds of 8 x 8 pixels over a series made here, each with
its digest checked, kept on the disk and journalled, from the assignment to the last answer (`tasks_ms` of `clisonix run --json`);
Dask's are sums of an array of the same size, from `Client.map` to the end of `gather`. Rounds alternate; medians are compared.
Exits 1 when ours is not ten times less.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import distributed
import numpy
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

SIDE = 8
ROUNDS = 5
TIMES_LESS_WANTED = 10


def pixels(index):
    """Distinct for every index, since equal slices are one task."""
    block = numpy.arange(SIDE * SIDE, dtype=numpy.int16).reshape(SIDE, SIDE)
    block[0, 0], block[0, 1] = index % 30_000, index // 30_000
    return block


def write_series(folder, count):
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    for index in range(count):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, generate_uid()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = study, series, frame
        image.PatientID, image.Modality, image.InstanceNumber = "PHANTOM", "CT", index + 1
        image.ImagePositionPatient, image.ImageOrientationPatient = [0, 0, index], [1, 0, 0, 0, 1, 0]
        image.PixelSpacing, image.SliceThickness = [1, 1], 1
        image.Rows = image.Columns = SIDE
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 1
        image.RescaleIntercept, image.RescaleSlope = 0, 1
        image.PixelData = pixels(index).tobytes()
        image.save_as(folder / f"{index:06}.dcm", enforce_file_format=True)


def ours(program, series, folder, threads, count):
    """Microseconds a task: from the assignment to the last answer, and with reading, fsync and the writing of results and receipts."""
    home = folder / "home"
    command = [program, "--home", home, "run", "threshold", "--input", series, "--out", folder / "out", "--threads", str(threads), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    record = json.loads(done.stdout)
    if record["tasks"] != count or sum(member["done"] for member in record["members"]) != count:
        raise SystemExit(f"{count} tasks were expected: {done.stdout[:300]}")
    return record["tasks_ms"] * 1_000 / count, record["elapsed_ms"] * 1_000 / count


def dasks(client, blocks):
    """Microseconds a task."""
    begun = time.perf_counter()
    answers = client.gather(client.map(numpy.sum, blocks, pure=False))
    seconds = time.perf_counter() - begun
    if len(answers) != len(blocks):
        raise SystemExit("Dask lost a task")
    return seconds * 1e6 / len(blocks)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--tasks", type=int, default=2_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=pathlib.Path)
    wanted = parser.parse_args()
    blocks = [pixels(index) for index in range(wanted.tasks)]
    mine, whole, theirs = [], [], []
    with tempfile.TemporaryDirectory(prefix="clisonix-labor-") as folder:
        folder = pathlib.Path(folder)
        series = folder / "series"
        series.mkdir()
        write_series(series, wanted.tasks)
        cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=wanted.threads, processes=False, dashboard_address=None)
        with cluster, distributed.Client(cluster) as client:
            dasks(client, blocks[:100])
            for round_number in range(ROUNDS):
                place = folder / str(round_number)
                place.mkdir()
                answered, written = ours(wanted.program, series, place, wanted.threads, wanted.tasks)
                mine.append(answered)
                whole.append(written)
                theirs.append(dasks(client, blocks))
    figures = {
        "tasks": wanted.tasks,
        "threads": wanted.threads,
        "clisonix_us_per_task": round(statistics.median(mine), 1),
        "clisonix_with_files_us_per_task": round(statistics.median(whole), 1),
        "distributed_us_per_task": round(statistics.median(theirs), 1),
        "times_less": round(statistics.median(theirs) / statistics.median(mine), 1),
        "times_less_wanted": TIMES_LESS_WANTED,
        "rounds": {"clisonix": [round(one, 1) for one in mine], "distributed": [round(one, 1) for one in theirs]},
        "versions": {"distributed": distributed.__version__, "python": sys.version.split()[0], "pydicom": pydicom.__version__},
    }
    text = json.dumps(figures, indent=1)
    print(text)
    if wanted.out:
        wanted.out.write_text(text + "\n")
    return 0 if figures["times_less"] >= TIMES_LESS_WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
