package layertap.model.preprocessing

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.Files
import java.util.zip.GZIPInputStream
import layertap.input.image.Preprocessing
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Architectures of keras.applications, as Keras 2 and Keras 3 build them. */
class KnownArchitectureTest extends AnyFunSuite {
  private val described = {
    val file = TestData.root.resolve("preprocessing/architectures.json.gz")
    Using.resource(new GZIPInputStream(Files.newInputStream(file)))(
      new ObjectMapper().readTree(_).asScala.toSeq
    )
  }

  described.foreach { architecture =>
    val name = architecture.get("name").asText
    val family = architecture.get("family").asText
    test(s"$name of ${architecture.get("keras").asText} wants $family") {
      val channels = architecture
        .get("layers")
        .properties
        .asScala
        .map { layer =>
          layer.getKey -> Long.box(if (layer.getValue.isNull) -1 else layer.getValue.asLong)
        }
        .toMap
      val found = KnownArchitecture.of(channels.asJava)
      assert(found.isPresent, channels.keys.toSeq.sorted.mkString(" "))
      assert(found.get.preprocessing === family)
      // Layers of other names are of another model.
      assert(
        KnownArchitecture.of(channels.map { case (k, v) => s"my_$k" -> v }.asJava).isEmpty ||
          Seq("convnext", "regnet").contains(family)
      )
    }
  }

  test("every family is one that a configuration knows") {
    val families = described.map(_.get("family").asText).distinct
    assert(families.forall(family => Preprocessing.find(family).isPresent))
    assert(families.size >= 15)
  }
}
