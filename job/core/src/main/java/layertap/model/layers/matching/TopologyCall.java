package layertap.model.layers.matching;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import layertap.model.layers.keras.Topology.Element;

/**
 * A call that a topology names, with its connections. Immutable; what is found out about it is in
 * {@link Facts}. Compared by identity.
 */
public final class TopologyCall {
  private final Element element;
  private final List<String> names;
  private final List<Integer> numbers;
  private final List<KerasTensor> inputs;
  private final Map<Integer, KerasTensor> outputs;
  private final TracedLayer traced;

  /**
   * Makes a call.
   *
   * @param names of the layer, after those of the models around it
   * @param numbers of the calls of these models, then its own
   * @param inputs that it takes, in order
   * @param outputs by position, as far as others take them
   * @param traced the layer in the graph
   */
  TopologyCall(
      Element element,
      List<String> names,
      List<Integer> numbers,
      List<KerasTensor> inputs,
      Map<Integer, KerasTensor> outputs,
      TracedLayer traced) {
    this.element = element;
    this.names = List.copyOf(names);
    this.numbers = List.copyOf(numbers);
    this.inputs = List.copyOf(inputs);
    this.outputs = Collections.unmodifiableMap(new TreeMap<>(outputs));
    this.traced = traced;
  }

  /** The layer in the topology. */
  public Element element() {
    return element;
  }

  List<String> names() {
    return names;
  }

  List<Integer> numbers() {
    return numbers;
  }

  /** What it takes, in order. */
  public List<KerasTensor> inputs() {
    return inputs;
  }

  Map<Integer, KerasTensor> outputs() {
    return outputs;
  }

  /** The layer in the graph. */
  public TracedLayer traced() {
    return traced;
  }

  /** Whether it calls a model. */
  public boolean isModel() {
    return element.nested() != null;
  }

  /** Whether the graph shows as many calls of the layer as the topology has. */
  public boolean isCounted() {
    return traced.calls().size() == element.calls().size();
  }

  String path() {
    return String.join("/", names);
  }
}
