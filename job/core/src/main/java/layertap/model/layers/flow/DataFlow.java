package layertap.model.layers.flow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.Identities;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.model.layers.Region;
import layertap.model.saved.Signature;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Which tensors enter and leave a region of a graph. Only activations count, tensors that depend on
 * what is fed; weights and constants do not. Read-only.
 */
public final class DataFlow {
  /** A node directly in a function; calls bear the name of their op. */
  private static final Pattern OUTSIDE_OF_SCOPES =
      Pattern.compile("(?:(?:Stateful)?PartitionedCall(?:_\\d+)?/)*[^/]+");

  private static final Set<String> SIZES = Set.of("Shape", "ShapeN", "Size", "Rank");
  private static final Set<DataType> INTEGERS = Set.of(DataType.DT_INT32, DataType.DT_INT64);

  private final GraphIndex graph;
  private final boolean[] active;
  private final boolean[] valued;
  private final boolean[] live;

  /** Whether more than summaries and prints depend on a node's outputs. */
  private final boolean[] serves;

  private final Set<TensorId> returned;

  public DataFlow(GraphIndex graph, Signature signature) {
    this.graph = graph;
    this.active = activeNodes(graph);
    this.valued =
        GraphWalk.of(graph)
            .along(graph::consumers, i -> !SIZES.contains(graph.node(i).getOp()))
            .from(graph.feedable());
    this.returned = new LinkedHashSet<>();
    signature.outputs().values().forEach(port -> returned.add(port.tensor()));
    int[] ends = returned.stream().mapToInt(tensor -> graph.require(tensor.node())).toArray();
    this.live = GraphWalk.of(graph).along(graph::sources).from(ends);
    IntStream unrecorded =
        IntStream.range(0, graph.size())
            .filter(i -> graph.consumers(i).length == 0 && !isRecord(graph.node(i)));
    this.serves =
        GraphWalk.of(graph)
            .along(graph::sources)
            .from(IntStream.concat(unrecorded, IntStream.of(ends)).toArray());
  }

  /** Whether the node writes down what it takes for a reader: a summary, a print. */
  private static boolean isRecord(NodeDef node) {
    return node.getOp().contains("Summary") || node.getOp().startsWith("Print");
  }

  /** Which nodes depend on placeholders. */
  static boolean[] activeNodes(GraphIndex graph) {
    return graph.descendantsOf(graph.feedable());
  }

  public GraphIndex graph() {
    return graph;
  }

  /** Whether an output of the signature depends on the node. */
  public boolean isLive(int position) {
    return live[position];
  }

  /** Whether the node's outputs depend on what is fed. */
  public boolean isActive(int position) {
    return active[position];
  }

  /** Whether the tensor depends on values that are fed, not on sizes alone. */
  public boolean isOfValues(TensorId tensor) {
    return valued[graph.require(tensor.node())];
  }

  /** Whether the tensor tells but sizes of what is fed: the size that an image is enlarged to. */
  public boolean isSize(TensorId tensor) {
    int position = graph.require(tensor.node());
    return active[position] && !valued[position] && INTEGERS.contains(graph.type(tensor));
  }

  /** Where a tensor was computed, before identities handed it on. */
  public TensorId source(TensorId tensor) {
    return Identities.source(graph, tensor);
  }

  /** The tensor of the model that a signature returns: what hands it on there lies in no scope. */
  public TensorId beforeReturn(TensorId tensor) {
    return Identities.source(graph, tensor, node -> OUTSIDE_OF_SCOPES.matcher(node).matches());
  }

  public boolean hasActivations(Region region) {
    return Arrays.stream(region.positions()).anyMatch(this::isActive);
  }

  /** Whether nodes outside of the region take what its nodes give. */
  public boolean isTaken(Region region) {
    return Arrays.stream(region.positions())
        .flatMap(position -> Arrays.stream(graph.consumers(position)))
        .anyMatch(consumer -> !region.contains(consumer));
  }

  /** The activations that nodes of the region take from outside, in the order of their use. */
  public List<TensorId> entries(Region region) {
    Set<TensorId> entries = new LinkedHashSet<>();
    for (int position : region.positions()) {
      int[] sources = graph.sources(position);
      for (int i = 0; i < sources.length; i++) {
        if (active[sources[i]] && !region.contains(sources[i])) {
          entries.add(graph.inputTensor(position, i));
        }
      }
    }
    return withoutMasks(entries);
  }

  /**
   * The activations of the region that are used outside or returned. Masks of booleans travel
   * beside the values and are left out where there are values.
   */
  public List<TensorId> exits(Region region) {
    Set<TensorId> used = new LinkedHashSet<>();
    Set<TensorId> usedByDead = new LinkedHashSet<>();
    for (int position : region.positions()) {
      if (active[position]) {
        sortOutputs(region, position, used, usedByDead);
      }
    }
    return withoutMasks(used.isEmpty() ? usedByDead : used);
  }

  /** The activations of the region that nobody uses, copies of what is handed on aside. */
  public List<TensorId> ends(Region region) {
    Set<TensorId> unused = new LinkedHashSet<>();
    for (int position : region.positions()) {
      TensorId first = new TensorId(graph.node(position).getName(), 0);
      // A group of others and an assertion put nothing out.
      boolean isEnd =
          IntStream.of(graph.consumers(position))
              .noneMatch(taker -> serves[taker] || region.contains(taker));
      if (active[position]
          && isEnd
          && graph.contains(first)
          && !isRecord(graph.node(position))
          && !isCopyOfResult(position)) {
        unused.add(first);
      }
    }
    return withoutMasks(unused);
  }

  /**
   * Whether the node copies what a function with a gradient of its own, such as swish, computes:
   * {@code tf.custom_gradient} leaves an {@code Identity} beside the {@code IdentityN} that hands
   * the result on.
   */
  private boolean isCopyOfResult(int position) {
    if (!Ops.isIdentityOfOne(graph.node(position))) {
      return false;
    }
    int source = graph.sources(position)[0];
    return IntStream.of(graph.consumers(source))
        .anyMatch(taker -> Identities.hasOwnGradient(graph.node(taker)));
  }

  private void sortOutputs(
      Region region, int position, Set<TensorId> used, Set<TensorId> usedByDead) {
    String name = graph.node(position).getName();
    returned.stream().filter(tensor -> tensor.node().equals(name)).forEach(used::add);
    for (int consumer : graph.consumers(position)) {
      if (region.contains(consumer) || !serves[consumer]) {
        continue;
      }
      int[] sources = graph.sources(consumer);
      for (int i = 0; i < sources.length; i++) {
        if (sources[i] == position) {
          (live[consumer] ? used : usedByDead).add(graph.inputTensor(consumer, i));
        }
      }
    }
  }

  private List<TensorId> withoutMasks(Set<TensorId> tensors) {
    List<TensorId> values = new ArrayList<>();
    for (TensorId tensor : tensors) {
      if (graph.type(tensor) != DataType.DT_BOOL) {
        values.add(tensor);
      }
    }
    return values.isEmpty() ? List.copyOf(tensors) : values;
  }
}
