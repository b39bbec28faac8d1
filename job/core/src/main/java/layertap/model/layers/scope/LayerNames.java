package layertap.model.layers.scope;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.model.layers.keras.ListedLayer;
import layertap.model.layers.keras.Topology;

/**
 * The names of the layers of a model, each with the names of those inside it, as a list or topology
 * tells them. Keras 2 allows slashes in names: its layer {@code Conv/BatchNorm} traces its ops in a
 * scope below that of a layer {@code Conv}. Immutable.
 */
public final class LayerNames {
  /** Where nothing tells the names. */
  public static final LayerNames UNKNOWN = new LayerNames(Map.of());

  private static final String UNNAMED = "";

  private final Map<String, LayerNames> inside;
  private final Map<String, List<String>> endings = new LinkedHashMap<>();

  private LayerNames(Map<String, LayerNames> inside) {
    this.inside = inside;
    for (String name : inside.keySet()) {
      for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
        endings
            .computeIfAbsent(name.substring(0, slash), key -> new ArrayList<>())
            .add(name.substring(slash + 1));
      }
    }
  }

  /** The names that a list of {@code model.layers} tells; of InputLayers nobody needs them. */
  public static LayerNames of(List<ListedLayer> layers) {
    LayerNames names = listed(layers);
    if (layers.stream().allMatch(layer -> layer.isInput() || !layer.name().isEmpty())) {
      names.inside.remove(UNNAMED);
    }
    return names;
  }

  private static LayerNames listed(List<ListedLayer> layers) {
    Map<String, LayerNames> inside = new LinkedHashMap<>();
    layers.forEach(layer -> inside.put(layer.name(), listed(layer.layers())));
    return new LayerNames(inside);
  }

  public static LayerNames of(Topology topology) {
    Map<String, LayerNames> inside = new LinkedHashMap<>();
    for (Topology.Element element : topology.layers()) {
      inside.put(element.name(), element.nested() == null ? UNKNOWN : of(element.nested()));
    }
    return new LayerNames(inside);
  }

  /** The names inside a layer. */
  public LayerNames inside(List<String> names) {
    LayerNames found = this;
    for (String name : names) {
      found = found.inside.getOrDefault(name, UNKNOWN);
    }
    return found;
  }

  /** Whether layers are listed here of which nothing tells the name. */
  public boolean isPartlyKnown() {
    return contains(UNNAMED);
  }

  public boolean isUnknown() {
    return inside.isEmpty();
  }

  public boolean contains(String name) {
    return inside.containsKey(name);
  }

  /** Whether it is a name here, or what one begins with before a slash. */
  public boolean isPartOfName(String start) {
    return contains(start) || !endingsAfter(start).isEmpty();
  }

  /** What other names here add to {@code name} after a slash. */
  public List<String> endingsAfter(String name) {
    return endings.getOrDefault(name, List.of());
  }

  /**
   * Whether one scope stands for two layers: {@code a/b} and the layer {@code b} inside a layer
   * {@code a}. Then no op tells to which of the two it belongs.
   */
  public boolean isContested(String name) {
    if (endingsAfter(name).stream().anyMatch(ending -> inside.get(name).mayTrace(ending))) {
      return true;
    }
    for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      LayerNames around = inside.getOrDefault(name.substring(0, slash), UNKNOWN);
      if (around.mayTrace(name.substring(slash + 1))) {
        return true;
      }
    }
    return false;
  }

  private boolean mayTrace(String path) {
    String first = firstPart(path);
    return inside.keySet().stream().anyMatch(name -> firstPart(name).equals(first));
  }

  private static String firstPart(String path) {
    int slash = path.indexOf('/');
    return slash < 0 ? path : path.substring(0, slash);
  }
}
