package layertap.extract

import java.util.{List => JavaList, Map => JavaMap}
import layertap.testing.SameValues.assertSameRows
import layertap.testing.{SeededRandom, StoredAnswers, TestData}
import org.scalatest.funsuite.AnyFunSuite
import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.duration.Duration
import scala.concurrent.{Await, Future}
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Batches of other sizes that run at the same time, as the last one of a partition does beside
  * whole ones, must not touch each other. Kernels of oneDNN did: see
  * [[layertap.graph.rewrite.VaryingBatchNorm]].
  */
class SizesAtOnceTest extends AnyFunSuite {
  Seq(
    "outputs_keras2" -> Seq("norm", "head"),
    "outputs_keras3" -> Seq("norm", "head"),
    "cnn_functional_keras2" -> Seq("bn1", "predictions"),
    "lstm_keras2" -> Seq("lstm:0", "lstm:1"),
    "tokens_keras3" -> Seq("conv", "lstm")
  ).foreach { case (model, layers) =>
    test(s"$model: ${layers.mkString(", ")}") {
      val (input, array) = StoredAnswers.of(TestData.model(model)).inputs.head
      val rows = (0 until 9).map { i =>
        JavaMap.of[String, Any](input, array.like(i).map(_.toFloat).map(Float.box).asJava)
      }
      val builder = Extractor.builder
        .configuration(
          s"""layertap {
             |  model.path = "test-data/models/$model"
             |  feeds = [{ input = "$input", column = "$input", tensor {} }]
             |  features = [${layers.map(layer => s""""$layer"""").mkString(", ")}]
             |}""".stripMargin
        )
        .warnings(_ => ())
      Using.resource(builder.open()) { extractor =>
        def values(found: JavaList[ExtractedRow]): Seq[Seq[Any]] =
          found.asScala.toSeq.map(_.features.values.asScala.toSeq.map(_.floats.toSeq))
        val alone = rows.map(row => values(JavaList.of(extractor.extract(row))).head)
        val threads = (0 until 2).map { seed =>
          Future {
            val draw = SeededRandom.of(seed)
            (0 until 200).foreach { _ =>
              val chosen = draw.shuffle(rows.indices.toList).take(1 + draw.nextInt(rows.size))
              val found = values(extractor.extract(chosen.map(rows).asJava))
              assertSameRows(found, chosen.map(alone))
            }
          }
        }
        threads.foreach(Await.result(_, Duration.Inf))
      }
    }
  }
}
