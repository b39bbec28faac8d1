package layertap.jobs.output

import layertap.jobs.Digits
import java.nio.file.{Files, Path}
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.Command
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Outputs that are something else, or in the way of the job itself. */
class OddOutputsTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val modes = Seq("error", "overwrite", "append", "resume")
  private val few = set("input.where=id < 5")

  private def refused(folder: JobFolder, command: Command): String = {
    assert(command.code === 2, command.log)
    assert(!folder.names.exists(_.endsWith(".layertap")), folder.names)
    command.message.replace(folder.path.toString, "DIR")
  }

  test("a file, and the root of a file system") {
    JobFolder.use { folder =>
      val file = Files.writeString(folder.path.resolve("note"), "text")
      modes.foreach { mode =>
        val settings = few ++ set(s"output.mode=$mode", s"output.path=$file")
        assert(
          refused(folder, folder.extract(Digits.job(), settings: _*)) ===
            "cannot write to DIR/note: it is a file; name a directory"
        )
        val root = few ++ set(s"output.mode=$mode", "output.path=\"file:///\"")
        assert(
          refused(
            folder,
            folder.extract(Digits.job(), root: _*)
          ) === "cannot write to file:///: it" +
            " is the root of a file system, and nothing can be beside it; name a directory in it"
        )
      }
      assert(Files.readString(file) === "text")
    }
  }

  test("what the job reads: rows that are in the output, the output among the rows, the model") {
    JobFolder.use { folder =>
      val in = Digits.write(folder, "in/deep", "id < 5", 1)
      val count = spark.read.parquet(in).count()
      Seq("in/deep", "in").foreach { name =>
        val settings = set("output.mode=overwrite", s"output.path=${folder.path.resolve(name)}")
        Seq(Seq(), set("input.where=false")).foreach { none =>
          val message = refused(folder, folder.extract(Digits.job(in), settings ++ none: _*))
          assert(
            message.matches(
              s"cannot write to DIR/$name: the job reads file:DIR/in/deep/part-.*parquet, which is" +
                " in it; set another output.path, or another input"
            ),
            message
          )
        }
      }
      assert(spark.read.parquet(in).count() === count)
    }
    JobFolder.use { folder =>
      val models = set("output.mode=overwrite", s"output.path=${folder.path.resolve("models")}")
      val model = folder.path.resolve("models/m")
      copy(Path.of("test-data/models/digits_keras3"), model)
      val job = folder.extract(Digits.job(), few ++ models ++ set(s"model.path=$model"): _*)
      assert(
        refused(folder, job) ===
          "cannot write to DIR/models: the model is in it; set another output.path"
      )
      assert(Files.exists(model.resolve("saved_model.pb")))
    }
  }

  private def copy(from: Path, to: Path): Unit = {
    val paths = Files.walk(from)
    try
      paths.iterator.asScala.foreach { path =>
        val target = to.resolve(from.relativize(path).toString)
        Files.createDirectories(target.getParent)
        Files.copy(path, target)
      }
    finally paths.close()
  }

  test("an output that lies in the folder of the input is not read as input the next time") {
    JobFolder.use { folder =>
      val in = Digits.write(folder, "in", "id < 5", 1)
      val settings = set("output.mode=overwrite", s"output.path=$in/sub")
      assert(folder.extract(Digits.job(in), settings: _*).code === 0)
      val recursive = settings ++ set("input.options.recursiveFileLookup=true")
      val message = refused(folder, folder.extract(Digits.job(in), recursive: _*))
      assert(message.contains("the job reads file:DIR/in/sub/part-"), message)
    }
  }

  test("overwrite takes the place of files that nobody knows, once it is whole") {
    JobFolder.use { folder =>
      Files.createDirectories(folder.output)
      Files.writeString(folder.output.resolve("foreign.parquet"), "no parquet")
      val bad = few ++ set("output.mode=overwrite", "input.select.pixels=array(1.0D)")
      assert(folder.extract(Digits.job(), bad: _*).code === 2)
      assert(Files.exists(folder.output.resolve("foreign.parquet")))
      folder.extracted(Digits.job(), few ++ set("output.mode=overwrite"): _*)
      assertSame(features(folder.rows.collect().toSeq), expected(5))
      assert(!Files.exists(folder.output.resolve("foreign.parquet")))
    }
  }

  test("no rows, in every mode: columns without rows, to which later runs add") {
    modes.foreach { mode =>
      JobFolder.use { folder =>
        val settings = set(s"output.mode=$mode")
        val rows = folder.extracted(Digits.job(), settings ++ set("input.where=id < 0"): _*)
        assert(rows.columns === Array("id", "label", "split", "softmax"), mode)
        assert(rows.count() === 0 && folder.manifest.get("complete").asBoolean, mode)
        if (mode != "error") {
          folder.extracted(Digits.job(), settings ++ few: _*)
          assertSame(features(folder.rows.collect().toSeq), expected(5), mode)
        }
      }
    }
  }

  test("a run that is resumed under its name keeps what it published before") {
    JobFolder.use { folder =>
      val resume = set("output.mode=resume", "output.chunk-rows=5", "output.run-id=2026-01-01")
      Seq(7, 12, 40, 40).foreach { below =>
        folder.extracted(Digits.job(), resume ++ set(s"input.where=id < $below"): _*)
        assertSame(features(folder.rows.collect().toSeq), expected(below))
        val manifest = folder.manifest
        val runs = manifest.get("earlier").asScala.toSeq :+ manifest
        assert(runs.map(_.get("rows").get("written").asInt).sum === below)
        val listed = runs.flatMap(_.get("files").asScala).map(_.get("path").asText)
        assert(listed.distinct === listed)
        assert(
          spark.read.parquet(listed.map(file => s"${folder.output}/$file"): _*).count() === below
        )
      }
    }
  }

  test("keys with odd names, and empty texts that are names of folders") {
    JobFolder.use { folder =>
      val odd = set(
        "input.select.count=id",
        "input.select.\"a.b\"=if(id % 2 = 0, '', 'x')",
        "input.keep=[id,count,\"a.b\"]",
        "output.key=[count,\"a.b\"]",
        "output.partition-by=\"a.b\"",
        "output.mode=resume"
      )
      Seq(10, 10, 14).foreach { below =>
        folder.extracted(Digits.job(), odd ++ set(s"input.where=id < $below"): _*)
        assertSame(features(folder.rows.collect().toSeq), expected(below))
      }
      val append = odd ++ set("output.mode=append", "input.where=id = 12")
      val message = folder.extract(Digits.job(), append: _*).message
      assert(message.startsWith("cannot append: the row count=12, a.b="), message)
    }
  }
}
