package layertap.graph.differentiate.path;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;

/**
 * On which ways through a graph a gradient flows: along tensors of floating-point numbers and lists
 * of such, through ops whose derivative is not zero everywhere.
 *
 * <pre>
 *   wrt ─▶ Relu ─▶ Mul ─▶ of          Relu and Mul are on a path,
 *            └─▶ Greater ─▶ Cast ─▲     Greater and Cast are not
 * </pre>
 */
public final class GradientPaths {
  /** What numbers flow in; a list and an array of TensorFlow 1 hold tensors. */
  private static final Set<DataType> CARRIERS =
      Set.of(
          DataType.DT_FLOAT,
          DataType.DT_DOUBLE,
          DataType.DT_HALF,
          DataType.DT_BFLOAT16,
          DataType.DT_COMPLEX64,
          DataType.DT_COMPLEX128,
          DataType.DT_VARIANT);

  /** Mean and variance of a batch normalisation are the last inputs of it. */
  private static final int FIRST_STATISTIC = 3;

  private final GraphIndex graph;
  private final Set<TensorId> starts;
  private final boolean[] depends;
  private final boolean[] leads;

  public GradientPaths(GraphIndex graph, List<TensorId> of, List<TensorId> wrt) {
    this.graph = graph;
    this.starts = new HashSet<>(wrt);
    this.depends = new boolean[graph.size()];
    this.leads = new boolean[graph.size()];
    spread(wrt);
    of.stream().filter(this::isDependent).forEach(this::goBack);
  }

  private void spread(List<TensorId> wrt) {
    Deque<Integer> waiting = new ArrayDeque<>();
    wrt.forEach(tensor -> waiting.add(graph.require(tensor.node())));
    while (!waiting.isEmpty()) {
      for (int consumer : graph.consumers(waiting.remove())) {
        if (!depends[consumer] && takesDependent(consumer)) {
          depends[consumer] = true;
          waiting.add(consumer);
        }
      }
    }
  }

  private boolean takesDependent(int position) {
    return !isBreak(position) && taken(position).anyMatch(this::isDependent);
  }

  private void goBack(TensorId end) {
    Deque<Integer> waiting = new ArrayDeque<>(List.of(graph.require(end.node())));
    while (!waiting.isEmpty()) {
      int position = waiting.remove();
      if (depends[position] && !leads[position]) {
        leads[position] = true;
        taken(position)
            .filter(this::isDependent)
            .forEach(input -> waiting.add(graph.require(input.node())));
      }
    }
  }

  /** What a node takes, without what TensorFlow holds for constant in its gradient. */
  private Stream<TensorId> taken(int position) {
    List<TensorId> inputs = graph.inputTensors(position);
    boolean isNormalization = graph.node(position).getOp().startsWith("FusedBatchNorm");
    return inputs.stream().limit(isNormalization ? FIRST_STATISTIC : inputs.size());
  }

  /** Whether the derivative of the node is zero, whatever it takes. */
  private boolean isBreak(int position) {
    return GradientOps.kindOf(graph.node(position).getOp()) == GradientOps.Kind.ZERO;
  }

  private boolean carries(TensorId tensor) {
    return CARRIERS.contains(graph.type(tensor));
  }

  private boolean gives(int position) {
    return graph.outputTypes(position).stream().anyMatch(CARRIERS::contains);
  }

  /** Whether the tensor changes, to first order, with one that is differentiated by. */
  public boolean isDependent(TensorId tensor) {
    return (starts.contains(tensor) || depends[graph.require(tensor.node())]) && carries(tensor);
  }

  /** Whether a gradient flows through the node. */
  public boolean isOn(int position) {
    return depends[position] && leads[position];
  }

  /** The nodes through which a gradient flows. */
  public int[] nodes() {
    return IntStream.range(0, graph.size()).filter(this::isOn).toArray();
  }

  /** The nodes at which a dependence on a tensor ends: what leaves them is constant. */
  public int[] breaks() {
    return IntStream.range(0, graph.size())
        .filter(position -> !depends[position] || !gives(position))
        .filter(position -> graph.inputTensors(position).stream().anyMatch(this::isDependent))
        .toArray();
  }
}
