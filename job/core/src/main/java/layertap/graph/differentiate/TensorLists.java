package layertap.graph.differentiate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Puts tensors in the place of lists of tensors, which have no gradient. Not thread-safe.
 *
 * <pre>
 *   x ─▶ TensorListFromTensor ─▶ TensorListGetItem     becomes   x ─▶ Unpack ─▶
 *   a, b ─▶ TensorListSetItem ─▶ TensorListStack       becomes   a, b ─▶ Pack ─▶
 * </pre>
 *
 * <p>The arrays of TensorFlow 1 are such lists too: what one holds goes with its flow.
 */
final class TensorLists {
  /** Ops that take a tensor out of a list, with the input that is the list. */
  private static final Map<String, Integer> READS =
      Map.of(
          "TensorListGetItem", 0,
          "TensorListStack", 0,
          "TensorListGather", 0,
          "TensorArrayReadV3", 2,
          "TensorArrayGatherV3", 2);

  private static final Set<String> OTHERS =
      Set.of(
          "TensorListFromTensor",
          "TensorListReserve",
          "EmptyTensorList",
          "TensorListSetItem",
          "TensorListPushBack",
          "TensorArrayV3",
          "TensorArrayWriteV3",
          "TensorArrayScatterV3");

  private final GraphIndex graph;
  private final StaticValues values;
  private final GradientPaths paths;
  private final Map<TensorId, Optional<ListValue>> lists = new HashMap<>();
  private final Map<TensorId, List<TensorId>> unpacked = new HashMap<>();
  private final Map<TensorId, TensorId> read = new HashMap<>();
  private final NodeDefs added = new NodeDefs("");

  private TensorLists(Rewriting rewriting, StaticValues values) {
    this.graph = rewriting.graph();
    this.paths = rewriting.paths();
    this.values = values;
  }

  /** Whether the node makes, changes or reads a list. */
  static boolean isOfLists(NodeDef node) {
    return READS.containsKey(node.getOp()) || OTHERS.contains(node.getOp());
  }

  /** Replaces what reads lists on the paths; says whether there was any. */
  static boolean replace(Rewriting rewriting, StaticValues values) {
    TensorLists lists = new TensorLists(rewriting, values);
    Substitution changes = new Substitution();
    boolean isChanged = false;
    for (int position : rewriting.paths().nodes()) {
      TensorId output = new TensorId(rewriting.graph().node(position).getName(), 0);
      TensorId value = lists.valueOf(output);
      if (!value.equals(output)) {
        changes.replace(output, value);
        isChanged = true;
      }
    }
    if (isChanged) {
      changes.add(lists.added.nodes());
      rewriting.apply(changes);
    }
    return isChanged;
  }

  /** The tensor itself, or the one that is read from a list. */
  private TensorId valueOf(TensorId tensor) {
    TensorId known = read.get(tensor);
    if (known == null) {
      int position = graph.require(tensor.node());
      boolean isRead = READS.containsKey(graph.node(position).getOp()) && paths.isOn(position);
      known = isRead ? readBy(position).orElse(tensor) : tensor;
      read.put(tensor, known);
    }
    return known;
  }

  private Optional<TensorId> readBy(int position) {
    NodeDef node = graph.node(position);
    ListValue list = list(graph.inputTensor(position, READS.get(node.getOp()))).orElse(null);
    if (list == null) {
      return Optional.empty();
    }
    return switch (node.getOp()) {
      case "TensorListGetItem" -> element(list, values.whole(graph.inputTensor(position, 1)));
      case "TensorArrayReadV3" -> element(list, values.whole(graph.inputTensor(position, 1)));
      case "TensorListStack" -> packed(node, list, IntStream.range(0, list.length()).toArray());
      default -> indices(position, 1).flatMap(indices -> packed(node, list, indices));
    };
  }

  private Optional<TensorId> element(ListValue list, OptionalInt index) {
    return index.isEmpty() ? Optional.empty() : list.element(index.getAsInt()).map(this::valueOf);
  }

  /** Elements one beside the other; what was never written is zero, as in TensorFlow. */
  private Optional<TensorId> packed(NodeDef node, ListValue list, int[] indices) {
    List<Optional<TensorId>> elements = IntStream.of(indices).mapToObj(list::element).toList();
    Optional<TensorId> written = elements.stream().flatMap(Optional::stream).findFirst();
    if (written.isEmpty()) {
      return Optional.empty();
    }
    DataType dtype = dtypeOf(node);
    TensorId[] inputs = new TensorId[indices.length];
    for (int i = 0; i < inputs.length; i++) {
      Optional<TensorId> element = elements.get(i);
      if (element.isEmpty() && !node.getOp().startsWith("TensorList")) {
        return Optional.empty();
      }
      inputs[i] = element.map(this::valueOf).orElseGet(() -> zero(node, written.get(), dtype));
    }
    return Optional.of(
        added
            .node("Pack", node.getName() + "/layertap_packed", inputs)
            .attribute("N", inputs.length)
            .attribute("T", dtype)
            .attribute("axis", 0)
            .add());
  }

  private TensorId zero(NodeDef node, TensorId like, DataType dtype) {
    String name = node.getName() + "/layertap_zero";
    TensorId zero = new TensorId(name, 0);
    boolean isThere = added.nodes().stream().anyMatch(each -> each.getName().equals(name));
    return isThere
        ? zero
        : added.node("ZerosLike", name, valueOf(like)).attribute("T", dtype).add();
  }

  private static DataType dtypeOf(NodeDef node) {
    String attribute = node.getOp().startsWith("TensorList") ? "element_dtype" : "dtype";
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getType();
  }

  private Optional<int[]> indices(int position, int input) {
    return values
        .of(graph.inputTensor(position, input))
        .filter(SmallTensor::isKnown)
        .map(known -> IntStream.range(0, known.count()).map(i -> (int) known.value(i)).toArray());
  }

  /** What a list holds. */
  private Optional<ListValue> list(TensorId tensor) {
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
          .node("Unpack", name, valueOf(tensor))
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
