"""The same features by Daft: photos are decoded, resized and run through ONNX Runtime in two processes of a
class UDF, and written to Parquet."""

import io
import json
import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    # The processes of the UDF do not see this one's arguments.
    os.environ.update(zip(("ONNX_MODEL", "IMAGES", "OUTPUT", "BATCH"), sys.argv[1:], strict=True))

import daft
import numpy as np
import onnxruntime
from PIL import Image

SIZE = 224
PROCESSES = 2


def along(length):
    """For each pixel of the result the two of the photo that it lies between, and how far, as
    tf.image.resize."""
    centre = np.maximum((np.arange(SIZE) + 0.5) * length / SIZE - 0.5, 0).astype(np.float32)
    low = centre.astype(int)
    return low, np.minimum(low + 1, length - 1), (centre - low).astype(np.float32)


def load(data):
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.float32)
    top, bottom, down = along(pixels.shape[0])
    left, right, across = along(pixels.shape[1])
    rows = pixels[top] + (pixels[bottom] - pixels[top]) * down[:, None, None]
    return (rows[:, left] + (rows[:, right] - rows[:, left]) * across[None, :, None]) / 127.5 - 1


@daft.udf(
    return_dtype=daft.DataType.list(daft.DataType.float32()),
    concurrency=PROCESSES,
    batch_size=int(os.environ["BATCH"]),
)
class Features:
    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["ONNX_MODEL"], options)
        self.input = self.session.get_inputs()[0].name

    def __call__(self, photos):
        batch = np.stack([load(photo) for photo in photos.to_pylist()])
        return list(self.session.run(None, {self.input: batch})[0].mean(axis=(1, 2)))


def main():
    start = time.monotonic()
    frame = daft.from_glob_path(str(Path(os.environ["IMAGES"]) / "*.jpg")).select("path")
    frame = frame.with_column("out_relu", Features(daft.col("path").download()))
    written = frame.write_parquet(os.environ["OUTPUT"], compression="zstd", write_mode="overwrite")
    print(json.dumps({"files": len(written), "seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main()
