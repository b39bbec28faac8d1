package layertap.model.checkpoint

import layertap.checksum.MaskedCrc32c
import layertap.failure.UserException
import layertap.testing.MemoryFiles
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import scala.collection.mutable
import scala.jdk.CollectionConverters._

class RangeReadsTest extends AnyFunSuite {
  private val gap = RangeReads.MERGED_GAP
  private val limit = RangeReads.MERGED_LENGTH

  private def entry(
      offset: Long,
      length: Long,
      file: String = "a",
      checksum: Int = 0
  ): BundleEntry =
    new BundleEntry(
      s"at $offset",
      DataType.DT_UINT8,
      java.util.List.of(),
      file,
      offset,
      length,
      checksum
    )

  private def plan(entries: BundleEntry*): RangeReads = RangeReads.of(entries.asJava)

  // entries, number of requests, bytes that they fetch
  Seq(
    ("no entries", Seq(), 0, 0),
    ("neighbours", Seq(entry(0, 10), entry(10, 10)), 1, 20),
    ("entries with a small gap", Seq(entry(0, 10), entry(10 + gap, 10)), 1, 20 + gap),
    ("entries with a large gap", Seq(entry(0, 10), entry(11 + gap, 10)), 2, 20),
    ("entries of two files", Seq(entry(0, 10), entry(10, 10, "b")), 2, 20),
    ("entries in no order", Seq(entry(20, 10), entry(0, 10), entry(10, 10)), 1, 30),
    ("an entry inside another", Seq(entry(0, 100), entry(10, 10), entry(100, 1)), 1, 101),
    ("entries up to the limit", Seq(entry(0, limit - 1), entry(limit - 1, 1)), 1, limit),
    ("entries beyond the limit", Seq(entry(0, limit), entry(limit, 1)), 2, limit + 1),
    ("one entry beyond the limit", Seq(entry(0, limit + 1)), 1, limit + 1)
  ).foreach { case (what, entries, requests, bytes) =>
    test(s"$what come with $requests requests") {
      assert(plan(entries: _*).requestCount === requests)
      assert(plan(entries: _*).byteCount === bytes)
    }
  }

  test("a value that no array holds is refused unless it is read in parts") {
    val large = entry(0, 3000000000L)
    assert(plan(large).byteCount === 3000000000L)
    val message = intercept[UserException](plan(large).read(MemoryFiles.of(), (_, _, _) => ()))
    assert(
      message.getMessage === "cannot read the variable 'at 0' of memory in one piece: it has " +
        "3000000000 bytes of uint8, which must stand in the graph, and a graph holds 2 GB; tap a " +
        "layer that does not need it"
    )
  }

  private val content = Array.tabulate[Byte](100)(_.toByte)

  private def intact(offset: Int, length: Int, file: String = "a"): BundleEntry =
    entry(offset, length, file, MaskedCrc32c.of(content, offset, length))

  test("each entry gets its bytes, each request is made once") {
    val files = MemoryFiles.of("a" -> content, "b" -> content)
    val received = mutable.Map.empty[BundleEntry, Seq[Byte]]
    val entries = Seq(intact(60, 3), intact(7, 5), intact(9, 0), intact(30, 10, "b"))
    plan(entries: _*).read(
      files,
      (entry, bytes, offset) =>
        received(entry) = bytes.slice(offset, offset + entry.length.toInt).toSeq
    )
    assert(entries.map(received) === Seq(60 to 62, 7 to 11, Seq(), 30 to 39))
    assert(files.reads === Seq(("a", 7, 56), ("b", 30, 10)))
  }

  test("bytes that are not those that were written") {
    val damaged = MemoryFiles.of("a" -> content.updated(8, 0.toByte))
    val received = mutable.Buffer.empty[BundleEntry]
    val e = intercept[UserException](
      plan(intact(0, 5), intact(7, 5), intact(20, 5))
        .read(damaged, (entry, _, _) => received += entry)
    )
    assert(
      e.getMessage === "cannot read the variable 'at 7' of memory: the checksum of its bytes in " +
        "a is wrong; the file is damaged, copy or export the model again"
    )
    // None of a request that is damaged.
    assert(received.isEmpty)
  }
}
