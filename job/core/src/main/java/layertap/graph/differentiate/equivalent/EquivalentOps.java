package layertap.graph.differentiate.equivalent;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.differentiate.path.GradientOps;
import layertap.graph.differentiate.path.Rewriting;
import layertap.graph.differentiate.value.ShapeInference;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Puts ops that have a gradient in the place of some that give the same, or the same but for a
 * constant, and have none, or a wrong one.
 */
public final class EquivalentOps {
  private static final String SCOPE = "/layertap_equivalent/";

  /**
   * Its gradient in C++ sums along axis 1, which is the last one of matrices alone (nn_grad.cc).
   */
  private static final String WRONG = "LogSoftmax";

  /** Where its axis counts from the end. */
  private static final String GATHER = "GatherV2";

  /** Where it works on groups of channels, has dilations, or its padding is given in numbers. */
  private static final String CONVOLUTION = "Conv2D";

  private static final String QUANTIZED = "QuantizeAndDequantizeV4";

  private static final String OPEN_SIZES =
      "a convolution over three axes needs sizes that are known before a row is read, and its"
          + " channels in one group";

  private static final String OPEN_BLOCKS =
      "a convolution with dilations needs strides of one and a kernel whose size is known";

  private static final String OPEN_RANK = "its batch_dims counts from an end that is not known";

  private static final String OPEN_RANGES = "each of its channels has a range of its own";

  private static final String OTHER_DIAGONAL =
      "it is not the main diagonal of matrices that are known to be square";

  private final GraphIndex graph;
  private final Function<TensorId, TensorShape> shapes;

  private EquivalentOps(GraphIndex graph, Function<TensorId, TensorShape> shapes) {
    this.graph = graph;
    this.shapes = shapes;
  }

  /**
   * Replaces what it can on the paths, one after the other: one may take what another gives.
   *
   * @return the new tensors, with those that they stand for
   */
  public static Map<TensorId, TensorId> replace(Rewriting rewriting, ShapeInference shapes) {
    List<String> names =
        IntStream.of(rewriting.paths().nodes())
            .filter(position -> isReplaced(rewriting.graph(), position))
            .mapToObj(position -> rewriting.graph().node(position).getName())
            .toList();
    Map<TensorId, TensorId> originals = new HashMap<>();
    if (names.isEmpty()) {
      return originals;
    }
    // What is put in has the shape of what was there, so those of the graph as it is now are
    // enough.
    Function<TensorId, TensorShape> known = shapes.shapesIn(rewriting.graph().graph());
    Function<TensorId, TensorShape> shapesOf =
        tensor -> known.apply(originals.getOrDefault(tensor, tensor));
    for (String name : names) {
      Substitution changes = new Substitution();
      if (new EquivalentOps(rewriting.graph(), shapesOf).replace(name, changes)) {
        changes.replaced().forEach((original, replacement) -> originals.put(replacement, original));
        rewriting.apply(changes);
      } else {
        NodeDef node = rewriting.graph().node(rewriting.graph().require(name));
        reasonOf(node).ifPresent(reason -> rewriting.refuse(name, reason));
      }
    }
    return originals;
  }

  private static boolean isReplaced(GraphIndex graph, int position) {
    String op = graph.node(position).getOp();
    return switch (op) {
      case WRONG, CONVOLUTION, QUANTIZED -> true;
      case GATHER -> AxesFromStart.isOpen(graph, position);
      default -> GradientOps.kindOf(op) == GradientOps.Kind.NONE;
    };
  }

  /** Why one was not replaced that has to be. */
  private static Optional<String> reasonOf(NodeDef node) {
    return switch (node.getOp()) {
      case "Conv3D", "Conv3DBackpropInputV2" -> Optional.of(OPEN_SIZES);
      case CONVOLUTION ->
          Optional.of(OPEN_BLOCKS).filter(reason -> PlainConvolution.isDilated(node));
      case GATHER -> Optional.of(OPEN_RANK);
      case QUANTIZED -> Optional.of(OPEN_RANGES);
      default ->
          Optional.of(OTHER_DIAGONAL).filter(reason -> node.getOp().matches("Matrix.*Diag.*"));
    };
  }

