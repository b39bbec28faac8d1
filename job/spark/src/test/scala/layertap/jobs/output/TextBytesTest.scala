package layertap.jobs.output

import layertap.jobs.Digits
import layertap.jobs.Digits.set
import layertap.spark.featurizer.Featurizers.digitsFeed
import layertap.spark.featurizer.Featurizers
import layertap.testing.{JobFolder, SharedSpark}
import org.apache.spark.sql.DataFrame
import org.scalatest.funsuite.AnyFunSuite

/** Spark's texts hold any bytes, as files of others bring them; a text of Java's does not. */
class TextBytesTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private val made = Seq(
    "if(id % 2 = 0, concat('ä', id), cast(unhex(concat('C32', id)) as string)) as text",
    "array('ä', cast(unhex('FE') as string), null) as texts",
    "struct(id as number, cast(unhex('FF') as string) as text) as struct",
    "map('k', cast(unhex('80') as string)) as map",
    "concat('A', id) collate UTF8_LCASE as collated"
  )

  private val bytes = Seq(
    "id",
    "hex(text)",
    "transform(texts, text -> hex(text))",
    "struct.number",
    "hex(struct.text)",
    "hex(map['k'])",
    "collated",
    "collation(collated)",
    "collation(text)"
  )

  private def in(folder: JobFolder): String = Digits.write(folder, "in", "id < 9", 2, made)

  private def assertExact(rows: DataFrame, in: DataFrame): Unit = {
    val should = in.selectExpr(bytes: _*).collect().map(_.toString).sorted.toSeq
    assert(rows.selectExpr(bytes: _*).collect().map(_.toString).sorted.toSeq === should)
    assert(should.count(_.contains("C3A4, FE, null")) === should.size)
  }

  test("kept texts, and those in arrays, structs and maps, keep their bytes in each mode") {
    JobFolder.use { folder =>
      val path = in(folder)
      val job = Digits.job(path, "\"*\"")
      folder.extracted(job, set("output.mode=resume", "input.where=id < 4"): _*)
      folder.extracted(
        job,
        set("output.mode=resume", "output.chunk-rows=2", "input.where=id < 7"): _*
      )
      val all = folder.extracted(
        job,
        set("output.mode=append", "input.where=id >= 7", "rows.on-invalid=skip"): _*
      )
      assertExact(all, spark.read.parquet(path))
    }
  }

  test("so do keys that are not compared, as names of rows, and they are no folders") {
    JobFolder.use { folder =>
      val path = in(folder)
      val job = Digits.job(path, "\"*\"")
      assertExact(
        folder.extracted(job, set("output.mode=overwrite", "output.key=[text]"): _*),
        spark.read.parquet(path)
      )
      val split = set("output.mode=overwrite", "output.key=[text]", "output.partition-by=text")
      val refused = folder.extract(job, split: _*)
      assert(refused.code === 2, refused.log)
      assert(
        refused.message === "cannot split the output by 'text': a row has a text that is not UTF-8;" +
          " set input.select { text = \"hex(text)\" }, or filter the row"
      )
    }
  }

  test("a transformer keeps them, too") {
    JobFolder.use { folder =>
      val rows = spark.read.parquet(in(folder))
      val model = "test-data/models/digits_keras3"
      val added = Featurizers.of(model, digitsFeed, "softmax").transform(rows)
      assertExact(added, rows)
      assert(added.schema.fields.take(rows.columns.length) === rows.schema.fields)
    }
  }

  test("a message names a row by its texts") {
    JobFolder.use { folder =>
      val path = Digits.write(
        folder,
        "in",
        "id = 3",
        1,
        Seq("'Zoë' as name", "struct('x' as a, id as b) as both")
      )
      val job = Digits.job(path, "name, both, label").replace("column = pixels", "column = bad")
      val bad = set("input.select.bad=array(cast(null as float))", "output.key=[]")
      val failed = folder.extract(job, bad: _*)
      assert(failed.code === 2, failed.log)
      assert(
        failed.message.startsWith("cannot extract the row name=Zoë, both=[x,3], label="),
        failed.message
      )
    }
  }

  test("as keys and folders they are refused: two of them could not be told apart") {
    JobFolder.use { folder =>
      val job = Digits.job(in(folder), "id, text, collated")
      def refusal(settings: String*): String = {
        val command = folder.extract(job, set(settings: _*): _*)
        assert(command.code === 2, command.log)
        assert(folder.names === Seq("in", "job.conf"))
        command.message
      }
      assert(
        refusal(
          "output.mode=resume",
          "output.key=[id,text]"
        ) === "cannot tell rows apart by 'text':" +
          " a text in it is not UTF-8; set input.select { text = \"hex(text)\" }, or filter the row"
      )
      Seq("overwrite", "resume").foreach { mode =>
        assert(
          refusal(
            s"output.mode=$mode",
            "output.partition-by=text"
          ) === "cannot split the output by" +
            " 'text': a row has a text that is not UTF-8; set input.select { text = \"hex(text)\" }," +
            " or filter the row"
        )
      }
      assert(
        refusal(
          "output.partition-by=collated"
        ) === "cannot split the output by 'collated': its type is" +
          " string collate UTF8_LCASE, of which different values can have the same folder; set" +
          " input.select { collated = \"collated COLLATE UTF8_BINARY\" }"
      )
    }
  }
}
