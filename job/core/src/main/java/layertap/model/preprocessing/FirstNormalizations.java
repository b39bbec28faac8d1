package layertap.model.preprocessing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.Identities;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.model.LoadedModel;
import layertap.model.layers.Layer;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Finds the first batch normalisations of a model by their structure: the op for them, or the
 * arithmetic that Keras 3 writes instead. Where a tool has multiplied variance and scale into one
 * constant, or into the weights before, neither is left to find.
 *
 * <pre>
 *   variance ─▶ AddV2 epsilon ─▶ Rsqrt ─▶ Mul gamma ─▶ Mul ◀─ x
 *                                              └─▶ Mul mean ─▶ Sub ─▶ AddV2 ◀─┘
 * </pre>
 */
public final class FirstNormalizations {
  /** A model that goes in several ways from the start has as many. */
  private static final int MOST = 8;

  private static final int DEEPEST = 8;

  /** What stands between statistics and their use. */
  private static final Set<String> FORM = Set.of("Cast", "Reshape", "ExpandDims", "Squeeze");

  private final LoadedModel model;
  private final GraphIndex graph;
  private final ConstantValues constants;
  private final boolean[] active;

  private FirstNormalizations(LoadedModel model) {
    this.model = model;
    this.graph = model.graph();
    this.constants = new ConstantValues(model);
    this.active = graph.descendantsOf(graph.feedable());
  }

  /** A node that normalises, where its statistics stand. */
  private record Found(int position, TensorId input, TensorId variance, TensorId mean) {}

  /** Those that no other one comes before, in the order of the graph. */
  public static List<TrainedStatistics> of(LoadedModel model) {
    FirstNormalizations normalizations = new FirstNormalizations(model);
    return normalizations.first();
  }

  private List<TrainedStatistics> first() {
    Map<Integer, Found> all = new LinkedHashMap<>();
    for (int i = 0; i < graph.size(); i++) {
      int position = i;
      if (active[i]) {
        find(i).ifPresent(found -> all.put(position, found));
      }
    }
    int[] behind =
        all.keySet().stream()
            .flatMapToInt(position -> Arrays.stream(graph.consumers(position)))
            .toArray();
    boolean[] later = graph.descendantsOf(behind);
    List<TrainedStatistics> first = new ArrayList<>();
    for (Found found : all.values()) {
      if (!later[found.position] && first.size() < MOST) {
        statistics(found).ifPresent(first::add);
      }
    }
    return List.copyOf(first);
  }

  private Optional<TrainedStatistics> statistics(Found found) {
    Optional<Values> variance = constants.of(found.variance);
    if (variance.isEmpty() || !variance.get().isVector()) {
      return Optional.empty();
    }
    int channels = variance.get().values().length;
    List<Double> means =
        Optional.ofNullable(found.mean)
            .flatMap(constants::of)
            .filter(values -> values.values().length == channels)
            .map(FirstNormalizations::list)
            .orElse(List.of());
    return Optional.of(
        new TrainedStatistics(
            layer(found.position),
            found.input,
            isChannelFirst(graph.node(found.position)),
            means,
            list(variance.get())));
  }

  private static List<Double> list(Values values) {
    return Arrays.stream(values.values()).boxed().toList();
  }

  private static boolean isChannelFirst(NodeDef node) {
    return node.getAttrOrDefault("data_format", AttrValue.getDefaultInstance())
        .getS()
        .toStringUtf8()
        .startsWith("NC");
  }

  /** The innermost layer that the node is part of. */
  private String layer(int position) {
    String path = graph.node(position).getName();
    int size = Integer.MAX_VALUE;
    for (Layer layer : model.layers().layers()) {
      int own =
          layer.calls().stream()
              .filter(call -> call.region().contains(position))
              .mapToInt(call -> call.region().size())
              .min()
              .orElse(Integer.MAX_VALUE);
      if (own <= size && own < Integer.MAX_VALUE) {
        path = layer.path();
        size = own;
      }
    }
    return path;
  }