  private boolean replace(String name, Substitution changes) {
    int position = graph.require(name);
    NodeDefs nodes = new NodeDefs(name + SCOPE);
    Optional<TensorId> replacement =
        switch (graph.node(position).getOp()) {
          case "Erfc" -> Optional.of(new Formulas(graph, position, nodes).erfc());
          case WRONG -> Optional.of(new Formulas(graph, position, nodes).logSoftmax());
          case "Xlogy", "Xlog1py", "Xdivy" ->
              Optional.of(new Formulas(graph, position, nodes).zeroWhereFirstIs());
          case "MulNoNan" -> Optional.of(new Formulas(graph, position, nodes).product());
          case "Cross" -> Optional.of(new Formulas(graph, position, nodes).cross());
          case "FloorMod" -> Optional.of(new Formulas(graph, position, nodes).floorMod());
          case "EuclideanNorm" -> Optional.of(new Formulas(graph, position, nodes).euclideanNorm());
          case "EnsureShape", "Snapshot" -> Optional.of(same(position, nodes));
          case "FusedBatchNorm", "FusedBatchNormV2" -> Optional.of(normalized(position, nodes));
          case "AccumulateNV2" -> Optional.of(summed(position, nodes));
          case "MaxPoolWithArgmax" -> Optional.of(pooled(position, nodes));
          case "FakeQuantWithMinMaxArgs",
              "FakeQuantWithMinMaxVars",
              "FakeQuantWithMinMaxVarsPerChannel" ->
              Optional.of(Quantization.between(graph, position, nodes));
          case "MatrixDiagV2", "MatrixDiagV3" -> diagonals(position, nodes).written();
          case "MatrixDiagPart", "MatrixDiagPartV2", "MatrixDiagPartV3" ->
              diagonals(position, nodes).taken();
          case "MatrixSetDiag", "MatrixSetDiagV2", "MatrixSetDiagV3" ->
              diagonals(position, nodes).replaced();
          case "TensorScatterAdd" ->
              Optional.of(new ScatteredUpdates(graph, position, nodes).added());
          case "TensorScatterSub" ->
              Optional.of(new ScatteredUpdates(graph, position, nodes).takenOff());
          case "TensorScatterUpdate" ->
              Optional.of(new ScatteredUpdates(graph, position, nodes).replaced());
          case "ExtractImagePatches" -> patches(position, nodes);
          case "TopKV2" -> LargestValues.replace(graph, position, nodes);
          case "SparseMatMul" -> SparseProducts.whole(graph, position, nodes);
          case "SparseTensorDenseMatMul" -> SparseProducts.listed(graph, position, nodes);
          case "Conv3D" -> convolved(position, nodes);
          case "Conv3DBackpropInputV2" -> transposed(position, nodes);
          case "Concat" -> Optional.of(concatenated(position, nodes));
          case GATHER -> AxesFromStart.replace(graph, position, shapes, nodes);
          case QUANTIZED -> Quantization.clipped(graph, position, nodes);
          case CONVOLUTION -> convolvedOverTwoAxes(position, nodes);
          default -> Optional.empty();
        };
    replacement.ifPresent(
        tensor -> {
          changes.add(nodes.nodes());
          changes.replace(new TensorId(name, 0), tensor);
        });
    return replacement.isPresent();
  }

  /** The value as it is: a shape that it must have, the graph's own op checks. */
  private TensorId same(int position, NodeDefs nodes) {
    TensorId x = graph.inputTensor(position, 0);
    return nodes.node("Identity", "same", x).attribute("T", graph.type(x)).add();
  }

  private TensorId normalized(int position, NodeDefs nodes) {
    NodeDef node = graph.node(position);
    List<TensorId> inputs = graph.inputTensors(position);
    NodeDefs.Node newer =
        nodes
            .node("FusedBatchNormV3", "newer", inputs.toArray(TensorId[]::new))
            .attribute("T", graph.type(inputs.get(0)))
            .attribute("U", graph.type(inputs.get(1)));
    // What is not set is at its default, which is the same in all versions of the op.
    List.of("epsilon", "is_training", "data_format").stream()
        .filter(node.getAttrMap()::containsKey)
        .forEach(name -> newer.attribute(name, node.getAttrOrThrow(name)));
    return newer.add();
  }

  private TensorId summed(int position, NodeDefs nodes) {
    List<TensorId> inputs = graph.inputTensors(position);
    return nodes.sum("sum", inputs, graph.type(inputs.get(0)));
  }

  /** In the order of {@code ConcatV2}, which takes the axis last. */
  private TensorId concatenated(int position, NodeDefs nodes) {
    List<TensorId> inputs = new ArrayList<>(graph.inputTensors(position));
    inputs.add(inputs.remove(0));
    return nodes
        .node("ConcatV2", "concatenated", inputs.toArray(TensorId[]::new))
        .attribute("N", inputs.size() - 1L)
        .attribute("T", graph.type(inputs.get(0)))
        .attribute("Tidx", DataType.DT_INT32)
        .add();
  }

  private TensorId pooled(int position, NodeDefs nodes) {
    TensorId x = graph.inputTensor(position, 0);
    NodeDefs.Node pooled = nodes.node("MaxPool", "pooled", x).attribute("T", graph.type(x));
    List.of("ksize", "strides", "padding")
        .forEach(name -> pooled.attribute(name, graph.node(position).getAttrOrThrow(name)));
    return pooled.add();
  }

  private Diagonals diagonals(int position, NodeDefs nodes) {
    return new Diagonals(graph, position, shapes, nodes);
  }

  private Optional<TensorId> patches(int position, NodeDefs nodes) {
    TensorId images = graph.inputTensor(position, 0);
    return Patches.replace(
        graph.node(position), images, graph.type(images), shapes.apply(images), nodes);
  }

  private Optional<TensorId> convolvedOverTwoAxes(int position, NodeDefs nodes) {
    TensorId x = graph.inputTensor(position, 0);
    return PlainConvolution.replace(
        graph.node(position), x, graph.inputTensor(position, 1), graph.type(x), shapes, nodes);
  }

  private Optional<TensorId> convolved(int position, NodeDefs nodes) {
    TensorId x = graph.inputTensor(position, 0);
    return Convolution3d.replace(
        graph.node(position), x, graph.inputTensor(position, 1), graph.type(x), shapes, nodes);
  }

  private Optional<TensorId> transposed(int position, NodeDefs nodes) {
    TensorId x = graph.inputTensor(position, 2);
    return TransposedConvolution3d.replace(
        graph.node(position), graph.inputTensor(position, 1), x, graph.type(x), shapes, nodes);
  }
}
