"""Where layertap's jar, Java and Spark are on this machine."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

JARS = Path(__file__).parent / "jars"

# What Spark needs on Java 17, as in .mvn/spark-java17.options.
JAVA_OPTIONS = [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        "java.lang",
        "java.lang.invoke",
        "java.lang.reflect",
        "java.io",
        "java.net",
        "java.nio",
        "java.util",
        "java.util.concurrent",
        "java.util.concurrent.atomic",
        "jdk.internal.ref",
        "sun.nio.ch",
        "sun.nio.cs",
        "sun.security.action",
        "sun.util.calendar",
    )
] + [
    "-Djdk.reflect.useDirectMethodHandle=false",
    "-Dio.netty.tryReflectionSetAccessible=true",
]


class MissingError(RuntimeError):
    """Something that has to be on this machine is not: the jar, Java, Spark or a package."""


def jar() -> str:
    """The path of layertap's jar: what ``LAYERTAP_JAR`` names, else the one that the wheel carries.

    Raises:
        MissingError: there is none.
    """
    named = os.environ.get("LAYERTAP_JAR", "")
    if named:
        if not os.path.isfile(named):
            raise MissingError(
                f"cannot find layertap's jar: LAYERTAP_JAR names {named}, which is no file; correct it"
            )
        return os.path.abspath(named)
    carried = sorted(JARS.glob("layertap-*.jar"))
    if not carried:
        raise MissingError(
            "cannot find layertap's jar: this installation carries none; install the wheel with '+jar'"
            " in its name, or set LAYERTAP_JAR to the jar"
        )
    return str(carried[-1])


def java() -> str:
    """The command ``java``, of ``JAVA_HOME`` if that is set."""
    home = os.environ.get("JAVA_HOME", "")
    command = os.path.join(home, "bin", "java") if home else "java"
    found = shutil.which(command)
    if found is None:
        raise MissingError(
            f"cannot start Java: there is no {command}; install JDK 17, or correct JAVA_HOME"
        )
    return found


def spark_jars() -> str:
    """The folder of Spark's jars: of ``SPARK_HOME``, else of the package pyspark."""
    home = os.environ.get("SPARK_HOME", "")
    if not home:
        package = importlib.util.find_spec("pyspark")
        if package is None or not package.submodule_search_locations:
            raise MissingError(
                "cannot find Spark: there is no package pyspark, and SPARK_HOME is not set; install"
                " pyspark 4"
            )
        home = list(package.submodule_search_locations)[0]
    jars = os.path.join(home, "jars")
    if not os.path.isdir(jars):
        raise MissingError(f"cannot find Spark: there is no folder {jars}; correct SPARK_HOME")
    return jars
