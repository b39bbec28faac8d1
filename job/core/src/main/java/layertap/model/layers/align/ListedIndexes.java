package layertap.model.layers.align;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.model.layers.keras.ListedLayer;

/**
 * Gives the layers that scopes show their indexes in a list that tells names or variables, but not
 * how the layers are connected. An index is given only where nothing else fits.
 */
final class ListedIndexes {
  /**
   * A top-level layer as its scopes show it.
   *
   * @param variables names of the variables it reads
   * @param comesBefore the layers that stand after it in any of Keras' orders, since its calls
   *     feed, directly or not, each of theirs
   */
  record Seen(String name, Set<String> variables, Set<String> comesBefore) {}

  private ListedIndexes() {}

  /** Indexes by name of the seen layer. */
  static Map<String, Integer> assign(List<ListedLayer> listed, List<Seen> seen) {
    Map<Integer, Seen> placed = new HashMap<>();
    Set<String> used = new HashSet<>();
    for (int i = 0; i < listed.size(); i++) {
      Seen match = match(listed.get(i), seen, used);
      if (match != null) {
        placed.put(i, match);
        used.add(match.name());
      }
    }
    boolean hasNames = listed.stream().anyMatch(layer -> !layer.name().isEmpty());
    if (!hasNames) {
      fillGaps(listed, seen, used, placed);
    }
    Map<String, Integer> indexes = new HashMap<>();
    placed.forEach((index, layer) -> indexes.put(layer.name(), index));
    return indexes;
  }

  private static Seen match(ListedLayer layer, List<Seen> seen, Set<String> used) {
    List<Seen> fitting = new ArrayList<>();
    for (Seen candidate : seen) {
      boolean byName = candidate.name().equals(layer.name());
      boolean byVariables =
          layer.name().isEmpty()
              && !candidate.variables().isEmpty()
              && layer.variables().containsAll(candidate.variables());
      if ((byName || byVariables) && !used.contains(candidate.name())) {
        fitting.add(candidate);
      }
    }
    return fitting.size() == 1 ? fitting.get(0) : null;
  }

  /**
   * Between two placed layers the others stand in the order of the data, if there are as many of
   * them as places and each feeds the next: Keras' order of a functional model is one of the
   * data's.
   */
  private static void fillGaps(
      List<ListedLayer> listed, List<Seen> seen, Set<String> used, Map<Integer, Seen> placed) {
    int start = 0;
    while (start < listed.size()) {
      if (placed.containsKey(start) || listed.get(start).isInput()) {
        start++;
        continue;
      }
      int end = start;
      while (end < listed.size() && !placed.containsKey(end)) {
        end++;
      }
      List<Seen> between = between(placed.get(start - 1), placed.get(end), seen, used);
      if (between.size() == end - start && isChain(between)) {
        for (int i = 0; i < between.size(); i++) {
          placed.put(start + i, between.get(i));
          used.add(between.get(i).name());
        }
      }
      start = end;
    }
  }

  private static List<Seen> between(Seen before, Seen after, List<Seen> seen, Set<String> used) {
    List<Seen> between = new ArrayList<>();
    for (Seen candidate : seen) {
      boolean isLater = before == null || before.comesBefore().contains(candidate.name());
      boolean isEarlier = after == null || candidate.comesBefore().contains(after.name());
      if (!used.contains(candidate.name()) && isLater && isEarlier) {
        between.add(candidate);
      }
    }
    return between;
  }

  private static boolean isChain(List<Seen> layers) {
    for (int i = 1; i < layers.size(); i++) {
      if (!layers.get(i - 1).comesBefore().contains(layers.get(i).name())) {
        return false;
      }
    }
    return true;
  }
}
