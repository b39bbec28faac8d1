package layertap.failure

import java.io.{
  ByteArrayInputStream,
  ByteArrayOutputStream,
  IOException,
  ObjectInputStream,
  ObjectOutputStream,
  UncheckedIOException
}
import layertap.failure.FailureKind.{ENVIRONMENT, INTERNAL, USER}
import org.scalatest.funsuite.AnyFunSuite

/** Whose failure it is, wherever it went. */
class FailureKindTest extends AnyFunSuite {
  private val failures = Seq(
    new GraphException("a") -> USER,
    new UserException("a") -> USER,
    new OutputException("a") -> USER,
    new BadRowException("a") -> USER,
    new OutputBusyException("a") -> ENVIRONMENT,
    new EnvironmentException("a") -> ENVIRONMENT
  )

  test("each failure of ours has its kind, storage is the environment's, the rest is internal") {
    failures.foreach { case (failure, kind) => assert(FailureKind.of(failure) === kind, failure) }
    assert(FailureKind.of(new UncheckedIOException(new IOException)) === ENVIRONMENT)
    Seq(new IllegalStateException, new OutOfMemoryError, new IOException)
      .foreach(failure => assert(FailureKind.of(failure) === INTERNAL, failure))
  }

  test("the kind survives as an object and as text") {
    failures.foreach { case (failure, kind) =>
      val bytes = new ByteArrayOutputStream
      val objects = new ObjectOutputStream(bytes)
      objects.writeObject(failure)
      objects.close()
      val read = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray)).readObject()
      assert(FailureKind.of(read.asInstanceOf[Throwable]) === kind)
      val cause = new IllegalStateException
      val found = FailureText.find(s"Lost task 1.0: $failure\n\tat a.B.c", cause).get
      assert((found.kind, found.getMessage, found.getCause) === (kind, "a", cause))
    }
    val text = "layertap.failure.UserException [layertap:USER]: a: b"
    assert(new UserException("a: b").toString === text)
  }

  test("a text without a failure of ours has none") {
    Seq("", "layertap.failure.UserException: a", "[layertap:OTHER]: a", "[layertap:USER] a")
      .foreach(text => assert(FailureText.find(text, null).isEmpty, text))
  }
}
