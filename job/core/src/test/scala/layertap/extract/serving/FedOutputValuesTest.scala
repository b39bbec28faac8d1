package layertap.extract.serving

import java.util.{Map => JavaMap}
import layertap.extract.Extractor
import layertap.testing.PlainRows.{doubles, nested}
import layertap.testing.{Npz, NumpyArray, StoredAnswers, TestData}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Feeds one of a layer's outputs: its other outputs, and the layers inside, have the values that
  * they have in Keras when the layer's call returns other values.
  */
class FedOutputValuesTest extends AnyFunSuite {
  for (name <- Seq("middle_keras2", "middle_keras3")) {
    val model = TestData.root.resolve("middle").resolve(name)
    val inputs = StoredAnswers.of(model).inputs
    val arrays = Npz.read(model.resolveSibling(s"$name.fed.npz"))
    val topology =
      if (name.endsWith("3")) s"model.topology = $model.topology.json" else ""

    def extracted(place: String, layers: Seq[String]): Seq[Array[Double]] = {
      val configuration =
        s"""layertap {
           |  model.path = $model
           |  $topology
           |  feeds = [
           |    { input = events, column = events, tensor {} }
           |    { input = memory, column = memory, tensor {} }
           |    { output-of = "$place", column = fed, tensor {} }
           |  ]
           |  features = [ ${layers.zipWithIndex
            .map { case (layer, i) =>
              s"""{ layer = "$layer", column = f$i }"""
            }
            .mkString(", ")} ]
           |}""".stripMargin
      def row(number: Int): JavaMap[String, AnyRef] = {
        val columns = inputs + ("fed" -> arrays(s"$place|fed"))
        columns.map { case (column, array) => column -> nested(array, number) }.asJava
      }
      val builder = Extractor.builder.configuration(configuration).warnings(_ => ())
      Using.resource(builder.open()) { extractor =>
        val rows = extractor.extract(Seq(row(0), row(1)).asJava).asScala
        layers.indices.map(i => rows.flatMap(row => doubles(row.feature(s"f$i"))).toArray)
      }
    }

    val places = arrays.keys.map(_.takeWhile(_ != '|')).toSeq.distinct.sorted
    places.foreach { place =>
      test(s"output-of = $place of $name") {
        val expected = arrays.toSeq
          .collect {
            case (key, values) if key.startsWith(s"$place|") && !key.endsWith("|fed") =>
              key.drop(place.length + 1) -> values
          }
          .sortBy(_._1)
        val found = extracted(place, expected.map(_._1))
        val wrong = expected.lazyZip(found).collect {
          case ((layer, values), numbers) if difference(values, numbers) > 1e-5 => layer
        }
        assert(expected.size === 14)
        assert(wrong.toSeq === Seq())
      }
    }
  }

  private def difference(expected: NumpyArray, found: Array[Double]): Double = {
    assert(found.length === expected.values.length)
    expected.values.lazyZip(found).map((a, b) => math.abs(a - b)).max
  }
}
