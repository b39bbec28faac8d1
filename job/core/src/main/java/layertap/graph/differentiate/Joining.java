package layertap.graph.differentiate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.TensorId;
import layertap.graph.differentiate.path.Rewriting;
import layertap.graph.rewrite.Pruner;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Puts a rewritten graph beside the one that it was made of. What is the same in both, with all
 * that it depends on, is there once.
 *
 * @param graph all nodes of the original, then those that differ under another name
 * @param names the new names of those
 */
record Joining(GraphDef graph, Map<String, String> names) {
  private static final String PREFIX = "layertap_differentiable";

  Joining {
    names = Map.copyOf(names);
  }

  static Joining of(GraphDef original, Rewriting rewriting) {
    List<TensorId> ends = Stream.concat(rewriting.of().stream(), rewriting.wrt().stream()).toList();
    GraphIndex rewritten =
        new GraphIndex(Pruner.prune(rewriting.graph(), ends), rewriting.graph().ops());
    Map<String, NodeDef> known = new HashMap<>();
    original.getNodeList().forEach(node -> known.put(node.getName(), node));
    int[] different =
        IntStream.range(0, rewritten.size())
            .filter(i -> !isSame(rewritten.node(i), known.get(rewritten.node(i).getName())))
            .toArray();
    boolean[] renamed =
        GraphWalk.of(rewritten)
            .along(rewritten::consumers)
            .along(rewritten::followers)
            .from(different);
    String prefix = freePrefix(original);
    Map<String, String> names = new HashMap<>();
    for (int i = 0; i < rewritten.size(); i++) {
      if (renamed[i]) {
        names.put(rewritten.node(i).getName(), prefix + rewritten.node(i).getName());
      }
    }
    GraphDef.Builder joined = original.toBuilder();
    for (int i = 0; i < rewritten.size(); i++) {
      if (renamed[i]) {
        joined.addNode(renamed(rewritten.node(i), names));
      }
    }
    return new Joining(joined.build(), names);
  }

  /** Where a tensor of the rewritten graph is. */
  TensorId tensor(TensorId tensor) {
    return new TensorId(names.getOrDefault(tensor.node(), tensor.node()), tensor.index());
  }

  /** Whether two nodes compute the same from the same; control inputs only order them. */
  private static boolean isSame(NodeDef one, NodeDef other) {
    return other != null
        && one.getOp().equals(other.getOp())
        && one.getAttrMap().equals(other.getAttrMap())
        && data(one).equals(data(other));
  }

  private static List<String> data(NodeDef node) {
    return node.getInputList().stream().filter(input -> !TensorId.isControl(input)).toList();
  }

  private static String freePrefix(GraphDef graph) {
    for (int i = 0; ; i++) {
      String prefix = i == 0 ? PREFIX + "/" : "%s_%d/".formatted(PREFIX, i);
      if (graph.getNodeList().stream().noneMatch(node -> node.getName().startsWith(prefix))) {
        return prefix;
      }
    }
  }

  private static NodeDef renamed(NodeDef node, Map<String, String> names) {
    NodeDef.Builder copy = node.toBuilder().setName(names.get(node.getName())).clearInput();
    for (String input : node.getInputList()) {
      String source = TensorId.nodeOf(input);
      String name = names.getOrDefault(source, source);
      copy.addInput(
          TensorId.isControl(input)
              ? "^" + name
              : new TensorId(name, TensorId.parse(input).index()).asInput());
    }
    return copy.build();
  }
}
