"""What pydicom and numpy take for the same files: peer_pictures.py index|volume FOLDER, one JSON line."""

import json
import os
import resource
import sys
import time

import numpy
import pydicom

what, folder = sys.argv[1:3]
files = sorted(os.path.join(folder, name) for name in os.listdir(folder))
start = time.perf_counter()
answer = {"what": what, "files": len(files)}
if what == "index":
    for path in files:
        pydicom.dcmread(path, stop_before_pixels=True)
else:
    slices = [pydicom.dcmread(path) for path in files]
    slices.sort(key=lambda one: float(one.ImagePositionPatient[2]))
    volume = numpy.stack(
        [
            one.pixel_array.astype(numpy.float32) * float(getattr(one, "RescaleSlope", 1))
            + float(getattr(one, "RescaleIntercept", 0))
            for one in slices
        ]
    )
answer["ms"] = round((time.perf_counter() - start) * 1e3, 1)
if what == "volume":
    answer["mean"] = round(float(volume.mean(dtype=numpy.float64)), 6)
answer["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps(answer))
