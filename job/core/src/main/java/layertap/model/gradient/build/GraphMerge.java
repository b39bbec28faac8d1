package layertap.model.gradient.build;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import layertap.graph.TensorId;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Keeps of a graph what is needed. */
final class GraphMerge {
  private GraphMerge() {}

  /** A graph without what certain nodes do not need. */
  static GraphDef pruned(GraphDef graph, Collection<String> roots) {
    Map<String, NodeDef> nodes = byName(graph);
    Set<String> kept = ancestors(nodes, roots);
    GraphDef.Builder pruned = graph.toBuilder().clearNode();
    nodes.values().stream().filter(node -> kept.contains(node.getName())).forEach(pruned::addNode);
    return pruned.build();
  }

  private static Map<String, NodeDef> byName(GraphDef graph) {
    Map<String, NodeDef> nodes = new LinkedHashMap<>();
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    return nodes;
  }

  private static Set<String> ancestors(Map<String, NodeDef> nodes, Collection<String> roots) {
    Set<String> found = new HashSet<>(roots);
    Deque<String> open = new ArrayDeque<>(found);
    while (!open.isEmpty()) {
      String name = open.remove();
      NodeDef node = nodes.get(name);
      if (node == null) {
        throw new IllegalArgumentException("the graph has no node '%s'".formatted(name));
      }
      for (String input : node.getInputList()) {
        String source = TensorId.nodeOf(input);
        if (found.add(source)) {
          open.add(source);
        }
      }
    }
    return found;
  }
}
