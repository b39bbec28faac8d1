package layertap.model.layers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All layers of a model that its file shows, in the model's order; layers inside another follow it.
 * Immutable and thread-safe.
 */
public final class LayerIndex {
  private final Map<List<String>, Layer> byNames = new LinkedHashMap<>();
  private final String modelName;
  private final String listedBy;
  private final int listedCount;
  private final boolean hasConnections;
  private final boolean mayHideLayers;
  private final long ownParameters;

  private LayerIndex(
      List<Layer> layers,
      String modelName,
      String listedBy,
      int listedCount,
      boolean hasConnections,
      boolean mayHideLayers,
      long ownParameters) {
    Map<List<String>, List<Layer>> inside = new LinkedHashMap<>();
    for (Layer layer : layers) {
      inside.computeIfAbsent(layer.parent(), key -> new ArrayList<>()).add(layer);
    }
    add(inside, List.of());
    this.modelName = modelName;
    this.listedBy = listedBy;
    this.listedCount = listedCount;
    this.hasConnections = hasConnections;
    this.mayHideLayers = mayHideLayers;
    this.ownParameters = ownParameters;
  }

  /**
   * An index of layers of which a topology tells who takes whose output: all of them.
   *
   * @param modelName of the scope that holds them all; empty if there is none
   * @param listedBy what told the topology
   * @param listedCount the length of its {@code model.layers}
   */
  public static LayerIndex connected(
      List<Layer> layers, String modelName, String listedBy, int listedCount) {
    return new LayerIndex(layers, modelName, listedBy, listedCount, true, false, 0);
  }

  /**
   * An index of layers of which nothing tells who takes whose output.
   *
   * @param modelName of the scope that holds them all; empty if there is none
   * @param listedBy what told the list and order of {@code model.layers}; empty if nothing did
   * @param listedCount the length of that list, 0 without it
   * @param mayHideLayers whether a layer without ops may be missing
   */
  public static LayerIndex unconnected(
      List<Layer> layers,
      String modelName,
      String listedBy,
      int listedCount,
      boolean mayHideLayers) {
    return new LayerIndex(layers, modelName, listedBy, listedCount, false, mayHideLayers, 0);
  }

  /** The same layers of a model that has so many parameters beside theirs. */
  public LayerIndex withOwnParameters(long count) {
    return new LayerIndex(
        layers(), modelName, listedBy, listedCount, hasConnections, mayHideLayers, count);
  }

  /** How many parameters the model has that are in none of its layers. */
  public long ownParameters() {
    return ownParameters;
  }

  private void add(Map<List<String>, List<Layer>> inside, List<String> parent) {
    for (Layer layer : inside.getOrDefault(parent, List.of())) {
      if (byNames.putIfAbsent(layer.names(), layer) == null) {
        add(inside, layer.names());
      }
    }
  }

  /** In the model's order. */
  public List<Layer> layers() {
    return List.copyOf(byNames.values());
  }

  /** The one layer of exactly that path. */
  public Optional<Layer> find(String path) {
    List<Layer> found = findAll(path);
    return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  /**
   * The layers of exactly that path: more than one if a layer's name has a slash and another stands
   * inside a layer.
   */
  public List<Layer> findAll(String path) {
    return byNames.values().stream().filter(layer -> layer.path().equals(path)).toList();
  }

  /** Whether the text is the layer's name, or ends its path, which may begin with the model. */
  public boolean isCalled(Layer layer, String text) {
    return layer.isCalled(text)
        || (!modelName.isEmpty() && text.equals(modelName + "/" + layer.path()));
  }

  /**
   * What told the list of {@code model.layers}; empty if nothing did, then no layer has an index.
   */
  public Optional<String> listedBy() {
    return listedBy.isEmpty() ? Optional.empty() : Optional.of(listedBy);
  }

  /**
   * Whether a topology told which layer takes whose output. Only then layers without ops are known,
   * and calls that directly follow each other in one scope are told apart.
   */
  public boolean hasConnections() {
    return hasConnections;
  }

  /** A remedy beside others where the file does not tell enough: a topology, unless one told it. */
  public String orTopology() {
    return hasConnections ? "" : ", or set model.topology";
  }

  /** Whether the model may have layers without ops that nothing tells of. */
  public boolean mayHideLayers() {
    return mayHideLayers;
  }

  /** The length of {@code model.layers}, 0 if unknown. Not all of them need be found. */
  public int listedCount() {
    return listedCount;
  }

  /** The layers of {@code model.layers} by index, as far as they are found. */
  public Map<Integer, Layer> byIndex() {
    Map<Integer, Layer> byIndex = new LinkedHashMap<>();
    for (Layer layer : byNames.values()) {
      if (layer.index() != Layer.NO_INDEX) {
        byIndex.put(layer.index(), layer);
      }
    }
    return Collections.unmodifiableMap(byIndex);
  }
}
