package layertap.testing

import layertap.model.LoadedModel
import org.tensorflow.proto._

/** SavedModels made in code. */
object SavedModels {

  /** A port of a signature: its name, its tensor and type. */
  type Port = ((String, String), DataType)

  def port(name: String, tensor: String, dtype: DataType = DataType.DT_FLOAT): Port =
    (name, tensor) -> dtype

  def signature(inputs: Port*)(outputs: Port*): SignatureDef = {
    val definition = SignatureDef.newBuilder
    inputs.foreach { case ((name, tensor), dtype) =>
      definition.putInputs(name, toInfo(tensor, dtype))
    }
    outputs.foreach { case ((name, tensor), dtype) =>
      definition.putOutputs(name, toInfo(tensor, dtype))
    }
    definition.build
  }

  private def toInfo(tensor: String, dtype: DataType): TensorInfo =
    TensorInfo.newBuilder
      .setName(tensor)
      .setDtype(dtype)
      .setTensorShape(TensorShapeProto.newBuilder.setUnknownRank(true))
      .build

  def metaGraph(
      tags: String*
  )(graph: GraphDef, signatures: (String, SignatureDef)*): MetaGraphDef = {
    val built = MetaGraphDef.newBuilder.setGraphDef(graph)
    tags.foreach(tag => built.getMetaInfoDefBuilder.addTags(tag))
    signatures.foreach { case (name, definition) => built.putSignatureDef(name, definition) }
    built.build
  }

  def files(metaGraphs: MetaGraphDef*): MemoryFiles = {
    val model = SavedModel.newBuilder
    metaGraphs.foreach(model.addMetaGraphs(_))
    MemoryFiles.of("saved_model.pb" -> model.build.toByteArray)
  }

  /** A model of one graph with the default signature. */
  def of(graph: GraphDef, signature: SignatureDef): MemoryFiles =
    files(metaGraph("serve")(graph, "serving_default" -> signature))

  def load(files: MemoryFiles): LoadedModel = TestData.load(files, None)
}
