package layertap.hadoop

import java.io.UncheckedIOException
import java.nio.file.{Files, Path}
import layertap.publish.FolderContents
import layertap.testing.FarFileSystem
import layertap.testing.TempFolder
import org.apache.hadoop.conf.Configuration
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** The steps of a publication on a disk, and on a storage whose directories are not renamed. */
class HadoopOutputStoreTest extends AnyFunSuite {
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
