"""Reads outputs: whole, or batch by batch."""

from __future__ import annotations

import difflib
import json
import os
from typing import Any, Iterator, Literal, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
from pyarrow import fs

from ._columns import METADATA, SHAPE, FeatureColumn, combined, kept_values
from ._output import SPARK_SCHEMA, Output, OutputError, open_output

ERROR = "_error"
OnInvalid = Literal["error", "skip", "keep"]


class Features(Mapping[str, np.ndarray]):
    """Columns by name, each an array with a row for each row of the output.

    Attributes:
        columns: what is known of the columns that are features: layer, shape, fingerprint.
        manifest: what ``_layertap.json`` holds; None where there is none.
    """

    def __init__(
        self,
        arrays: Mapping[str, np.ndarray],
        columns: Mapping[str, FeatureColumn],
        manifest: Mapping[str, Any] | None,
    ) -> None:
        self._arrays = dict(arrays)
        self.columns = dict(columns)
        self.manifest = manifest

    def __getitem__(self, name: str) -> np.ndarray:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    @property
    def rows(self) -> int:
        """How many rows each array has."""
        return len(next(iter(self._arrays.values()), ()))

    @property
    def kept(self) -> list[str]:
        """The columns that are no features: those that the job kept."""
        return [name for name in self._arrays if name not in self.columns]

    def __repr__(self) -> str:
        lines = [f"  {name}: {array.dtype} {array.shape}" for name, array in self.items()]
        return "\n".join([f"{self.rows} rows", *lines])


def read(
    path: str | os.PathLike[str],
    columns: Sequence[str] | None = None,
    *,
    on_invalid: OnInvalid = "error",
    filesystem: fs.FileSystem | None = None,
) -> Features:
    """Reads an output into memory.

    Reads the files that the manifest lists: a job that writes meanwhile does not matter.

    Args:
        path: folder of the output, or a URI such as ``s3://bucket/features``.
        columns: names of those to read; all, if left out.
        on_invalid: what becomes of rows without features, which a job with
            ``rows.on-invalid = keep`` writes: ``error`` refuses them, ``skip`` leaves them out,
            ``keep`` gives masked arrays (NaN stands below the mask where there is one).
        filesystem: of pyarrow that holds the path, if not to be told from a URI.

    Returns:
        For each feature an array (rows, *shape) of the tensor's dtype, of float32 for bfloat16.
        Where rows may have different shapes, an array of arrays; ``np.stack`` joins those that are
        alike. For each kept column an array of its values.

    Raises:
        OutputError: says what cannot be read, and the remedy.
    """
    output = open_output(path, filesystem)
    reader = _Reader(output, columns, on_invalid)
    arrays = {name: _Growing() for name in reader.names}
    total = reader.row_count()
    for batch in reader.batches(rows=4096, part=(0, 1)):
        for name, array in batch.items():
            arrays[name].append(array, total)
    if total == 0:
        return reader.empty()
    whole = {name: growing.array() for name, growing in arrays.items()}
    return Features(whole, reader.features, output.manifest)


def read_batches(
    path: str | os.PathLike[str],
    rows: int = 1024,
    columns: Sequence[str] | None = None,
    *,
    on_invalid: OnInvalid = "error",
    part: tuple[int, int] = (0, 1),
    filesystem: fs.FileSystem | None = None,
) -> Iterator[Features]:
    """Reads an output batch by batch, for those that do not fit into memory.

    Args:
        path: as of :func:`read`, as are ``columns``, ``on_invalid`` and ``filesystem``.
        rows: of a batch, at most.
        part: (index, count): reads one of so many parts, for workers that share an output.
    """
    index, count = part
    if not 0 <= index < count:
        raise ValueError(f"cannot read part {index} of {count}: parts count from 0")
    output = open_output(path, filesystem)
    return _Reader(output, columns, on_invalid).batches(rows, part)


def feature_columns(
    path: str | os.PathLike[str], *, filesystem: fs.FileSystem | None = None
) -> dict[str, FeatureColumn]:
    """What the columns of an output are that are features."""
    return _features_of(open_output(path, filesystem))


def _features_of(output: Output) -> dict[str, FeatureColumn]:
    with output.open(output.files[0]) as file:
        return _described(file.schema_arrow.metadata)


def _described(metadata: Mapping[bytes, bytes] | None) -> dict[str, FeatureColumn]:
    text = (metadata or {}).get(SPARK_SCHEMA)
    fields = json.loads(text)["fields"] if text else []
    return {
        field["name"]: FeatureColumn.of(field["name"], field["metadata"][METADATA])
        for field in fields
        if METADATA in field["metadata"]
    }


class _Growing:
    """An array that is filled batch by batch, in place where its shape is known."""

    def __init__(self) -> None:
        self._whole: np.ndarray | None = None
        self._parts: list[np.ndarray] = []
        self._count = 0

    def append(self, part: np.ndarray, total: int) -> None:
        if part.dtype == object or isinstance(part, np.ma.MaskedArray) or self._parts:
            self._parts.append(part)
            return
        if self._whole is None:
            self._whole = np.empty((total, *part.shape[1:]), part.dtype)
        if part.dtype != self._whole.dtype:
            self._parts.append(part)
            return
        self._whole[self._count : self._count + len(part)] = part
        self._count += len(part)

    def array(self) -> np.ndarray:
        if self._whole is None and not self._parts:
            return np.empty(0, object)
        filled = [] if self._whole is None else [self._whole[: self._count]]
        parts = [*filled, *self._parts]
        if len(parts) == 1:
            return parts[0]
        is_masked = any(isinstance(part, np.ma.MaskedArray) for part in parts)
        return np.ma.concatenate(parts) if is_masked else np.concatenate(parts)


