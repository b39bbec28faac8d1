package layertap.graph.differentiate.value;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * The values of a graph's small tensors that follow from constants and from sizes of axes, such as
 * the number of steps of a sequence. Not thread-safe.
 */
public final class StaticValues {
  private static final int MAX_DEPTH = 200;

  private final GraphIndex graph;
  private final Function<TensorId, TensorShape> shapes;
  private final Map<TensorId, Optional<SmallTensor>> known = new HashMap<>();
  private final Set<TensorId> active = new HashSet<>();

  public StaticValues(GraphIndex graph, Function<TensorId, TensorShape> shapes) {
    this.graph = graph;
    this.shapes = shapes;
  }

  private TensorShape shape(TensorId tensor) {
    return shapes.apply(tensor);
  }

  /** The sizes of a tensor's axes; open ones are {@code NaN}. */
  public Optional<SmallTensor> sizes(TensorId tensor) {
    return SmallTensor.sizes(shape(tensor));
  }

  /** The value of a tensor; parts of it may be open. */
  public Optional<SmallTensor> of(TensorId tensor) {
    Optional<SmallTensor> value = known.get(tensor);
    if (value == null) {
      if (active.size() >= MAX_DEPTH || !active.add(tensor)) {
        return Optional.empty();
      }
      value = compute(tensor);
      active.remove(tensor);
      known.put(tensor, value);
    }
    return value;
  }

  /** The one whole number that the tensor is. */
  public OptionalInt whole(TensorId tensor) {
    Optional<SmallTensor> value = of(tensor);
    return value.isPresent() ? value.get().whole() : OptionalInt.empty();
  }

  private Optional<SmallTensor> compute(TensorId tensor) {
    OptionalInt found = graph.find(tensor.node());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    int position = found.getAsInt();
    NodeDef node = graph.node(position);
    List<TensorId> inputs = graph.inputTensors(position);
    return switch (node.getOp()) {
      case "Shape" -> SmallTensor.sizes(shape(inputs.get(0)));
      case "ShapeN" -> SmallTensor.sizes(shape(inputs.get(tensor.index())));
      case "Rank" ->
          Optional.of(shape(inputs.get(0)))
              .filter(TensorShape::isRankKnown)
              .map(shape -> SmallTensor.scalar(shape.sizes().size()));
      case "Size" ->
          Optional.of(shape(inputs.get(0)))
              .filter(TensorShape::isFullyKnown)
              .map(shape -> SmallTensor.scalar((double) shape.elementCount()));
      case "ZerosLike" -> filled(inputs.get(0), 0);
      case "OnesLike" -> filled(inputs.get(0), 1);
      case "IdentityN" -> of(inputs.get(tensor.index()));
      case "TensorListLength" -> length(inputs.get(0));
      case "TensorArraySizeV3" -> sizeOfArray(inputs.get(0));
      case "Unpack" ->
          of(inputs.get(0))
              .filter(value -> value.shape().size() == 1 && tensor.index() < value.count())
              .map(value -> SmallTensor.scalar(value.value(tensor.index())));
      default -> tensor.index() == 0 ? evaluated(node, inputs) : Optional.empty();
    };
  }

  private Optional<SmallTensor> filled(TensorId like, double value) {
    TensorShape shape = shape(like);
    return shape.isFullyKnown() ? SmallTensor.filled(shape.sizes(), value) : Optional.empty();
  }

  private Optional<SmallTensor> evaluated(NodeDef node, List<TensorId> inputs) {
    List<Optional<SmallTensor>> values = new ArrayList<>(inputs.size());
    inputs.forEach(input -> values.add(of(input)));
    return SmallOps.evaluate(node, values);
  }

  /** Of an array of TensorFlow 1, unless it grows. */
  private Optional<SmallTensor> sizeOfArray(TensorId handle) {
    int position = graph.require(handle.node());
    NodeDef array = graph.node(position);
    boolean isFixed =
        array.getOp().equals("TensorArrayV3")
            && !array.getAttrOrDefault("dynamic_size", AttrValue.getDefaultInstance()).getB();
    return isFixed ? of(graph.inputTensor(position, 0)) : Optional.empty();
  }

  /** How many elements a list has that no loop has changed. */
  public OptionalInt lengthOf(TensorId list) {
    return length(list).map(SmallTensor::whole).orElse(OptionalInt.empty());
  }

  private Optional<SmallTensor> length(TensorId list) {
    OptionalInt found = graph.find(list.node());
    for (int steps = 0; steps < graph.size() && found.isPresent(); steps++) {
      int position = found.getAsInt();
      if (graph.sources(position).length == 0) {
        return Optional.empty();
      }
      TensorId first = graph.inputTensor(position, 0);
      switch (graph.node(position).getOp()) {
        case "TensorListFromTensor" -> {
          return SmallTensor.sizes(shape(first))
              .filter(sizes -> sizes.count() > 0)
              .map(sizes -> SmallTensor.scalar(sizes.value(0)));
        }
        case "TensorListReserve" -> {
          return of(graph.inputTensor(position, 1));
        }
        case "TensorListSetItem", "Identity" -> found = graph.find(first.node());
        default -> {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
