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

  test("a model whose variables or graph a link takes from the output") {
    Seq("variables", "saved_model.pb").foreach { linked =>
      JobFolder.use { folder =>
        val model = folder.path.resolve("m")
        copy(Path.of("test-data/models/digits_keras3"), model)
        Files.createDirectories(folder.output)
        Files.move(model.resolve(linked), folder.output.resolve(linked))
        Files.createSymbolicLink(model.resolve(linked), folder.output.resolve(linked))
        val settings = set("output.mode=overwrite", "output.replace-foreign=true")
        val job = folder.extract(Digits.job(), few ++ settings ++ set(s"model.path=$model"): _*)
        assert(
          refused(folder, job) ===
            "cannot write to DIR/out: the model is in it; set another output.path"
        )
        assert(Files.exists(folder.output.resolve(linked)))
      }
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

  test("an output among the images, which the next run would read") {
    JobFolder.use { folder =>
      val photos = folder.path.resolve("photos")
      copy(Path.of("test-data/images"), photos)
      val job =
        s"""model.path = test-data/models/any_size_keras3
           |input { path = "$photos", keep = path }
           |feeds = [{ input = image, column = content, image { fit = none } }]
           |features = mean""".stripMargin
      val target = set(s"output.path=$photos/china/out")
      assert(
        refused(folder, folder.extract(job, target: _*)) === "cannot write to" +
          " DIR/photos/china/out: the job reads all files below file:DIR/photos, and the next run" +
          " would take the output's for images; set another output.path, or input.options {" +
          " pathGlobFilter = \"*.jpg\" }"
      )
      Seq(".out", "_out").foreach { hidden =>
        assert(folder.extract(job, set(s"output.path=$photos/$hidden"): _*).code === 0)
      }
      val filtered = set("input.options.pathGlobFilter=*.jpg", "output.mode=overwrite")
      Seq(1, 2).foreach(_ => assert(folder.extract(job, target ++ filtered: _*).code === 0))
    }
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

  test("overwrite takes the place of files that nobody knows only where that is said") {
    JobFolder.use { folder =>
      Files.createDirectories(folder.output.resolve("label=1"))
      val foreign = Seq("a.csv", "foreign.parquet", "label=1/part-0.parquet", "notes.txt")
      foreign.foreach(name => Files.writeString(folder.output.resolve(name), "not ours"))
      val overwrite = few ++ set("output.mode=overwrite")
      assert(
        refused(
          folder,
          folder.extract(Digits.job(), overwrite: _*)
        ) === "cannot replace DIR/out: it" +
          " has no _layertap.json, but files that layertap did not write (a.csv, foreign.parquet," +
          " label=1/part-0.parquet and 1 more); set another output.path, or" +
          " output.replace-foreign = true"
      )
      assert(foreign.forall(name => Files.exists(folder.output.resolve(name))))
      val replace = overwrite ++ set("output.replace-foreign=true")
      val none = folder.extract(Digits.job(), replace ++ set("input.where=id < 0"): _*)
      assert(refused(folder, none).contains("and it has files of unknown origin; "), none.log)
      folder.extracted(Digits.job(), replace: _*)
      assertSame(features(folder.rows.collect().toSeq), expected(5))
      assert(foreign.forall(name => !Files.exists(folder.output.resolve(name))))
      // What a run wrote is no foreign file.
      folder.extracted(Digits.job(), overwrite: _*)
    }
  }

  test("hidden files in the place of an output are in nobody's way") {
    JobFolder.use { folder =>
      Seq("_SUCCESS", ".part-0.crc", "_temporary/0/part-1", ".cache/x").foreach { name =>
        Files.createDirectories(folder.output.resolve(name).getParent)
        Files.writeString(folder.output.resolve(name), "hidden")
      }
      folder.extracted(Digits.job(), few ++ set("output.mode=overwrite"): _*)
      assertSame(features(folder.rows.collect().toSeq), expected(5))
    }
  }

  test("an output that a dead run half published is finished first, then judged") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), few ++ set("output.run-id=dead"): _*)
      // As on an object store, where the manifest comes last.
      val beside = Files.createDirectories(folder.path.resolve(".out.layertap/dead.new"))
      val files = folder.manifest.get("files").asScala.map(_.get("path").toString).mkString(", ")
      Files.move(folder.output.resolve("_layertap.json"), beside.resolve("_layertap.json"))
      Files.writeString(
        beside.resolveSibling("decided"),
        s"""{"runId": "dead", "how": "MOVE_AND_CLEAR", "files": [$files]}"""
      )
      folder.extracted(Digits.job(), set("output.mode=overwrite", "input.where=id < 7"): _*)
      assertSame(features(folder.rows.collect().toSeq), expected(7))
      assert(folder.names === Seq("job.conf", "out"))
    }
  }

  test("an output that is a link is written where it leads to, a link that leads nowhere yet too") {
    JobFolder.use { folder =>
      val disk = Files.createDirectories(folder.path.resolve("disk"))
      Files.createSymbolicLink(folder.output, Path.of("disk/features"))
      Seq("overwrite" -> 5, "overwrite" -> 4, "resume" -> 6).foreach { case (mode, below) =>
        val settings = set(s"output.mode=$mode", s"input.where=id < $below")
        folder.extracted(Digits.job(), settings: _*)
        assertSame(features(folder.rows.collect().toSeq), expected(below))
        assert(Files.isSymbolicLink(folder.output))
        assert(Files.isRegularFile(disk.resolve("features/_layertap.json")))
        assert(folder.names === Seq("disk", "job.conf", "out"))
      }
      // The job's own rows are found behind links, too.
      val job =
        Digits.job(folder.output.toString, "id").replace("column = pixels", "column = softmax")
      val own = folder.extract(job, set("output.mode=overwrite", "rows.on-invalid=skip"): _*)
      assert(refused(folder, own).contains("which is in it"), own.log)
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

  test("values that would share a folder are refused, and nothing is written") {
    JobFolder.use { folder =>
      def split(expression: String, more: String*): String = {
        val settings = set(
          "output.mode=resume",
          s"input.select.part=$expression",
          "input.keep=[id,part]",
          "output.partition-by=part"
        ) ++ few ++ set(more: _*)
        val message = refused(folder, folder.extract(Digits.job(), settings: _*))
        assert(folder.names === Seq("job.conf"))
        val start = "cannot split the output by 'part': "
        assert(message.startsWith(start), message)
        message.stripPrefix(start)
      }
      val name = "__HIVE_DEFAULT_PARTITION__"
      assert(
        split(
          s"if(id = 1, null, if(id = 2, '$name', 'x'))"
        ) === s"a row has '$name', which is the" +
          s" name of the folder of nulls; set input.select { part = \"nullif(part, '$name')\" }, or" +
          " filter the row"
      )
      assert(
        split("if(id = 1, null, if(id = 2, '', 'x'))") === "it is null in some rows and empty in" +
          " others, which have the same folder; set input.select { part = \"nullif(part, '')\" }"
      )
      assert(split(s"'$name'", "output.key=[id,part]").startsWith(s"a row has '$name'"))
      assert(
        split("if(id < 3, unhex('ff'), unhex('fe'))") === "its type is binary, of which different" +
          " values can have the same folder; set input.select { part = \"hex(part)\" }"
      )
      assert(
        split("repeat('ä', 130)").startsWith("a row has a text of 130 characters, which is too")
      )
    }
  }

  test("brackets and braces in the output's path are its own: appended to and resumed by key") {
    Seq("o[1]", "o{a}").foreach { name =>
      JobFolder.use { folder =>
        val target = folder.path.resolve(name)
        Seq("resume" -> "id < 3", "resume" -> "id < 5", "append" -> "id >= 5 and id < 7").foreach {
          case (mode, where) =>
            val settings = set(
              s"output.path=$target",
              s"output.mode=$mode",
              "output.key=id",
              "output.chunk-rows=2",
              s"input.where=$where"
            )
            val command = folder.extract(Digits.job(), settings: _*)
            assert(command.code === 0, command.log)
        }
        // A folder of another name, since Spark takes this one for a pattern.
        val rows = spark.read.parquet(Files.move(target, folder.output).toString)
        assertSame(features(rows.collect().toSeq), expected(7))
      }
    }
  }

  test("an input file that is itself a link into the output is the output's") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), set("input.where=id < 3"): _*)
      val file = Files.list(folder.output).filter(_.toString.endsWith(".parquet")).findFirst.get
      val links = Files.createDirectories(folder.path.resolve("links"))
      Files.createSymbolicLink(links.resolve("part.parquet"), file)
      val job = Digits.job(links.toString, "id").replace("column = pixels", "column = softmax")
      val own = folder.extract(job, set("output.mode=overwrite", "rows.on-invalid=skip"): _*)
      assert(refused(folder, own).contains("which is in it"), own.log)
      assert(Files.exists(file))
    }
  }
}
