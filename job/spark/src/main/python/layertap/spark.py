"""Features as columns of Spark's DataFrames, for which PySpark and layertap's jar are needed.

The module is called as the Java package is: PySpark finds the class of a saved transformer by its name.
"""

from __future__ import annotations

import os
from typing import Any, Sequence, Union

from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.util import JavaMLReadable, JavaMLWritable
from pyspark.ml.wrapper import JavaTransformer
from pyspark.sql import DataFrame
from pyspark.sql.utils import is_remote

from ._settings import Setting, to_text

__all__ = ["FeaturizerError", "LayerFeaturizer"]

Path = Union[str, "os.PathLike[str]"]

_JAVA_CLASS = "layertap.spark.LayerFeaturizer"
_OF_LAYERTAP = "layertap.failure."
_WITHOUT_JAR = (
    "cannot use LayerFeaturizer: layertap's jar is not on the class path of {where}; {remedy}"
)


class FeaturizerError(ValueError):
    """Features cannot be added as asked: what, the fact, the remedy."""


class LayerFeaturizer(
    JavaTransformer, JavaMLReadable["LayerFeaturizer"], JavaMLWritable
):
    """Adds activations of a model's layers to a DataFrame, of a batch or a stream, as columns.

        photos = spark.read.format("binaryFile").load("photos")
        featurizer = LayerFeaturizer(
            model="models/mobilenet_v2",
            feeds=[{"input": "input_1", "column": "content", "image": {"preprocessing": "mobilenet_v2"}}],
            features=["out_relu", {"layer": "Conv_1", "pool": "avg", "as": "vector", "column": "embedding"}],
        )
        featurizer.transform(photos)

    All columns of the DataFrame stay; one that has the name of a feature is an error. Settings are in the
    words of layertap's configuration: dicts, lists, texts and numbers, or a text of HOCON. What is not set is
    as the file ``config`` says, else the default; the file's ``input``, ``output``, ``rows.max-invalid`` and
    ``rows.min`` are ignored. Paths are those of the machine on which Spark's driver, or the Connect server, runs.

    :param model: directory of the SavedModel, on any file system that Spark reads
    :param feeds: what goes into the model, from which column, a dict or a list of them
    :param features: what to tap: a selector, an index, a dict with options, or a list of these
    :param tags: tags of the MetaGraph, ``["serve"]`` by default
    :param signature: key of the SignatureDef, ``"serving_default"`` by default
    :param topology: a ``.keras`` archive or model JSON that names the layers which a Keras 3 export leaves out
    :param onInvalid: what happens to an invalid row: ``"error"``, ``"skip"``, or ``"keep"`` with null features
        and the reason in a column ``_error``
    :param batchSize: how many rows go through the model at once; by default as many as turn out fastest
    :param config: a configuration's file
    """

    config: Param[str] = Param(
        Params._dummy(), "config", "file of a configuration; its input and output are ignored", to_text
    )
    model: Param[str] = Param(Params._dummy(), "model", "directory of the SavedModel", to_text)
    tags: Param[str] = Param(Params._dummy(), "tags", "tags of the MetaGraph", to_text)
    signature: Param[str] = Param(
        Params._dummy(), "signature", "key of the SignatureDef", TypeConverters.toString
    )
    topology: Param[str] = Param(
        Params._dummy(), "topology", ".keras archive or model JSON that names layers", to_text
    )
    feeds: Param[str] = Param(
        Params._dummy(), "feeds", "what goes into the model from which column", to_text
    )
    features: Param[str] = Param(
        Params._dummy(), "features", "what to tap: selectors, or objects with options", to_text
    )
    onInvalid: Param[str] = Param(
        Params._dummy(),
        "onInvalid",
        "what happens to an invalid row: error, skip or keep",
        TypeConverters.toString,
    )
    batchSize: Param[int] = Param(
        Params._dummy(),
        "batchSize",
        "rows that go through the model at once; unset: as is fastest",
        TypeConverters.toInt,
    )

    def __init__(
        self,
        model: Path | None = None,
        feeds: Setting | None = None,
        features: Setting | None = None,
        *,
        tags: str | Sequence[str] | None = None,
        signature: str | None = None,
        topology: Path | None = None,
        onInvalid: str | None = None,
        batchSize: int | None = None,
        config: Path | None = None,
    ) -> None:
        super().__init__()
        self._java_obj = _new_java_object(self.uid)
        self.setParams(
            model=model,
            feeds=feeds,
            features=features,
            tags=tags,
            signature=signature,
            topology=topology,
            onInvalid=onInvalid,
            batchSize=batchSize,
            config=config,
        )

    def setParams(self, **settings: Any) -> LayerFeaturizer:
        """Sets those that are not None, by their names."""
        self._set(**{name: value for name, value in settings.items() if value is not None})
        return self

    def setModel(self, value: Path) -> LayerFeaturizer:
        return self.setParams(model=value)

    def setFeeds(self, value: Setting) -> LayerFeaturizer:
        return self.setParams(feeds=value)

    def setFeatures(self, value: Setting) -> LayerFeaturizer:
        return self.setParams(features=value)

    def setTags(self, value: str | Sequence[str]) -> LayerFeaturizer:
        return self.setParams(tags=value)

    def setSignature(self, value: str) -> LayerFeaturizer:
        return self.setParams(signature=value)

    def setTopology(self, value: Path) -> LayerFeaturizer:
        return self.setParams(topology=value)

    def setOnInvalid(self, value: str) -> LayerFeaturizer:
        return self.setParams(onInvalid=value)

    def setBatchSize(self, value: int) -> LayerFeaturizer:
        return self.setParams(batchSize=value)

    def setConfig(self, value: Path) -> LayerFeaturizer:
        return self.setParams(config=value)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        try:
            added = super()._transform(dataset)
            if is_remote():
                # Connect asks the server at the first use only; what is wrong is better said here.
                added.schema
            return added
        except Exception as failure:
            message = _message_of(failure)
            if message is None:
                raise
            raise FeaturizerError(message) from None


