package layertap.model.checkpoint

import java.util.{Locale, Optional}
import layertap.failure.UserException
import layertap.testing.MemoryFiles
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.BundleHeaderProto.Endianness
import org.tensorflow.proto.{BundleEntryProto, DataType}
import scala.jdk.CollectionConverters._

class TensorBundleTest extends AnyFunSuite {
  private val index = "variables/variables.index"
  private val shard = "variables/variables.data-00000-of-00001"

  /** A checkpoint of one shard of 100 bytes. */
  private def bundle(entries: (String, BundleEntryProto)*): TensorBundle =
    TensorBundle.open(
      MemoryFiles.of(
        index -> Indexes.checkpoint(Indexes.header(), entries: _*),
        shard -> new Array(100)
      )
    )

  private def refused(body: => Any): String = intercept[UserException](body).getMessage

  private def unreadable(fact: String) =
    s"cannot read the variable 'w' of memory: $fact; export or copy the model again"

  test("where a variable of a stored model lies") {
    val kernel = TensorBundle.open(TestData.files("tf1_conv")).find("conv1/kernel").get
    assert(kernel.dtype === DataType.DT_FLOAT)
    assert(kernel.shape.asScala === Seq(5, 5, 1, 8))
    assert(kernel.file === shard)
    assert((kernel.offset, kernel.length) === ((8 * 4, 5 * 5 * 8 * 4)))
    assert(kernel.elementCount === 200)
  }

  test("the keys of a stored model") {
    val keys = TensorBundle.open(TestData.files("lstm_keras2")).keys.asScala
    assert(keys.filter(_.endsWith("VARIABLE_VALUE")).size === 3)
    assert(keys === keys.sorted)
    assert(!keys.contains(""))
  }

  test("a key that is not there, and the header's") {
    assert(bundle("w" -> Indexes.entry(0, 4)).find("v") === Optional.empty)
    assert(bundle().find("") === Optional.empty)
  }

  test("a key of letters beyond ASCII") {
    val raw = new String("größe".getBytes("UTF-8"), "ISO-8859-1")
    val found = bundle(raw -> Indexes.entry(8, 4))
    assert(found.find("größe").get.offset === 8)
    assert(found.keys.asScala === Seq("größe"))
  }

  test("a slice of a partitioned variable, which is no key") {
    val key = SliceKeys.encode("w", SliceKeys.parse("10 20 0,5:-"))
    val sliced = bundle("w" -> Indexes.entry(0, 0), key -> Indexes.entry(8, 4))
    assert(sliced.find("w", "10 20 0,5:0,20") === Optional.empty)
    assert(sliced.find("w", "10 20 0,5:-").get.offset === 8)
    assert(sliced.keys.asScala === Seq("w"))
  }

  test("the one part of a partitioned variable, which is stored whole") {
    val whole = bundle("w" -> Indexes.entry(8, 40, sizes = Seq(2, 5)))
    Seq("2 5 0,2:0,5", "2 5 -:-", "2 5 0,2:-").foreach { slice =>
      assert(whole.find("w", slice).get.offset === 8)
    }
    assert(whole.find("w", "2 5 0,1:-") === Optional.empty)
    assert(whole.find("w", "4 5 2,2:-") === Optional.empty)
    assert(
      refused(whole.find("w", "5 2 -:-")) ===
        unreadable("the model restores the shape [5, 2], the checkpoint holds [2, 5]")
    )
  }

  test("a model without a checkpoint has no variables") {
    val empty = TensorBundle.open(MemoryFiles.of("saved_model.pb" -> Array()))
    assert(empty.keys.isEmpty)
    assert(empty.find("w") === Optional.empty)
  }

  test("an entry in a shard that is missing") {
    val header = Indexes.header(shardCount = 2)
    val files =
      MemoryFiles.of(index -> Indexes.checkpoint(header, "w" -> Indexes.entry(0, 4, shard = 1)))
    assert(
      refused(TensorBundle.open(files).find("w")) ===
        unreadable("the file variables/variables.data-00001-of-00002 is missing")
    )
  }

  Seq(97L -> 4L, 0L -> 101L, -1L -> 4L, 4L -> -1L, Long.MaxValue -> 4L).foreach {
    case (offset, size) =>
      test(s"an entry of $size bytes from byte $offset of 100") {
        assert(
          refused(bundle("w" -> Indexes.entry(offset, size)).find("w")) ===
            unreadable(s"its bytes lie beyond the end of $shard (100 bytes)")
        )
      }
  }

  test("an entry that ends where the file ends") {
    assert(bundle("w" -> Indexes.entry(96, 4)).find("w").get.length === 4)
  }

  test("an entry with a negative size in its shape") {
    assert(
      refused(bundle("w" -> Indexes.entry(0, 4, sizes = Seq(2, -1))).find("w")) ===
        unreadable("its shape has a negative size")
    )
  }

