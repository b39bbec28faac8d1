package layertap.report

import java.io.{ByteArrayOutputStream, PrintStream}
import java.nio.charset.StandardCharsets.UTF_8
import org.scalatest.funsuite.AnyFunSuite

class RedactionTest extends AnyFunSuite {
  private val redacted = "*********(redacted)"

  test("users and passwords in URIs, up to the last at") {
    assert(Redaction.of("s3a://key:secret@bucket/a") === s"s3a://$redacted@bucket/a")
    assert(Redaction.of("s3a://KEY:sec/ret@bucket") === s"s3a://$redacted@bucket")
    assert(Redaction.of("s3a://KEY:s/e@c/ret@bucket/x") === s"s3a://$redacted@bucket/x")
    assert(Redaction.of("s3a://KEY:123/45@bucket/x") === s"s3a://$redacted@bucket/x")
    assert(Redaction.of("https://u:12$3@host:80/x") === s"https://$redacted@host:80/x")
    assert(
      Redaction.of("cannot read s3a://k:s@a/x or 'hdfs://u@b/y@z'") ===
        s"cannot read s3a://$redacted@a/x or 'hdfs://$redacted@b/y@z'"
    )
    assert(
      Redaction.of("jdbc:mysql://u:p/w@host/db, jdbc:oracle:thin:scott/tiger@//host:1521/x") ===
        s"jdbc:mysql://$redacted@host/db, jdbc:oracle:thin:$redacted@//host:1521/x"
    )
  }

  test("passwords that are assigned") {
    assert(
      Redaction.of("jdbc:sqlserver://h;user=sa;password=x1;encrypt=true") ===
        s"jdbc:sqlserver://h;user=sa;password=$redacted;encrypt=true"
    )
    assert(
      Redaction.of(
        "connect failed (password = 'a b', x)"
      ) === s"connect failed (password = $redacted, x)"
    )
    assert(Redaction.of("{\"password\": \"a b\"}") === s"{\"password\": $redacted}")
    assert(Redaction.of("fs.s3a.secret.key=abc") === s"fs.s3a.secret.key=$redacted")
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
    Seq(
      "s3a://bucket/a@b",
      "data/a@b",
      "a?b=c",
      "block_1 & x = 2",
      "email = a@b.org",
      "hdfs://nn:8020/a@b",
      "http://[::1]:80/a@b",
      "--set input.password: input.password is no key",
      "https://h/x?v=1"
    ).foreach { text =>
      assert(Redaction.of(text) === text)
    }
  }

  test("lines of a stream, in whatever pieces they are printed") {
    val bytes = new ByteArrayOutputStream
    val stream = new PrintedLines(new PrintStream(bytes, true, UTF_8))
    stream.print("model s3a://key:")
    stream.println("secret@bucket/äö")
    assert(bytes.toString(UTF_8) === s"model s3a://$redacted@bucket/äö${System.lineSeparator}")
    stream.print("the rest")
    stream.close()
    assert(bytes.toString(UTF_8).endsWith("the rest"))
  }

  test("literals in SQL that look like secrets") {
    def sql(text: String) = SqlLiterals.redact(text)
    Seq(
      "aes_decrypt(content, 'abcdefghijklmnop')" -> s"aes_decrypt(content, '$redacted')",
      "token = 'abc'" -> s"token = '$redacted'",
      "a > 1 AND `api_key` IN ('x', \"y\")" -> s"a > 1 AND `api_key` IN ('$redacted', \"$redacted\")",
      "x = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'" -> s"x = '$redacted'",
      "x = 'AKIAIOSFODNN7EXAMPLE'" -> s"x = '$redacted'",
      "f('0123456789abcdef0123456789abcdef')" -> s"f('$redacted')",
      "header = 'Bearer abc.def'" -> s"header = '$redacted'",
      "concat('s3a://k:s/x@b/', path)" -> s"concat('s3a://$redacted@b/', path)"
    ).foreach { case (text, shown) => assert(sql(text) === shown) }
  }

  test("other literals stay: the manifest says what was read") {
    Seq(
      "element_at(split(path, '/'), -2)",
      "day = '2026-01-01' and label <> 'Golden Retriever 12'",
      "path like '/data/Images2024/train/%' or name = 'IMG20240101Abc.jpg'",
      "token_count > 3 and label = 'a''b'",
      "created < '2026-01-01T00:00:00Z'",
      "regexp_extract(path, '([a-z]+)_[0-9]+', 1)"
    ).foreach(text => assert(SqlLiterals.redact(text) === text))
  }
}