def _new_java_object(uid: str) -> Any:
    from pyspark.core.context import SparkContext

    if not is_remote() and SparkContext._active_spark_context is None:
        raise FeaturizerError(
            "cannot make a LayerFeaturizer: there is no Spark session; start one with"
            " layertap.session(), or with SparkSession.builder and spark.jars set to layertap's jar"
        )
    try:
        return JavaTransformer._new_java_obj(_JAVA_CLASS, uid)
    except TypeError as failure:
        if "JavaPackage" not in str(failure):
            raise
        raise FeaturizerError(
            _WITHOUT_JAR.format(
                where="the Spark session",
                remedy="start the session with layertap.session(), or with spark.jars set to the jar"
                " (spark-submit --jars layertap.jar)",
            )
        ) from None


def _message_of(failure: Exception) -> str | None:
    """What layertap said, without the stack traces of those who carried it; None if it said nothing."""
    java = getattr(failure, "java_exception", None)
    if java is not None:
        is_own = java.getClass().getName().startswith(_OF_LAYERTAP)
        return str(java.getMessage()) if is_own else None
    text = str(failure)
    if is_remote():
        if _JAVA_CLASS in text and _OF_LAYERTAP not in text and _is_missing_on_server(text):
            return _WITHOUT_JAR.format(
                where="the Connect server",
                remedy="start the server with it (start-connect-server.sh --jars layertap.jar)",
            )
        start = text.find(f"({_OF_LAYERTAP}")
        if start >= 0:
            message = text[text.index(")", start) + 1 :]
            return message.split("\n\nJVM stacktrace")[0].strip()
    return None


def _is_missing_on_server(text: str) -> bool:
    return "CONNECT_ML" in text or "ClassNotFound" in text or "Unsupported" in text or "not found" in text
