"""LayerFeaturizer as a client of Spark Connect: with a server that has the jar, and one that has not."""

import os
import socket
import subprocess
import time
import unittest
from pathlib import Path

LOGS = Path("target/featurizer")


class Server:
    """A server of Spark Connect, a process of its own."""

    def __init__(self, name, *arguments):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = LOGS / f"{name}.log"
        self.process = subprocess.Popen(
            [
                os.path.join(os.environ["SPARK_HOME"], "bin", "spark-submit"),
                "--class",
                "org.apache.spark.sql.connect.service.SparkConnectServer",
                "--master",
                "local[2]",
                *(
                    part
                    for setting in (
                        f"spark.connect.grpc.binding.port={self.port}",
                        "spark.ui.enabled=false",
                        "spark.sql.shuffle.partitions=2",
                    )
                    for part in ("--conf", setting)
                ),
                *arguments,
                "spark-internal",
            ],
            # Those are a client's.
            env={
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("SPARK_REMOTE", "SPARK_CONNECT", "SPARK_LOCAL_REMOTE"))
            },
            stdout=open(self.log, "w"),
            stderr=subprocess.STDOUT,
        )
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended:\n{self.log.read_text()[-4000:]}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.5)
        raise RuntimeError(f"the server does not answer:\n{self.log.read_text()[-4000:]}")

    def session(self):
        from pyspark.sql import SparkSession

        return SparkSession.builder.remote(f"sc://127.0.0.1:{self.port}").create()

    def close(self):
        self.process.terminate()
        self.process.wait(60)


WITH_JAR = Server("with-jar", "--jars", os.environ["LAYERTAP_JAR"])
os.environ["SPARK_REMOTE"] = f"sc://127.0.0.1:{WITH_JAR.port}"
os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
SPARK = WITH_JAR.session()

import models  # noqa: E402
from shared_tests import SharedTests  # noqa: E402


class ConnectTest(SharedTests, unittest.TestCase):
    spark = SPARK

    @classmethod
    def tearDownClass(cls):
        SPARK.stop()
        WITH_JAR.close()

    def test_it_is_connect(self):
        self.assertIn("connect", type(self.digits(1)).__module__)


class WithoutJarTest(unittest.TestCase):
    def test_a_server_without_the_jar_is_said_in_a_sentence(self):
        from layertap import LayerFeaturizer
        from layertap.spark import FeaturizerError

        server = Server("without-jar")
        self.addCleanup(server.close)
        spark = server.session()
        # Before its server: a client asks again and again for one that is gone.
        self.addCleanup(spark.stop)
        rows = spark.createDataFrame([(1, [1.0] * 64)], "id int, pixels array<double>")
        featurizer = LayerFeaturizer(models.DIGITS_MODEL, models.DIGITS_FEED, "softmax")
        with self.assertRaises(FeaturizerError) as raised:
            featurizer.transform(rows)
        self.assertEqual(
            str(raised.exception),
            "cannot use LayerFeaturizer: layertap's jar is not on the class path of the Connect server;"
            " start the server with it (start-connect-server.sh --jars layertap.jar)",
        )


if __name__ == "__main__":
    models.main(__name__)
