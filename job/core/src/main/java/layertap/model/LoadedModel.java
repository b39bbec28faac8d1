package layertap.model;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import layertap.failure.GraphException;
import layertap.failure.UserException;
import layertap.graph.FlatGraph;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.check.GraphCheck;
import layertap.graph.inline.FunctionInliner;
import layertap.graph.rewrite.XlaSlices;
import layertap.model.layers.LayerIndex;
import layertap.model.layers.build.LayerIndexBuilder;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.restore.InitializerGraph;
import layertap.model.saved.ModelFiles;
import layertap.model.saved.SavedModelReader;
import layertap.model.saved.Signature;
import layertap.model.saved.Signature.Port;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * A signature of a SavedModel as a flat graph, with its layers. Holds no values of variables.
 * Immutable and thread-safe.
 */
public final class LoadedModel {
  private static final String ENCLOSED_TOPOLOGY = "assets.extra/layertap_topology.json";

  private final ModelFiles files;
  private final Signature signature;
  private final GraphIndex graph;
  private final Map<String, String> calls;
  private final LayerIndex layers;
  private final OpDefinitions ops;
  private final InitializerGraph initializers;

  private LoadedModel(
      ModelFiles files,
      Signature signature,
      GraphIndex graph,
      Map<String, String> calls,
      LayerIndex layers,
      OpDefinitions ops,
      InitializerGraph initializers) {
    this.files = files;
    this.signature = signature;
    this.graph = graph;
    this.calls = calls;
    this.layers = layers;
    this.ops = ops;
    this.initializers = initializers;
  }

  /**
   * Reads a model.
   *
   * @param tags of the MetaGraph
   * @param signatureName key of the SignatureDef
   * @param topology names the layers that the export leaves out
   * @throws UserException if the model is missing, damaged, or has no such tags or signature
   */
  public static LoadedModel load(
      ModelFiles files,
      Collection<String> tags,
      String signatureName,
      Optional<TopologyFile> topology) {
    List<MetaGraphDef> metaGraphs = SavedModelReader.readMetaGraphs(files);
    return load(
        files,
        SavedModelReader.select(metaGraphs, tags, files.location()),
        signatureName,
        topology);
  }

  /**
   * Reads one MetaGraph of a model.
   *
   * @param signatureName key of the SignatureDef
   * @param topology names the layers that the export leaves out
   * @throws UserException if the graph is damaged, or has no such signature
   */
  public static LoadedModel load(
      ModelFiles files,
      MetaGraphDef stored,
      String signatureName,
      Optional<TopologyFile> topology) {
    Signature signature = SavedModelReader.signature(stored, signatureName, files.location());
    OpDefinitions ops =
        OpDefinitions.registered().withForeign(stored.getMetaInfoDef().getStrippedOpList());
    try {
      MetaGraphDef metaGraph = withoutXlaSlices(stored, ops);
      GraphIndex top = new GraphIndex(metaGraph.getGraphDef(), ops);
      FlatGraph flat = FunctionInliner.inline(top, roots(metaGraph, signature));
      GraphCheck.checkInputCounts(flat.graph(), ops);
      GraphIndex graph = new GraphIndex(flat.graph(), ops);
      LayerIndex layers =
          new LayerIndexBuilder(metaGraph, flat, graph, signature, files)
              .build(topology.or(() -> enclosed(files)));
      return new LoadedModel(
          files, signature, graph, flat.calls(), layers, ops, InitializerGraph.of(metaGraph, top));
    } catch (GraphException e) {
      throw new UserException(
          "cannot read the graph of %s: %s; the model is damaged, export it again"
              .formatted(files.location(), e.getMessage()),
          e);
    }
  }

  /** With ordinary ops for those that take and update slices. */
  private static MetaGraphDef withoutXlaSlices(MetaGraphDef stored, OpDefinitions ops) {
    GraphDef graph = XlaSlices.replaceIn(stored.getGraphDef(), ops);
    boolean isSame = graph == stored.getGraphDef();
    return isSame ? stored : stored.toBuilder().setGraphDef(graph).build();
  }

  /** The topology that {@code scripts/export_savedmodel.py} put beside the model. */
  private static Optional<TopologyFile> enclosed(ModelFiles files) {
    return files.list().stream()
        .filter(file -> file.path().equals(ENCLOSED_TOPOLOGY))
        .findFirst()
        .map(
            file ->
                TopologyFile.parse(
                    files.location() + "/" + file.path(),
                    files.read(file.path(), 0, Math.toIntExact(file.length()))));
  }

  /**
   * The nodes that a signature needs; in a graph of TensorFlow 1, which has no objects and the
   * model's own ops at the top, all but those of the saver, since one can tap what no signature
   * returns.
   */
  private static Collection<String> roots(MetaGraphDef metaGraph, Signature signature) {
    GraphDef graph = metaGraph.getGraphDef();
    Set<String> roots = new TreeSet<>();
    if (metaGraph.hasObjectGraphDef()) {
      for (Port port : signature.outputs().values()) {
        roots.add(port.tensor().node());
      }
      return roots;
    }
    String fileName = metaGraph.getSaverDef().getFilenameTensorName();
    String saver = fileName.substring(0, fileName.indexOf('/') + 1);
    graph.getNodeList().stream()
        .map(NodeDef::getName)
        .filter(node -> saver.isEmpty() || !node.startsWith(saver))
        .forEach(roots::add);
    return roots;
  }

  public ModelFiles files() {
    return files;
  }

  public Signature signature() {
    return signature;
  }

  /** The flat graph. */
  public GraphIndex graph() {
    return graph;
  }

  public LayerIndex layers() {
    return layers;
  }

  /** How many ops a graph has, functions inlined, and how many of them are variables. */
  public record Size(long ops, long variables) {}

  /** How large the signature's graph is. */
  public Size size() {
    long variables = graph.graph().getNodeList().stream().filter(Ops::isVariable).count();
    return new Size(graph.size(), variables);
  }

  /** The calls that were inlined, with their functions. */
  public Map<String, String> calls() {
    return calls;
  }

  public OpDefinitions ops() {
    return ops;
  }

  public InitializerGraph initializers() {
    return initializers;
  }
}