  private Optional<Found> find(int position) {
    NodeDef node = graph.node(position);
    List<TensorId> inputs = graph.inputTensors(position);
    if (node.getOp().startsWith("FusedBatchNorm")) {
      AttrValue training = node.getAttrMap().get("is_training");
      boolean isInference = training != null && !training.getB();
      return isInference && inputs.size() >= 5 && !active[graph.sources(position)[4]]
          ? Optional.of(new Found(position, inputs.get(0), inputs.get(4), inputs.get(3)))
          : Optional.empty();
    }
    boolean isProduct = node.getOp().equals("Mul");
    if (inputs.size() != 2 || !(isProduct || node.getOp().equals("RealDiv"))) {
      return Optional.empty();
    }
    int[] sources = graph.sources(position);
    int own = active[sources[0]] ? 0 : 1;
    if (active[sources[1 - own]] || !active[sources[own]] || (!isProduct && own != 0)) {
      return Optional.empty();
    }
    int root = root(sources[1 - own], isProduct ? "Rsqrt" : "Sqrt", 0);
    return root < 0
        ? Optional.empty()
        : variance(root)
            .map(variance -> found(position, inputs.get(own), sources[own], root, variance));
  }

  /** The root on the way to a factor; -1 if there is none. */
  private int root(int position, String op, int depth) {
    NodeDef node = graph.node(position);
    if (node.getOp().equals(op)) {
      return position;
    }
    boolean isPassed =
        node.getOp().equals("Mul") || FORM.contains(node.getOp()) || Ops.isIdentityOfOne(node);
    if (depth > DEEPEST || !isPassed) {
      return -1;
    }
    for (int source : graph.sources(position)) {
      int found = root(source, op, depth + 1);
      if (found >= 0) {
        return found;
      }
    }
    return -1;
  }

  /** What is added to epsilon before the root. */
  private Optional<TensorId> variance(int root) {
    int sum = through(graph.sources(root)[0]);
    String op = graph.node(sum).getOp();
    if (!op.equals("AddV2") && !op.equals("Add")) {
      return Optional.empty();
    }
    List<TensorId> terms = graph.inputTensors(sum);
    List<TensorId> variances = terms.stream().filter(term -> !isNumber(term)).toList();
    if (variances.size() == 1) {
      return Optional.of(variances.get(0));
    }
    // Of one channel in a frozen graph both are numbers, and epsilon is the smaller one.
    Optional<Values> one = constants.of(terms.get(0));
    Optional<Values> other = constants.of(terms.get(1));
    return variances.isEmpty() && one.isPresent() && other.isPresent()
        ? Optional.of(terms.get(one.get().values()[0] > other.get().values()[0] ? 0 : 1))
        : Optional.empty();
  }

  /** Whether it is one number that the graph itself holds; no variable is read to find out. */
  private boolean isNumber(TensorId tensor) {
    int source = graph.require(Identities.source(graph, tensor).node());
    return Ops.isConstant(graph.node(source))
        && constants.of(tensor).filter(values -> values.values().length == 1).isPresent();
  }

  private int through(int position) {
    int current = position;
    for (int i = 0; i < DEEPEST && FORM.contains(graph.node(current).getOp()); i++) {
      current = graph.sources(current)[0];
    }
    return current;
  }

  /** With the mean that was taken from what enters, or that is taken from the result. */
  private Found found(int position, TensorId input, int source, int root, TensorId variance) {
    NodeDef before = graph.node(source);
    int[] terms = graph.sources(source);
    if (before.getOp().equals("Sub") && terms.length == 2 && !active[terms[1]]) {
      return new Found(
          position, graph.inputTensor(source, 0), variance, graph.inputTensor(source, 1));
    }
    return new Found(position, input, variance, subtracted(root, position));
  }

  /** What is multiplied with the same factor, and is no factor of what enters; null if nothing. */
  private TensorId subtracted(int root, int normalization) {
    boolean[] before = graph.ancestorsOf(normalization);
    boolean[] scaled = GraphWalk.of(graph).along(graph::consumers, i -> !active[i]).from(root);
    for (int i = 0; i < graph.size(); i++) {
      if (scaled[i] && !before[i] && graph.node(i).getOp().equals("Mul")) {
        int[] factors = graph.sources(i);
        for (int factor = 0; factor < factors.length; factor++) {
          if (!scaled[factors[factor]]) {
            return graph.inputTensor(i, factor);
          }
        }
      }
    }
    return null;
  }
}
