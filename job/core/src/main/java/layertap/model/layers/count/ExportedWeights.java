package layertap.model.layers.count;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import layertap.model.layers.keras.ObjectGraph;
import layertap.model.layers.scope.Variables;

/**
 * Whose weights the variables are that {@code model.export} lists: those of one layer after those
 * of the other, in Keras' order, also those that inference does not read. Their names tell where
 * those of the next layer begin. An archive lists the variables of all models that it tracks: of
 * those that a layer reads, another model's have the names, but often not the sizes.
 *
 * <pre>
 *   dense/kernel, dense/bias │ spectral/inner/kernel, spectral/vector_u │ head/kernel, head/bias
 * </pre>
 */
final class ExportedWeights {
  /** A variable by its name and how many values it holds. */
  record Weight(String name, long size) {}

  /**
   * A layer that may own weights, and the variables found to be its own.
   *
   * @param names its own, after those of the models around it
   * @param models names of the models around it and of the model itself
   * @param reads what the layer's ops take
   */
  private record Owner(
      List<String> names, Set<String> models, List<Weight> reads, List<Weight> owned) {

    /** Whether the layer may have one more such variable. */
    boolean hasRoomFor(Weight variable) {
      int present = Collections.frequency(owned, variable);
      return reads(variable.name())
          ? present < Collections.frequency(reads, variable)
          : owned.stream().noneMatch(each -> each.name().equals(variable.name()));
    }

    boolean reads(String variable) {
      return reads.stream().anyMatch(each -> each.name().equals(variable));
    }

    /** Where the layer's name begins in that of its variable, after models around it; or -1. */
    int beginIn(String variable) {
      String name = names.get(names.size() - 1) + "/";
      if (variable.startsWith(name)) {
        return 0;
      }
      int begin = variable.indexOf("/" + name) + 1;
      boolean isInModel =
          begin > 0 && models.containsAll(List.of(variable.substring(0, begin).split("/")));
      return isInModel ? begin : -1;
    }
  }

  private final ObjectGraph objects;
  private final List<Owner> owners = new ArrayList<>();
  private final Map<List<String>, Set<Integer>> found = new HashMap<>();

  ExportedWeights(ObjectGraph objects) {
    this.objects = objects;
  }

  /**
   * Adds the layer that comes next in Keras' order.
   *
   * @param models names of the models around it and of the model itself
   * @param reads the variables that its ops take
   */
  void add(List<String> names, Set<String> models, List<Weight> reads) {
    owners.add(new Owner(names, Set.copyOf(models), List.copyOf(reads), new ArrayList<>()));
  }

  /**
   * The objects that are weights of the layers added, by their names; none if nothing lists them.
   */
  Map<List<String>, Set<Integer>> find() {
    OptionalInt list =
        objects.isEmpty() ? OptionalInt.empty() : objects.child(ObjectGraph.ROOT, "variables");
    if (list.isEmpty()) {
      return Map.of();
    }
    int current = 0;
    int free = 0;
    List<Integer> nameless = new ArrayList<>();
    for (int object : new LinkedHashSet<>(objects.elements(list.getAsInt()))) {
      if (!objects.isVariable(object) || Variables.isSeed(name(object))) {
        continue;
      }
      OptionalInt next = nextOwner(weight(object), current);
      if (next.isEmpty()) {
        if (!isNamed(object)) {
          nameless.add(object);
        }
        continue;
      }
      current = next.getAsInt();
      giveToOnly(free, current, nameless);
      nameless.clear();
      give(current, object);
      free = current + 1;
    }
    giveToOnly(free, owners.size(), nameless);
    return found;
  }

  /** Whether the variable has the name of a layer, be it of another model. */
  private boolean isNamed(int variable) {
    return owners.stream().anyMatch(owner -> owner.beginIn(name(variable)) >= 0);
  }

  private Weight weight(int variable) {
    return new Weight(name(variable), objects.variableSize(variable));
  }

  private String name(int variable) {
    return objects.variable(variable).getName();
  }

  /**
   * The next layer of the variable's name, one that reads it before others, and one inside a model
   * before one that is named like the model; else the next that reads the variable.
   */
  private OptionalInt nextOwner(Weight variable, int first) {
    String name = variable.name();
    int best = -1;
    for (int i = owners.size() - 1; i >= first; i--) {
      Owner owner = owners.get(i);
      if (owner.hasRoomFor(variable) && (owner.reads(name) || owner.beginIn(name) >= 0)) {
        best = best < 0 || rank(i, name) >= rank(best, name) ? i : best;
      }
    }
    return best < 0 ? OptionalInt.empty() : OptionalInt.of(best);
  }

  private int rank(int position, String variable) {
    Owner owner = owners.get(position);
    int begin = owner.beginIn(variable);
    return begin >= 0 && owner.reads(variable) ? Integer.MAX_VALUE : begin;
  }

  private void give(int owner, int object) {
    owners.get(owner).owned().add(weight(object));
    found.computeIfAbsent(owners.get(owner).names(), key -> new HashSet<>()).add(object);
  }

  /** Variables without a layer's name are the layer's between whose neighbours' they stand. */
  private void giveToOnly(int from, int to, List<Integer> nameless) {
    if (to - from == 1) {
      nameless.forEach(object -> give(from, object));
    }
  }
}
