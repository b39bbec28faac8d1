package layertap.model.restore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.OpClass;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorValues;
import layertap.graph.check.OpPolicy;
import layertap.graph.inline.FunctionInliner;
import org.tensorflow.proto.AssetFileDef;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * The part of a model that runs when it is loaded: it restores variables and fills lookup tables.
 * Only read, never run as it is. Immutable.
 */
public final class InitializerGraph {
  private static final String INIT_SIGNATURE = "__saved_model_init_op";
  private static final List<String> INIT_COLLECTIONS =
      List.of("saved_model_main_op", "legacy_init_op", "table_initializer");

  private final GraphIndex graph;
  private final Map<String, Restored> variables = new HashMap<>();
  private final Map<String, Integer> tables = new HashMap<>();
  private final Map<String, String> assets = new HashMap<>();
  private final Map<String, TensorId> assigned = new HashMap<>();

  /** Of constants by position: one restore op may have the keys of a thousand variables in one. */
  private final Map<Integer, List<String>> strings = new HashMap<>();

  /**
   * Where a restored value comes from.
   *
   * @param key checkpoint key
   * @param slice as {@code RestoreV2} writes it ({@code "10 20 0,5:0,20"}); empty for a whole
   *     tensor
   */
  record Restored(String key, String slice) {}

  private InitializerGraph(GraphIndex graph) {
    this.graph = graph;
  }

  /**
   * Follows the restore op and the init ops of a MetaGraph.
   *
   * @param top its graph, functions not inlined
   */
  public static InitializerGraph of(MetaGraphDef metaGraph, GraphIndex top) {
    List<String> roots =
        roots(metaGraph).stream().filter(node -> top.find(node).isPresent()).toList();
    GraphIndex flat = new GraphIndex(FunctionInliner.inline(top, roots).graph(), top.ops());
    InitializerGraph initializers = new InitializerGraph(flat);
    for (AssetFileDef asset : metaGraph.getAssetFileDefList()) {
      initializers.assets.put(
          TensorId.parse(asset.getTensorInfo().getName()).node(), "assets/" + asset.getFilename());
    }
    for (int i = 0; i < flat.size(); i++) {
      initializers.add(i);
    }
    if (metaGraph.getSaverDef().getRestoreOpName().isEmpty()) {
      NamedVariables.of(metaGraph).forEach(initializers.variables::putIfAbsent);
    }
    if (metaGraph.hasObjectGraphDef()) {
      VariableCopies.of(top).forEach(initializers::addOriginal);
    }
    return initializers;
  }

  private static Set<String> roots(MetaGraphDef metaGraph) {
    Set<String> roots = new TreeSet<>();
    roots.add(TensorId.parse(metaGraph.getSaverDef().getRestoreOpName()).node());
    SignatureDef init = metaGraph.getSignatureDefMap().get(INIT_SIGNATURE);
    if (init != null) {
      for (TensorInfo output : init.getOutputsMap().values()) {
        roots.add(TensorId.parse(output.getName()).node());
      }
    }
    for (String name : INIT_COLLECTIONS) {
      CollectionDef collection =
          metaGraph.getCollectionDefOrDefault(name, CollectionDef.getDefaultInstance());
      collection
          .getNodeList()
          .getValueList()
          .forEach(node -> roots.add(TensorId.parse(node).node()));
    }
    return roots;
  }

  /**
   * {@code VarHandleOp ← AssignVariableOp ← Identity ← RestoreV2}, {@code Assign} for the reference
   * variables of TensorFlow 1; a table is filled by an op that takes its handle first.
   */
  private void add(int position) {
    String op = graph.node(position).getOp();
    if (graph.sources(position).length < 2) {
      return;
    }
    String handle = Identities.source(graph, graph.inputTensor(position, 0)).node();
    if (op.equals("AssignVariableOp") || op.equals("Assign")) {
      TensorId value = graph.inputTensor(position, 1);
      restored(value).ifPresent(from -> variables.put(handle, from));
      assigned.put(handle, value);
      return;
    }
    OpClass opClass = OpPolicy.classOf(op).orElse(OpClass.INTERNAL);
    if (opClass == OpClass.TABLE_INIT || opClass == OpClass.TABLE_FILE) {
      // What the checkpoint holds of a table is newer than what it was made with.
      tables.merge(handle, position, (known, found) -> isRestored(known) ? known : found);
    }
  }

  private void addOriginal(String original, String copy) {
    variable(copy).ifPresent(from -> variables.putIfAbsent(original, from));
  }

  private boolean isRestored(int tableInit) {
    return graph.inputTensors(tableInit).stream().anyMatch(input -> restored(input).isPresent());
  }

  /** Where a tensor comes from, if that is the checkpoint. */
  Optional<Restored> restored(TensorId tensor) {
    TensorId value = Identities.source(graph, tensor);
    int restore = graph.require(value.node());
    if (!graph.node(restore).getOp().equals("RestoreV2") || graph.sources(restore).length < 3) {
      return Optional.empty();
    }
    Optional<String> slice = constant(restore, 2, value.index());
    return constant(restore, 1, value.index()).map(key -> new Restored(key, slice.orElse("")));
  }

  private Optional<String> constant(int node, int input, int element) {
    TensorId source = Identities.source(graph, graph.inputTensor(node, input));
    List<String> values =
        strings.computeIfAbsent(
            graph.require(source.node()), constant -> TensorValues.strings(graph.node(constant)));
    return element < values.size() ? Optional.of(values.get(element)) : Optional.empty();
  }

  GraphIndex graph() {
    return graph;
  }

  /** The source of the variable whose handle (or reference) the node of that name is. */
  Optional<Restored> variable(String node) {
    return Optional.ofNullable(variables.get(node));
  }

  /** The op that fills the table whose handle the node of that name is. */
  OptionalInt tableInitializer(String node) {
    Integer position = tables.get(node);
    return position == null ? OptionalInt.empty() : OptionalInt.of(position);
  }

  /**
   * The node that gives the path of an asset, if that is what the tensor holds. In TensorFlow 1 it
   * is a constant; TensorFlow 2 first puts the path into a variable:
   *
   * <pre>
   *   asset_path_initializer ─▶ AssignVariableOp     VarHandleOp ─▶ ReadVariableOp ─▶ the table
   * </pre>
   */
  Optional<String> assetNode(TensorId tensor) {
    TensorId value = Identities.source(graph, tensor);
    int position = graph.require(value.node());
    boolean isRead = Ops.readsVariable(graph.node(position));
    if (isRead && graph.sources(position).length > 0) {
      TensorId handle = Identities.source(graph, graph.inputTensor(position, 0));
      TensorId path = assigned.get(handle.node());
      value = path == null ? value : Identities.source(graph, path);
    }
    return Optional.of(value.node()).filter(assets::containsKey);
  }

  /** The asset whose path the node gives. */
  String asset(String node) {
    return assets.get(node);
  }

  /** All nodes whose data a node needs, paths of assets aside, and the node, in order. */
  List<Integer> dataClosure(int position) {
    List<Integer> closure = new ArrayList<>();
    collect(position, closure);
    closure.sort(null);
    return closure;
  }

  private void collect(int position, List<Integer> closure) {
    if (closure.contains(position)) {
      return;
    }
    closure.add(position);
    if (!graph.node(position).getOp().equals("RestoreV2")) {
      for (TensorId input : graph.inputTensors(position)) {
        if (assetNode(input).isEmpty()) {
          collect(graph.require(input.node()), closure);
        }
      }
    }
  }
}
