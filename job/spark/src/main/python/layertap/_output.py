"""The files of an output: which there are, and what they say of their columns."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from pyarrow import fs

MANIFEST = "_layertap.json"
FORMAT = 1
SPARK_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"
NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"


class OutputError(ValueError):
    """An output cannot be read as asked: what, the fact, the remedy."""


@dataclass(frozen=True)
class Output:
    """An output of layertap, or a part of one.

    Attributes:
        path: as it was given, for messages.
        filesystem: that holds it.
        root: the folder, as the file system names it.
        manifest: what ``_layertap.json`` holds; None where there is none, as in a table's folder.
        files: names of its Parquet files, relative to the root.
    """

    path: str
    filesystem: fs.FileSystem
    root: str
    manifest: dict[str, Any] | None
    files: list[str]

    def open(self, file: str) -> parquet.ParquetFile:
        """A Parquet file; the caller closes it."""
        path = f"{self.root}/{file}"
        try:
            return parquet.ParquetFile(self.filesystem.open_input_file(path))
        except FileNotFoundError as error:
            raise OutputError(
                f"cannot read {self.path}: {file}, which {MANIFEST} lists, is not there; if a job"
                " overwrites the output just now, read it again"
            ) from error

    @cached_property
    def columns(self) -> list[str]:
        """Names of all columns: those in the files, then those of the folders."""
        inside = list(self.schema.names)
        return inside + [name for name in self.folder_columns(self.files[0]) if name not in inside]

    @cached_property
    def schema(self) -> pa.Schema:
        """Of the first file."""
        with self.open(self.files[0]) as file:
            return file.schema_arrow

    @cached_property
    def types(self) -> dict[str, str]:
        """Spark's types of the columns by name, as far as the manifest names them."""
        listed = (self.manifest or {}).get("columns", [])
        return dict(column.rsplit(" ", 1) for column in listed if " " in column)

    def folder_columns(self, file: str) -> dict[str, Any]:
        """The columns whose values the names of a file's folders hold, each with its value."""
        folders = [part.split("=", 1) for part in file.split("/")[:-1] if "=" in part]
        named = ((unquote(name), unquote(value)) for name, value in folders)
        return {name: self._folder_value(name, value) for name, value in named}

    def _folder_value(self, name: str, text: str) -> Any:
        if text == NULL_FOLDER:
            return None
        kind = self.types.get(name, "string")
        if kind in ("tinyint", "smallint", "int", "bigint"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "boolean":
            return text == "true"
        if kind == "date":
            return np.datetime64(text, "D")
        # A timestamp stays text: it is of the time zone of the session that wrote it.
        return text


def open_output(path: str | os.PathLike[str], filesystem: fs.FileSystem | None) -> Output:
    """Finds the files of an output: those that the manifest lists, else all in the folder."""
    text = os.fspath(path)
    filesystem, root = _located(text, filesystem)
    kind = filesystem.get_file_info(root).type
    if kind == fs.FileType.NotFound:
        raise OutputError(f"cannot read {text}: there is no such folder; check the path")
    if kind == fs.FileType.File:
        folder, _, name = root.rpartition("/")
        return Output(text, filesystem, folder, None, [name])
    manifest = _manifest(text, filesystem, root)
    files = _listed(manifest) if manifest else _found(filesystem, root)
    if not files:
        raise OutputError(
            f"cannot read {text}: it holds no Parquet files; name the folder of an output that has"
            " rows"
        )
    return Output(text, filesystem, root, manifest, files)


def _located(text: str, filesystem: fs.FileSystem | None) -> tuple[fs.FileSystem, str]:
    if filesystem is None and "://" in text:
        # Hadoop's name of S3.
        uri = text.replace("s3a://", "s3://", 1) if text.startswith("s3a://") else text
        filesystem, root = fs.FileSystem.from_uri(uri)
    elif filesystem is None:
        filesystem, root = fs.LocalFileSystem(), os.path.abspath(text).replace(os.sep, "/")
    else:
        root = text
    return filesystem, root.rstrip("/")


def _manifest(path: str, filesystem: fs.FileSystem, root: str) -> dict[str, Any] | None:
    try:
        with filesystem.open_input_stream(f"{root}/{MANIFEST}") as stream:
            manifest = json.loads(stream.read())
    except FileNotFoundError:
        return None
    if manifest.get("format") != FORMAT:
        raise OutputError(
            f"cannot read {path}: its {MANIFEST} is of format {manifest.get('format')}, this version"
            f" of layertap knows format {FORMAT}; install the version that wrote it"
        )
    return manifest


def _listed(manifest: dict[str, Any]) -> list[str]:
    """In the order of the runs that wrote them."""
    runs = [*manifest["earlier"], manifest]
    return [file["path"] for run in runs for file in run["files"]]


def _found(filesystem: fs.FileSystem, root: str) -> list[str]:
    """As Spark finds them: what begins with a dot or a line is hidden."""
    found = filesystem.get_file_info(fs.FileSelector(root, recursive=True))
    files = [
        info.path[len(root) + 1 :]
        for info in found
        if info.type == fs.FileType.File and info.path.endswith(".parquet")
    ]
    return sorted(file for file in files if not any(map(_is_hidden, file.split("/"))))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or (name.startswith("_") and "=" not in name)