  // dtype, sizes, bytes
  Seq(
    (DataType.DT_FLOAT, Seq(2L, 3L), 23L),
    (DataType.DT_FLOAT, Seq(), 0L),
    (DataType.DT_DOUBLE, Seq(2L), 8L),
    (DataType.DT_BOOL, Seq(2L), 8L),
    (DataType.DT_FLOAT, Seq.fill(3)(1L << 62), 0L),
    (DataType.DT_STRING, Seq(101L), 100L),
    (DataType.DT_RESOURCE, Seq(1L), 4L),
    (DataType.DT_INVALID, Seq(1L), 4L)
  ).foreach { case (dtype, sizes, bytes) =>
    test(s"$bytes bytes for values of $dtype in the shape ${sizes.mkString("[", ", ", "]")}") {
      val entry = Indexes.entry(0, bytes, sizes = sizes, dtype = dtype)
      assert(
        refused(bundle("w" -> entry).find("w")) ===
          unreadable(s"its $bytes bytes are no $dtype of shape ${sizes.mkString("[", ", ", "]")}")
      )
    }
  }

  // dtype, bytes of six values
  Seq(
    DataType.DT_BOOL -> 6L,
    DataType.DT_BFLOAT16 -> 12L,
    DataType.DT_INT32 -> 24L,
    DataType.DT_DOUBLE -> 48L,
    DataType.DT_COMPLEX128 -> 96L,
    DataType.DT_STRING -> 10L
  ).foreach { case (dtype, bytes) =>
    test(s"six values of $dtype in $bytes bytes") {
      val entry = Indexes.entry(0, bytes, sizes = Seq(3, 1, 2), dtype = dtype)
      assert(bundle("w" -> entry).find("w").get.elementCount === 6)
    }
  }

  test("a variable that the checkpoint holds in slices but the model restores whole") {
    val sliced = Indexes.entry(0, 0, sizes = Seq(10)).toBuilder
    sliced.addSlicesBuilder().addExtentBuilder().setStart(0).setLength(5)
    assert(
      refused(bundle("w" -> sliced.build).find("w")) ===
        unreadable("the checkpoint holds slices of it, the model restores it whole")
    )
  }

  test("an entry that is no entry") {
    val garbage = Indexes.table(Seq("" -> Indexes.header().toByteArray, "w" -> Array[Byte](0x0f)))
    val files = MemoryFiles.of(index -> garbage, shard -> new Array(100))
    assert(
      refused(TensorBundle.open(files).find("w")) ===
        unreadable("its entry in the checkpoint index is damaged")
    )
  }

  test("a variable of more than 2 GB") {
    val entry = Indexes.entry(1L << 31, 3L << 30, sizes = Seq(3L << 28))
    val checkpoint = Indexes.checkpoint(Indexes.header(), "w" -> entry)
    val files = MemoryFiles.of(index -> checkpoint).pretending(shard, 5L << 30)
    val found = TensorBundle.open(files).find("w").get
    assert((found.offset, found.length, found.elementCount) === ((1L << 31, 3L << 30, 3L << 28)))
  }

  test("an index of more than 2 GB") {
    val files = MemoryFiles.of(index -> Array()).pretending(index, 1L << 31)
    assert(
      refused(
        TensorBundle.open(files)
      ) === "cannot read the checkpoint index variables/variables.index of memory: " +
        "it has 2147483648 bytes; an index is never that large, export the " +
        "model again"
    )
  }

  test("a checkpoint of a big-endian machine") {
    val files =
      MemoryFiles.of(index -> Indexes.checkpoint(Indexes.header(endianness = Endianness.BIG)))
    assert(
      refused(TensorBundle.open(files)) === "cannot read the variables of memory: they were " +
        "written on a big-endian machine; export the model on another one"
    )
  }

  Seq(
    "no header" -> Indexes.table(Seq("w" -> Array[Byte]())),
    "a damaged header" -> Indexes.table(Seq("" -> Array[Byte](0x0f)))
  )
    .foreach { case (what, bytes) =>
      test(s"a checkpoint with $what") {
        assert(
          refused(TensorBundle.open(MemoryFiles.of(index -> bytes))) === "cannot read the " +
            "checkpoint index of memory: its header is damaged; export or copy the model again"
        )
      }
    }

  test("a damaged index names the model") {
    assert(
      refused(TensorBundle.open(MemoryFiles.of(index -> Array())))
        .startsWith("cannot read the checkpoint index variables/variables.index of memory: ")
    )
  }

  test("names of files are the same where numbers are written in other digits") {
    val default = Locale.getDefault
    Locale.setDefault(Locale.forLanguageTag("fa-IR-u-nu-arabext"))
    try
      assert(TensorBundle.open(TestData.files("tf1_conv")).find("conv1/kernel").get.file === shard)
    finally Locale.setDefault(default)
  }
}
