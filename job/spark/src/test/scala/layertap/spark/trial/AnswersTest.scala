package layertap.spark.trial

import java.io.{
  ByteArrayInputStream,
  ByteArrayOutputStream,
  DataInputStream,
  DataOutputStream,
  EOFException,
  IOException,
  UncheckedIOException
}
import layertap.failure.{FailureKind, LayertapException, UserException}
import org.scalatest.funsuite.AnyFunSuite

class AnswersTest extends AnyFunSuite {

  private def written(answers: Any*): DataInputStream = {
    val bytes = new ByteArrayOutputStream
    val stream = new DataOutputStream(bytes)
    answers.foreach(Answers.write(_, stream))
    new DataInputStream(new ByteArrayInputStream(bytes.toByteArray))
  }

  /** What clients of storage do: they keep in a failure what cannot be sent. */
  private def unsendable[A <: Throwable](failure: A): A = {
    failure.addSuppressed(new RuntimeException { val connection = new Object })
    failure
  }

  test("answers are read in the order in which they were written, then the stream ends") {
    val stream = written("one", Seq(2L))
    assert(Answers.read(stream) === "one")
    assert(Answers.read(stream) === Seq(2L))
    intercept[EOFException](Answers.read(stream))
  }

  test("a failure that cannot be sent arrives in words, with its kind") {
    val user = unsendable(new UserException("cannot cut: a; b"))
    Answers.read(written(user)) match {
      case failure: LayertapException =>
        assert(failure.kind === FailureKind.USER)
        assert(failure.getMessage === "cannot cut: a; b")
    }
    val storage = unsendable(new UncheckedIOException("cannot read", new IOException("refused")))
    Answers.read(written(storage)) match {
      case failure: UncheckedIOException =>
        assert(failure.getMessage === "cannot read")
        assert(failure.getCause.getMessage === "refused")
    }
    Answers.read(written(unsendable(new ArithmeticException("by zero")))) match {
      case failure: IllegalStateException =>
        assert(failure.getMessage === "java.lang.ArithmeticException: by zero")
    }
  }

  test("what is no answer is told from one") {
    val printed = new DataInputStream(new ByteArrayInputStream("an op prints".getBytes))
    val message = intercept[IOException](Answers.read(printed)).getMessage
    assert(message === "the process that tries the model printed something else")
  }
}
