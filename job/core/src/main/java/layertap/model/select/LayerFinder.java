package layertap.model.select;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import layertap.failure.NearestNames;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerIndex;
import layertap.model.saved.CompiledGraph;
import layertap.model.saved.Signature;
import layertap.model.select.Selector.ByIndex;
import layertap.model.select.Selector.ByName;

/** Finds layers by name, path, glob or index, and says what is near where it finds none. */
final class LayerFinder {
  private static final String INPUT_LAYER = "InputLayer";

  private static final String TOPOLOGY_REMEDY =
      "set model.topology to the model's .keras archive or JSON, or export it with"
          + " scripts/export_savedmodel.py";

  private final LayerIndex index;
  private final GraphIndex graph;
  private final SharedOutputs outputs;
  private final Consumer<String> warnings;

  LayerFinder(LayerIndex index, GraphIndex graph, Signature signature, Consumer<String> warnings) {
    this.outputs = new SharedOutputs(index, graph, signature);
    this.index = index;
    this.graph = graph;
    this.warnings = warnings;
  }

  /** The layers that a name or glob stands for, in the model's order. */
  List<Layer> find(ByName selector) {
    return selector.isGlob() ? matching(selector.path()) : List.of(named(selector.path()));
  }

  /** Whether no layer bears the name, or only one that hands on an input. */
  boolean isUntapped(ByName selector) {
    return index.layers().stream()
        .filter(layer -> layer.isCalled(selector.path()))
        .allMatch(layer -> layer.isTopLevel() && layer.className().equals(INPUT_LAYER));
  }

  /**
   * The layer at an index.
   *
   * @throws UserException if the index is out of range or the file does not say whose it is
   */
  Layer find(ByIndex selector) {
    if (index.listedBy().isEmpty() && CompiledGraph.is(graph)) {
      throw compiled("the layer with index " + selector.index());
    }
    if (index.listedBy().isEmpty()) {
      throw new UserException(
          ("cannot find the layer with index %s: this export does not hold the list of "
                  + "the model's layers; name the layer (inspect lists the names), or %s")
              .formatted(selector.index(), TOPOLOGY_REMEDY));
    }
    int count = index.listedCount();
    int position = selector.index() < 0 ? selector.index() + count : selector.index();
    if (position < 0 || position >= count) {
      throw new UserException(
          ("cannot find the layer with index %s: the model has %s layers; indexes go "
                  + "from 0 to %s, or from -1 to -%s")
              .formatted(selector.index(), count, (count - 1), count));
    }
    Layer layer = index.byIndex().get(position);
    if (layer == null) {
      throw new UserException(
          ("cannot find the layer with index %s: this export lists the layers without "
                  + "their names, and nothing else tells which of those without variables it is; "
                  + "name the layer (inspect lists the names), or %s")
              .formatted(selector.index(), TOPOLOGY_REMEDY));
    }
    return layer;
  }

  private List<Layer> matching(String glob) {
    boolean deep = glob.contains("**");
    LayerGlob pattern = new LayerGlob(glob);
    Map<Integer, Layer> listed = index.byIndex();
    List<Layer> matching =
        index.layers().stream()
            .filter(layer -> pattern.matches(layer))
            .filter(layer -> deep || !layer.isTopLevel() || belongsToModel(layer, listed))
            .toList();
    if (matching.isEmpty() && CompiledGraph.is(graph)) {
      throw compiled("layers for '" + glob + "'");
    }
    if (matching.isEmpty()) {
      throw new UserException(
          "cannot find layers for '" + glob + "': no layer's name matches; " + nearest(glob));
    }
    return matching;
  }

  /** The InputLayer of a Sequential model is known, but not one of its layers. */
  private static boolean belongsToModel(Layer layer, Map<Integer, Layer> listed) {
    return listed.isEmpty()
        || layer.index() != Layer.NO_INDEX
        || !layer.className().equals(INPUT_LAYER);
  }

  private Layer named(String path) {
    List<Layer> exact = index.findAll(path);
    List<Layer> found =
        exact.isEmpty()
            ? index.layers().stream().filter(layer -> index.isCalled(layer, path)).toList()
            : exact;
    if (found.size() == 1) {
      if (exact.isEmpty() && index.mayHideLayers() && found.get(0).isCalled(path)) {
        warnings.accept(mayHide(path, found.get(0)));
      }
      return found.get(0);
    }
    throw found.isEmpty() ? unknown(path) : ambiguous(path, found);
  }

  private static String mayHide(String path, Layer taken) {
    return "'"
        + path
        + "' is taken for the layer '"
        + taken.path()
        + "': this export has no trace of layers without ops (InputLayer, Dropout, a linear"
        + " Activation), of which one may have that name as well; name the whole path, or "
        + TOPOLOGY_REMEDY;
  }

  private static UserException compiled(String wanted) {
    return new UserException(
        "cannot find %s: %s; %s".formatted(wanted, CompiledGraph.REASON, CompiledGraph.REMEDY));
  }

  /** The tensor that bears the name, where there is exactly one. */
  private Optional<TensorId> tensor(String path) {
    if (!path.contains("/") && graph.find(path).isEmpty()) {
      // A layer without ops may have the name by which an op's name happens to end.
      return Optional.empty();
    }
    try {
      return Optional.of(new TensorFinder(graph).find(path));
    } catch (UserException e) {
      return Optional.empty();
    }
  }

  private UserException unknown(String path) {
    if (CompiledGraph.is(graph)) {
      return compiled("the layer '" + path + "'");
    }
    Optional<TensorId> tensor = tensor(path);
    if (tensor.isPresent()) {
      return new UserException(
          ("cannot find the layer '%s': the model has no layer of that name, but an op, %s; write"
                  + " { graph-tensor = \"%s\" } for what it gives")
              .formatted(path, tensor.get().node(), path));
    }
    String unseen =
        index.hasConnections()
            ? ""
            : ("; if it is a layer without ops (InputLayer, Dropout, a linear Activation, a Lambda"
                    + " that hands on what it takes), this export does not show it: tap the layer"
                    + " before it%s, or %s")
                .formatted(outputs.words(), TOPOLOGY_REMEDY);
    return new UserException(
        "cannot find the layer '%s': the model has no layer of that name; %s%s"
            .formatted(path, nearest(path), unseen));
  }

  private static UserException ambiguous(String path, List<Layer> candidates) {
    return new UserException(
        "cannot find the layer '%s': several layers have that name; name one of %s"
            .formatted(
                path,
                String.join(
                    ", ", candidates.stream().map(LayerFinder::distinctPath).limit(10).toList())));
  }

  /** Paths tell layers apart, but for slashes in names. */
  private static String distinctPath(Layer layer) {
    return layer.isTopLevel() && layer.name().contains("/") && layer.index() != Layer.NO_INDEX
        ? layer.path() + " (index " + layer.index() + ")"
        : layer.path();
  }

  private String nearest(String path) {
    List<String> names = NearestNames.of(path, index.layers().stream().map(Layer::path).toList());
    return names.isEmpty()
        ? "the graph shows no layers, name tensors with { graph-tensor = … } (inspect --tensors lists"
            + " them)"
        : "nearest: " + String.join(", ", names);
  }
}
