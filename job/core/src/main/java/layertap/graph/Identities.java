package layertap.graph;

import java.util.function.Predicate;

/** Looks through nodes that only hand a value on. */
public final class Identities {
  private Identities() {}

  /** Where a tensor was computed, before {@code Identity} and {@code IdentityN} handed it on. */
  public static TensorId source(GraphIndex graph, TensorId tensor) {
    return source(graph, tensor, node -> true);
  }

  /**
   * The same, through certain nodes only.
   *
   * @param isSkipped whether a node of that name is looked through
   */
  public static TensorId source(GraphIndex graph, TensorId tensor, Predicate<String> isSkipped) {
    TensorId current = tensor;
    for (int steps = 0; steps < graph.size() && isSkipped.test(current.node()); steps++) {
      int position = graph.require(current.node());
      String op = graph.node(position).getOp();
      int input = op.equals("IdentityN") ? current.index() : 0;
      boolean isIdentity = op.equals("Identity") || op.equals("IdentityN");
      if (!isIdentity || input >= graph.sources(position).length) {
        return current;
      }
      current = graph.inputTensor(position, input);
    }
    return current;
  }
}
