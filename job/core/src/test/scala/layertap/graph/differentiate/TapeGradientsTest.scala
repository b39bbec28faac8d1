package layertap.graph.differentiate

import java.nio.file.{Files, Path}
import layertap.testing.TapeGradients
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Derivatives by every layer of small nets, against those of tf.GradientTape in Keras 2 and 3. */
class TapeGradientsTest extends AnyFunSuite {
  private val models: Seq[Path] = Seq("gradients", "models").flatMap { folder =>
    val stream = Files.list(Path.of("test-data", folder))
    try stream.iterator.asScala.filter(TapeGradients.isStored).toSeq.sorted
    finally stream.close()
  }

  test("there are models of both versions of Keras") {
    assert(models.map(_.getFileName.toString.takeRight(1)).toSet === Set("2", "3"))
  }

  models.foreach { model =>
    test(s"${model.getFileName}: every derivative is that of tf.GradientTape") {
      val outcome = TapeGradients.compare(model)
      assert(outcome.compared.filterNot(_.isEqual) === Seq())
      assert(outcome.refused === Seq())
      assert(outcome.compared.size >= 4)
      assert(outcome.warnings === Seq())
      info(s"${outcome.compared.size} derivatives, worst ${outcome.worst.get}")
    }
  }
}
