package layertap.jobs.rows

import java.nio.file.Files
import layertap.jobs.Digits.set
import layertap.testing.JobFolder
import org.scalatest.funsuite.AnyFunSuite

/** Spark makes null of lines that it cannot read: messages say so, and how to see these lines. */
class MalformedLinesTest extends AnyFunSuite {
  private val advice =
    "; Spark reads null, too, where a line is malformed or a value has another type: to see such" +
      " lines, give input.schema with '_corrupt_record string' in it (or the name that" +
      " columnNameOfCorruptRecord sets), and add this column to input.keep"
  private val remedy = "; correct or filter it, or set rows.on-invalid to skip or keep"
  private val pixels = Seq.fill(64)("0.5")

  private def refused(format: String, schema: String, line: String, settings: String*): String =
    JobFolder.use { folder =>
      val file = Files.writeString(folder.path.resolve(s"lines.$format"), line + "\n")
      val extracted = folder.extract(
        s"""model.path = test-data/models/digits_keras3
           |input { format = $format, path = "$file", keep = id, schema = "id bigint, $schema"
           |  select { x = "cast(split(text, ' ') AS array<float>)" } }
           |feeds = [ { input = pixels, column = x, tensor { shape = [8, 8, 1] } } ]
           |features = [softmax]""".stripMargin,
        set(settings: _*): _*
      )
      assert(extracted.code === 2, extracted.log)
      extracted.log.linesIterator.toSeq.last
    }

  private def named(row: String, reason: String): String =
    s"layertap: exit 2: cannot extract the row $row: x: $reason$remedy"

  test("a line of JSON that is cut off, or has a value of another type") {
    val cut = s"""{"id": 7, "text": "${pixels.mkString(" ")}"""
    assert(refused("json", "text string", cut) === named("id=null", s"the value is null$advice"))
    val array = s"""{"id": 7, "x": "none"}"""
    assert(
      refused("json", "x array<float>", array, "input.select={}") ===
        named("id=7", s"the value is null$advice")
    )
    val shown = "x array<float>, _corrupt_record string"
    assert(
      refused("json", shown, array, "input.select={}", "input.keep=[id, _corrupt_record]") ===
        named(s"id=7, _corrupt_record=$array", "the value is null")
    )
  }

  test("a line of CSV that is too short; what is not null is no such line") {
    assert(refused("csv", "text string", "7") === named("id=7", s"the value is null$advice"))
    assert(
      refused("csv", "text string", "7,1 2 3") ===
        named("id=7", "a value of shape (3) does not fit (8, 8, 1)")
    )
    val shown = refused(
      "csv",
      "text string, _corrupt_record string",
      "7",
      "input.keep=[id, _corrupt_record]"
    )
    assert(shown === named("id=7, _corrupt_record=7", "the value is null"))
  }

  test("no advice where a column of another name shows such lines, or Spark reads none") {
    val renamed = "bad string, text string"
    val shown = Seq("input.keep=[id, bad]", "input.options.columnnameofcorruptrecord=bad")
    assert(refused("csv", renamed, "7", shown: _*) === named("id=7, bad=7", "the value is null"))
    val line = """{"id": 7, "text": null}"""
    val modes = Seq("failfast" -> "", "DropMalformed" -> "", "PERMISSIVE" -> advice)
    modes.foreach { case (mode, added) =>
      assert(
        refused("json", "text string", line, s"input.options.mode=$mode") ===
          named("id=7", s"the value is null$added")
      )
    }
  }

  test("no advice where null would be fed, too, but another value is what is wrong") {
    val refusal = refused(
      "json",
      "left array<float>, right array<float>",
      """{"id": 7, "left": [1], "right": null}""",
      "model.path=test-data/models/branches_keras3",
      "input.select={}",
      "feeds=[{ input = left, column = left, tensor {} }, { input = right, column = right, tensor {} }]",
      "features=[difference]"
    )
    assert(
      refusal === named("id=7", "a value of shape (1) does not fit (4)").replace(" x: ", " left: ")
    )
  }
}
