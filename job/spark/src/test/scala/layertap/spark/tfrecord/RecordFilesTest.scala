package layertap.spark.tfrecord

import java.io.{ByteArrayInputStream, IOException, InputStream, UncheckedIOException}
import java.net.URI
import java.nio.file.Files
import java.util.concurrent.atomic.AtomicInteger
import java.util.zip.{DeflaterOutputStream, GZIPOutputStream}
import layertap.input.record.{TfRecord, TfRecordReader}
import layertap.testing.{FarFileSystem, TestData}
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FSDataInputStream, FSInputStream, Path}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Compressed TFRecord files as TensorFlow wrote them, whole and damaged. */
class RecordFilesTest extends AnyFunSuite {
  private def bytes(name: String): Array[Byte] =
    Files.readAllBytes(TestData.root.resolve(s"tfrecord/rows/$name"))

  private def all(reader: TfRecordReader): Seq[TfRecord] =
    try reader.asScala.toList
    finally reader.close()

  private def read(file: Array[Byte]): Seq[TfRecord] =
    all(RecordFiles.reader(new ByteArrayInputStream(file)))

  /** Says of no byte that it is available, as streams of remote storage may. */
  private def remote(file: Array[Byte]): InputStream = new ByteArrayInputStream(file) {
    override def available(): Int = 0
    override def read(into: Array[Byte], start: Int, length: Int): Int =
      super.read(into, start, math.min(length, 100))
  }

  private lazy val plain = read(bytes("rows.tfrecord"))

  private def assertPlain(records: Seq[TfRecord], count: Int = 12): Unit = {
    assert(records.size === count)
    records.zip(plain).foreach { case (found, expected) =>
      assert(found.data.sameElements(expected.data))
      assert(found.offset === expected.offset)
    }
  }

  private val packed = Seq("rows.tfrecord.gz", "rows_members.tfrecord.gz", "rows_zlib.tfrecord")

  test("gzip, gzip of two members, and zlib, by their first bytes alone") {
    assert(plain.size === 12 && plain.forall(_.damage == null))
    packed.foreach { name =>
      assertPlain(read(bytes(name)))
      assertPlain(all(RecordFiles.reader(remote(bytes(name)))))
    }
    val path = new Path(TestData.root.resolve("tfrecord/rows/rows.tfrecord.gz").toUri)
    assertPlain(all(RecordFiles.open(path, new Configuration)))
  }

  test("a plain file that begins with the bytes of gzip or zlib") {
    Seq(0x8b1f, 0x9c78).foreach { length =>
      val data = new Array[Byte](length)
      val record = TfRecords.record(data)
      assert(read(record ++ bytes("rows.tfrecord")).size === 13)
    }
  }

  test("a compressed file that ends too soon, or is damaged, ends in one damaged record") {
    packed.foreach { name =>
      val file = bytes(name)
      val unseen = (3 until file.length).filter { end =>
        val records = read(file.take(end))
        assert(records.size <= 13)
        assertPlain(records.init, records.size - 1)
        !records.last.isRest
      }
      // Of two members the first alone is a whole file.
      assert(unseen.size === (if (name.contains("members")) 1 else 0), name)
      unseen.foreach(end => assertPlain(read(file.take(end)), 6))
      val damaged = file.clone
      val within = file.length * 3 / 4
      damaged(within) = (damaged(within) ^ 0x40).toByte
      val records = read(damaged)
      assert(records.exists(_.damage != null))
      assert(
        records
          .filter(_.damage == null)
          .forall(r => plain(r.number.toInt).data.sameElements(r.data))
      )
    }
  }

  test("a damaged second member, or other bytes after the first, is not taken for the end") {
    val one = bytes("rows.tfrecord.gz")
    Seq("no gzip at all, but text".getBytes, Array.fill[Byte](40)(0), one.updated(0, 0: Byte))
      .foreach { rest =>
        Seq(read(one ++ rest), all(RecordFiles.reader(remote(one ++ rest)))).foreach { records =>
          assertPlain(records.init)
          val last = records.last
          assert(
            last.complaint(last.damage).contains("on: its compressed data is damaged: "),
            last.damage
          )
        }
      }
  }

  test("empty files, compressed or not, have no record") {
    val empty = new java.io.ByteArrayOutputStream
    new GZIPOutputStream(empty).close()
    assert(read(empty.toByteArray).isEmpty)
    empty.reset()
    new DeflaterOutputStream(empty).close()
    assert(read(empty.toByteArray).isEmpty)
    assert(read(Array.emptyByteArray).isEmpty)
    assert(read(Array[Byte](0x1f)).head.damage === "the file ends within it")
  }

  test("a storage that fails is no damaged record") {
    packed.foreach { name =>
      val file = bytes(name)
      val failing = new ByteArrayInputStream(file) {
        override def read(into: Array[Byte], start: Int, length: Int): Int = {
          if (pos > file.length / 2) throw new IOException("connection reset")
          super.read(into, start, math.min(length, 50))
        }
      }
      val failure = intercept[UncheckedIOException] {
        all(RecordFiles.reader(new StorageStream("s3a://b/rows", failing)))
      }
      assert(failure.getMessage === "cannot read s3a://b/rows")
      assert(failure.getCause.getMessage === "connection reset")
    }
    val hadoop = new Configuration
    hadoop.set("fs.failing.impl", classOf[FailingFileSystem].getName)
    val path = new Path("failing:///rows")
    assert(
      intercept[UncheckedIOException](
        RecordFiles.open(path, hadoop)
      ).getMessage === s"cannot read $path"
    )
    assert(FailingFileSystem.open.get === 0, "files that stay open")
    val missing = new Path("file:///nowhere/at.tfrecord")
    val failure =
      intercept[UncheckedIOException](RecordFiles.open(missing, new Configuration))
    assert(failure.getMessage === "cannot read file:/nowhere/at.tfrecord")
  }
}

/** Files that can be opened, and not be read. */
class FailingFileSystem extends FarFileSystem {
  override def getScheme: String = "failing"
  override def getUri: URI = URI.create("failing:///")

  override def open(path: Path, bufferSize: Int): FSDataInputStream = {
    FailingFileSystem.open.incrementAndGet()
    new FSDataInputStream(new FailingStream)
  }

  private class FailingStream extends FSInputStream {
    override def read(): Int = throw new IOException("connection reset")
    override def seek(position: Long): Unit = ()
    override def getPos: Long = 0
    override def seekToNewSource(target: Long): Boolean = false
    override def close(): Unit = FailingFileSystem.open.decrementAndGet()
  }
}

object FailingFileSystem {

  /** How many files are open. */
  val open = new AtomicInteger
}
