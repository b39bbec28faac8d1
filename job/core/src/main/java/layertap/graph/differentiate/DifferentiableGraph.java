package layertap.graph.differentiate;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.differentiate.loop.LoopUnrolling;
import layertap.graph.differentiate.path.Rewriting;
import layertap.graph.differentiate.value.ShapeInference;
import layertap.graph.rewrite.Pruner;
import org.tensorflow.proto.GraphDef;

/**
 * A graph in which every op between some tensors and others has a gradient in TensorFlow.
 *
 * <pre>
 *   graph ─ custom gradients become identities ─ loops unrolled ─ lists become tensors ─
 *   ops without a gradient replaced ─ paths checked ─ cut where nothing flows ─ joined to the graph
 * </pre>
 *
 * <p>Nodes of the graph that it was made of are still there and compute the same bits. What had to
 * change stands beside them, under a prefix of its own.
 *
 * @param graph with the nodes that were added
 * @param moved where the gradient starts and ends instead, for tensors that another one stands for
 * @param warnings what a user of the gradients should know
 */
public record DifferentiableGraph(
    GraphDef graph, Map<TensorId, TensorId> moved, List<String> warnings) {
  public DifferentiableGraph {
    requireNonNull(graph, "graph is null");
    moved = Map.copyOf(moved);
    warnings = List.copyOf(warnings);
  }

  /**
   * Rewrites a graph for the gradient of the sum of some tensors with respect to others.
   *
   * @param graph frozen and without function calls; constants for variables may lack their values
   * @param of tensors that are differentiated
   * @param wrt tensors with respect to which they are differentiated
   * @param shapes for loops whose number of steps is the size of an axis
   * @throws UserException if a tensor is not of floating-point numbers, no differentiable path
   *     leads from one of {@code wrt} to {@code of}, or a node on such a path has no gradient;
   *     names all such nodes
   */
  public static DifferentiableGraph of(
      GraphDef graph, List<TensorId> of, List<TensorId> wrt, ShapeInference shapes) {
    OpDefinitions ops = OpDefinitions.registered();
    GraphIndex whole = new GraphIndex(graph, ops);
    GradientTypes.require(whole, of, wrt);
    CustomGradients plain = CustomGradients.replaceIn(whole, of, wrt);
    Rewriting rewriting = new Rewriting(pruned(plain, of, wrt), of, wrt);
    rewriting.follow(plain.moved());
    LoopUnrolling.unroll(rewriting, shapes);
    EquivalentOps.replace(rewriting, shapes);
    GradientFlow.require(rewriting, of, wrt);
    ZeroGradients.cut(rewriting);
    Joining joined = Joining.of(plain.graph(), rewriting);
    Map<TensorId, TensorId> moved = new LinkedHashMap<>();
    List<TensorId> asked = new ArrayList<>(of);
    asked.addAll(wrt);
    for (TensorId tensor : asked) {
      moved.put(tensor, joined.tensor(rewriting.tensor(tensor)));
    }
    moved.entrySet().removeIf(each -> each.getKey().equals(each.getValue()));
    return new DifferentiableGraph(joined.graph(), moved, plain.warnings());
  }

  private static GraphDef pruned(CustomGradients plain, List<TensorId> of, List<TensorId> wrt) {
    List<TensorId> ends = new ArrayList<>(of);
    ends.addAll(wrt);
    ends.replaceAll(tensor -> plain.moved().getOrDefault(tensor, tensor));
    return Pruner.prune(new GraphIndex(plain.graph(), OpDefinitions.registered()), ends);
  }

  /** The tensor of {@link #graph()} that stands for one of the graph that it was made of. */
  public TensorId tensor(TensorId original) {
    return moved.getOrDefault(original, original);
  }
}
