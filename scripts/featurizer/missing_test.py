"""What is said where something is missing: PySpark, a session, the jar."""

import subprocess
import sys
import unittest

import models


def printed(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


class MissingTest(unittest.TestCase):
    def test_reading_needs_no_pyspark(self):
        out = printed(
            "import sys; sys.modules['pyspark'] = None\n"
            "import layertap; print(layertap.read.__name__)\n"
            "try:\n from layertap import LayerFeaturizer\n"
            "except ImportError as e: print(e)"
        )
        self.assertEqual(
            out,
            "read\ncannot import LayerFeaturizer: PySpark is not installed; install pyspark, of the version"
            " of the cluster\n",
        )

    def test_importing_layertap_imports_no_pyspark(self):
        out = printed("import sys, layertap; print('pyspark' in sys.modules, 'LayerFeaturizer' in dir(layertap))")
        self.assertEqual(out, "False True\n")

    def test_no_session(self):
        out = printed("from layertap import LayerFeaturizer\ntry: LayerFeaturizer()\nexcept ValueError as e: print(e)")
        self.assertEqual(
            out,
            "cannot make a LayerFeaturizer: there is no Spark session; start one with layertap.session(),"
            " or with SparkSession.builder and spark.jars set to layertap's jar\n",
        )

    def test_no_jar(self):
        out = printed(
            "from pyspark.sql import SparkSession\n"
            "SparkSession.builder.master('local[1]').config('spark.ui.enabled', 'false').getOrCreate()\n"
            "from layertap import LayerFeaturizer\n"
            "try: LayerFeaturizer('m')\nexcept ValueError as e: print(e)"
        )
        self.assertEqual(
            out,
            "cannot use LayerFeaturizer: layertap's jar is not on the class path of the Spark session; start"
            " the session with layertap.session(), or with spark.jars set to the jar (spark-submit --jars"
            " layertap.jar)\n",
        )


if __name__ == "__main__":
    models.main(__name__)
