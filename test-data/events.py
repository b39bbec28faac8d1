"""Make events/events.parquet: 24 sequences of 3 to 14 steps of 100 numbers, for the LSTM models."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent / "events"
FEATURES, ROWS = 100, 24


def main():
    generator = np.random.default_rng(11)
    sequences = [
        generator.normal(size=(int(length), FEATURES)).round(2).astype(np.float32)
        for length in generator.integers(3, 15, ROWS)
    ]
    table = pa.table(
        {
            "id": pa.array(range(ROWS), pa.int64()),
            "events": pa.array(
                [sequence.tolist() for sequence in sequences], pa.list_(pa.list_(pa.float32()))
            ),
        }
    )
    FOLDER.mkdir(exist_ok=True)
    pq.write_table(table, FOLDER / "events.parquet", compression="zstd")
    print(f"{ROWS} sequences of {min(map(len, sequences))} to {max(map(len, sequences))} steps")


if __name__ == "__main__":
    main()
