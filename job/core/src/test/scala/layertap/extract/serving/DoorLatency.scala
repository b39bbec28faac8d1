package layertap.extract.serving

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.Path
import java.util.concurrent.{Callable, Executors}
import java.util.{Map => JavaMap}
import layertap.config.JobConfigLoader
import layertap.config.text.ConfigSource
import layertap.extract.check.LocalTrial
import layertap.extract.{Extractor, ExtractorBuilder}
import layertap.model.saved.LocalModelFiles
import layertap.plan.PlanBuilder
import layertap.tensor.HostTensor
import layertap.tensorflow.BareSession
import scala.collection.mutable
import scala.jdk.CollectionConverters._
import scala.util.Using

/** How long one row takes through an extractor and through TensorFlow's own session, in turns; for
  * `scripts/bench doors`.
  *
  * {{{
  * MODEL CALLS ROUNDS      prints nanoseconds and rows per second as JSON
  * }}}
  */
object DoorLatency {
  private val shape = Array(96L, 96L, 3L)
  private val size = shape.product.toInt
  private val warmUp = 30
  private val callers = 16

  def main(arguments: Array[String]): Unit = {
    val Array(model, callsText, roundsText) = arguments
    val (calls, rounds) = (callsText.toInt, roundsText.toInt)
    val configuration =
      """layertap {
        |  feeds = [{ input = keras_tensor, column = pixels, tensor {} }]
        |  features = [{ layer = out_relu, pool = avg, column = embedding }]
        |}""".stripMargin
    def builder: ExtractorBuilder =
      Extractor.builder.configuration(configuration).model(Path.of(model)).warnings(_ => ())
    val pixels = Array.tabulate(size)(i => ((i * 7919) % 255) / 127.5f - 1)
    val row: JavaMap[String, AnyRef] = JavaMap.of("pixels", pixels)
    val bare = bareSession(configuration, model)
    val one = HostTensor.of(1L +: shape, pixels)
    val two = HostTensor.of(2L +: shape, pixels ++ pixels)
    val found = mutable.LinkedHashMap[String, mutable.ArrayBuffer[Long]]()
    var rowsPerSecond = 0.0
    Using.resource(builder.open()) { alone =>
      Using.resource(builder.rowsAloneAsInJobs().open()) { doubled =>
        val ways = Seq[(String, Int => Array[Long])](
          "bare session, one row" -> (bare.nanos(one, _)),
          "Extractor, one row" -> (nanos(alone, row, _)),
          "bare session, the row twice" -> (bare.nanos(two, _)),
          "Extractor, rowsAloneAsInJobs" -> (nanos(doubled, row, _))
        )
        ways.foreach { case (_, way) => way(warmUp) }
        for (_ <- 1 to rounds; (name, way) <- ways)
          found.getOrElseUpdate(name, mutable.ArrayBuffer()) ++= way(calls)
        rowsPerSecond = throughput(alone, row, calls)
      }
    }
    val json = new java.util.LinkedHashMap[String, Any]
    found.foreach { case (name, times) =>
      val sorted = times.sorted
      json.put(
        name,
        JavaMap.of("p50", sorted(sorted.size / 2), "p99", sorted(sorted.size * 99 / 100))
      )
    }
    json.put("rows/s of sixteen callers", rowsPerSecond)
    println(new ObjectMapper().writeValueAsString(json))
  }

  private def bareSession(configuration: String, model: String): BareSession = {
    val settings = java.util.List.of(s"model.path=$model")
    val config =
      JobConfigLoader.loadForRows(configuration, "bench", settings, ConfigSource.LOCAL).config
    val files = new LocalModelFiles(Path.of(model))
    val builder = new PlanBuilder(config, files, _ => Array())
    val plan = Using.resource(new LocalTrial(files, 1))(builder.build(_)).plan
    new BareSession(plan.model, files, plan.features.asScala.map(_.fetch).toSeq)
  }

  private def nanos(extractor: Extractor, row: JavaMap[String, AnyRef], count: Int): Array[Long] =
    Array.fill(count) {
      val start = System.nanoTime
      extractor.extract(row)
      System.nanoTime - start
    }

  private def throughput(extractor: Extractor, row: JavaMap[String, AnyRef], rows: Int): Double = {
    val pool = Executors.newFixedThreadPool(callers)
    val call: Callable[Any] = () => extractor.extract(row)
    val start = System.nanoTime
    try pool.invokeAll(Seq.fill(rows)(call).asJava).forEach(answer => answer.get: Unit)
    finally pool.shutdown()
    rows * 1e9 / (System.nanoTime - start)
  }
}
