package layertap.extract.serving

import java.util.{Map => JavaMap}
import layertap.extract.Extractor
import layertap.testing.PlainRows.{doubles, nested}
import layertap.testing.{Answer, StoredAnswers, TestData}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Starts in the middle from what Keras' own layers give there: the rest has Keras' values,
  * whatever the model's input is.
  */
class MiddleStartTest extends AnyFunSuite {
  private val stored = StoredAnswers.of(TestData.model("carried_keras2"))

  private def answer(name: String): Answer = stored.answers.find(_.name == name).get

  private def extracted(selector: String, feed: String): Array[Double] = {
    val configuration =
      s"""layertap {
         |  model.path = ${TestData.model("carried_keras2")}
         |  feeds = [
         |    { input = events, column = events, tensor {} }
         |    { input = given, column = given, tensor {} }
         |    { $feed, column = first, tensor {} }
         |  ]
         |  features = [ { layer = "$selector", column = found } ]
         |}""".stripMargin
    val rows = (0 until 2).map { row =>
      JavaMap.of[String, AnyRef](
        "events",
        nested(stored.inputs("events"), row),
        "given",
        Array(9f, -9f),
        "first",
        answer("first").sample.slice(row * 3, row * 3 + 3)
      )
    }
    val builder = Extractor.builder.configuration(configuration).warnings(_ => ())
    Using.resource(builder.open()) { extractor =>
      extractor.extract(rows.asJava).asScala.flatMap(row => doubles(row.feature("found"))).toArray
    }
  }

  for {
    feed <- Seq("into = \"rnn:1\"", "output-of = first")
    name <- Seq("rnn", "rnn:hidden", "rnn:sequence")
  }
    test(s"$name of a recurrent layer whose first state is fed with $feed") {
      val expected = answer(name)
      assert(expected.difference(extracted(name, feed)) <= expected.bound)
    }
}
