package layertap.process

import java.nio.file.{Files, Path}
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite

class AvailableMemoryTest extends AnyFunSuite {
  private val group = "sys/fs/cgroup"

  private def isShort(files: (String, String)*): Boolean = TempFolder.use { folder =>
    files.foreach { case (name, text) => write(folder.resolve(name), text) }
    AvailableMemory.below(folder).isShort
  }

  private def write(file: Path, text: String): Unit = {
    Files.createDirectories(file.getParent)
    Files.writeString(file, text)
  }

  private def machine(available: Long) =
    "proc/meminfo" -> s"MemTotal:       16000 kB\nMemFree:  1 kB\nMemAvailable:   $available kB\n"

  private def container(limit: String, used: Long, files: Long) = Seq(
    s"$group/memory.max" -> s"$limit\n",
    s"$group/memory.current" -> s"$used\n",
    s"$group/memory.stat" -> s"anon 5\ninactive_file $files\n"
  )

  test("of a machine less than a sixteenth is short") {
    assert(!isShort(machine(1000)))
    assert(isShort(machine(999)))
  }

  test("of a container, what is kept of files is available") {
    assert(isShort(container("1600", 1501, 0): _*))
    assert(!isShort(container("1600", 1600, 100): _*))
    assert(!isShort(container("max", 1600, 0): _*))
    assert(isShort(machine(16000) +: container("1600", 1600, 99): _*))
    assert(
      isShort(
        s"$group/memory/memory.limit_in_bytes" -> "1600",
        s"$group/memory/memory.usage_in_bytes" -> "1590",
        s"$group/memory/memory.stat" -> "total_inactive_file 10"
      )
    )
  }

  test("where nothing is said, or nonsense, it is not short") {
    assert(!isShort())
    assert(!isShort("proc/meminfo" -> "MemAvailable: none\nMemTotal: 5 kB"))
  }
}
