package layertap.report

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.node.ObjectNode
import java.time.Instant
import java.util.{List => JavaList, Map => JavaMap}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class ManifestWriterTest extends AnyFunSuite {

  private def values(entry: (String, AnyRef)): JavaMap[String, AnyRef] =
    JavaMap.of(entry._1, entry._2)

  /** Nanoseconds of 10 s. */
  private val spent =
    new TaskTimes(500_000_000L, 0, 1_500_000_000L, 7_000_400_000L, 999_600_000L)

  private def manifest(seconds: Double = 4, cores: Int = 3, times: TaskTimes = spent) =
    new Manifest(
      "0a1b2c3d",
      Instant.parse("2026-01-01T12:00:00Z"),
      values("path" -> "models/a"),
      values("format" -> "parquet"),
      "plan",
      JavaList.of(values("column" -> "image")),
      JavaList.of(values("column" -> "conv2"), values("column" -> "pool")),
      values("layertap" -> "1.0"),
      new RowCounts(100, 98, 2, 3),
      2,
      13,
      JavaList.of(8, 16),
      times,
      seconds,
      cores,
      JavaList.of("id=7: the image is empty"),
      JavaList.of("id bigint", "conv2 array<float>"),
      JavaList.of("day"),
      true,
      JavaList.of(new WrittenFile("day=1/part-0", 12)),
      JavaList.of(
        new PublishedRun(
          "first",
          "2025-01-01T00:00:00Z",
          RowCounts.NONE,
          JavaList.of(new WrittenFile("part-x", 3))
        )
      )
    )

  private def json(manifest: Manifest) =
    new ObjectMapper().readTree(ManifestWriter.toJson(manifest))

  test("a manifest is JSON of format 1, with these fields in this order") {
    val fields = json(manifest()).fieldNames.asScala.toSeq
    assert(
      fields === Seq(
        "format",
        "complete",
        "run",
        "created",
        "model",
        "input",
        "plan",
        "plan-rule",
        "feeds",
        "features",
        "versions",
        "rows",
        "seconds",
        "rows-per-second",
        "cores",
        "rows-per-second-per-core",
        "task-seconds",
        "task-shares",
        "batches",
        "batch-sizes",
        "session-opens",
        "invalid-samples",
        "columns",
        "partition-by",
        "files",
        "earlier"
      )
    )
  }

  test("the fields say what the run did") {
    val written = json(manifest())
    assert(written.get("format").asInt === 1 && written.get("complete").asBoolean)
    assert(written.get("run").asText === "0a1b2c3d")
    assert(written.get("created").asText === "2026-01-01T12:00:00Z")
    assert(written.get("model").toString === """{"path":"models/a"}""")
    assert(written.get("plan").asText === "plan")
    assert(written.get("feeds").toString === """[{"column":"image"}]""")
    assert(written.get("features").toString === """[{"column":"conv2"},{"column":"pool"}]""")
    assert(written.get("rows").toString === """{"read":100,"written":98,"skipped":2,"invalid":3}""")
    assert(written.get("batches").asInt === 13)
    assert(written.get("batch-sizes").toString === "[8,16]")
    assert(written.get("session-opens").asInt === 2)
    assert(written.get("invalid-samples").toString === """["id=7: the image is empty"]""")
    assert(written.get("files").toString === """[{"path":"day=1/part-0","bytes":12}]""")
  }

  test("a manifest is read back as later runs need it") {
    val read = PublishedManifest.parse(ManifestWriter.toJson(manifest())).get
    assert(read.run === "0a1b2c3d" && read.plan === "plan" && read.complete)
    assert(read.columns === JavaList.of("id bigint", "conv2 array<float>"))
    assert(read.partitionBy === JavaList.of("day"))
    assert(read.allFiles === JavaList.of("part-x", "day=1/part-0"))
    assert(read.runs.asScala.map(_.run) === Seq("first", "0a1b2c3d"))
    assert(read.runs.get(1).rows === new RowCounts(100, 98, 2, 3))
  }

  test("what is no manifest of format 1 is not read as one") {
    Seq("", "{", "[]", "null", """{"format": 2}""", """{"format": 1}""", "{}").foreach(text =>
      assert(PublishedManifest.parse(text).isEmpty, text)
    )
    val whole = ManifestWriter.toJson(manifest())
    Seq("run", "plan", "rows").foreach { key =>
      val less = new ObjectMapper().readTree(whole).asInstanceOf[ObjectNode]
      less.remove(key): Unit
      assert(PublishedManifest.parse(less.toString).isEmpty, key)
    }
    val path = """"path":"part-x"""".replace(":", " : ")
    val nameless = Seq(path, path.replace(" ", "")).foldLeft(whole)(_.replace(_, """"path":null"""))
    assert(nameless != whole)
    assert(PublishedManifest.parse(nameless).isEmpty)
  }

  test("rates are rows read by seconds and by cores, rounded to thousandths") {
    val written = json(manifest())
    assert(written.get("seconds").asDouble === 4.0)
    assert(written.get("rows-per-second").asDouble === 25.0)
    assert(written.get("rows-per-second-per-core").asDouble === 8.333)
  }

  test("the time of tasks is told by its parts, in seconds and as shares of the whole") {
    val written = json(manifest())
    val seconds = """{"read":0.5,"open":0.0,"decode":1.5,"inference":7.0,"write":1.0}"""
    assert(written.get("task-seconds").toString === seconds)
    val shares = """{"read":0.05,"open":0.0,"decode":0.15,"inference":0.7,"write":0.1}"""
    assert(written.get("task-shares").toString === shares)
    assert(written.get("batches").asLong === 13)
  }

  test("tasks that took no time have no shares") {
    val none = """{"read":0.0,"open":0.0,"decode":0.0,"inference":0.0,"write":0.0}"""
    assert(json(manifest(times = TaskTimes.NONE)).get("task-shares").toString === none)
  }

  test("a run that took no time has no rate, and its manifest is JSON") {
    assert(json(manifest(seconds = 0)).get("rows-per-second").asDouble === 0.0)
  }

  test("a manifest ends with a line break") {
    assert(ManifestWriter.toJson(manifest()).endsWith("}\n"))
  }
}
