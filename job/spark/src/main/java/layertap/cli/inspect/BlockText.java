package layertap.cli.inspect;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import layertap.model.layers.Layer;
import layertap.model.select.LayerGlob;

/** What the line of a block of layers says of them. */
final class BlockText {
  private static final int SHOWN_CLASSES = 3;

  private BlockText() {}

  /** The first and the last index; empty if they have none. */
  static String index(List<Layer> members) {
    List<Integer> indexes =
        members.stream().map(Layer::index).filter(index -> index != Layer.NO_INDEX).toList();
    if (indexes.isEmpty()) {
      return "";
    }
    int first = indexes.get(0);
    int last = indexes.get(indexes.size() - 1);
    return first == last ? String.valueOf(first) : "%s-%s".formatted(first, last);
  }

  /**
   * A glob of just these layers, or the first and the last one.
   *
   * @param name what their names have in common; empty if nothing
   * @param all layers of the model
   */
  static String selector(List<Layer> members, String name, List<Layer> all) {
    for (String glob : List.of(name + "_*", name + "*")) {
      LayerGlob pattern = new LayerGlob(glob);
      if (!name.isEmpty() && all.stream().filter(pattern::matches).toList().equals(members)) {
        return LayerListing.Line.quoted(glob);
      }
    }
    return "%s to %s"
        .formatted(
            LayerListing.Line.quoted(members.get(0).path()),
            LayerListing.Line.quoted(members.get(members.size() - 1).path()));
  }

  /** How many layers, and of which classes most are. */
  static String kind(List<String> kinds) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    kinds.forEach(kind -> counts.merge(kind, 1, Integer::sum));
    String most =
        counts.entrySet().stream()
            .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
            .limit(SHOWN_CLASSES)
            .map(entry -> "%s %s".formatted(entry.getValue(), entry.getKey()))
            .collect(Collectors.joining(", "));
    return "%s layers: %s%s"
        .formatted(kinds.size(), most, counts.size() > SHOWN_CLASSES ? ", …" : "");
  }
}
