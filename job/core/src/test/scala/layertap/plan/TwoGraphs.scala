package layertap.plan

import layertap.testing.MemoryFiles
import org.tensorflow.proto.SavedModel

/** The digits' model with a second graph, as exports for several kinds of machines have one. */
object TwoGraphs {

  /** Each graph has the tag `serve`, the second `gpu`, too, and each a second signature. */
  lazy val files: MemoryFiles = {
    val stored = MemoryFiles.copyOf("digits_keras3")
    val model = SavedModel.parseFrom(stored("saved_model.pb")).toBuilder
    val first = model.getMetaGraphsBuilder(0)
    first.putSignatureDef("other", first.getSignatureDefOrThrow("serving_default"))
    val second = first.build.toBuilder
    second.getMetaInfoDefBuilder.addTags("gpu")
    stored.updated("saved_model.pb", model.addMetaGraphs(second).build.toByteArray)
  }
}
