"""The commands ``inspect`` and ``plan`` as pandas DataFrames, run by the jar in a JVM of its own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ._jar import JAVA_OPTIONS, MissingError, jar, java, spark_jars
from ._settings import Setting, to_text

if TYPE_CHECKING:
    import pandas

PathLike = str | os.PathLike[str]


class CommandError(RuntimeError):
    """A command was refused or failed.

    Attributes:
        code: 2 for what is wrong with the model or the configuration, 3 for the environment, else 1.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def inspect(
    model: PathLike,
    *,
    signature: str | None = None,
    tags: str | Sequence[str] | None = None,
    topology: PathLike | None = None,
    layers: str | None = None,
    tensors: bool = False,
) -> pandas.DataFrame:
    """What can be tapped in a SavedModel: a row for each output of each layer.

    The columns are those of ``layertap inspect --json``: index, selector, kind, class, op, output,
    reason (why it cannot be tapped), shape, parameters, stride, flops, tensor, note, states. ``attrs``
    of the DataFrame holds the rest: signatures, listed-by, preprocessing, total, and tensors where
    they were asked for, or are most of what a model has (TensorFlow 1).

    Args:
        model: the folder of the SavedModel.
        signature: key of the SignatureDef.
        tags: of the MetaGraph, one or a list.
        topology: a .keras archive or the model's JSON, which names layers that an export leaves out.
        layers: a glob of the layers that are listed.
        tensors: whether all tensors of the graph are listed too.

    Raises:
        CommandError: the model cannot be read.
        MissingError: the jar, Java, Spark or pandas is not there.
    """
    arguments = ["inspect", os.fspath(model), "--json"]
    for option, value in (
        ("--signature", signature),
        ("--tags", tags if tags is None or isinstance(tags, str) else ",".join(tags)),
        ("--topology", None if topology is None else os.fspath(topology)),
        ("--layers", layers),
    ):
        if value is not None:
            arguments += [option, value]
    if tensors:
        arguments.append("--tensors")
    return _frame(_run(arguments), "layers")


def plan(
    config: PathLike | Mapping[str, Any] | None = None,
    *,
    model: PathLike | None = None,
    feeds: Setting | None = None,
    features: Setting | None = None,
    settings: Mapping[str, Any] | None = None,
    rows: int | None = None,
    read_input: bool | None = None,
) -> pandas.DataFrame:
    """What a configuration would extract: a row for each feature. Reads no rows, unless asked to.

    The columns are those of ``layertap plan --json``: column, selector, tensor, dtype, shape, bytes (of
    a row; None where rows decide). ``attrs`` of the DataFrame holds the rest: fingerprint, feeds,
    preprocessing, ops, variables, memory, gradients, warnings and more.

        layertap.plan("photos.conf")
        layertap.plan(model="models/m", feeds=[{"input": "x", "column": "photo", "image": {}}],
                      features=["out_relu", {"layer": "bn1", "pool": "avg"}])

    Args:
        config: a file, or what stands in one as a dictionary, with or without the key ``layertap``.
        model: the folder of the SavedModel, over that of the configuration.
        feeds: what goes into the model, a dictionary or a list of them, over that of the configuration.
        features: what to tap, a selector, an index, a dictionary or a list of these, over that of the
            configuration; it may be a text of HOCON, as feeds may.
        settings: values by keys such as ``rows.on-invalid``, as ``--set`` takes them.
        rows: so many rows are fed, to say in which range they are.
        read_input: whether the input is looked at; by default if the configuration names one.

    Raises:
        CommandError: the plan is refused, for the reason for which the job would be.
        MissingError: the jar, Java, Spark or pandas is not there.
    """
    over = {key: json.dumps(value) for key, value in (settings or {}).items()}
    if model is not None:
        over["model.path"] = json.dumps(os.fspath(model))
    if feeds is not None:
        over["feeds"] = to_text(feeds)
    if features is not None:
        over["features"] = to_text(features)
    with tempfile.TemporaryDirectory() as folder:
        if config is None or isinstance(config, Mapping):
            values = dict(config or {})
            values = dict(values.get("layertap", values))
            has_input = "input" in values or any(key.startswith("input.") for key in over)
            if not has_input:
                values["input"] = {"path": "rows"}
            if "output" not in values and not any(key.startswith("output.") for key in over):
                values["output"] = {"path": os.path.join(folder, "output")}
            file = Path(folder, "config.json")
            file.write_text(json.dumps({"layertap": values}), encoding="utf-8")
        else:
            has_input, file = True, Path(config)
        arguments = ["plan", os.fspath(file), "--json"]
        for key, value in over.items():
            arguments += ["--set", f"{key}={value}"]
        if rows is not None:
            arguments += ["--rows", str(rows)]
        if not (has_input if read_input is None else read_input):
            arguments.append("--no-input")
        return _frame(_run(arguments), "features")


def _run(arguments: list[str]) -> dict[str, Any]:
    """What a command prints as JSON."""
    class_path = os.pathsep.join([jar(), os.path.join(spark_jars(), "*")])
    command = [
        java(),
        *JAVA_OPTIONS,
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Dspark.ui.enabled=false",
        "-Dlog4j2.configurationFile=classpath:layertap/spark/log4j2.properties",
        "-cp",
        class_path,
        "layertap.Main",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise CommandError(_message(done), done.returncode)
    return json.loads(done.stdout)


def _message(done: subprocess.CompletedProcess[str]) -> str:
    """What a command says at its end, ``layertap: exit 2: …``, with what it points to above."""
    start, above = f"layertap: exit {done.returncode}: ", "; see the lines above"
    lines = done.stderr.strip("\n").splitlines()
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].startswith(start):
            message = lines[number].removeprefix(start)
            if not message.endswith(above):
                return "\n".join([message, *lines[number + 1 :]])
            problems = [line for line in lines[:number] if line.startswith("  ")]
            return "\n".join([message.removesuffix(above) + ":", *problems])
    return done.stderr.strip() or f"Java ended with code {done.returncode}"


def _frame(values: dict[str, Any], rows: str) -> pandas.DataFrame:
    try:
        import pandas
    except ImportError as e:
        raise MissingError("cannot make a DataFrame: there is no package pandas; install it") from e
    frame = pandas.DataFrame(values.pop(rows))
    frame.attrs.update(values)
    return frame
