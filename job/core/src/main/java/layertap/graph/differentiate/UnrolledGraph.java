package layertap.graph.differentiate;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.differentiate.loop.LoopUnrolling;
import layertap.graph.differentiate.path.Rewriting;
import layertap.graph.differentiate.value.ShapeInference;
import org.tensorflow.proto.GraphDef;

/**
 * A graph in which loops through which gradients flow are written down step by step. All that takes
 * what a loop gives takes what its last step gives, so that nothing is computed twice.
 *
 * <pre>
 *   graph ─ custom gradients become identities ─ loops unrolled ─ lists become tensors
 * </pre>
 *
 * <p>Immutable. Nodes of the graph that it was made of are still there by their names.
 *
 * @param graph the same values
 * @param moved the tensors that stand for others
 * @param reasons why nodes could not be replaced, by their names
 * @param warnings what a user of the gradients should know
 */
public record UnrolledGraph(
    GraphDef graph,
    Map<TensorId, TensorId> moved,
    Map<String, String> reasons,
    List<String> warnings) {
  public UnrolledGraph {
    requireNonNull(graph, "graph is null");
    moved = Map.copyOf(moved);
    reasons = Map.copyOf(reasons);
    warnings = List.copyOf(warnings);
  }

  /** A graph as it is: frozen and without function calls; constants may lack their values. */
  public static UnrolledGraph of(GraphDef graph) {
    return new UnrolledGraph(graph, Map.of(), Map.of(), List.of());
  }

  /**
   * The graph with what lies between some tensors and others unrolled as well.
   *
   * @param of tensors that are differentiated, by their names in the first graph, as all here
   * @param wrt tensors with respect to which they are differentiated
   * @param shapes for loops whose number of steps is the size of an axis
   * @throws UserException if a tensor is not of floating-point numbers
   */
  public UnrolledGraph unrolled(List<TensorId> of, List<TensorId> wrt, ShapeInference shapes) {
    GraphIndex index = new GraphIndex(graph, OpDefinitions.registered());
    GradientTypes.require(index, of, wrt);
    CustomGradients plain =
        CustomGradients.replaceIn(
            index, of.stream().map(this::tensor).toList(), wrt.stream().map(this::tensor).toList());
    Map<TensorId, TensorId> followed = new HashMap<>(moved);
    followed.replaceAll((tensor, now) -> plain.moved().getOrDefault(now, now));
    plain.moved().forEach(followed::putIfAbsent);
    Rewriting rewriting = new Rewriting(plain.graph(), of, wrt);
    rewriting.follow(followed);
    LoopUnrolling.unroll(rewriting, shapes);
    Map<String, String> allReasons = new HashMap<>(reasons);
    allReasons.putAll(rewriting.reasons());
    List<String> allWarnings = new ArrayList<>(warnings);
    plain.warnings().stream().filter(each -> !warnings.contains(each)).forEach(allWarnings::add);
    return new UnrolledGraph(rewriting.graph().graph(), rewriting.moved(), allReasons, allWarnings);
  }

  /** The tensor of {@link #graph()} that stands for one of the graph that it was made of. */
  public TensorId tensor(TensorId original) {
    return moved.getOrDefault(original, original);
  }
}
