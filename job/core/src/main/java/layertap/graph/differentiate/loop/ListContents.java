package layertap.graph.differentiate.loop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.differentiate.value.SmallTensor;
import layertap.graph.differentiate.value.StaticValues;

/** What the lists of a graph hold, as far as lengths and indices are known. Not thread-safe. */
final class ListContents {
  private final GraphIndex graph;
  private final StaticValues values;
  private final UnaryOperator<TensorId> valueOf;
  private final NodeDefs added;
  private final Map<TensorId, Optional<ListValue>> lists = new HashMap<>();
  private final Map<TensorId, List<TensorId>> unpacked = new HashMap<>();

  /**
   * Knows nothing yet.
   *
   * @param valueOf the tensor that stands for one that is read from a list
   * @param added to which ops are added that take tensors apart
   */
  ListContents(
      GraphIndex graph, StaticValues values, UnaryOperator<TensorId> valueOf, NodeDefs added) {
    this.graph = graph;
    this.values = values;
    this.valueOf = valueOf;
    this.added = added;
  }

  /** The whole numbers that a node takes as an input. */
  Optional<int[]> indices(int position, int input) {
    return values
        .of(graph.inputTensor(position, input))
        .filter(SmallTensor::isKnown)
        .map(known -> IntStream.range(0, known.count()).map(i -> (int) known.value(i)).toArray());
  }

  /** What a list holds. */
  Optional<ListValue> list(TensorId tensor) {
    // Long chains of changes are followed without recursion.
    List<TensorId> chain = new ArrayList<>();
    TensorId current = tensor;
    while (!lists.containsKey(current)) {
      chain.add(current);
      Optional<TensorId> before = before(current);
      if (before.isEmpty()) {
        lists.put(current, made(current));
      } else {
        current = before.get();
      }
    }
    for (int i = chain.size() - 1; i >= 0; i--) {
      TensorId each = chain.get(i);
      if (!lists.containsKey(each)) {
        lists.put(each, before(each).flatMap(lists::get).flatMap(list -> changed(each, list)));
      }
    }
    return lists.get(tensor);
  }

  /** The list that a node changes. */
  private Optional<TensorId> before(TensorId tensor) {
    int position = graph.require(tensor.node());
    return switch (graph.node(position).getOp()) {
      case "TensorListSetItem", "TensorListPushBack", "Identity" ->
          Optional.of(graph.inputTensor(position, 0));
      case "TensorArrayWriteV3", "TensorArrayScatterV3" ->
          Optional.of(graph.inputTensor(position, 3));
      default -> Optional.empty();
    };
  }

  private Optional<ListValue> made(TensorId tensor) {
    int position = graph.require(tensor.node());
    return switch (graph.node(position).getOp()) {
      case "TensorListFromTensor" -> elementsOf(position, graph.inputTensor(position, 0));
      case "TensorListReserve" -> ofLength(values.whole(graph.inputTensor(position, 1)));
      case "TensorArrayV3" ->
          tensor.index() == 1
              ? ofLength(values.whole(graph.inputTensor(position, 0)))
              : Optional.empty();
      case "EmptyTensorList" -> Optional.of(ListValue.empty(0));
      default -> Optional.empty();
    };
  }

  private static Optional<ListValue> ofLength(OptionalInt length) {
    return length.isPresent() && length.getAsInt() >= 0
        ? Optional.of(ListValue.empty(length.getAsInt()))
        : Optional.empty();
  }

  private Optional<ListValue> elementsOf(int position, TensorId tensor) {
    return values
        .sizes(tensor)
        .filter(sizes -> sizes.count() > 0 && !Double.isNaN(sizes.value(0)))
        .map(sizes -> (int) sizes.value(0))
        .map(
            length ->
                ListValue.of(
                    length, index -> Optional.of(unpacked(position, tensor, length).get(index))));
  }

  /** The parts of a tensor along its first axis. */
  private List<TensorId> unpacked(int position, TensorId tensor, int length) {
    List<TensorId> parts = unpacked.get(tensor);
    if (parts == null) {
      String name = graph.node(position).getName() + "/layertap_elements";
      parts = IntStream.range(0, length).mapToObj(i -> new TensorId(name, i)).toList();
      unpacked.put(tensor, parts);
      added
          .node("Unpack", name, valueOf.apply(tensor))
          .attribute("num", length)
          .attribute("T", graph.type(tensor))
          .attribute("axis", 0)
          .add();
    }
    return parts;
  }

  private Optional<ListValue> changed(TensorId tensor, ListValue list) {
    int position = graph.require(tensor.node());
    return switch (graph.node(position).getOp()) {
      case "Identity" -> Optional.of(list);
      case "TensorListPushBack" ->
          Optional.of(list.with(list.length(), graph.inputTensor(position, 1)));
      case "TensorArrayScatterV3" -> scattered(position, list);
      default -> {
        OptionalInt index = values.whole(graph.inputTensor(position, 1));
        yield index.isPresent() && index.getAsInt() >= 0
            ? Optional.of(list.with(index.getAsInt(), graph.inputTensor(position, 2)))
            : Optional.empty();
      }
    };
  }

  private Optional<ListValue> scattered(int position, ListValue list) {
    return indices(position, 1)
        .map(
            indices -> {
              TensorId tensor = graph.inputTensor(position, 2);
              List<TensorId> parts = unpacked(position, tensor, indices.length);
              ListValue current = list;
              for (int i = 0; i < indices.length; i++) {
                current = current.with(indices[i], parts.get(i));
              }
              return current;
            });
  }
}
