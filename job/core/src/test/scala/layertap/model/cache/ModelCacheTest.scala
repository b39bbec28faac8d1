package layertap.model.cache

import java.nio.channels.FileChannel
import java.nio.file.attribute.{FileTime, PosixFilePermissions}
import java.nio.file.{Files, Path, StandardOpenOption}
import java.time.{Duration, Instant}
import java.util.concurrent.{CountDownLatch, TimeUnit}
import layertap.checksum.MaskedCrc32c
import layertap.failure.UserException
import layertap.model.cache.RemoteFiles.{content, length, pieces, shard}
import layertap.model.checkpoint.{BundleEntry, RangeReads}
import layertap.model.saved.ModelFiles
import layertap.process.UserFolder
import layertap.testing.{JavaProcess, MemoryFiles, TempFolder, TestData}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import scala.jdk.CollectionConverters._
import scala.jdk.StreamConverters._

class ModelCacheTest extends AnyFunSuite {
  private def memory = MemoryFiles.of(shard -> content, "saved_model.pb" -> content)

  private def cached(
      folder: Path,
      files: ModelFiles,
      model: String = "model",
      maxBytes: Long = 1L << 30,
      patience: Duration = Duration.ofSeconds(60)
  ): ModelFiles = {
    val cache =
      new ModelCache(new UserFolder(folder.resolve("models")), maxBytes, new PieceLocks(patience))
    new CachedModelFiles(new RemoteFiles(files, model), cache)
  }

  /** Reads pieces; gives how many the storage was asked for. */
  private def asked(
      folder: Path,
      numbers: Range,
      model: String = "model",
      maxBytes: Long = 1 << 30
  ): Int = {
    val files = memory
    val reader = cached(folder, files, model, maxBytes)
    numbers.foreach { piece =>
      val read = reader.read(shard, piece.toLong * length, length)
      assert(read.sameElements(content.slice(piece * length, (piece + 1) * length)))
    }
    files.reads.size
  }

  private def kept(folder: Path, model: String = "model"): Seq[Path] = {
    val all = Files.list(folder.resolve("models").resolve(model))
    try all.toScala(Seq).filterNot(_.getFileName.toString == "lock").sorted
    finally all.close()
  }

  test("what one has read, others find on the disk; other models' values they do not") {
    TempFolder.use { folder =>
      assert(asked(folder, 0 until 5) === 5)
      assert(asked(folder, 0 until 6) === 1)
      assert(asked(folder, 0 until 2, model = "other") === 2)
      val permissions = Files.getPosixFilePermissions(folder.resolve("models"))
      assert(PosixFilePermissions.toString(permissions) === "rwx------")
    }
  }

  test("only values of variables are kept, and only of remote models") {
    TempFolder.use { folder =>
      val files = memory
      (1 to 2).foreach(_ => cached(folder, files).read("saved_model.pb", 0, 10))
      assert(files.reads.size === 2)
      val remote = new RemoteFiles(memory, fail("its fingerprint is asked for"))
      assert(ModelCache.over(remote, 0) eq remote)
      val local = TestData.files("digits_keras3")
      assert(ModelCache.over(local, 10) eq local)
      assert(ModelCache.over(remote, 10) ne remote)
    }
  }

  Seq[(String, Array[Byte] => Array[Byte])](
    "bytes that have changed" -> (bytes => bytes.updated(500, (bytes(500) ^ 1).toByte)),
    "a checksum that has changed" -> (bytes => bytes.updated(5, (bytes(5) ^ 1).toByte)),
    "half of its bytes" -> (_.take(508)),
    "no bytes" -> (_ => Array()),
    "zeros" -> (bytes => new Array[Byte](bytes.length)),
    "more bytes" -> (_ :+ 0.toByte)
  ).foreach { case (what, damage) =>
    test(s"a piece of $what is read anew, and kept") {
      TempFolder.use { folder =>
        assert(asked(folder, 0 until 2) === 2)
        val piece = kept(folder).head
        Files.write(piece, damage(Files.readAllBytes(piece)))
        assert(asked(folder, 0 until 2) === 1)
        assert(asked(folder, 0 until 2) === 0)
      }
    }
  }

  test("what a process that was killed left half-written is not believed, and goes") {
    TempFolder.use { folder =>
      assert(asked(folder, 0 until 1) === 1)
      val unfinished = kept(folder).head.resolveSibling("data-00000-of-00001.1000-1000.tmp")
      Files.write(unfinished, new Array[Byte](77))
      assert(asked(folder, 1 until 2) === 1)
      assert(!Files.exists(unfinished))
      assert(kept(folder).size === 2)
    }
  }

  private def usedAgo(folder: Path, model: String, duration: Duration): Unit =
    kept(folder, model).foreach { piece =>
      Files.setLastModifiedTime(piece, FileTime.from(Instant.now.minus(duration)))
    }

  test("over the bound those that were not used for longest go, a model in use not for itself") {
    TempFolder.use { folder =>
      val bound = 10 * (length + 8)
      assert(asked(folder, 0 until 4, "a", bound) === 4)
      assert(asked(folder, 0 until 4, "b", bound) === 4)
      usedAgo(folder, "a", Duration.ofMinutes(2))
      usedAgo(folder, "b", Duration.ofMinutes(3))
      // A use counts as one.
      assert(asked(folder, 0 until 1, "b", bound) === 0)
      assert(asked(folder, 0 until 7, "c", bound) === 7)
      assert(
        (kept(folder, "a").size, kept(folder, "b").size, kept(folder, "c").size) === ((2, 1, 7))
      )
      // Twelve pieces do not fit: the first ten stay, however often all are read.
      assert(asked(folder, 0 until 12, "d", bound) === 12)
      assert(asked(folder, 0 until 12, "d", bound) === 2)
      assert(asked(folder, 0 until 12, "d", bound) === 2)
      assert(kept(folder, "d").size === 10)
      // What another plan of the model needed yesterday makes room.
      usedAgo(folder, "d", Duration.ofDays(1))
      assert(asked(folder, 12 until 15, "d", bound) === 3)
      assert(asked(folder, 12 until 15, "d", bound) === 0)
      assert(kept(folder, "d").size === 10)
    }
  }

