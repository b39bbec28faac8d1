package layertap.graph.optimize;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import layertap.graph.TensorShape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Makes a frozen graph cheaper for TensorFlow's kernels.
 *
 * <pre>
 *   x ─ Pad ─ Conv2D ─ batch normalisation ─ Relu6     becomes     x ─ _FusedConv2D
 *               │                                                       │ │
 *               W                                                   W · s b
 * </pre>
 *
 * <p>A scale that follows a convolution is multiplied into its weights, padding with zeros into its
 * window, a shift and an activation into its last pass over the output; a value times a function of
 * itself (swish, mish, hard swish) is part of that pass, or one op; an op whose kernel is slow is
 * written by others. TensorFlow's own remapper does some of this, but loses tensors that are
 * fetched; it stays off.
 */
public final class GraphOptimizer {
  private GraphOptimizer() {}

  /**
   * The optimized graph, the same object if there is nothing to gain. Its nodes of {@code kept}
   * give what they gave, but for rounding.
   *
   * @param graph frozen: constants stand for the variables, those of {@code variables} without a
   *     value
   * @param kept names of nodes that are fetched, fed or run by themselves
   * @param exact names of nodes that stay as they are, with all that they depend on
   * @param isFinite whether nothing that a node takes is an infinity or not a number, which kernels
   *     that run an activation themselves may make a number of
   * @param variables shapes of constants without a value, by name
   */
  public static GraphDef optimize(
      GraphDef graph,
      Set<String> kept,
      Collection<String> exact,
      Predicate<NodeDef> isFinite,
      Map<String, TensorShape> variables) {
    WorkingGraph working = new WorkingGraph(graph, kept, exact);
    ConstantTensors constants = new ConstantTensors(working, variables);
    MapSizes sizes = new MapSizes(working, constants);
    boolean isLate = new LateSqueeze(working, constants, sizes, isFinite).run();
    boolean isMerged = new PaddingMerge(working, constants, sizes).run();
    boolean isFolded = new ConvolutionFolding(working, constants, sizes, isFinite).run();
    boolean isFused = SelfGate.fuseAll(working);
    boolean isVectorized = new ComplementaryError(working, constants).run();
    return isLate || isMerged || isFolded || isFused || isVectorized ? working.toGraph() : graph;
  }
}
