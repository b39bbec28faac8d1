"""The same features by Daft: photos are decoded, resized and run through ONNX Runtime in two processes of a
class UDF, and written to Parquet. NAME MODEL IMAGES OUTPUT BATCH"""

import json
import os
import sys
import time
from pathlib import Path

KEYS = ("NAME", "MODEL", "IMAGES", "OUTPUT", "BATCH")
if __name__ == "__main__":
    # The processes of the UDF see neither this one's arguments nor the modules beside it.
    os.environ.update(zip(KEYS, sys.argv[1:], strict=True))
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent)

import daft

from photos import OnnxFeatures

PROCESSES = 2


@daft.udf(
    return_dtype=daft.DataType.list(daft.DataType.float32()),
    concurrency=PROCESSES,
    batch_size=int(os.environ["BATCH"]),
)
class Features:
    def __init__(self):
        self.features = OnnxFeatures(os.environ["MODEL"], os.environ["NAME"])

    def __call__(self, photos):
        return list(self.features.of_photos(photos.to_pylist()))


def main():
    start = time.monotonic()
    frame = daft.from_glob_path(str(Path(os.environ["IMAGES"]) / "*.jpg")).select("path")
    frame = frame.with_column("features", Features(daft.col("path").download()))
    written = frame.write_parquet(os.environ["OUTPUT"], compression="zstd", write_mode="overwrite")
    print(json.dumps({"files": len(written), "seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main()
