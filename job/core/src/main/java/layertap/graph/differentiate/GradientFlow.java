package layertap.graph.differentiate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.differentiate.path.GradientOps;
import layertap.graph.differentiate.path.GradientPaths;
import layertap.graph.differentiate.path.Rewriting;
import org.tensorflow.proto.NodeDef;

/** Checks that a gradient flows, and that every node on its way has one. */
final class GradientFlow {
  private final Rewriting rewriting;
  private final GraphIndex graph;
  private final GradientPaths paths;

  private GradientFlow(Rewriting rewriting) {
    this.rewriting = rewriting;
    this.graph = rewriting.graph();
    this.paths = rewriting.paths();
  }

  /**
   * Checks the graph as it is now.
   *
   * @param of tensors that are differentiated, by the names that the user knows
   * @param wrt tensors with respect to which they are
   * @throws UserException names all that is in the way
   */
  static void require(Rewriting rewriting, List<TensorId> of, List<TensorId> wrt) {
    GradientFlow flow = new GradientFlow(rewriting);
    wrt.forEach(tensor -> flow.requirePath(of, tensor));
    flow.requireGradients(of, wrt);
  }

  private void requirePath(List<TensorId> of, TensorId asked) {
    GradientPaths own = new GradientPaths(graph, rewriting.of(), List.of(rewriting.tensor(asked)));
    if (rewriting.of().stream().anyMatch(own::isDependent)) {
      return;
    }
    int[] ends = rewriting.of().stream().mapToInt(end -> graph.require(end.node())).toArray();
    boolean[] above = graph.ancestorsOf(ends);
    List<String> breaks =
        IntStream.of(own.breaks()).filter(i -> above[i]).mapToObj(this::described).toList();
    String start = "cannot compute the gradient of %s with respect to '%s': ";
    if (breaks.isEmpty()) {
      throw new UserException(
          (start + "the one does not depend on the other; name a layer that lies before it")
              .formatted(quoted(of), asked));
    }
    throw new UserException(
        (start
                + "no gradient passes %s, the only way from one to the other; name a layer that"
                + " lies behind")
            .formatted(quoted(of), asked, String.join(", ", breaks)));
  }

  private void requireGradients(List<TensorId> of, List<TensorId> wrt) {
    List<String> missing = new ArrayList<>();
    for (int position : paths.nodes()) {
      NodeDef node = graph.node(position);
      String reason =
          Optional.ofNullable(rewriting.reasons().get(node.getName()))
              .or(() -> DoublePrecision.reason(graph, position))
              .orElse(null);
      if (reason != null || GradientOps.kindOf(node.getOp()) == GradientOps.Kind.NONE) {
        missing.add(described(position) + (reason == null ? "" : " (" + reason + ")"));
      }
    }
    if (!missing.isEmpty()) {
      throw new UserException(
          ("cannot compute the gradient of %s with respect to %s: TensorFlow has no gradient of %s,"
                  + " through which it would go; differentiate a layer before, or with respect to"
                  + " one behind")
              .formatted(quoted(of), quoted(wrt), String.join(", ", missing)));
    }
  }

  /** The op and the node, and the dtype where it gives nothing that a gradient could flow in. */
  private String described(int position) {
    NodeDef node = graph.node(position);
    List<String> types =
        graph.outputTypes(position).stream()
            .filter(type -> !Dtype.isFloat(type))
            .map(Dtype::nameOf)
            .distinct()
            .toList();
    boolean isOfFloats = graph.outputTypes(position).stream().anyMatch(Dtype::isFloat);
    boolean isZero = GradientOps.kindOf(node.getOp()) == GradientOps.Kind.ZERO;
    String giving =
        types.isEmpty() || isOfFloats || isZero ? "" : " to " + String.join(", ", types);
    return "%s%s '%s'".formatted(node.getOp(), giving, node.getName());
  }

  private static String quoted(List<TensorId> tensors) {
    return Stream.concat(tensors.stream(), Stream.empty())
        .map(tensor -> "'" + tensor + "'")
        .collect(Collectors.joining(", "));
  }
}
