package layertap.hadoop

import java.io.UncheckedIOException
import java.nio.file.{Files, Path}
import layertap.publish.FolderContents
import layertap.testing.FarFileSystem
import layertap.testing.TempFolder
import java.io.{FileNotFoundException, FilterOutputStream, IOException}
import java.util.concurrent.atomic.AtomicInteger
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.Options.CreateFileOptionKeys
import org.apache.hadoop.fs.{FSDataOutputStream, LocalFileSystem, RawLocalFileSystem}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** The steps of a publication on a disk, and on a storage whose directories are not renamed. */
class HadoopOutputStoreTest extends AnyFunSuite {
  private def onDisk(
      check: (HadoopOutputStore, Path) => Unit,
      disk: Option[Class[_]] = None
  ): Unit =
    TempFolder.use { folder =>
      val configuration = new Configuration
      disk.foreach { kind =>
        configuration.set("fs.file.impl", kind.getName)
        configuration.setBoolean("fs.file.impl.disable.cache", true)
      }
      check(HadoopOutputStore.of(s"file:$folder", configuration), folder)
    }

  private def names(folder: Path): Seq[String] = folder.toFile.list.toSeq.sorted

  test("the option of a conditional write has Hadoop's name") {
    assert(
      HadoopOutputStore.CONDITIONAL_OVERWRITE === CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE
    )
  }

  test("a small file has no checksum beside it, and one that another file left does not matter") {
    onDisk { (store, folder) =>
      assert(store.writeNew(s"$folder/lease", "one"))
      assert(names(folder) === Seq("lease"))
      Files.write(
        folder.resolve(".lease.crc"),
        Array[Byte]('c', 'r', 'c', 0, 0, 0, 2, 0, 7, 7, 7, 7)
      )
      assert(store.read(s"$folder/lease").get === "one")
      assert(!store.writeNew(s"$folder/lease", "two"))
      store.write(s"$folder/lease", "three")
      assert(store.read(s"$folder/lease").get === "three")
      assert(names(folder) === Seq("lease"))
    }
  }

  test("a folder that another run deletes while a file is written to it is made again") {
    onDisk(
      (store, folder) => {
        assert(store.writeNew(s"$folder/work/lease", "mine"))
        assert(store.read(s"$folder/work/lease").get === "mine")
      },
      Some(classOf[DeletedTwice])
    )
  }

  test("a disk that is full: a failure of the storage, and no file is left open") {
    onDisk(
      (store, folder) => {
        val failed = intercept[UncheckedIOException](store.write(s"$folder/lease", "mine"))
        assert(failed.getMessage === s"cannot write $folder/lease")
        assert(failed.getCause.getMessage contains "No space left on device")
        assert(FullDisk.openStreams.get === 0)
      },
      Some(classOf[FullDisk])
    )
  }

  test("what tasks write has no checksum beside it, and one that was there does not outlive it") {
    TempFolder.use { folder =>
      val configuration = new Configuration
      PlainLocalFileSystem.use(configuration)
      val part = new org.apache.hadoop.fs.Path(s"file:$folder/part")
      val disk = part.getFileSystem(configuration)
      Files.write(
        folder.resolve(".part.crc"),
        Array[Byte]('c', 'r', 'c', 0, 0, 0, 2, 0, 7, 7, 7, 7)
      )
      val written = disk.create(part)
      written.write(Array.fill[Byte](100000)(7))
      written.close()
      assert(names(folder) === Seq("part"))
      val read = disk.open(part)
      try assert(read.readAllBytes().toSeq === Seq.fill(100000)(7.toByte))
      finally read.close()
    }
  }

  test("what tasks write to a disk that is full is closed") {
    TempFolder.use { folder =>
      val configuration = new Configuration
      PlainLocalFileSystem.use(configuration)
      val link = new org.apache.hadoop.fs.Path(s"file:$folder/full")
      val disk = link.getFileSystem(configuration)
      Files.createSymbolicLink(folder.resolve("full"), Path.of("/dev/full"))
      val before = openFiles()
      val full = disk.create(link)
      val failure = intercept[Throwable] {
        (1 to 1000).foreach(_ => full.write(new Array[Byte](1000)))
        full.close()
      }
      assert(failure.toString contains "No space left on device")
      // Hadoop may say so again.
      scala.util.Try(full.close()): Unit
      assert(openFiles() === before)
    }
  }

