"""A SparkSession that has layertap's jar, for laptops and notebooks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Mapping

from ._jar import JAVA_OPTIONS, MissingError, jar

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLASS_PATH = "spark.driver.extraClassPath"
DRIVER_OPTIONS = "spark.driver.extraJavaOptions"


def session(
    master: str = "local[*]",
    *,
    app_name: str = "layertap",
    config: Mapping[str, object] | None = None,
) -> SparkSession:
    """A SparkSession with layertap's jar on its class path, and the options that Spark needs on Java 17.

    A session that an earlier call made is given again. Spark's own log is kept to warnings.

    Args:
        master: as Spark takes it; all cores of this machine unless given.
        app_name: what Spark's pages call the application.
        config: further settings of Spark, such as ``{"spark.driver.memory": "8g"}``.

    Raises:
        MissingError: the jar or pyspark is not there, or another session runs without the jar.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as e:
        raise MissingError(
            "cannot start Spark: there is no package pyspark; install pyspark 4"
        ) from e
    path = jar()
    running = SparkSession.getActiveSession()
    if running is not None:
        conf = running.sparkContext.getConf()
        with_jar = [conf.get(CLASS_PATH, ""), conf.get("spark.jars", "")]
        if not any(path in entries for entries in with_jar):
            raise MissingError(
                "cannot give a session with layertap's jar: one without it runs already; stop it, or"
                f" start it with spark.jars = {path}"
            )
        return running
    settings = {key: str(value) for key, value in (config or {}).items()}
    options = " ".join(JAVA_OPTIONS)
    settings[DRIVER_OPTIONS] = f"{options} {settings.get(DRIVER_OPTIONS, '')}".strip()
    others = settings.get(CLASS_PATH, "")
    settings[CLASS_PATH] = os.pathsep.join([path, others]) if others else path
    if not master.startswith("local"):
        listed = settings.get("spark.jars", "")
        settings["spark.jars"] = f"{path},{listed}" if listed else path
    settings.setdefault("spark.ui.showConsoleProgress", "false")
    builder = SparkSession.builder.master(master).appName(app_name)
    for key, value in settings.items():
        builder = builder.config(key, value)
    started = builder.getOrCreate()
    started.sparkContext.setLogLevel("WARN")
    return started
