package layertap.graph.freeze;

import static java.util.Objects.requireNonNull;

import java.util.List;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;

/**
 * A graph in which constants stand for variables, still without their values.
 *
 * @param graph where each constant of {@code variables} lacks its attribute {@code value}
 * @param variables in the order of their nodes
 */
public record FrozenGraph(GraphDef graph, List<Variable> variables) {
  public FrozenGraph {
    requireNonNull(graph, "graph is null");
    variables = List.copyOf(variables);
  }

  /**
   * A variable that became a constant.
   *
   * @param node name of the constant, that of the variable before
   * @param dtype of its value
   * @param shape declared for it; not always known
   */
  public record Variable(String node, DataType dtype, TensorShape shape) {}
}
