package layertap.tensorflow

import java.nio.file.Path
import layertap.testing.Extraction
import org.tensorflow.SavedModelBundle
import scala.jdk.CollectionConverters._
import scala.util.Using

/** A SavedModel as TensorFlow itself loads and runs it. */
object OriginalModel {

  /** The outputs of the signature by name, for inputs by name; one input may have any name. */
  def outputs(folder: Path, inputs: Map[String, HostTensor]): Map[String, Seq[Double]] =
    Using.resource(SavedModelBundle.loader(folder.toString).withTags("serve").load()) { bundle =>
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
          outputs.zipWithIndex.map { case ((key, _), i) =>
            key -> Extraction.doubles(NativeTensors.toHost(result.get(i))).toSeq
          }.toMap
        }
      finally fed.foreach(_._2.close())
    }
}
