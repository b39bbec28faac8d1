package layertap.graph.differentiate;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.differentiate.path.GradientPaths;
import layertap.graph.differentiate.path.Rewriting;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Keeps TensorFlow from going back along tensors that a gradient does not flow through: it would
 * ask for the gradients of ops that need none.
 *
 * <pre>
 *   wrt ─▶ Relu ─────────────────────────────▶ Mul ─▶ of
 *            └─▶ Round ─▶ Cast ─▶ StopGradient ─▲
 * </pre>
 */
final class ZeroGradients {
  private static final String SUFFIX = "/layertap_constant_";

  private ZeroGradients() {}

  /** The tensors at which it is cut, with what they hand on. */
  static Map<TensorId, TensorId> cut(Rewriting rewriting) {
    GraphIndex graph = rewriting.graph();
    GradientPaths paths = rewriting.paths();
    int[] starts =
        rewriting.wrt().stream().mapToInt(tensor -> graph.require(tensor.node())).toArray();
    boolean[] below = graph.descendantsOf(starts);
    Substitution changes = new Substitution();
    Set<TensorId> stopped = new LinkedHashSet<>();
    // A start may lie behind another one by a way that no gradient takes.
    int[] reached = IntStream.concat(IntStream.of(paths.nodes()), IntStream.of(starts)).toArray();
    for (int position : reached) {
      for (TensorId input : graph.inputTensors(position)) {
        boolean isStopped =
            below[graph.require(input.node())]
                && Dtype.isFloat(graph.type(input))
                && !paths.isDependent(input);
        if (isStopped) {
          stopped.add(input);
          changes.replace(graph.node(position).getName(), input, stop(input));
        }
      }
    }
    if (!stopped.isEmpty()) {
      List<NodeDef> added = new ArrayList<>();
      stopped.forEach(tensor -> added.add(node(graph, tensor)));
      changes.add(added);
      rewriting.apply(changes);
    }
    return stopped.stream().collect(Collectors.toMap(ZeroGradients::stop, tensor -> tensor));
  }

  private static TensorId stop(TensorId tensor) {
    return new TensorId(tensor.node() + SUFFIX + tensor.index(), 0);
  }

  private static NodeDef node(GraphIndex graph, TensorId tensor) {
    return NodeDef.newBuilder()
        .setName(stop(tensor).node())
        .setOp("StopGradient")
        .addInput(tensor.asInput())
        .putAttr("T", AttrValue.newBuilder().setType(graph.type(tensor)).build())
        .build();
  }
}
