package layertap.suggest.layer;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;

/** Finds what enters the last product with weights of a model that gives a few scores for a row. */
final class ClassifierInput {
  private static final Set<String> PRODUCTS = Set.of("MatMul", "BatchMatMulV2", "Einsum", "Conv2D");

  /** Ops on scores, and what only changes their shape. */
  private static final Set<String> OF_SCORES =
      Set.of(
          "Softmax",
          "LogSoftmax",
          "Sigmoid",
          "Tanh",
          "Relu",
          "BiasAdd",
          "Add",
          "AddV2",
          "Sub",
          "Mul",
          "RealDiv",
          "Neg",
          "Exp",
          "Reshape",
          "Squeeze",
          "Cast");

  private static final Set<String> OF_SHAPE = Set.of("Reshape", "Squeeze", "ExpandDims", "Cast");

  private static final int MOST_STEPS = 40;

  private final GraphIndex graph;
  private final boolean[] isOfRows;

  /**
   * Looks in a graph.
   *
   * @param isOfRows whether the node at a position depends on the inputs
   */
  ClassifierInput(GraphIndex graph, boolean[] isOfRows) {
    this.graph = graph;
    this.isOfRows = isOfRows;
  }

  /**
   * The output of a layer that the last product takes.
   *
   * @param end an output of the model
   * @param outputs of its layers
   */
  Optional<LayerOutput> before(TensorId end, List<LayerOutput> outputs) {
    boolean isScores =
        graph
            .notedShape(end)
            .map(TensorShape::of)
            .filter(shape -> shape.sizes().size() == 2)
            .isPresent();
    if (!isScores) {
      return Optional.empty();
    }
    Optional<TensorId> product = back(Identities.source(graph, end), PRODUCTS, OF_SCORES);
    Optional<TensorId> current = product.flatMap(this::taken);
    for (int steps = 0; steps < MOST_STEPS && current.isPresent(); steps++) {
      TensorId source = Identities.source(graph, current.get());
      Optional<LayerOutput> found =
          outputs.stream().filter(output -> output.source().equals(source)).findFirst();
      if (found.isPresent() || !OF_SHAPE.contains(op(source))) {
        return found;
      }
      current = taken(source);
    }
    return Optional.empty();
  }

  /** Goes back along values of rows to the first op that is wanted, through certain ops alone. */
  private Optional<TensorId> back(TensorId start, Set<String> wanted, Set<String> through) {
    TensorId current = start;
    for (int steps = 0; steps < MOST_STEPS; steps++) {
      if (wanted.contains(op(current))) {
        return Optional.of(current);
      }
      Optional<TensorId> before = through.contains(op(current)) ? taken(current) : Optional.empty();
      if (before.isEmpty()) {
        return Optional.empty();
      }
      current = Identities.source(graph, before.get());
    }
    return Optional.empty();
  }

  /** The first tensor that an op takes and that depends on the row. */
  private Optional<TensorId> taken(TensorId tensor) {
    return graph.inputTensors(graph.require(tensor.node())).stream()
        .filter(input -> isOfRows[graph.require(input.node())])
        .findFirst();
  }

  private String op(TensorId tensor) {
    return graph.node(graph.require(tensor.node())).getOp();
  }
}
