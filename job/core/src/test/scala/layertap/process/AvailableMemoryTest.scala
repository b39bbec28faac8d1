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

  private def bytes(files: (String, String)*): Option[Long] = TempFolder.use { folder =>
    files.foreach { case (name, text) => write(folder.resolve(name), text) }
    val found = AvailableMemory.below(folder).bytes
    if (found.isPresent) Some(found.getAsLong) else None
  }

  test("bytes that are left: of the machine with its swap, of the container with what it keeps") {
    assert(bytes() === None)
    assert(bytes(machine(1000)) === Some(1024000))
    assert(bytes("proc/meminfo" -> "MemAvailable: 10 kB\nSwapFree: 5 kB") === Some(15 * 1024))
    assert(bytes(container("1600", 1500, 30): _*) === Some(130))
    assert(bytes(container("max", 1500, 30): _*) === None)
    assert(bytes(machine(1) +: container("9000", 1500, 0): _*) === Some(1024))
    assert(
      bytes(
        s"$group/memory/memory.limit_in_bytes" -> "1600",
        s"$group/memory/memory.usage_in_bytes" -> "1700",
        s"$group/memory/memory.stat" -> "total_inactive_file 110\ntotal_active_file 20"
      ) === Some(30)
    )
  }

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
