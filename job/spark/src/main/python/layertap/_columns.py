"""Columns of features as arrays, in whatever form they are stored."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from ._output import OutputError

METADATA = "layertap"
SHAPE = "_shape"

# Of tensors whose values NumPy has a type for. Halves are stored as float32, and pooled as such.
_DTYPES = {
    "float32": np.float32,
    "float64": np.float64,
    "int8": np.int8,
    "int16": np.int16,
    "int32": np.int32,
    "int64": np.int64,
    "uint8": np.uint8,
    "uint16": np.uint16,
    "uint32": np.uint32,
    "bool": np.bool_,
    "float16": np.float32,
    "bfloat16": np.float32,
    "string": object,
}
_DENSE = 1


@dataclass(frozen=True)
class FeatureColumn:
    """What a column of features holds, as its metadata says.

    Attributes:
        name: of the column.
        layer: that was tapped; empty for a raw tensor.
        tensor: of the model's graph.
        dtype: of that tensor.
        shape: of one row, with -1 for sizes that differ from row to row; None if not even the
            number of axes is known.
        pool: how axes were reduced, or ``none``.
        normalize: how values were normalised, or ``none``.
        store: ``native``, ``float16`` or ``bfloat16``.
        fingerprint: of the model.
    """

    name: str
    layer: str
    tensor: str
    dtype: str
    shape: tuple[int, ...] | None
    pool: str
    normalize: str
    store: str
    fingerprint: str

    @staticmethod
    def of(name: str, metadata: Mapping[str, Any]) -> FeatureColumn:
        """From the metadata of a column, or an entry of the manifest's ``features``."""
        shape = metadata.get("shape")
        return FeatureColumn(
            name=name,
            layer=metadata["layer"],
            tensor=metadata["tensor"],
            dtype=metadata["dtype"],
            shape=None if shape is None else tuple(shape),
            pool=metadata["pool"],
            normalize=metadata["normalize"],
            store=metadata["store"],
            fingerprint=metadata.get("fingerprint", ""),
        )

    @property
    def is_open(self) -> bool:
        """Whether rows may have different shapes; they are then read as an array of arrays."""
        return self.shape is None or -1 in self.shape

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        """Of the arrays that are read: NumPy has no bfloat16, its values are float32."""
        return np.dtype(np.float16 if self.store == "float16" else _DTYPES[self.dtype])

    def values(self, column: pa.Array, shapes: pa.Array | None) -> np.ndarray:
        """The values of rows without nulls.

        Args:
            column: as it is stored.
            shapes: the column of shapes, where rows have one.

        Returns:
            (rows, \\*shape); for open shapes (rows,) of arrays.
        """
        leaves, ends = self._leaves(column)
        values = _to_numpy(leaves, self) if isinstance(leaves, pa.Array) else leaves
        counts = np.diff(ends)
        if self.is_open:
            return self._rows(values, ends, counts, shapes)
        wanted = math.prod(self.shape or ())
        if np.any(counts != wanted):
            raise OutputError(
                f"cannot read the column {self.name}: a row has"
                f" {counts[counts != wanted][0]} values, its shape {self.shape} has {wanted}; the"
                " files were changed by something else, run the job again"
            )
        return values.reshape(len(counts), *(self.shape or ()))

    def _leaves(self, column: pa.Array) -> tuple[Any, np.ndarray]:
        """All values of all rows, and where each row begins and the last one ends."""
        kind = column.type
        if pa.types.is_struct(kind):
            if compute.any(compute.not_equal(column.field("type"), _DENSE)).as_py():
                raise OutputError(
                    f"cannot read the column {self.name}: it holds sparse vectors, which layertap"
                    " does not write; read it by Spark"
                )
            return lists(column.field("values"))
        if self.store != "native":
            rows = column.to_pylist()
            halves = np.frombuffer(b"".join(rows), "<u2")
            sizes = np.array([0, *(len(row) // halves.itemsize for row in rows)], np.int64)
            return self._floats(halves), np.cumsum(sizes)
        return lists(column)

    def _floats(self, halves: np.ndarray) -> np.ndarray:
        if self.store == "float16":
            return halves.view("<f2").astype(np.float16)
        return (halves.astype(np.uint32) << 16).view(np.float32)

    def _rows(
        self, values: np.ndarray, ends: np.ndarray, counts: np.ndarray, shapes: pa.Array | None
    ) -> np.ndarray:
        rows = np.empty(len(counts), object)
        stored = shapes.to_pylist() if shapes is not None else None
        for row, count in enumerate(counts):
            shape = stored[row] if stored is not None else self._row_shape(int(count))
            rows[row] = values[ends[row] : ends[row + 1]].reshape(shape)
        return rows

    def _row_shape(self, count: int) -> tuple[int, ...]:
        if self.shape is None or self.shape.count(-1) > 1:
            raise OutputError(
                f"cannot read the column {self.name}: more than one size of its rows is open; read"
                f" the column {self.name}{SHAPE} with it"
            )
        known = math.prod(size for size in self.shape if size >= 0)
        return tuple(count // max(1, known) if size < 0 else size for size in self.shape)


def lists(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """The values of lists of any depth, and where each row begins and the last one ends."""
    ends = np.arange(len(column) + 1)
    while _is_list(column.type):
        ends = np.asarray(column.offsets)[ends]
        column = column.values
    first = int(ends[0])
    return column.slice(first, int(ends[-1]) - first), ends - first


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind)


def _to_numpy(leaves: pa.Array, column: FeatureColumn) -> np.ndarray:
    values = owned(leaves.to_numpy(zero_copy_only=False))
    return values if column.dtype == "string" else values.astype(column.numpy_dtype, copy=False)


def owned(values: np.ndarray) -> np.ndarray:
    """Values that may be written to: Arrow's own may not."""
    return values if values.flags.writeable else values.copy()


def kept_values(column: pa.Array) -> np.ndarray:
    """A kept column: numbers, truth values, dates and instants (UTC) in types of NumPy; else, and
    where a value is null, Python's own values; lists of numbers as arrays."""
    kind = column.type
    if column.null_count == 0 and (pa.types.is_primitive(kind) or pa.types.is_boolean(kind)):
        return owned(column.to_numpy(zero_copy_only=False))
    values = np.empty(len(column), object)
    if column.null_count == 0 and _is_list(kind) and pa.types.is_primitive(kind.value_type):
        leaves, ends = lists(column)
        if leaves.null_count == 0:
            numbers = owned(leaves.to_numpy(zero_copy_only=False))
            for row in range(len(column)):
                values[row] = numbers[ends[row] : ends[row + 1]]
            return values
    for row, value in enumerate(column.to_pylist()):
        values[row] = value
    return values


def to_numpy(
    table: pa.Table | pa.RecordBatch, columns: Mapping[str, FeatureColumn]
) -> dict[str, np.ndarray]:
    """The columns of an Arrow table as arrays, as pandas, polars and DuckDB hand one over.

    Features become arrays of their shapes, all other columns arrays of values.

    Args:
        table: rows of an output, in any order; none may be null in a feature.
        columns: of the output, from :func:`layertap.feature_columns`.

    Raises:
        OutputError: if a feature is null in a row, or a row is not of the column's shape.
    """
    arrays: dict[str, np.ndarray] = {}
    for name in table.column_names:
        column = combined(table, name)
        if name not in columns:
            arrays[name] = kept_values(column)
            continue
        if column.null_count:
            raise OutputError(
                f"cannot read the column {name}: {column.null_count} of {len(column)} rows have no"
                " features, their column _error says why; leave them out"
            )
        shapes = combined(table, name + SHAPE) if name + SHAPE in table.column_names else None
        arrays[name] = columns[name].values(column, shapes if columns[name].is_open else None)
    return arrays


def combined(table: pa.Table | pa.RecordBatch, name: str) -> pa.Array:
    """A column in one piece."""
    column = table.column(name)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # Of no rows, or of older versions.
        column = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    return column
