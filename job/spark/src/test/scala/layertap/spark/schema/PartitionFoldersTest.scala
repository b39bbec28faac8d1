package layertap.spark.schema

import java.nio.charset.StandardCharsets.UTF_8
import java.time.Instant
import layertap.failure.UserException
import org.apache.spark.sql.catalyst.catalog.ExternalCatalogUtils
import org.apache.spark.sql.Row
import org.apache.spark.sql.types.{DataType, StructType}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class PartitionFoldersTest extends AnyFunSuite {

  private def folders(kind: String, zone: String = "Europe/Berlin", longest: Int = 255) =
    PartitionFolders.of(
      new StructType().add("id", "int").add("c", DataType.fromDDL(kind)),
      List("c").asJava,
      zone,
      longest
    )

  private def named(column: String) =
    PartitionFolders.of(new StructType().add(column, "int"), List(column).asJava, "UTC", 255)

  private def refusal(work: => Any): String =
    intercept[UserException](work).getMessage.stripPrefix("cannot split the output by 'c': ")

  private def require(folders: PartitionFolders, value: Any): Unit = folders.require(Row(1, value))

  test("types of which a value can be read from a folder's name, and all others") {
    Seq("string", "int", "bigint", "decimal(9,2)", "boolean", "double", "date", "timestamp_ntz")
      .foreach(kind => assert(folders(kind).columns.size === 1))
    Seq("array<int>", "map<string,int>", "struct<a:int>", "interval day to second", "void")
      .foreach { kind =>
        val message = refusal(folders(kind))
        val remedy = "let output.partition-by name columns of numbers, strings, dates or times"
        assert(message.startsWith("its type is ") && message.endsWith(remedy), kind)
      }
    assert(refusal(folders("binary")).endsWith("set input.select { c = \"hex(c)\" }"))
  }

  test("the hour that is there twice is refused, in the zone in which names are made") {
    // 02:30 in Berlin, before and after the clocks are put back.
    Seq("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z").map(Instant.parse).foreach { instant =>
      val message = refusal(require(folders("timestamp"), instant))
      assert(
        message === s"a row has $instant, which is 2026-10-25T02:30 in the time zone" +
          " Europe/Berlin, as another instant is, too; set spark.sql.session.timeZone to UTC, or" +
          " split by a text or a date of it"
      )
      require(folders("timestamp", "UTC"), instant)
      require(folders("timestamp", "+02:00"), instant)
      require(folders("timestamp", "America/New_York"), instant)
    }
    Seq("2026-10-24T23:59:59Z", "2026-10-25T02:00:00Z", "2026-03-29T01:30:00Z").foreach { other =>
      require(folders("timestamp"), Instant.parse(other))
    }
  }

  test("folders of instants have other names in another zone, others do not") {
    val berlin = folders("timestamp")
    val words = "instants in names of its folders are of the time zone UTC, this run's of" +
      " Europe/Berlin (spark.sql.session.timeZone)"
    assert(berlin.differenceIn("UTC").get === words)
    assert(berlin.differenceIn("Europe/Berlin").isEmpty)
    assert(folders("timestamp", "UTC").differenceIn("Etc/UTC").isEmpty)
    assert(folders("timestamp", "+1:30").differenceIn("GMT+01:30").isEmpty)
    Seq("timestamp_ntz", "date", "string").foreach { kind =>
      assert(folders(kind).differenceIn("UTC").isEmpty)
    }
  }

  test("texts: the name of nulls, a character 0, and names longer than a file system takes") {
    Seq(null, "", "a/b", "__HIVE_DEFAULT_PARTITION", "x" * 253).foreach(
      require(folders("string"), _)
    )
    assert(refusal(require(folders("string"), "__HIVE_DEFAULT_PARTITION__")).contains("nulls"))
    assert(refusal(require(folders("string"), "a\u0000b")).contains("character of code 0"))
    Seq("x" * 254, "ä" * 127, "/" * 85).foreach { text =>
      val name = ExternalCatalogUtils.getPartitionPathString("c", text)
      assert(name.getBytes(UTF_8).length > 255)
      assert(
        refusal(require(folders("string"), text)).contains("too long for the name of a folder")
      )
      require(folders("string", longest = Int.MaxValue), text)
    }
    require(folders("string"), "ä" * 126)
  }

  test("folders that readers pass over") {
    Seq("_c", "c.", "_metadata").foreach(name => assert(named(name).columns.size === 1))
    Seq(".", ".c").foreach { name =>
      assert(
        intercept[UserException](
          named(name)
        ).getMessage === s"cannot split the output by '$name':" +
          " readers pass over folders whose names begin with a dot; give the column another name in" +
          " input.select"
      )
    }
    require(folders("string"), "._COPYING_.")
    assert(
      refusal(
        require(folders("string"), "a._COPYING_")
      ) === "a row has 'a._COPYING_', as files are" +
        " named that are being copied; replace it in input.select"
    )
  }
}
