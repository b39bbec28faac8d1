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

  private def run(folder: JobFolder, in: String, settings: String*): Unit = {
    val file: Path = folder.write(Digits.job(in))
    val all = set(s"output.path=${folder.output}", "run.trial-seconds=0") ++ set(settings: _*)
    val (code, log) = JavaProcess.layertap(kryo, "extract" +: file.toString +: all: _*).finish()
    assert(code === 0, log)
    assert(!log.contains("warning"), log)
  }

  test("with Kryo: chunks, folders, files that are merged, first rows of more than one task") {
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
}
