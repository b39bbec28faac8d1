package layertap.jobs.output

import layertap.jobs.Digits
import java.nio.file.Files
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.JobFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Mode append: all of a run's rows, once, beside those that are there. */
class AppendTest extends AnyFunSuite {
  private val append = set("output.mode=append")

  private def part(from: Int, to: Int): Seq[String] =
    append ++ set(s"input.where=id >= $from and id < $to")

  private def refusal(folder: JobFolder, settings: Seq[String]): String = {
    val before = folder.rows.count()
    val command = folder.extract(Digits.job(), settings: _*)
    assert(command.code === 2, command.log)
    assert(folder.rows.count() === before)
    assert(folder.names === Seq("job.conf", "out"))
    command.message.replace(folder.output.toString, "OUT")
  }

  test("rows are added; the manifest lists the files of all runs, with what each run did") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 20) ++ set("output.run-id=first"): _*)
      folder.extracted(Digits.job(), part(20, 50) ++ set("output.run-id=second"): _*)
      val rows = folder.extracted(Digits.job(), part(50, 55) ++ set("output.run-id=third"): _*)
      assertSame(features(rows.collect().toSeq), expected(55))
      val manifest = folder.manifest
      assert(manifest.get("run").asText === "third")
      assert(manifest.get("rows").get("read").asInt === 5)
      val earlier = manifest.get("earlier").asScala.toSeq
      assert(earlier.map(_.get("run").asText) === Seq("first", "second"))
      assert(earlier.map(_.get("rows").get("written").asInt) === Seq(20, 30))
      val listed = (earlier :+ manifest)
        .flatMap(_.get("files").asScala.map(file => folder.output.resolve(file.get("path").asText)))
      assert(listed.toSet === parquetFiles(folder))
      assert(folder.names === Seq("job.conf", "out"))
    }
  }

  private def parquetFiles(folder: JobFolder) = {
    val paths = Files.walk(folder.output)
    try paths.iterator.asScala.filter(_.toString.endsWith(".parquet")).toSet
    finally paths.close()
  }

  test("keys that are there are refused, and nothing is added") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 20): _*)
      assert(
        refusal(folder, part(19, 30)) === "cannot append: the row id=19 is in the output already;" +
          " filter the input, or set output.mode to resume, which adds those that are missing"
      )
    }
  }

  test("a run that is there is refused") {
    JobFolder.use { folder =>
      val run = set("output.run-id=2026-01-01", "output.key=[]")
      folder.extracted(Digits.job(), part(0, 20) ++ run: _*)
      assert(
        refusal(folder, part(0, 20) ++ run) === "cannot add to OUT: the run 2026-01-01 is in it" +
          " already; set another output.run-id if its rows are others"
      )
    }
  }

  private def graph(folder: JobFolder): String =
    folder.manifest.get("versions").get("engine").get("graph").asText

  test(
    "rows are added to exact ones by the model's own ops, unless the faster graph is asked for"
  ) {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 20) ++ set("run.optimize=exact"): _*)
      assert(graph(folder) === "exact")
      folder.extracted(Digits.job(), part(20, 40): _*)
      assert(graph(folder) === "exact")
      folder.extracted(Digits.job(), part(40, 50) ++ set("run.optimize=fast"): _*)
      assert(graph(folder) === "fast")
      val rows = folder.extracted(Digits.job(), part(50, 55): _*)
      assert(graph(folder) === "fast")
      assertSame(features(rows.collect().toSeq), expected(55))
    }
  }

  test("exact rows are not added to those of a faster graph") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 20): _*)
      assert(graph(folder) === "fast")
      val message = refusal(folder, part(20, 30) ++ set("run.optimize=exact"))
      assert(message.contains("features, run.optimize or run.precision differ"), message)
    }
  }

  test("another plan, other columns, other folders are refused") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 20): _*)
      val plan = refusal(
        folder,
        part(20, 30) ++ set("features=[{layer = softmax, pool = none, normalize = l2}]")
      )
      assert(
        plan.matches(
          "cannot add to OUT: its features were made by another plan \\(model, tags, signature, feeds," +
            " the input.select of their columns, features, run.optimize or run.precision differ: [0-9a-f]{64}, not" +
            " [0-9a-f]{64}\\); write to another output.path, or set output.mode to overwrite"
        )
      )
      assert(
        refusal(
          folder,
          part(20, 30) ++ set("input.keep=[id]")
        ) === "cannot add to OUT: its columns" +
          " differ: there [label int, split string], here []; write to another output.path, or set" +
          " output.mode to overwrite"
      )
      assert(
        refusal(
          folder,
          part(20, 30) ++ set("input.keep=[label,id,split]")
        ) === "cannot add to OUT:" +
          " its columns differ: the same ones in another order; write to another output.path, or" +
          " set output.mode to overwrite"
      )
      assert(
        refusal(
          folder,
          part(20, 30) ++ set("output.partition-by=split")
        ) === "cannot add to OUT: it" +
          " is split by [], this run by [split]; write to another output.path, or set output.mode" +
          " to overwrite"
      )
    }
  }

  test("an output of unknown origin is refused; an empty folder is none") {
    JobFolder.use { folder =>
      Files.createDirectories(folder.output)
      folder.extracted(Digits.job(), part(0, 20): _*)
      Files.delete(folder.output.resolve("_layertap.json"))
      assert(
        refusal(
          folder,
          part(20, 30)
        ) === "cannot add to OUT: it has no _layertap.json of format 1," +
          " so nobody knows what made it; set another output.path, or output.mode to overwrite with" +
          " output.replace-foreign = true"
      )
    }
  }

  test("keys that are null, twice, not kept or not comparable are refused") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 20): _*)
      val twice = part(20, 30) ++ set("input.select.id=greatest(id, 24)")
      assert(
        refusal(folder, twice) === "cannot tell rows apart by id: id=24 is there 25 times; filter" +
          " the input, or set another output.key"
      )
      val nulls =
        part(20, 30) ++ set("input.select.label=nullif(label, 5)", "output.key=[id,label]")
      assert(
        refusal(folder, nulls) === "cannot tell rows apart by id, label: it is null in some rows;" +
          " filter them by input.where, or set another output.key"
      )
      assert(
        refusal(folder, part(20, 30) ++ set("output.key=pixels")) === "cannot find rows again by" +
          " 'pixels': output.key names it, but it is not in the output; add it to input.keep"
      )
    }
  }

  test("what changes from run to run may stand beside a key, which may name a file") {
    JobFolder.use { folder =>
      val other = set(
        "output.mode=append",
        "input.select.file=concat(input_file_name(), '/', id, current_date())",
        "input.select.run=uuid()",
        "input.keep=[file, run]",
        "output.key=[file]"
      )
      folder.extracted(Digits.job(), other ++ set("input.where=id < 20 and rand() < 2"): _*)
      folder.extracted(Digits.job(), other ++ set("input.where=id < 30", "output.mode=resume"): _*)
      assert(folder.rows.select("file").distinct().count() === 30)
      assert(folder.rows.count() === 30)
    }
  }

  test("keys that are there twice are refused where nothing is there yet, too") {
    JobFolder.use { folder =>
      val input = set("input.path=[test-data/digits,test-data/digits]", "input.where=id < 20")
      val command = folder.extract(Digits.job(), set("output.mode=append") ++ input: _*)
      assert(command.code === 2, command.log)
      assert(command.message.startsWith("cannot tell rows apart by id: id="), command.message)
      assert(!Files.exists(folder.output))
      folder.extracted(Digits.job(), set("output.mode=append", "output.key=[]") ++ input: _*)
      assert(folder.rows.count() === 40)
    }
  }

  test("with folders, keys in folders' names count as they are") {
    JobFolder.use { folder =>
      val folders = set(
        "output.partition-by=[split,code]",
        "input.select.code=lpad(label, 2, '0')",
        "input.keep=[id,split,code]",
        "output.key=[code,id]"
      )
      folder.extracted(Digits.job(), part(0, 20) ++ folders: _*)
      folder.extracted(Digits.job(), part(20, 30) ++ folders: _*)
      assertSame(features(folder.rows.collect().toSeq), expected(30))
      assert(
        refusal(folder, part(29, 31) ++ folders)
          .contains("the row code=07, id=29 is in the output") ||
          refusal(folder, part(29, 31) ++ folders).contains("id=29 is in the output")
      )
    }
  }
}
