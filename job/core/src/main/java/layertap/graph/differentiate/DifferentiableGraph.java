package layertap.graph.differentiate;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.graph.differentiate.equivalent.EquivalentOps;
import layertap.graph.differentiate.path.Rewriting;
import layertap.graph.differentiate.value.ShapeInference;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * A graph in which every op between some tensors and others has a gradient in TensorFlow.
 * TensorFlow adds the gradients to it; they are then moved to the graph that it was made of, which
 * computes each value once.
 *
 * <pre>
 *   unrolled ─ ops without a gradient replaced ─ paths checked ─ cut where nothing flows ─▶ graph
 *   graph + gradients ─ what was put in is taken out of the way again ─▶ unrolled + gradients
 * </pre>
 *
 * @param graph of derivatives that are right, and of values that need not be: an op may have been
 *     replaced by one that differs by a constant
 * @param of tensors of {@code graph} that are differentiated
 * @param wrt tensors of {@code graph} with respect to which they are; equal where two that were
 *     asked for are one
 * @param originals what tensors that were put in stand for
 * @param added the nodes that were put in, by their names
 */
public record DifferentiableGraph(
    GraphDef graph,
    List<TensorId> of,
    List<TensorId> wrt,
    Map<TensorId, TensorId> originals,
    Map<String, NodeDef> added) {
  private static final String COLOCATION = "_class";

  public DifferentiableGraph {
    requireNonNull(graph, "graph is null");
    of = List.copyOf(of);
    wrt = List.copyOf(wrt);
    originals = Map.copyOf(originals);
    added = Map.copyOf(added);
  }

  /**
   * Rewrites a graph for the gradient of the sum of some tensors with respect to others.
   *
   * @param unrolled for these tensors
   * @param of tensors that are differentiated, by their names before loops were unrolled
   * @param wrt tensors with respect to which they are, by such names
   * @param shapes for convolutions that are replaced
   * @throws UserException if no differentiable path leads from one of {@code wrt} to {@code of}, or
   *     a node on such a path has no gradient; names all such nodes
   */
  public static DifferentiableGraph of(
      UnrolledGraph unrolled, List<TensorId> of, List<TensorId> wrt, ShapeInference shapes) {
    Rewriting rewriting = new Rewriting(unrolled.graph(), of, wrt);
    rewriting.follow(unrolled.moved());
    unrolled.reasons().forEach(rewriting::refuse);
    Map<TensorId, TensorId> originals = new HashMap<>(EquivalentOps.replace(rewriting, shapes));
    GradientFlow.require(rewriting, of, wrt);
    originals.putAll(GradientStarts.add(rewriting));
    originals.putAll(ZeroGradients.cut(rewriting));
    Map<String, NodeDef> added = new HashMap<>();
    rewriting.graph().graph().getNodeList().forEach(node -> added.put(node.getName(), node));
    unrolled.graph().getNodeList().forEach(node -> added.remove(node.getName()));
    return new DifferentiableGraph(
        rewriting.graph().graph(), rewriting.of(), rewriting.wrt(), originals, added);
  }

  /** The tensor of {@link #wrt()} that stands for one of the unrolled graph. */
  public TensorId start(TensorId tensor) {
    return wrt.stream().filter(each -> original(each).equals(tensor)).findFirst().orElseThrow();
  }

  /**
   * The tensor of the unrolled graph, or of a gradient, in the place of one of {@link #graph()}.
   */
  public TensorId original(TensorId tensor) {
    TensorId current = tensor;
    while (originals.containsKey(current)) {
      current = originals.get(current);
    }
    return current;
  }

  /**
   * The nodes of gradients for the unrolled graph.
   *
   * @param gradients nodes that were added to {@link #graph()}
   * @return them, and nodes that were put in and whose values they need; for the same unrolled
   *     graph nodes of one name are equal
   */
  public List<NodeDef> moved(List<NodeDef> gradients) {
    List<NodeDef> nodes = new ArrayList<>();
    Deque<NodeDef> waiting = new ArrayDeque<>(gradients);
    Set<String> needed = new HashSet<>();
    while (!waiting.isEmpty()) {
      NodeDef node = moved(waiting.remove());
      nodes.add(node);
      for (String input : node.getInputList()) {
        String source = TensorId.nodeOf(input);
        if (added.containsKey(source) && needed.add(source)) {
          waiting.add(added.get(source));
        }
      }
    }
    return nodes;
  }

  private NodeDef moved(NodeDef node) {
    // It may ask for the device of a node that is left out; there is one device.
    NodeDef.Builder copy = node.toBuilder().clearInput().removeAttr(COLOCATION);
    for (String input : node.getInputList()) {
      copy.addInput(
          TensorId.isControl(input)
              ? "^" + original(new TensorId(TensorId.nodeOf(input), 0)).node()
              : original(TensorId.parse(input)).asInput());
    }
    return copy.build();
  }
}
