package layertap.testing

import java.nio.file.{Files, Path}
import layertap.graph.NodeDefs
import layertap.graph.TensorId
import org.tensorflow.proto.{
  DataType,
  MetaGraphDef,
  SavedModel,
  SignatureDef,
  TensorInfo,
  TensorShapeProto
}

/** A SavedModel whose feature `wide` is as many times the number that is fed as one wishes:
  *
  * {{{x (?, 1) ─▶ Tile ─▶ wide (?, width)}}}
  */
object WideModel {
  def write(folder: Path, width: Int): Path = {
    val nodes = new NodeDefs("")
    val input = nodes
      .node("Placeholder", "x")
      .attribute("dtype", DataType.DT_FLOAT)
      .attribute("shape", Plans.shape(-1, 1))
      .add()
    val tiled = nodes
      .node("Tile", "wide", input, nodes.vector("times", 1, width))
      .attribute("T", DataType.DT_FLOAT)
      .attribute("Tmultiples", DataType.DT_INT32)
      .add()
    val signature = SignatureDef
      .newBuilder()
      .setMethodName("tensorflow/serving/predict")
      .putInputs("x", info(input, 1))
      .putOutputs("wide", info(tiled, width.toLong))
    val graph = MetaGraphDef
      .newBuilder()
      .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
      .setGraphDef(nodes.toGraph)
      .putSignatureDef("serving_default", signature.build())
    val model = SavedModel.newBuilder().setSavedModelSchemaVersion(1).addMetaGraphs(graph).build()
    Files.createDirectories(folder)
    Files.write(folder.resolve("saved_model.pb"), model.toByteArray)
    folder
  }

  private def info(tensor: TensorId, size: Long): TensorInfo = {
    val shape = TensorShapeProto
      .newBuilder()
      .addDim(TensorShapeProto.Dim.newBuilder().setSize(-1))
      .addDim(TensorShapeProto.Dim.newBuilder().setSize(size))
    TensorInfo
      .newBuilder()
      .setName(tensor.toString)
      .setDtype(DataType.DT_FLOAT)
      .setTensorShape(shape)
      .build()
  }
}
