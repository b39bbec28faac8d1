package layertap.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/** SavedModels without variables, of one input {@code x} and one output {@code y} of float32. */
final class GeneratedModel {
  private static final DataType FLOAT = DataType.DT_FLOAT;

  private final NodeDefs nodes = new NodeDefs("");
  private final long[] rowShape;
  private final TensorId input;

  private GeneratedModel(long... rowShape) {
    this.rowShape = rowShape.clone();
    long[] shape =
        LongStream.concat(LongStream.of(TensorShape.UNKNOWN), LongStream.of(rowShape)).toArray();
    this.input =
        nodes
            .node("Placeholder", "x")
            .attribute("dtype", FLOAT)
            .attribute("shape", TensorShape.of(LongStream.of(shape).boxed().toList()))
            .add();
  }

  /** What is fed is the output: {@code x (?, …) ─▶ Identity ─▶ y (?, …)}. */
  static Path identity(Path folder, long... rowShape) throws IOException {
    GeneratedModel model = new GeneratedModel(rowShape);
    TensorId same = model.nodes.node("Identity", "y", model.input).attribute("T", FLOAT).add();
    return model.write(folder, same, rowShape);
  }

  /** A number a row, repeated: {@code x (?, 1) ─▶ Tile ─▶ y (?, width)}. */
  static Path repeated(Path folder, int width) throws IOException {
    GeneratedModel model = new GeneratedModel(1);
    TensorId tiled =
        model
            .nodes
            .node("Tile", "y", model.input, model.nodes.vector("times", 1, width))
            .attribute("T", FLOAT)
            .attribute("Tmultiples", DataType.DT_INT32)
            .add();
    return model.write(folder, tiled, width);
  }

  /** The first number of each row alone: {@code x (?, width) ─▶ Slice ─▶ y (?, 1)}. */
  static Path first(Path folder, int width) throws IOException {
    GeneratedModel model = new GeneratedModel(width);
    TensorId begin = model.nodes.vector("begin", 0, 0);
    TensorId size = model.nodes.vector("size", -1, 1);
    TensorId sliced =
        model
            .nodes
            .node("Slice", "y", model.input, begin, size)
            .attribute("T", FLOAT)
            .attribute("Index", DataType.DT_INT32)
            .add();
    return model.write(folder, sliced, 1);
  }

  /** A dense layer: {@code x (?, width) ─▶ MatMul ─▶ Relu ─▶ y (?, units)}. */
  static Path dense(Path folder, int width, int units) throws IOException {
    GeneratedModel model = new GeneratedModel(width);
    float[] weights = Values.floats(width * units);
    TensorId matrix =
        model.nodes.reshape(
            "matrix",
            model.nodes.vector("weights", weights),
            FLOAT,
            model.nodes.vector("shape", width, units));
    TensorId product =
        model.nodes.node("MatMul", "product", model.input, matrix).attribute("T", FLOAT).add();
    TensorId output = model.nodes.node("Relu", "y", product).attribute("T", FLOAT).add();
    return model.write(folder, output, units);
  }

  private Path write(Path folder, TensorId output, long... outputShape) throws IOException {
    SignatureDef signature =
        SignatureDef.newBuilder()
            .setMethodName("tensorflow/serving/predict")
            .putInputs("x", info(input, rowShape))
            .putOutputs("y", info(output, outputShape))
            .build();
    MetaGraphDef graph =
        MetaGraphDef.newBuilder()
            .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
            .setGraphDef(nodes.toGraph())
            .putSignatureDef("serving_default", signature)
            .build();
    SavedModel model =
        SavedModel.newBuilder().setSavedModelSchemaVersion(1).addMetaGraphs(graph).build();
    Files.createDirectories(folder);
    Files.write(folder.resolve("saved_model.pb"), model.toByteArray());
    return folder;
  }

  private static TensorInfo info(TensorId tensor, long... shape) {
    TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
    sizes.addDimBuilder().setSize(TensorShape.UNKNOWN);
    LongStream.of(shape).forEach(size -> sizes.addDimBuilder().setSize(size));
    return TensorInfo.newBuilder()
        .setName(tensor.toString())
        .setDtype(FLOAT)
        .setTensorShape(sizes)
        .build();
  }

  /** Deletes what was written into a folder, and the folder. */
  static void delete(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> all = Files.walk(folder)) {
      paths = all.sorted((a, b) -> b.compareTo(a)).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }
}
