package layertap.jobs.output

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.node.ObjectNode
import java.io.DataOutputStream
import java.nio.file.Files
import java.util.zip.CRC32
import layertap.jobs.Digits
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.{Command, JobFolder, MemoryFiles, SharedSpark}
import layertap.testing.SameValues.assertSame
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.SavedModel

/** Which plans may add to an output, and to one whose manifest names no rule of its fingerprint. */
class OlderOutputTest extends AnyFunSuite {
  private val reversed = "input.select.pixels=reverse(pixels)"

  /** Earlier versions knew no other graph, and did not say so. */
  private val exact = set("run.optimize=exact")

  private def part(from: Int, to: Int): Seq[String] =
    set("output.mode=append", s"input.where=id >= $from and id < $to")

  private def run(folder: JobFolder, settings: Seq[String]): Command =
    folder.extract(Digits.job(), settings: _*)

  /** Makes of the manifest what an earlier version would have written. */
  private def age(folder: JobFolder, plan: String): Unit = {
    val manifest = folder.manifest.asInstanceOf[ObjectNode]
    assert(manifest.remove("plan-rule").asInt === 2)
    manifest.put("plan", plan)
    manifest.get("versions").asInstanceOf[ObjectNode].remove("engine")
    new ObjectMapper().writeValue(folder.output.resolve("_layertap.json").toFile, manifest)
  }

  private def warnings(command: Command): Seq[String] =
    command.log.linesIterator.filter(_.contains("layertap: warning: an earlier version")).toSeq

