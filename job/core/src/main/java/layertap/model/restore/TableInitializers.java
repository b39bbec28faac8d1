package layertap.model.restore;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.OpClass;
import layertap.graph.TensorId;
import layertap.graph.check.OpPolicy;
import layertap.model.checkpoint.BundleEntry;
import layertap.model.checkpoint.TensorBundle;
import layertap.model.restore.InitializerGraph.Restored;
import layertap.model.saved.ModelFiles;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/** Finds what fills the lookup tables of a graph. */
public final class TableInitializers {
  private static final String PREFIX = "layertap_init/";

  private final ModelFiles files;
  private final InitializerGraph initializers;
  private TensorBundle checkpoint;
  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
  private final List<KeptVariable> variables = new ArrayList<>();
  private final List<AssetConstant> assets = new ArrayList<>();
  private final List<String> targets = new ArrayList<>();

  private TableInitializers(ModelFiles files, InitializerGraph initializers) {
    this.files = files;
    this.initializers = initializers;
  }

  /**
   * What must run before a graph's tables can be read.
   *
   * @throws UserException if nothing fills a table, or a file outside of the assets does
   */
  public static Initialization find(
      ModelFiles files, InitializerGraph initializers, GraphDef graph) {
    graph.getLibrary().getFunctionList().forEach(TableInitializers::requireNoTable);
    TableInitializers found = new TableInitializers(files, initializers);
    graph.getNodeList().stream()
        .filter(TableInitializers::isTable)
        .forEach(node -> found.fill(node));
    return new Initialization(
        List.copyOf(found.nodes.values()), found.variables, found.targets, found.assets);
  }

  /** Whether an op is a table, and none that looks something up in it. */
  private static boolean isTable(NodeDef node) {
    return OpPolicy.classOf(node.getOp()).orElse(OpClass.INTERNAL) == OpClass.TABLE
        && !node.getOp().startsWith("LookupTable");
  }

  /** No export of Keras has one: handles of tables are handed to functions. */
  private static void requireNoTable(FunctionDef function) {
    for (NodeDef node : function.getNodeDefList()) {
      if (isTable(node)) {
        throw unfilled(
            node.getName(),
            "it is made inside of the function '%s', not when the model is loaded"
                .formatted(function.getSignature().getName()));
      }
    }
  }

  private void fill(NodeDef node) {
    if (node.getOp().startsWith("Anonymous")) {
      throw unfilled(node.getName(), "it has no name, TensorFlow makes it anew for each batch");
    }
    fill(node.getName());
  }

  private void fill(String table) {
    int initializer =
        initializers
            .tableInitializer(table)
            .orElseThrow(() -> unfilled(table, "nothing in the model does when it is loaded"));
    GraphIndex graph = initializers.graph();
    String handle = Identities.source(graph, graph.inputTensor(initializer, 0)).node();
    for (int position : initializers.dataClosure(initializer)) {
      NodeDef node = graph.node(position);
      if (!node.getName().equals(handle)) {
        requireHarmless(node, table);
        add(node, handle, table);
      }
    }
    targets.add(PREFIX + graph.node(initializer).getName());
  }

  private static void requireHarmless(NodeDef node, String table) {
    OpClass opClass = OpPolicy.classOf(node.getOp()).orElse(OpClass.INTERNAL);
    if (!opClass.isAllowed() && !node.getOp().equals("RestoreV2")) {
      throw unfilled(table, "its op " + node.getOp() + " is not run: " + opClass.objection());
    }
  }

  private static UserException unfilled(String table, String fact) {
    return new UserException(
        ("cannot fill the lookup table '%s': %s; export the model again, or tap a "
                + "layer that does not need it")
            .formatted(table, fact));
  }

  private void add(NodeDef node, String handle, String table) {
    if (node.getOp().equals("RestoreV2")) {
      return;
    }
    NodeDef.Builder copy = node.toBuilder().setName(PREFIX + node.getName()).clearInput();
    for (String input : node.getInputList()) {
      if (!TensorId.isControl(input)) {
        TensorId tensor = TensorId.parse(input);
        copy.addInput(tensor.node().equals(handle) ? input : value(tensor, table).asInput());
      }
    }
    boolean readsFile =
        OpPolicy.classOf(node.getOp()).orElse(OpClass.INTERNAL) == OpClass.TABLE_FILE;
    if (readsFile && !readsAsset(initializers.graph().require(node.getName()))) {
      throw unfilled(table, "it reads a file that is not an asset of the model");
    }
    if (readsFile) {
      requireColumn(node, "key_index", table);
      requireColumn(node, "value_index", table);
    }
    nodes.put(copy.getName(), copy.build());
  }

  /** TensorFlow ends the process where the number does not fit into 32 bits. */
  private static void requireColumn(NodeDef node, String attribute, String table) {
    long column = node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getI();
    if (column != (int) column) {
      throw unfilled(table, "it reads column " + column + " of a file");
    }
  }

  private boolean readsAsset(int position) {
    List<TensorId> inputs = initializers.graph().inputTensors(position);
    return inputs.size() > 1 && initializers.assetNode(inputs.get(1)).isPresent();
  }

  /** What an initializer takes: a path of an asset, a restored value, or what it computes. */
  private TensorId value(TensorId tensor, String table) {
    return initializers
        .assetNode(tensor)
        .map(node -> path(node, table))
        .orElseGet(() -> restoredOr(tensor, table));
  }

  private TensorId path(String node, String table) {
    String asset = initializers.asset(node);
    if (files.list().stream().noneMatch(file -> file.path().equals(asset))) {
      throw unfilled(table, "the file " + asset + " is missing");
    }
    String name = PREFIX + node;
    if (!nodes.containsKey(name)) {
      nodes.put(name, constant(name, DataType.DT_STRING));
      assets.add(new AssetConstant(name, asset));
    }
    return new TensorId(name, 0);
  }

  private static NodeDef constant(String name, DataType dtype) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Const")
        .putAttr("dtype", AttrValue.newBuilder().setType(dtype).build())
        .build();
  }

  private TensorId restoredOr(TensorId tensor, String table) {
    Optional<Restored> restored = initializers.restored(tensor);
    if (restored.isEmpty()) {
      return new TensorId(PREFIX + tensor.node(), tensor.index());
    }
    BundleEntry entry =
        checkpoint()
            .find(restored.get().key())
            .orElseThrow(
                () -> unfilled(table, "the checkpoint has no '" + restored.get().key() + "'"));
    String name = PREFIX + restored.get().key();
    String value = name + "/value";
    if (!nodes.containsKey(name)) {
      nodes.put(name, constant(name, entry.dtype()));
      nodes.put(value, withoutShape(value, name, entry.dtype()));
      variables.add(new KeptVariable(name, entry));
    }
    return new TensorId(value, 0);
  }

  /**
   * Hides the shape of a value, as {@code RestoreV2} does: importing a dense table's keys, which
   * are a matrix, is refused where TensorFlow knows that, and works.
   */
  private static NodeDef withoutShape(String name, String value, DataType dtype) {
    TensorShapeProto any = TensorShapeProto.newBuilder().setUnknownRank(true).build();
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("PlaceholderWithDefault")
        .addInput(value)
        .putAttr("dtype", AttrValue.newBuilder().setType(dtype).build())
        .putAttr("shape", AttrValue.newBuilder().setShape(any).build())
        .build();
  }

  /** Its index is read for the first value, and once. */
  private TensorBundle checkpoint() {
    if (checkpoint == null) {
      checkpoint = TensorBundle.open(files);
    }
    return checkpoint;
  }
}
