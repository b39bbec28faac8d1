package layertap.testing

import com.fasterxml.jackson.databind.JsonNode
import java.nio.file.{Files, Path}
import layertap.config.JobConfigLoader
import layertap.extract.FeatureExtractor
import layertap.extract.check.LocalTrial
import layertap.input.value.NamedFiles
import layertap.model.saved.LocalModelFiles
import layertap.plan.PlanBuilder
import layertap.tensorflow.{TensorFlowRuntime, TensorFlowSessions}
import layertap.extract.RowFeatures
import scala.jdk.CollectionConverters._

/** Configurations as text, planned with their self-check and run on rows, without Spark. */
object GradientJob {

  /** What stands inside `layertap { … }`, planned; input and output need not be named. */
  def planned(lines: String, isTried: Boolean = true): PlanBuilder.Planned = {
    val text = s"layertap {\ninput.path = i\noutput.path = o\n$lines\n}"
    val config = JobConfigLoader.load(text, "job.conf", java.util.List.of())
    val files = LocalModelFiles.at(config.model.path)
    val builder = new PlanBuilder(config, files, path => Files.readAllBytes(Path.of(path)))
    val trial = new LocalTrial(files, 1)
    if (isTried) builder.buildTried(trial) else builder.build(trial)
  }

  /** The features of rows, whose values are in the order of the plan's feeds. */
  def run(planned: PlanBuilder.Planned, model: String, rows: Seq[Seq[Any]]): Seq[RowFeatures] = {
    TensorFlowRuntime.start(1)
    val files = LocalModelFiles.at(model)
    val extractor =
      FeatureExtractor.open(planned.plan, new TensorFlowSessions, files, NamedFiles.NONE)
    try {
      val values = rows.map(_.map(_.asInstanceOf[Object]).toArray)
      extractor.extract(values.asJava).rows.asScala.toSeq
    } finally extractor.close()
  }

  /** A flat row of a stored array. */
  def row(array: NumpyArray, position: Int): java.util.List[Object] = {
    val size = array.values.length / array.shape.head.toInt
    array.floats
      .slice(position * size, (position + 1) * size)
      .map(value => value: java.lang.Float)
      .toSeq
      .asJava
      .asInstanceOf[java.util.List[Object]]
  }

  /** How far rows are from a stored answer, in its largest value. */
  def difference(
      answer: JsonNode,
      arrays: Map[String, NumpyArray],
      rows: Seq[Array[Double]]
  ): Double = {
    val stride = answer.get("stride").asInt
    val all = rows.flatten.toArray
    require(all.length.toLong == answer.get("shape").asScala.map(_.asLong).product)
    val expected = arrays(answer.get("array").asText).values
    val differences = expected.indices.map(i => math.abs(expected(i) - all(i * stride)))
    differences.max / answer.get("max_abs").asDouble
  }
}
