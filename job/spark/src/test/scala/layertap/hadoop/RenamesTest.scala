package layertap.hadoop

import java.io.IOException
import java.nio.file.Files
import java.util.concurrent.{CompletableFuture, CountDownLatch, TimeUnit}
import layertap.testing.{FarFileSystem, TempFolder}
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.Path
import org.scalatest.funsuite.AnyFunSuite

/** How many files are moved at once. */
class RenamesTest extends AnyFunSuite {

  test("who is interrupted while files are moved fails once no move is under way any more") {
    TempFolder.use { folder =>
      val (begun, goOn) = (new CountDownLatch(1), new CountDownLatch(1))
      val files = new FarFileSystem {
        override def rename(from: Path, to: Path): Boolean = {
          begun.countDown()
          var isWaiting = true
          while (isWaiting)
            try isWaiting = !goOn.await(1, TimeUnit.MINUTES)
            catch { case _: InterruptedException => () } // A copy in a store is not broken off.
          super.rename(from, to)
        }
      }
      files.initialize(java.net.URI.create("far:///"), new Configuration)
      Files.createDirectories(folder.resolve("staged"))
      Files.writeString(folder.resolve("staged/part-0"), "rows")
      val failed = new CompletableFuture[Boolean]
      val caller = new Thread(() =>
        try {
          val root = FarFileSystem.location(folder)
          Renames
            .of(files)
            .moveFiles(new Path(root, "staged"), new Path(root, "out"), java.util.List.of("part-0"))
          failed.complete(false)
        } catch {
          case _: IOException => failed.complete(Thread.currentThread.isInterrupted)
          case e: Throwable   => failed.completeExceptionally(e)
        }
      )
      caller.start()
      assert(begun.await(1, TimeUnit.MINUTES))
      caller.interrupt()
      caller.join(300)
      assert(caller.isAlive && !failed.isDone, "a move is under way")
      goOn.countDown()
      assert(failed.get(1, TimeUnit.MINUTES), "the thread stays interrupted")
      assert(Files.exists(folder.resolve("out/part-0")))
    }
  }
}
