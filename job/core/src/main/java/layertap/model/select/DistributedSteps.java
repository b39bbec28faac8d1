package layertap.model.select;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;
import layertap.model.layers.Region;
import org.tensorflow.proto.NodeDef;

/**
 * Layers inside a TimeDistributed layer of Keras 2, which hands them the steps of all rows as rows.
 *
 * <pre>
 *   [rows, steps, …] ─▶ Reshape ─▶ [rows · steps, …] ─▶ layers inside ─▶ Reshape ─▶ [rows, steps, …]
 * </pre>
 *
 * <p>Keras 3 calls them once for each step, with the rows as they are.
 */
final class DistributedSteps {
  private static final String CLASS_NAME = "TimeDistributed";

  private final LayerIndex layers;
  private final GraphIndex graph;

  DistributedSteps(LayerIndex layers, GraphIndex graph) {
    this.layers = layers;
    this.graph = graph;
  }

  /**
   * The tap with what tells its rows and steps, if it is of a layer inside such a layer.
   *
   * @param number of the layer's call
   * @throws UserException if nothing tells them
   */
  Tap of(Tap tap, Layer layer, int number) {
    List<Layer> around = around(layer);
    if (around.stream().noneMatch(this::joins)) {
      return tap;
    }
    List<LayerCall> holding = holding(around.get(0), layer, number);
    boolean isTold =
        around.size() == 1
            && holding.size() == 1
            && !holding.get(0).inputs().isEmpty()
            && between(around.get(0), layer).noneMatch(this::joinsByItself);
    if (!isTold) {
      throw new UserException(
          ("cannot tap '%s': the layer is called with the steps of all rows together, and the file"
                  + " does not say how many each row has; tap the layer %s")
              .formatted(tap.selector(), around.get(0).path()));
    }
    return joined(holding.get(0)).map(tap::distributedOver).orElse(tap);
  }

  /** The layer that hands the steps of all rows as rows to the call of one inside, if one does. */
  Optional<Layer> around(LayerCall call) {
    return layers.layers().stream()
        .filter(layer -> layer.calls().stream().anyMatch(each -> each == call))
        .flatMap(layer -> around(layer).stream())
        .filter(this::joins)
        .findFirst();
  }

  private List<Layer> around(Layer layer) {
    return IntStream.range(1, layer.names().size())
        .mapToObj(depth -> layer.names().subList(0, depth))
        .flatMap(names -> layers.layers().stream().filter(one -> one.names().equals(names)))
        .filter(one -> one.className().equals(CLASS_NAME))
        .toList();
  }

  /** The layers that stand inside the one and around the other. */
  private Stream<Layer> between(Layer around, Layer inside) {
    return layers.layers().stream()
        .filter(layer -> layer.isInside(around.names()) && inside.isInside(layer.names()));
  }

  /**
   * Whether the layer, and none inside of it, makes more rows of its input: one may split steps.
   */
  private boolean joinsByItself(Layer layer) {
    List<Region> inside =
        layers.layers().stream()
            .filter(other -> other.isInside(layer.names()))
            .flatMap(other -> other.calls().stream())
            .map(LayerCall::region)
            .toList();
    return layer.calls().stream()
        .flatMap(call -> IntStream.of(call.region().positions()).boxed())
        .filter(position -> inside.stream().noneMatch(region -> region.contains(position)))
        .anyMatch(this::changesRows);
  }

  /** A Reshape after which a row has another number of values, or may have. */
  private boolean changesRows(int position) {
    NodeDef node = graph.node(position);
    if (!node.getOp().equals("Reshape")) {
      return false;
    }
    OptionalLong before = valuesOfRow(graph.inputTensor(position, 0));
    OptionalLong after = valuesOfRow(new TensorId(node.getName(), 0));
    return before.isEmpty() || after.isEmpty() || before.getAsLong() != after.getAsLong();
  }

  private OptionalLong valuesOfRow(TensorId tensor) {
    List<Long> sizes =
        graph.notedShape(tensor).map(TensorShape::of).map(TensorShape::sizes).orElse(List.of());
    return sizes.isEmpty() || sizes.stream().skip(1).anyMatch(size -> size < 0)
        ? OptionalLong.empty()
        : OptionalLong.of(sizes.stream().skip(1).reduce(1L, (a, b) -> a * b));
  }

  private boolean joins(Layer layer) {
    return layer.calls().stream().anyMatch(call -> joined(call).isPresent());
  }

  /** The calls of the layer around that may hold the call of the layer inside. */
  private static List<LayerCall> holding(Layer around, Layer layer, int number) {
    Region region = layer.calls().get(number).region();
    if (region.isEmpty()) {
      return around.calls().size() == layer.calls().size()
          ? List.of(around.calls().get(number))
          : around.calls();
    }
    return around.calls().stream().filter(call -> region.minus(call.region()).isEmpty()).toList();
  }

  /** What the layer takes, if it makes one axis of its rows and steps. */
  private Optional<TensorId> joined(LayerCall call) {
    if (call.inputs().size() != 1) {
      return Optional.empty();
    }
    TensorId taken = Identities.source(graph, call.inputs().get(0));
    boolean isJoined =
        IntStream.of(call.region().positions())
            .filter(position -> graph.node(position).getOp().equals("Reshape"))
            .mapToObj(position -> graph.inputTensor(position, 0))
            .anyMatch(tensor -> Identities.source(graph, tensor).equals(taken));
    return isJoined ? Optional.of(call.inputs().get(0)) : Optional.empty();
  }
}
