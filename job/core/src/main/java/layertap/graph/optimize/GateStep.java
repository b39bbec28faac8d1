package layertap.graph.optimize;

import java.util.Locale;
import java.util.Optional;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorValues;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * A step from a value to what it is multiplied with, see {@link SelfGate}: an op of the value, or
 * of the value and a number.
 *
 * @param number that is added, or multiplied with, if the op takes one
 */
record GateStep(String op, Optional<Float> number) {
  GateStep(String op) {
    this(op, Optional.empty());
  }

  /** The name of the value that the node takes, if it is this step. */
  Optional<String> taken(WorkingGraph graph, NodeDef node) {
    if (number.isEmpty()) {
      return Optional.of(node)
          .filter(other -> other.getOp().equals(op) && WorkingGraph.isPlainFloat(other))
          .map(other -> other.getInput(0));
    }
    return switch (node.getOp()) {
      case "Add", "AddV2" -> op.equals("AddV2") ? beside(graph, node, number.get()) : none();
      case "Mul" -> op.equals("Mul") ? beside(graph, node, number.get()) : none();
      case "RealDiv" ->
          op.equals("Mul") && isNumber(graph, node.getInput(1), 1 / number.get())
              ? Optional.of(node.getInput(0))
              : none();
      default -> none();
    };
  }

  private static Optional<String> none() {
    return Optional.empty();
  }

  private static Optional<String> beside(WorkingGraph graph, NodeDef node, float number) {
    for (int i = 0; i < 2; i++) {
      if (isNumber(graph, node.getInput(i), number)) {
        return Optional.of(node.getInput(1 - i));
      }
    }
    return none();
  }

  private static boolean isNumber(WorkingGraph graph, String input, float number) {
    return graph
        .find(TensorId.nodeOf(input))
        .flatMap(TensorValues::scalarFloat)
        .filter(value -> Math.abs(value - number) <= Math.ulp(number))
        .isPresent();
  }

  /** The node that does this step with what the node gives, if nobody else takes that. */
  Optional<NodeDef> behind(WorkingGraph graph, NodeDef node) {
    return graph
        .onlyConsumer(node)
        .filter(taker -> taken(graph, taker).filter(node.getName()::equals).isPresent());
  }

  /** Adds nodes that do it. */
  TensorId write(NodeDefs nodes, TensorId value, DataType type) {
    String name = op.toLowerCase(Locale.ROOT);
    if (number.isEmpty()) {
      return nodes.node(op, name, value).attribute(Convolution.TYPE, type).add();
    }
    TensorId operand = nodes.scalar(name + "_operand", number.get());
    if (type != DataType.DT_FLOAT) {
      operand = nodes.cast(name + "_cast", operand, DataType.DT_FLOAT, type);
    }
    return nodes.node(op, name, value, operand).attribute(Convolution.TYPE, type).add();
  }
}
