package layertap.model.layers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** The body of a {@code While}: for each variable of the loop what one step makes of it. */
final class LoopBody {
  private final FunctionDef body;
  private final Map<String, NodeDef> nodes = new HashMap<>();

  LoopBody(FunctionDef body) {
    this.body = body;
    body.getNodeDefList().forEach(node -> nodes.put(node.getName(), node));
  }

  int variableCount() {
    return Math.min(
        body.getSignature().getInputArgCount(), body.getSignature().getOutputArgCount());
  }

  OpDef.ArgDef variable(int position) {
    return body.getSignature().getInputArg(position);
  }

  /** Whether a step hands the variable on unchanged. */
  boolean isInvariant(int position) {
    return next(position).equals(variable(position).getName());
  }

  /** The value that a step gives the variable, as the body names it, identities skipped. */
  String next(int position) {
    String output = body.getSignature().getOutputArg(position).getName();
    return skipIdentities(body.getRetMap().getOrDefault(output, ""));
  }

  /** The node that computes a value; none for a variable of the loop. */
  Optional<NodeDef> producer(String value) {
    return Optional.ofNullable(nodes.get(value.split(":", 2)[0]));
  }

  /** The values that a node takes, identities skipped. */
  List<String> inputs(NodeDef node) {
    return node.getInputList().stream()
        .filter(input -> !input.startsWith("^"))
        .map(this::skipIdentities)
        .toList();
  }

  private String skipIdentities(String value) {
    String current = value;
    for (int steps = 0; steps <= nodes.size(); steps++) {
      NodeDef node = nodes.get(current.split(":", 2)[0]);
      if (node == null || !node.getOp().equals("Identity")) {
        return current;
      }
      current = node.getInput(0);
    }
    return current;
  }
}
