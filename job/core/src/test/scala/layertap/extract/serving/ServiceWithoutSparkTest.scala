package layertap.extract.serving

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.net.URI
import java.net.http.{HttpClient, HttpRequest, HttpResponse}
import java.nio.file.{Files, Path}
import java.util.concurrent.{CompletableFuture, TimeUnit}
import layertap.testing.{CoreClassPath, Npz, TempFolder}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** The service of docs/serving.md, in a JVM that has core and its own dependencies only. */
class ServiceWithoutSparkTest extends AnyFunSuite {

  private val Example = "(?s)```java file=FeatureServer\\.java\n(.*?)```".r.unanchored

  private def example: String = {
    val Example(code) = Files.readString(Path.of("docs/serving.md")): @unchecked
    code
  }

  private val client = HttpClient.newHttpClient

  private def post(port: Int, body: Array[Byte]): CompletableFuture[HttpResponse[String]] =
    client.sendAsync(
      HttpRequest
        .newBuilder(URI.create(s"http://localhost:$port/features"))
        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
        .build(),
      HttpResponse.BodyHandlers.ofString()
    )

  private def json(text: String): JsonNode = new ObjectMapper().readTree(text)

  private def awaitPort(output: Path, process: Process): Int = {
    val Port = "(?s).*listening on port (\\d+)\\s.*".r
    val end = System.nanoTime + TimeUnit.MINUTES.toNanos(2)
    while (System.nanoTime < end && process.isAlive) {
      Files.readString(output) match {
        case Port(port) => return port.toInt
        case _          => Thread.sleep(20)
      }
    }
    fail(Files.readString(output))
  }

  test("photos have the embedding of keras.applications, a text is refused with the reason") {
    TempFolder.use { folder =>
      assert(example.linesIterator.size <= 50)
      val source = Files.writeString(folder.resolve("FeatureServer.java"), example)
      val output = folder.resolve("output.txt")
      val classes = folder.resolve("classes.log")
      val command = Seq(
        Path.of(System.getProperty("java.home"), "bin", "java").toString,
        "-XX:TieredStopAtLevel=1",
        s"-Xlog:class+load:file=$classes",
        "-cp",
        CoreClassPath.entries.mkString(java.io.File.pathSeparator),
        source.toString,
        "conf/photos.conf",
        "0"
      )
      val process = new ProcessBuilder(command.asJava)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile)
        .start()
      try {
        val port = awaitPort(output, process)
        val expected = Npz.read(Path.of("test-data/jobs.answers.npz"))("photos/embedding")
        val size = expected.shape.last.toInt
        val names = json(Files.readString(Path.of("test-data/jobs.answers.json"))).get("photos")
        val answers = names.asScala.toSeq.map { name =>
          post(port, Files.readAllBytes(Path.of("test-data", name.asText)))
        }
        val refused = post(port, "no image".getBytes)
        answers.zipWithIndex.foreach { case (answer, i) =>
          assert(answer.get.statusCode === 200)
          val found = json(answer.get.body).get("embedding").asScala.toSeq.map(_.asDouble)
          val wanted = expected.values.slice(i * size, (i + 1) * size).toSeq
          assert(found.size === size)
          val worst = found.zip(wanted).map { case (a, b) => math.abs(a - b) }.max
          assert(worst <= 1e-4 * wanted.map(math.abs).max, names.get(i))
        }
        assert(refused.get.statusCode === 422)
        assert(
          json(refused.get.body)
            .get("error")
            .asText
            .startsWith(
              "content: the image cannot be decoded: it is not a JPEG, PNG, GIF, BMP, WebP or TIFF image; it" +
                " starts with 'no image'"
            )
        )
      } finally process.destroy()
      assert(process.waitFor(1, TimeUnit.MINUTES))
      val text = Files.readString(output)
      assert(
        text.contains("an extractor ignores input, output: rows are brought as they are after")
      )
      val loaded = Files.readString(classes).linesIterator.toSeq
      assert(loaded.exists(_.contains("layertap.extract.serving.ServingExtractor ")))
      assert(loaded.filter(_.matches(".*\\b(org\\.apache\\.(spark|hadoop)|scala)\\..*")) === Seq())
    }
  }
}
