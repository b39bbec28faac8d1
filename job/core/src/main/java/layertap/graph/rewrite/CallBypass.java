package layertap.graph.rewrite;

import java.util.Map;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;

/**
 * Lets consumers of an inlined call take the values themselves, not the {@code IdentityN} that
 * stands for the call: one output of a call does not need the others then.
 */
public final class CallBypass {
  private CallBypass() {}

  /** The replacements for all calls of the graph. */
  public static Substitution of(GraphIndex graph, Map<String, String> calls) {
    Substitution bypass = new Substitution();
    for (String call : calls.keySet()) {
      int position = graph.require(call);
      for (int output = 0; output < graph.sources(position).length; output++) {
        bypass.replace(
            new TensorId(call, output), source(graph, calls, new TensorId(call, output)));
      }
    }
    return bypass;
  }

  private static TensorId source(GraphIndex graph, Map<String, String> calls, TensorId tensor) {
    TensorId current = tensor;
    for (int steps = 0; steps <= calls.size() && calls.containsKey(current.node()); steps++) {
      int position = graph.require(current.node());
      if (current.index() >= graph.sources(position).length) {
        return current;
      }
      current = graph.inputTensor(position, current.index());
    }
    return current;
  }
}
