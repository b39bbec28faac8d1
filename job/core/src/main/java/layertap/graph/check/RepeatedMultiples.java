package layertap.graph.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.TensorId;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Finds convolutions of which multiples are taken twice in a row:
 *
 * <pre>
 *   x ─ Conv2D ─ RealDiv ─ Mul
 *                   │       │
 *                   a       b
 * </pre>
 *
 * <p>Where {@code a} and {@code b} are constants, TensorFlow's rewriter of graphs (MulConvPushDown
 * of grappler's constant folding, in 2.18 and still in 2.21) swaps inputs, takes the shape of the
 * wrong one, and ends the process: {@code Check failed: size >= 0}.
 */
public final class RepeatedMultiples {
  private static final Set<String> CONVOLUTIONS =
      Set.of("Conv2D", "Conv3D", "DepthwiseConv2dNative");

  private static final Set<String> MULTIPLES = Set.of("Mul", "RealDiv", "Div");

  /** What the rewriter leaves out or puts elsewhere, so that others meet. */
  private static final Set<String> PASSED =
      Set.of("Identity", "Snapshot", "StopGradient", "PreventGradient", "CheckNumerics", "Neg");

  private RepeatedMultiples() {}

  /** Whether such a convolution is in the graph or one of its functions, whatever multiplies it. */
  public static boolean areIn(GraphDef graph) {
    return areIn(graph.getNodeList())
        || graph.getLibrary().getFunctionList().stream()
            .map(FunctionDef::getNodeDefList)
            .anyMatch(RepeatedMultiples::areIn);
  }

  /** A tensor and how many multiples of a convolution's result lie before it. */
  private record Reached(String node, int multiples) {}

  private static boolean areIn(List<NodeDef> nodes) {
    Map<String, List<NodeDef>> takers = new HashMap<>();
    Deque<Reached> left = new ArrayDeque<>();
    for (NodeDef node : nodes) {
      if (CONVOLUTIONS.contains(node.getOp())) {
        left.add(new Reached(node.getName(), 0));
      } else if (MULTIPLES.contains(node.getOp()) || PASSED.contains(node.getOp())) {
        node.getInputList()
            .forEach(
                input ->
                    takers.computeIfAbsent(producer(input), any -> new ArrayList<>()).add(node));
      }
    }
    Set<Reached> seen = new HashSet<>(left);
    while (!left.isEmpty()) {
      Reached from = left.remove();
      for (NodeDef taker : takers.getOrDefault(from.node, List.of())) {
        int multiples = from.multiples + (MULTIPLES.contains(taker.getOp()) ? 1 : 0);
        if (multiples == 2) {
          return true;
        }
        Reached next = new Reached(taker.getName(), multiples);
        if (seen.add(next)) {
          left.add(next);
        }
      }
    }
    return false;
  }

  /** In a function an input is {@code node:output:index}. */
  private static String producer(String input) {
    return TensorId.nodeOf(input).split(":", 2)[0];
  }
}
