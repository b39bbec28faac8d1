package layertap.graph.inline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import layertap.graph.FunctionLibrary;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;

/** Counts the nodes that calls expand to without inlining them. */
final class InlinedSize {
  private final FunctionLibrary library;
  private final int maxDepth;
  private final Map<String, Long> sizes = new HashMap<>();

  /**
   * Counts calls of the library's functions.
   *
   * @param maxDepth calls nested deeper count nothing; nor do functions that call themselves
   */
  InlinedSize(FunctionLibrary library, int maxDepth) {
    this.library = library;
    this.maxDepth = maxDepth;
  }

  /** The node itself and, if it is a call, all that stands in its function. */
  long of(NodeDef node) {
    return of(node, 0);
  }

  private long of(NodeDef node, int depth) {
    return 1 + library.calledBy(node).map(function -> ofBody(function, depth)).orElse(0L);
  }

  private long ofBody(String function, int depth) {
    Long known = sizes.putIfAbsent(function, 0L);
    if (known != null || depth >= maxDepth) {
      return known != null ? known : 0;
    }
    long size = 0;
    for (NodeDef node : library.find(function).map(FunctionDef::getNodeDefList).orElse(List.of())) {
      size = Math.min(Integer.MAX_VALUE, size + of(node, depth + 1));
    }
    sizes.put(function, size);
    return size;
  }
}
