"""What peers need: their environment, which scripts/bench makes, and models in their formats."""

import os
import subprocess
import sys
from pathlib import Path


def peers_environment():
    return Path(os.environ["LAYERTAP_PEERS"])


def peers_python():
    return peers_environment() / "bin/python"


def spark_home():
    """The distribution of Spark that pyspark brings."""
    return next(peers_environment().glob("lib/python*/site-packages/pyspark"))


def onnx_model(saved_model):
    """The same model for ONNX Runtime, made once beside the SavedModel."""
    path = saved_model.with_name(f"{saved_model.name}.onnx")
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        convert = ["-m", "tf2onnx.convert", "--saved-model", saved_model, "--opset", "17"]
        command = [peers_python(), *convert, "--output", unfinished]
        subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr)
        unfinished.rename(path)
    return path
