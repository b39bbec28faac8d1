"""Runs jobs on small tables, in local mode, and reads what they say of themselves."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

ROOT = Path(__file__).resolve().parent.parent.parent
MODELS = ROOT / "test-data/models"


def extract(folder, model, input_table, features, **settings):
    """Runs a job on a table, whose column x goes into the model, and gives the output's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    parquet.write_table(input_table, folder / "in.parquet")
    feed = settings.pop("feed")
    fed = settings.pop("input", "image")
    keep = [name for name in input_table.column_names if name != "x"]
    configuration = folder / "job.conf"
    configuration.write_text(
        f"""layertap {{
          model.path = "{MODELS / model}"
          input {{ format = parquet, path = "{folder}/in.parquet", keep = [{", ".join(keep)}] }}
          feeds = [ {{ input = {fed}, column = x, {feed} }} ]
          features = [ {", ".join(features)} ]
          output.path = "{folder}/out"
        }}"""
    )
    command = [ROOT / "scripts/layertap", "extract", configuration]
    for key, value in settings.items():
        command += ["--set", f"{key.replace('_', '.', 1).replace('_', '-')}={value}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return folder / "out"


def manifest(output):
    return json.loads((output / "_layertap.json").read_text())


def column_metadata(output):
    """What Spark's schema in a file says of each column."""
    file = next(output.rglob("*.parquet"))
    schema = parquet.read_schema(file).metadata[b"org.apache.spark.sql.parquet.row.metadata"]
    return {field["name"]: field["metadata"] for field in json.loads(schema)["fields"]}


class Answers:
    """The stored inputs of a model and what Keras computes for them."""

    def __init__(self, model, fed="image"):
        self.arrays = np.load(MODELS / f"{model}.answers.npz")
        listed = json.loads((MODELS / f"{model}.answers.json").read_text())
        self.layers = {layer["selector"]: layer for layer in listed["layers"]}
        self.input = self.arrays[f"input/{fed}"]

    def difference(self, layer, values):
        """Largest difference to the values of all inputs, relative to the largest value."""
        answer = self.layers[layer]
        wanted = self.arrays[answer["array"]].astype(np.float64)
        found = values.astype(np.float64).reshape(-1)[:: answer["stride"]]
        return np.abs(found - wanted).max() / answer["max_abs"]