  private def entry(checksum: Int) = new BundleEntry(
    "w",
    DataType.DT_FLOAT,
    java.util.List.of[java.lang.Long](250L),
    shard,
    1000,
    1000,
    checksum
  )

  private val checksum = MaskedCrc32c.of(content, 1000, 1000)

  Seq[(String, (ModelFiles, BundleEntry) => Array[Byte])](
    "streamed" -> { (files, entry) =>
      val all = new Array[Byte](1000)
      RangeReads.stream(
        files,
        entry,
        (position, bytes) => bytes.copyToArray(all, position.toInt)
      )
      all
    },
    "merged" -> { (files, entry) =>
      var all = Array[Byte]()
      RangeReads
        .of(java.util.List.of(entry))
        .read(files, (_, bytes, offset) => all = bytes.slice(offset, offset + 1000))
      all
    }
  ).foreach { case (how, read) =>
    test(s"$how bytes that came damaged over the network do not stay") {
      TempFolder.use { folder =>
        val damaged = MemoryFiles.of(shard -> content.updated(1500, 0.toByte))
        val message =
          intercept[UserException](read(cached(folder, damaged), entry(checksum))).getMessage
        assert(message.contains("the checksum of its bytes in " + shard + " is wrong"))
        assert(kept(folder).isEmpty)
        // Another process had kept them before it looked.
        cached(folder, damaged).read(shard, 1000, 1000)
        val intact = memory
        val found = read(cached(folder, intact), entry(checksum))
        assert(found.sameElements(content.slice(1000, 2000)))
        assert(intact.reads.size === 1)
        assert(read(cached(folder, damaged), entry(checksum)).sameElements(found))
      }
    }
  }

  private def start(folder: Path, milliseconds: Long) = JavaProcess.start(
    "layertap.model.cache.RemoteFiles",
    Seq("-Xmx64m"),
    folder.resolve("models").toString,
    folder.resolve("log").toString,
    milliseconds.toString
  )

  private def log(folder: Path): Seq[String] =
    Files.readAllLines(folder.resolve("log")).asScala.toSeq

  test("of processes that begin together, one reads each piece") {
    TempFolder.use { folder =>
      val processes = Seq.fill(3)(start(folder, 20))
      processes.foreach { process =>
        assert(process.finish() === ((0, "read all\n")))
      }
      assert(log(folder).map(_.toInt).sorted === (0 until pieces).map(_ * length))
    }
  }

  test("a process that is killed while it reads keeps nobody waiting") {
    TempFolder.use { folder =>
      val process = start(folder, 600000)
      while (!Files.exists(folder.resolve("log"))) Thread.sleep(10)
      process.kill(isTold = false)
      process.finish()
      assert(asked(folder, 0 until pieces) === pieces)
      assert(asked(folder, 0 until pieces) === 0)
    }
  }

  test("who stands still keeps nobody waiting for ever") {
    TempFolder.use { folder =>
      val process = start(folder, 600000)
      while (!Files.exists(folder.resolve("log"))) Thread.sleep(10)
      val files = memory
      val impatient = cached(folder, files, patience = Duration.ofMillis(50))
      assert(impatient.read(shard, 0, 10).sameElements(content.take(10)))
      assert(files.reads.size === 1)
      assert(kept(folder).isEmpty)
      process.kill(isTold = false)
      process.finish()
    }
  }

  test("a lock that another class loader of this process holds keeps nobody waiting") {
    TempFolder.use { folder =>
      assert(asked(folder, 0 until 1) === 1)
      val lock = folder.resolve("models").resolve("model").resolve("lock")
      val channel = FileChannel.open(lock, StandardOpenOption.WRITE)
      val other = channel.lock()
      assert(asked(folder, 1 until 2) === 1)
      assert(kept(folder).size === 1)
      // Other processes still find the file locked.
      val number = Files.getAttribute(lock, "unix:ino")
      assert(Files.readString(Path.of("/proc/locks")).contains(s":$number "))
      other.release()
      channel.close()
      assert(asked(folder, 1 until 2) === 1)
      assert(kept(folder).size === 2)
    }
  }

  test("threads of one process read each piece once") {
    TempFolder.use { folder =>
      val files = memory
      val slow = new RemoteFiles(files) {
        override def read(path: String, offset: Long, length: Int): Array[Byte] = synchronized {
          Thread.sleep(5)
          files.read(path, offset, length)
        }
      }
      val reader = cached(folder, slow)
      val done = new CountDownLatch(4)
      (1 to 4).foreach { _ =>
        new Thread(() => {
          (0 until 5).foreach(piece => reader.read(shard, piece.toLong * length, length))
          done.countDown()
        }).start()
      }
      assert(done.await(60, TimeUnit.SECONDS))
      assert(files.reads.size === 5)
    }
  }

  test("a folder that others could write to, or none, is not used") {
    TempFolder.use { folder =>
      val open = folder.resolve("models")
      Files.createDirectory(open)
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"))
      assert(asked(folder, 0 until 2) === 2)
      assert(asked(folder, 0 until 2) === 2)
      val file = Files.writeString(folder.resolve("file"), "no folder")
      assert(asked(file, 0 until 2) === 2)
    }
  }
}
