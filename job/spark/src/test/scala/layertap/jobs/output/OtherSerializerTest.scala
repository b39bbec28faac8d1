package layertap.jobs.output

import java.nio.file.Path
import layertap.jobs.Digits
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.{JavaProcess, JobFolder}
import org.scalatest.funsuite.AnyFunSuite

/** Clusters often set Kryo as Spark's serializer: it takes neither records nor collections of
  * Java's that cannot be changed.
  */
class OtherSerializerTest extends AnyFunSuite {
  private val kryo = Seq(
    "-Dspark.serializer=org.apache.spark.serializer.KryoSerializer",
    "-Dspark.sql.files.minPartitionNum=4"
  )

  private val registered = kryo :+ "-Dspark.kryo.registrationRequired=true"

  /** What Spark itself ships of a schema. */
  private val ofSpark =
    "-Dspark.kryo.classesToRegister=org.apache.spark.sql.types.ArrayType," +
      "org.apache.spark.sql.types.FloatType$"

  private def finish(options: Seq[String], folder: JobFolder, in: String, settings: String*) = {
    val file: Path = folder.write(Digits.job(in))
    val all = set(s"output.path=${folder.output}", "run.trial-seconds=0") ++ set(settings: _*)
    JavaProcess.layertap(options, "extract" +: file.toString +: all: _*).finish()
  }

  private def assertRuns(options: Seq[String]): Unit = {
    def run(folder: JobFolder, in: String, settings: String*): Unit = {
      val (code, log) = finish(options, folder, in, settings: _*)
      assert(code === 0, log)
      assert(!log.contains("warning"), log)
    }
    JobFolder.use { folder =>
      val in = Digits.write(folder, "in", "id < 40", 4)
      run(folder, in, "output.mode=resume", "output.chunk-rows=15", "output.partition-by=split")
      assertSame(features(folder.rows.collect().toSeq), expected(40))
      val whole = JobFolder.use { other =>
        run(other, in, "output.mode=append", "rows.on-invalid=keep")
        assert(other.manifest.get("files").size === 1)
        features(other.rows.collect().toSeq)
      }
      assertSame(whole, expected(40))
    }
  }

  test("with Kryo: chunks, folders, files that are merged, first rows of more than one task") {
    assertRuns(kryo)
  }

  test("with Kryo that takes only registered classes: the same, and none of layertap's is wanted") {
    assertRuns(registered :+ ofSpark)
  }

  test("a class of Spark's that is not registered is the setting's mistake, in a sentence") {
    JobFolder.use { folder =>
      val (code, log) = finish(registered, folder, Digits.write(folder, "in", "id < 4", 1))
      assert(code === 2, log)
      assert(
        log.contains(
          "layertap: exit 2: cannot run the job: with spark.kryo.registrationRequired = true Spark" +
            " ships only what is registered, and org.apache.spark.sql.types.ArrayType is not; add" +
            " it to spark.kryo.classesToRegister, or set spark.kryo.registrationRequired to false"
        ),
        log
      )
    }
  }
}
