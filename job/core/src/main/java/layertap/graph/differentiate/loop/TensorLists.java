package layertap.graph.differentiate.loop;

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
import layertap.graph.differentiate.path.GradientPaths;
import layertap.graph.differentiate.path.Rewriting;
import layertap.graph.differentiate.value.StaticValues;
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
  private final Map<TensorId, TensorId> read = new HashMap<>();
  private final NodeDefs added = new NodeDefs("");
  private final ListContents contents;

  private TensorLists(Rewriting rewriting, StaticValues values) {
    this.graph = rewriting.graph();
    this.paths = rewriting.paths();
    this.values = values;
    this.contents = new ListContents(graph, values, this::valueOf, added);
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
      // What is added here is not in the graph yet.
      OptionalInt position = graph.find(tensor.node());
      known = position.isPresent() ? valueAt(position.getAsInt(), tensor) : tensor;
      read.put(tensor, known);
    }
    return known;
  }

  private TensorId valueAt(int position, TensorId tensor) {
    boolean isRead = READS.containsKey(graph.node(position).getOp()) && paths.isOn(position);
    return isRead ? readBy(position).orElse(tensor) : tensor;
  }

  private Optional<TensorId> readBy(int position) {
    NodeDef node = graph.node(position);
    ListValue list =
        contents.list(graph.inputTensor(position, READS.get(node.getOp()))).orElse(null);
    if (list == null) {
      return Optional.empty();
    }
    return switch (node.getOp()) {
      case "TensorListGetItem" -> element(list, values.whole(graph.inputTensor(position, 1)));
      case "TensorArrayReadV3" -> element(list, values.whole(graph.inputTensor(position, 1)));
      case "TensorListStack" -> packed(node, list, IntStream.range(0, list.length()).toArray());
      default -> contents.indices(position, 1).flatMap(indices -> packed(node, list, indices));
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
}
