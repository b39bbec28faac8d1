package layertap.report

import java.io.{ByteArrayOutputStream, PrintStream}
import java.nio.charset.StandardCharsets.UTF_8
import org.scalatest.funsuite.AnyFunSuite

class RedactionTest extends AnyFunSuite {
  private val redacted = "*********(redacted)"

  test("users and passwords in URIs") {
    assert(Redaction.of("s3a://key:secret@bucket/a@b") === s"s3a://$redacted@bucket/a@b")
    assert(
      Redaction.of("cannot read s3a://k:s@a/x or 'hdfs://u@b/y'") ===
        s"cannot read s3a://$redacted@a/x or 'hdfs://$redacted@b/y'"
    )
  }

  test("tokens in queries") {
    assert(
      Redaction.of("https://host/x?v=1&sig=a%2Bb&X-Amz-Signature=c0de&part=2") ===
        s"https://host/x?v=1&sig=$redacted&X-Amz-Signature=$redacted&part=2"
    )
    assert(
      Redaction.of("(https://h/x?access_token=t), y") === s"(https://h/x?access_token=$redacted), y"
    )
  }

  test("what is no secret stays") {
    Seq("s3a://bucket/a@b", "data/a@b", "a?b=c", "block_1 & x = 2", "email = a@b.org").foreach {
      text =>
        assert(Redaction.of(text) === text)
    }
  }

  test("lines of a stream, in whatever pieces they are printed") {
    val bytes = new ByteArrayOutputStream
    val stream = Redaction.stream(new PrintStream(bytes, true, UTF_8))
    stream.print("model s3a://key:")
    stream.println("secret@bucket/äö")
    assert(bytes.toString(UTF_8) === s"model s3a://$redacted@bucket/äö${System.lineSeparator}")
    stream.print("the rest")
    stream.close()
    assert(bytes.toString(UTF_8).endsWith("the rest"))
  }
}