  test("what input.select makes of a fed column is the plan's, of another column not") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 10): _*)
      val refused = run(folder, part(10, 20) ++ set(reversed))
      assert(refused.code === 2, refused.log)
      assert(refused.message.contains("(input.select.pixels was another expression)"))
      assert(folder.rows.count() === 10)
      folder.extracted(Digits.job(), part(10, 20) ++ set("input.select.other=id + 1"): _*)
      assertSame(features(folder.rows.collect().toSeq), expected(20))
    }
  }

  test("an output of an earlier version goes on, with one warning, then by the current rule") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 10) ++ exact: _*)
      val plan = folder.manifest.get("plan").asText
      age(folder, plan)
      val gone = run(folder, part(10, 20))
      assert(gone.code === 0, gone.log)
      assert(
        warnings(gone) === Seq(
          s"layertap: warning: an earlier version of layertap wrote ${folder.output}, and its plan is" +
            " compared by that version's rule and by what its manifest says of model.tags and" +
            " input.select; make sure that the other settings are those of then"
        )
      )
      assert(folder.manifest.get("plan-rule").asInt === 2)
      assert(warnings(run(folder, part(20, 30))) === Seq())
      assertSame(features(folder.rows.collect().toSeq), expected(30))
    }
  }

  test("an output of an earlier version, with checksums beside its files, goes on") {
    Seq("append", "resume", "overwrite").foreach { mode =>
      JobFolder.use { folder =>
        val keyed = set("output.key=id")
        folder.extracted(Digits.job(), part(0, 10) ++ keyed: _*)
        val old = files(folder)
        old.foreach { name =>
          val checksum = folder.output.resolve(s".$name.crc")
          // As Hadoop writes one: its mark, how many bytes each sum is of, the sums.
          val sums = new CRC32
          val bytes = Files.readAllBytes(folder.output.resolve(name))
          val written = new DataOutputStream(Files.newOutputStream(checksum))
          written.writeBytes("crc\u0000")
          written.writeInt(bytes.length)
          sums.update(bytes)
          written.writeInt(sums.getValue.toInt)
          written.close()
        }
        val where = if (mode == "append") "id >= 10 and id < 20" else "id < 20"
        folder.extracted(
          Digits.job(),
          set(s"output.mode=$mode", s"input.where=$where") ++ keyed: _*
        )
        assertSame(features(folder.rows.collect().toSeq), expected(20))
        val left = folder.output.toFile.list.toSeq.filter(_.endsWith(".crc"))
        val added = files(folder).filterNot(old.contains)
        assert(left.intersect(added.map(name => s".$name.crc")) === Seq())
        assert(mode != "overwrite" || left === Seq())
      }
    }
  }

  private def files(folder: JobFolder): Seq[String] =
    folder.output.toFile.list.toSeq.filter(_.endsWith(".parquet"))

  test("an output of an earlier version with another select of a fed column is refused") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 10) ++ exact: _*)
      val plan = folder.manifest.get("plan").asText
      age(folder, plan)
      val refused = run(folder, part(10, 20) ++ set(reversed))
      assert(refused.code === 2 && warnings(refused) === Seq(), refused.log)
      assert(
        refused.message === s"cannot add to ${folder.output}: its features were made by another plan" +
          " (input.select.pixels was another expression); write to another output.path, or set" +
          " output.mode to overwrite"
      )
    }
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 10) ++ exact: _*)
      val plan = folder.manifest.get("plan").asText
      folder.extracted(
        Digits.job(),
        set("output.mode=overwrite", "input.where=id < 10", reversed) ++ exact: _*
      )
      age(folder, plan)
      assert(
        run(folder, part(10, 20)).message.contains("(input.select.pixels was another expression)")
      )
      assert(run(folder, part(10, 20) ++ set(reversed)).code === 0)
      assert(folder.rows.count() === 20)
    }
  }

  test("another graph of the model is another plan, whichever rule") {
    JobFolder.use { folder =>
      val model = folder.path.resolve("model")
      val stored = MemoryFiles.copyOf("digits_keras3")
      val two = SavedModel.parseFrom(stored("saved_model.pb")).toBuilder
      val second = two.getMetaGraphs(0).toBuilder
      second.getMetaInfoDefBuilder.addTags("gpu")
      stored.updated("saved_model.pb", two.addMetaGraphs(second).build.toByteArray).writeTo(model)
      val ours = set(s"model.path=$model")
      val tags = set("model.tags=[serve,gpu]")
      folder.extracted(Digits.job(), part(0, 10) ++ ours ++ exact: _*)
      val plan = folder.manifest.get("plan").asText
      assert(run(folder, part(10, 20) ++ ours ++ tags).message.contains("made by another plan"))
      age(folder, plan)
      val refused = run(folder, part(10, 20) ++ ours ++ tags)
      assert(refused.code === 2, refused.log)
      assert(refused.message.contains("(model.tags was [serve], not [gpu, serve])"))
      assert(run(folder, part(10, 20) ++ ours).code === 0)
    }
  }

  test("a table of an earlier version goes on with a warning, and knows select from then on") {
    val spark = SharedSpark.session
    spark.sql("DROP TABLE IF EXISTS older_digits")
    JobFolder.use { folder =>
      val file = folder.write(Digits.job()).toString
      def extract(settings: String*) = Command.run(
        Seq("extract", file) ++ set("output.table=older_digits") ++ set(settings: _*): _*
      )
      assert(extract("input.where=id < 10", "run.trial-seconds=0").code === 0)
      spark.sql("ALTER TABLE older_digits UNSET TBLPROPERTIES ('layertap.plan-rule')")
      val append = Seq("output.mode=append", "run.trial-seconds=0")
      val gone = extract(append :+ "input.where=id >= 10 and id < 20": _*)
      assert(gone.code === 0, gone.log)
      assert(
        warnings(gone) === Seq(
          "layertap: warning: an earlier version of layertap wrote the table older_digits, and its" +
            " plan is compared by that version's rule; make sure that the other settings are those of then"
        )
      )
      val refused = extract(append :+ "input.where=id >= 20 and id < 30" :+ reversed: _*)
      assert(refused.code === 2 && warnings(refused) === Seq(), refused.log)
      assert(refused.message.contains("the input.select of their columns"))
      assert(spark.table("older_digits").count() === 20)
    }
  }
}