  test("a file system that the configuration names is left as it is") {
    val configuration = new Configuration
    configuration.set("fs.file.impl", classOf[FullDisk].getName)
    PlainLocalFileSystem.use(configuration)
    assert(configuration.get("fs.file.impl") === classOf[FullDisk].getName)
  }

  /** Files that this process holds open of the full disk, or as checksums of one. */
  private def openFiles(): Int =
    Option(Path.of("/proc/self/fd").toFile.listFiles).toSeq.flatten.count { descriptor =>
      val file = scala.util.Try(Files.readSymbolicLink(descriptor.toPath).toString).getOrElse("")
      file == "/dev/full" || file.endsWith("/.full.crc")
    }

  private val files = Map("part-0" -> "0", "day=1/part-1" -> "1", "day=1/part-2" -> "2")

  Seq("file", "far").foreach { scheme =>
    def onStore(check: (HadoopOutputStore, Path, String) => Unit): Unit =
      TempFolder.use { folder =>
        val configuration = new Configuration
        FarFileSystem.register(configuration)
        val location = s"$scheme://${folder.toAbsolutePath}"
        val store = HadoopOutputStore.of(location, configuration)
        assert(store.renamesDirectories === (scheme == "file"))
        check(store, folder, store.qualify(location))
      }

    test(s"$scheme: files are moved with the directories that they are in") {
      onStore { (store, folder, root) =>
        FolderContents.write(folder.resolve("staged"), files)
        FolderContents.write(folder.resolve("output"), Map("part-0" -> "old", "other" -> "old"))
        val moved = Seq("part-0", "day=1/part-1")
        store.moveFiles(s"$root/staged", s"$root/output", moved.asJava)
        val output = Map("part-0" -> "0", "day=1/part-1" -> "1", "other" -> "old")
        assert(FolderContents.read(folder.resolve("output")) === Some(output))
        assert(FolderContents.read(folder.resolve("staged")) === Some(files -- moved))
        assert(
          store.filesBelow(s"$root/output").asScala.toSet === output.keySet.map(
            s"$root/output/" + _
          )
        )
      }
    }

    test(s"$scheme: the files that are named are deleted, one that is gone does not matter") {
      onStore { (store, folder, root) =>
        FolderContents.write(folder.resolve("output"), files)
        val named = Seq("part-0", "gone", "day=1/part-2").map(s"$root/output/" + _)
        store.deleteFiles(s"$root/output", named.asJava)
        assert(FolderContents.read(folder.resolve("output")) === Some(Map("day=1/part-1" -> "1")))
      }
    }

    test(s"$scheme: what cannot be deleted is named") {
      onStore { (store, folder, root) =>
        FolderContents.write(folder.resolve("output"), files)
        val failed = intercept[UncheckedIOException](
          store.deleteFiles(s"$root/output", java.util.List.of(s"$root/output/day=1"))
        )
        assert(failed.getMessage === s"cannot delete files in $root/output")
        assert(failed.getCause.getMessage.contains(s"$root/output/day=1"))
        assert(Files.exists(folder.resolve("output/day=1/part-2")))
      }
    }
  }
}

/** A local disk whose folders are deleted by somebody, twice, when a file is to be written. */
class DeletedTwice extends LocalFileSystem(new DeletedTwice.Raw)

object DeletedTwice {
  private class Raw extends RawLocalFileSystem {
    private val left = new AtomicInteger(2)

    override def create(path: org.apache.hadoop.fs.Path, overwrite: Boolean): FSDataOutputStream =
      left.getAndDecrement() match {
        case 2 => throw new FileNotFoundException(s"$path (No such file)")
        case 1 => throw new IOException(s"chmod: cannot access '$path': No such file or directory")
        case _ => super.create(path, overwrite)
      }
  }
}

/** A local disk without room. */
class FullDisk extends LocalFileSystem(new FullDisk.Raw)

object FullDisk {
  val openStreams = new AtomicInteger

  private class Raw extends RawLocalFileSystem {
    override def create(path: org.apache.hadoop.fs.Path, overwrite: Boolean): FSDataOutputStream = {
      openStreams.incrementAndGet()
      val full = super.create(new org.apache.hadoop.fs.Path("/dev/full"), overwrite)
      val counted = new FilterOutputStream(full) {
        override def close(): Unit =
          try super.close()
          finally openStreams.decrementAndGet()
      }
      new FSDataOutputStream(counted, null /* not counted */ )
    }
  }
}
