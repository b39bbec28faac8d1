package layertap.model.layers.matching;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import layertap.model.layers.call.CallSite;
import layertap.model.layers.keras.Topology.Element;

/**
 * A call that a topology names, and what the solver has found out about it. Its numbers are those
 * of the calls of the models around it, then its own.
 */
public final class TopologyCall implements Comparable<TopologyCall> {
  /** The call sites of one layer inside one call of its model, shared by its calls. */
  public static final class Sites {
    public final List<CallSite> all;
    final List<CallSite> free;
    final boolean areUntold;

    /**
     * Starts with all of them free.
     *
     * @param areUntold whether the layer's ops cannot be told from another's, or it gives what
     *     depends on no input
     */
    Sites(List<CallSite> sites, boolean areUntold) {
      all = List.copyOf(sites);
      free = new ArrayList<>(sites);
      this.areUntold = areUntold;
    }
  }

  public final Element element;
  final List<String> names;
  final List<Integer> numbers;
  public final List<Wire> inputs;
  public final Map<Integer, Wire> outputs = new TreeMap<>();
  public final Sites sites;
  public CallSite site;
  boolean outputsAreSet;

  TopologyCall(
      Element element, List<String> names, List<Integer> numbers, List<Wire> inputs, Sites sites) {
    this.element = element;
    this.names = List.copyOf(names);
    this.numbers = List.copyOf(numbers);
    this.inputs = inputs;
    this.sites = sites;
  }

  /** Whether it calls a model of which the graph shows calls, but not which of them is this one. */
  boolean isUnlocatedModel() {
    return element.nested() != null && site == null && (hasOps() || sites.areUntold);
  }

  /** Orders the calls of one layer: by the calls around them first. */
  @Override
  public int compareTo(TopologyCall other) {
    return Arrays.compare(numbers.toArray(Integer[]::new), other.numbers.toArray(Integer[]::new));
  }

  String path() {
    return String.join("/", names);
  }

  public Wire output(int position) {
    return outputs.computeIfAbsent(position, key -> new Wire());
  }

  /**
   * Whether it is known what each input is. Of functions such as {@code tf.einsum}, whose first
   * argument is no tensor, Keras 2 does not write the others.
   */
  public boolean isJoined() {
    boolean areListed = !inputs.isEmpty() || element.isInput();
    return areListed && inputs.stream().allMatch(wire -> wire.tensor().isPresent());
  }

  boolean hasOps() {
    return !sites.all.isEmpty();
  }
}
