package layertap.fuzz

import java.io.UncheckedIOException
import java.util.{List => JavaList}
import layertap.failure.GraphException
import layertap.input.value.NamedFiles
import layertap.plan.ExtractionPlan
import layertap.plan.ExtractionPlan.BatchRule
import layertap.extract.FeatureExtractor
import layertap.input.feed.PlannedFeed
import layertap.model.feature.FeatureOptions
import layertap.model.feature.FeatureOps
import layertap.model.layers.keras.TopologyFile
import layertap.model.select.SelectorParser.At
import layertap.model.select.FeedTarget
import layertap.model.feed.FixedBatch
import layertap.model.select.Selector
import layertap.model.select.SelectorParser
import layertap.failure.UserException
import layertap.model.saved.ModelFiles
import layertap.model.cut.ModelCutter
import layertap.plan.precision.Precision
import layertap.tensor.HostTensor
import layertap.tensorflow.ShapeProbe
import layertap.testing.Extraction
import layertap.testing.MemoryFiles
import layertap.testing.Plans
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import layertap.tensorflow.TensorFlowSessions
import scala.jdk.CollectionConverters._
import scala.util.{Try, Using}

/** A stored model, an input, and what the model makes of it. */
final class FuzzCase(val name: String) {
  val files: MemoryFiles = MemoryFiles.copyOf(name)
  val inputs: Map[String, HostTensor] =
    if (TestData.oddModels.contains(name)) SyntheticInputs.of(TestData.load(name).signature)
    else StoredAnswers.of(TestData.model(name)).inputs.view.mapValues(Extraction.toTensor).toMap
  lazy val features: Map[String, Seq[Double]] =
    of(files, None).fold(refusal => sys.error(refusal), identity)

  /** The same by the names of the model's own topology, which numbers calls otherwise. */
  lazy val listed: Map[String, Seq[Double]] = {
    val topology = TopologyMutations.configuration(name).getBytes("UTF-8")
    of(files, Some(topology)).getOrElse(Map())
  }

  /** All that a mutant gives for the input, by column, or why it is refused. */
  def of(
      mutant: ModelFiles,
      topology: Option[Array[Byte]]
  ): Either[String, Map[String, Seq[Double]]] =
    FuzzCase.features(mutant, inputs, topology, !FuzzCase.withoutRows.contains(name))
}

object FuzzCase {

  /** The models that are damaged: all but the one that takes numbers of types that TensorFlow's own
    * loader, the judge, cannot be given from Java, the one most of whose outputs are refused, those
    * whose features say which axis has the rows, and the one that refuses made-up texts.
    */
  val models: Seq[String] =
    TestData.models ++ TestData.oddModels.diff(
      Seq(
        "hostile_module",
        "image_types",
        "compiled_keras3",
        "one_image_module",
        "stacked_module",
        "parsed_module"
      )
    )

  /** Models with layers that do not have a row for each row: of these, only the outputs are taken.
    */
  private val withoutRows = Set("ragged_module")

  /** Marks the columns of the signature's outputs. */
  val Output = "output_"

  private def features(
      files: ModelFiles,
      inputs: Map[String, HostTensor],
      topology: Option[Array[Byte]],
      withLayers: Boolean
  ): Either[String, Map[String, Seq[Double]]] =
    try {
      val source = TestData.load(files, topology.map(TopologyFile.parse("topology", _)))
      val cutter = new ModelCutter(source)
      val feeds = source.signature.inputs.keySet.asScala.toSeq.map { input =>
        val point = cutter.feed(new FeedTarget.Input(input))
        PlannedFeed.of(point, JavaList.of(input), Plans.anyTensor)
      }
      val outputs = source.signature.outputs.keySet.asScala.toSeq.flatMap { output =>
        cutter.tap(new Selector.SignatureOutput(output)).asScala
      }
      if (withLayers && !source.layers.layers.isEmpty)
        cutter.tap(SelectorParser.parse("**", At.OUTPUT))
      val cut = ShapeProbe.infer(cutter.build())
      val fixedBatch = FixedBatch.of(cut.feeds)
      val ops = new FeatureOps(fixedBatch.orElse(FixedBatch.NONE))
      val features = cut.taps.asScala.toSeq.flatMap { point =>
        val isOutput = outputs.contains(point.tap)
        val column = (if (isOutput) Output else "") + point.tap.columnName
        // A layer may well have no column; an output is what the model is for.
        val added = Try(ops.add(column, point, FeatureOptions.PLAIN, JavaList.of()))
        if (isOutput) Seq(added.get) else added.toOption
      }
      val plan = new ExtractionPlan(
        cut.`with`(ops.nodes),
        feeds.filter(feed => cut.feeds.contains(feed.point)).asJava,
        features.asJava,
        JavaList.of(),
        fixedBatch.orElse(2),
        if (fixedBatch.isPresent) BatchRule.MODEL else BatchRule.CONFIGURED,
        false /* what is not finite is a value too */,
        Precision.FLOAT32
      )
      extract(plan, files, inputs)
    } catch {
      case e: UserException        => Left(e.getMessage)
      case e: GraphException       => Left(e.getMessage)
      case e: UncheckedIOException => Left(e.getMessage)
    }

  private def extract(
      plan: ExtractionPlan,
      files: ModelFiles,
      inputs: Map[String, HostTensor]
  ): Either[String, Map[String, Seq[Double]]] =
    Using.resource(FeatureExtractor.open(plan, new TensorFlowSessions, files, NamedFiles.NONE)) {
      extractor =>
        val rows = (0 until inputs.values.head.shape()(0).toInt).map { row =>
          plan.feeds.asScala.toArray.map { feed =>
            nested(inputs.getOrElse(feed.columns.get(0), inputs.values.head).row(row))
          }
        }
        val extracted = extractor.extract(rows.asJava).rows.asScala.toSeq
        extracted.find(!_.isValid).map(row => Left(row.error)).getOrElse {
          val columns = plan.features.asScala.toSeq.zipWithIndex.map { case (feature, i) =>
            feature.column -> extracted
              .flatMap(row => Extraction.doubles(row.features.get(i)).toSeq)
          }
          Right(columns.toMap)
        }
    }

  /** As Spark gives it: nested lists. */
  private def nested(tensor: HostTensor): AnyRef = {
    val scalars = tensor.values match {
      case texts: Array[Array[Byte]] => texts.toSeq.map(new String(_, "UTF-8"))
      case values: Array[_]          => values.toSeq
    }
    tensor.shape.reverse
      .foldLeft(scalars.map(_.asInstanceOf[AnyRef])) { (values, size) =>
        values.grouped(size.toInt).map(_.asJava: AnyRef).toSeq
      }
      .head
  }
}
