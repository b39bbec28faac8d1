package layertap.model.layers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The names of the layers of a model, each with the names of those inside it, as a list or topology
 * tells them. Keras 2 allows slashes in names: its layer {@code Conv/BatchNorm} traces its ops in a
 * scope below that of a layer {@code Conv}. Immutable.
 */
final class LayerNames {
  /** Where nothing tells the names. */
  static final LayerNames UNKNOWN = new LayerNames(Map.of());

  private static final String UNNAMED = "";

  private final Map<String, LayerNames> inside;

  private LayerNames(Map<String, LayerNames> inside) {
    this.inside = inside;
  }

  /** The names that a list of {@code model.layers} tells; of InputLayers it may tell none. */
  static LayerNames of(List<ListedLayer> layers) {
    LayerNames names = listed(layers);
    names.inside.remove(UNNAMED);
    return names;
  }

  private static LayerNames listed(List<ListedLayer> layers) {
    Map<String, LayerNames> inside = new LinkedHashMap<>();
    layers.forEach(layer -> inside.put(layer.name(), listed(layer.layers())));
    return new LayerNames(inside);
  }

  static LayerNames of(Topology topology) {
    Map<String, LayerNames> inside = new LinkedHashMap<>();
    for (Topology.Element element : topology.layers()) {
      inside.put(element.name(), element.nested() == null ? UNKNOWN : of(element.nested()));
    }
    return new LayerNames(inside);
  }

  /** The names inside a layer. */
  LayerNames inside(List<String> names) {
    LayerNames found = this;
    for (String name : names) {
      found = found.inside.getOrDefault(name, UNKNOWN);
    }
    return found;
  }

  /** Whether layers are listed here of which nothing tells the name. */
  boolean isPartlyKnown() {
    return contains(UNNAMED);
  }

  boolean isUnknown() {
    return inside.isEmpty();
  }

  boolean contains(String name) {
    return inside.containsKey(name);
  }

  /** Whether it is a name here, or what one begins with before a slash. */
  boolean isPartOfName(String start) {
    return contains(start) || !endingsAfter(start).isEmpty();
  }

  /** What other names here add to {@code name} after a slash. */
  List<String> endingsAfter(String name) {
    List<String> endings = new ArrayList<>();
    for (String other : inside.keySet()) {
      if (other.startsWith(name + "/")) {
        endings.add(other.substring(name.length() + 1));
      }
    }
    return endings;
  }

  /**
   * Whether one scope stands for two layers: {@code a/b} and the layer {@code b} inside a layer
   * {@code a}. Then no op tells to which of the two it belongs.
   */
  boolean isContested(String name) {
    return endingsAfter(name).stream().anyMatch(ending -> inside.get(name).mayTrace(ending))
        || inside.keySet().stream()
            .anyMatch(
                other ->
                    name.startsWith(other + "/")
                        && inside.get(other).mayTrace(name.substring(other.length() + 1)));
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
