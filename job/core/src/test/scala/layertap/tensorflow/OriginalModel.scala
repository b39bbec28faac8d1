package layertap.tensorflow

import layertap.tensor.HostTensor
import java.nio.file.Path
import layertap.testing.Extraction
import org.tensorflow.SavedModelBundle
import org.tensorflow.proto.{ConfigProto, RewriterConfig}
import scala.jdk.CollectionConverters._
import scala.util.{Try, Using}

/** A SavedModel as TensorFlow itself loads and runs it. */
object OriginalModel {

  /** TensorFlow rewrites graphs before it runs them; then values differ in their last digits, and
    * fused ops make numbers of NaN.
    */
  val optimized: ConfigProto = ConfigProto.getDefaultInstance

  /** Functions inlined, and the ops run as they stand. */
  val asItStands: ConfigProto = {
    val config = ConfigProto.newBuilder
    config.getGraphOptionsBuilder.getRewriteOptionsBuilder
      .setRemapping(RewriterConfig.Toggle.OFF)
      .setConstantFolding(RewriterConfig.Toggle.OFF)
      .setArithmeticOptimization(RewriterConfig.Toggle.OFF)
    config.build
  }

  /** The outputs of the signature by name, for inputs by name; one input may have any name. An
    * output of a type that is not read is left out.
    */
  def outputs(
      folder: Path,
      inputs: Map[String, HostTensor],
      config: ConfigProto
  ): Map[String, Seq[Double]] = {
    val loader = SavedModelBundle.loader(folder.toString).withTags("serve").withConfigProto(config)
    Using.resource(loader.load()) { bundle =>
      val signature = bundle.metaGraphDef.getSignatureDefOrThrow("serving_default")
      val fed = signature.getInputsMap.asScala.toSeq.map { case (key, info) =>
        info.getName -> NativeTensors.toNative(inputs.getOrElse(key, inputs.values.head))
      }
      val outputs = signature.getOutputsMap.asScala.toSeq
      val runner = bundle.session.runner
      fed.foreach { case (tensor, value) => runner.feed(tensor, value) }
      outputs.foreach { case (_, info) => runner.fetch(info.getName) }
      try
        Using.resource(runner.run()) { result =>
          outputs.zipWithIndex.flatMap { case ((key, _), i) =>
            Try(key -> Extraction.doubles(NativeTensors.toHost(result.get(i))).toSeq).toOption
          }.toMap
        }
      finally fed.foreach(_._2.close())
    }
  }
}
