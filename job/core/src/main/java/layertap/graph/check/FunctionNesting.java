package layertap.graph.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.failure.GraphException;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphLimits;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;

/**
 * Finds functions that name themselves, directly or through others, as calls, loops or branches.
 * TensorFlow inlines them before it runs them; a cycle ends its process.
 */
final class FunctionNesting {
  private static final int MAX_DEPTH = 200;

  private final Map<String, FunctionDef> functions;
  private final Map<String, Long> sizes = new HashMap<>();
  private final Set<String> active = new HashSet<>();

  FunctionNesting(Map<String, FunctionDef> functions) {
    this.functions = functions;
  }

  /**
   * Checks all functions that nodes name; they are all there.
   *
   * @throws GraphException if one names itself, or if they expand beyond all bounds
   */
  void check(List<NodeDef> nodes) {
    nodes.forEach(node -> sizeOf(node, 0));
  }

  private long sizeOf(NodeDef node, int depth) {
    List<String> named = new ArrayList<>();
    node.getAttrMap().values().forEach(value -> named.addAll(FunctionLibrary.functionsIn(value)));
    if (functions.containsKey(node.getOp())) {
      named.add(node.getOp());
    }
    long size = 1;
    for (String function : named) {
      size += sizeOf(function, depth);
    }
    if (size > GraphLimits.MAX_NODES) {
      throw new GraphException(
          "the functions of '%s' expand to more than %s nodes"
              .formatted(node.getName(), GraphLimits.MAX_NODES));
    }
    return size;
  }

  private long sizeOf(String function, int depth) {
    Long known = sizes.get(function);
    if (known != null) {
      return known;
    }
    if (depth >= MAX_DEPTH || !active.add(function)) {
      throw new GraphException("function '" + function + "' calls itself");
    }
    long size = 0;
    for (NodeDef node : functions.get(function).getNodeDefList()) {
      size += sizeOf(node, depth + 1);
    }
    active.remove(function);
    sizes.put(function, size);
    return size;
  }
}
