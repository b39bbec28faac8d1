"""The same features by Ray Data: actors run ONNX Runtime, and what they write goes to Parquet. Photos are decoded by
the actors, or by tasks before them. NAME MODEL IMAGES OUTPUT BATCH ACTORS actors|tasks"""

import json
import os
import sys
import time

os.environ.update(RAY_DATA_DISABLE_PROGRESS_BARS="1", RAY_DEDUP_LOGS="0", RAY_USAGE_STATS_ENABLED="0")

import numpy as np
import ray

from photos import OnnxFeatures, by_pillow


class Features:
    def __init__(self, path, model, decodes):
        self.features = OnnxFeatures(path, model)
        self.decodes = decodes

    def __call__(self, batch):
        found = self.features.of_photos(batch["bytes"]) if self.decodes else self.features.of(batch["pixels"])
        return {"path": batch["path"], "features": found}


def main():
    model, path, images, output, batch, actors, where = sys.argv[1:8]
    start = time.monotonic()
    # Ray counts a core for each actor and each reading task; the machine has two for all.
    ray.init(num_cpus=int(actors) + 1, include_dashboard=False, logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = ray.data.read_binary_files(images, include_paths=True)
    if where == "tasks":
        rows = rows.map(
            lambda row: {"path": row["path"], "pixels": by_pillow(row["bytes"], model).astype(np.float32)}
        )
    rows = rows.map_batches(
        Features,
        fn_constructor_args=(path, model, where == "actors"),
        batch_size=int(batch),
        concurrency=int(actors),
        num_cpus=1,
    )
    rows.write_parquet(output, compression="zstd")
    seconds = time.monotonic() - start
    ray.shutdown()
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
