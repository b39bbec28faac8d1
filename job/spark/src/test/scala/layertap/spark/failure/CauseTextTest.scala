package layertap.spark.failure

import java.io.{EOFException, FileNotFoundException, IOException, UncheckedIOException}
import java.net.{SocketException, SocketTimeoutException, UnknownHostException}
import java.nio.channels.ClosedChannelException
import java.nio.file.{AccessDeniedException, NoSuchFileException}
import org.scalatest.funsuite.AnyFunSuite

class CauseTextTest extends AnyFunSuite {
  test("a message that says something stays as it is") {
    val lines = "Status 403\n  Request ID: 7"
    assert(CauseText.of(new IOException(lines)) === lines)
    assert(CauseText.of(new FileNotFoundException("/a (No such file)")) === "/a (No such file)")
    assert(CauseText.of(new IOException("closed")) === "closed")
  }

  test("a failure of storage is told with its cause, others are not") {
    val cause = new UnknownHostException("storage.example")
    assert(
      CauseText.withCause(new UncheckedIOException("cannot read a", cause)) ===
        "cannot read a: unknown host: storage.example"
    )
    assert(CauseText.withCause(new RuntimeException("no", cause)) === "no")
    assert(CauseText.withCause(new RuntimeException(" ")) === "java.lang.RuntimeException:  ")
  }

  test("of a name alone, and of nothing, the class says what is the matter") {
    Seq(
      new UnknownHostException("storage.example") -> "unknown host: storage.example",
      new NoSuchFileException("/a/b") -> "no such file: /a/b",
      new AccessDeniedException("/a/b") -> "access denied: /a/b",
      new SocketTimeoutException("timeout") -> "socket timeout: timeout",
      new ClosedChannelException -> "closed channel",
      new SocketException -> "socket",
      new EOFException -> "eof",
      new IOException -> "io"
    ).foreach { case (failure, text) => assert(CauseText.of(failure) === text) }
  }
}