class _Reader:
    """Columns of an output."""

    def __init__(
        self, output: Output, columns: Sequence[str] | None, on_invalid: OnInvalid
    ) -> None:
        if on_invalid not in ("error", "skip", "keep"):
            raise ValueError(f"on_invalid is one of error, skip, keep; not {on_invalid!r}")
        self._output = output
        self._on_invalid = on_invalid
        self._all = _features_of(output)
        there = output.columns
        shapes = {name: name + SHAPE for name in self._all if self._has_shapes(name, there)}
        self.names = self._chosen(there, columns, set(shapes.values()))
        self.features = {name: self._all[name] for name in self.names if name in self._all}
        self._shapes = {name: shapes[name] for name in self.features if name in shapes}
        needed = [*self.names, *self._shapes.values(), ERROR]
        inside = set(output.schema.names)
        self._read = list(dict.fromkeys(name for name in needed if name in inside))

    def _has_shapes(self, name: str, there: list[str]) -> bool:
        shape = self._all[name].shape
        return (shape is None or shape.count(-1) > 0) and name + SHAPE in there

    def _chosen(
        self, there: list[str], columns: Sequence[str] | None, shapes: set[str]
    ) -> list[str]:
        if columns is None:
            return [name for name in there if name not in shapes]
        for name in columns:
            if name not in there:
                near = difflib.get_close_matches(name, there, n=3) or there
                raise OutputError(
                    f"cannot read the column {name} of {self._output.path}: there is none of that"
                    f" name; nearest: {', '.join(near)}"
                )
        return list(dict.fromkeys(columns))

    def row_count(self) -> int:
        count = 0
        for name in self._output.files:
            with self._output.open(name) as file:
                count += file.metadata.num_rows
        return count

    def empty(self) -> Features:
        """Arrays of no rows."""
        table = self._output.schema.empty_table()
        folders = self._output.folder_columns(self._output.files[0])
        return self._batch(table.select(self._read), folders)

    def batches(self, rows: int, part: tuple[int, int]) -> Iterator[Features]:
        index, count = part
        position = 0
        for name in self._output.files:
            with self._output.open(name) as file:
                self._require_same(name, file.schema_arrow)
                mine = []
                for group in range(file.num_row_groups):
                    if position % count == index:
                        mine.append(group)
                    position += 1
                if not mine:
                    continue
                folders = self._output.folder_columns(name)
                # Of no columns, pyarrow would give no rows.
                for batch in file.iter_batches(rows, mine, self._read or None):
                    yield self._batch(batch, folders)

    def _require_same(self, name: str, schema: pa.Schema) -> None:
        described = _described(schema.metadata)
        if described != self._all:
            raise OutputError(
                f"cannot read {self._output.path}: the features of {name} are not those of"
                f" {self._output.files[0]} (layer, shape, model or form differ); read them one by"
                " one"
            )

    def _batch(self, batch: pa.RecordBatch | pa.Table, folders: Mapping[str, Any]) -> Features:
        invalid = self._invalid(batch)
        if invalid is not None and self._on_invalid == "skip":
            batch = batch.filter(pa.array(~invalid))
            invalid = None
        arrays = {}
        for name in self.names:
            if name in self.features:
                arrays[name] = self._feature(batch, name, invalid)
            elif name in folders:
                arrays[name] = _repeated(folders[name], batch.num_rows)
            else:
                arrays[name] = kept_values(combined(batch, name))
        return Features(arrays, self.features, self._output.manifest)

    def _invalid(self, batch: pa.RecordBatch | pa.Table) -> np.ndarray | None:
        """Which rows have no features; None if all have them."""
        nulls = [combined(batch, name).is_null() for name in self.features]
        invalid = np.zeros(batch.num_rows, bool)
        for null in nulls:
            invalid |= null.to_numpy(zero_copy_only=False)
        if not invalid.any():
            return None
        if self._on_invalid == "error":
            reason = ""
            if ERROR in batch.schema.names:
                reason = combined(batch, ERROR).filter(pa.array(invalid))[0].as_py()
            raise OutputError(
                f"cannot read {self._output.path}: it has rows without features"
                f"{f' ({reason})' if reason else ''}; leave them out with on_invalid='skip', or get"
                " masked arrays with on_invalid='keep'"
            )
        return invalid

    def _feature(
        self, batch: pa.RecordBatch | pa.Table, name: str, invalid: np.ndarray | None
    ) -> np.ndarray:
        column = combined(batch, name)
        shapes = combined(batch, self._shapes[name]) if name in self._shapes else None
        feature = self.features[name]
        if invalid is None:
            return self._masked(feature.values(column, shapes), None)
        valid = pa.array(~invalid)
        shapes = None if shapes is None else shapes.filter(valid)
        values = feature.values(column.filter(valid), shapes)
        whole = np.empty((len(column), *values.shape[1:]), values.dtype)
        if np.issubdtype(values.dtype, np.floating):
            whole[invalid] = np.nan
        elif values.dtype != object:
            whole[invalid] = 0
        whole[~invalid] = values
        return self._masked(whole, invalid)

    def _masked(self, values: np.ndarray, invalid: np.ndarray | None) -> np.ndarray:
        """A masked array wherever invalid rows are kept: of each batch, so that all are alike."""
        is_masked = self._on_invalid == "keep" and (invalid is not None or ERROR in self._read)
        if not is_masked or values.dtype == object:
            return values
        mask = np.zeros(values.shape, bool)
        if invalid is not None:
            mask[invalid] = True
        return np.ma.MaskedArray(values, mask)


def _repeated(value: Any, rows: int) -> np.ndarray:
    if value is None or isinstance(value, str):
        repeated = np.empty(rows, object)
        repeated[:] = value
        return repeated
    return np.full(rows, value)
