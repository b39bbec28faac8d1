package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.graph.TensorId;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.keras.Topology.Reference;
import layertap.model.layers.scope.NamingRule;
import layertap.model.saved.Signature;
import layertap.model.saved.Signature.Port;

/** Which tensors of the signature the inputs and outputs of a Keras model are. */
public final class ModelTensors {
  private final Signature signature;
  private final DataFlow flow;
  private final TracedCall model;
  private final boolean isOfKeras3;
  private final boolean isOnlyCall;
  private final Set<TensorId> entering = new LinkedHashSet<>();

  /**
   * Prepares for a model.
   *
   * @param model the call of it that the signature makes
   * @param rule by which scopes were named, which tells the version of Keras
   * @param isOnlyCall whether the signature calls the model once
   */
  public ModelTensors(
      Signature signature, DataFlow flow, TracedCall model, NamingRule rule, boolean isOnlyCall) {
    this.signature = signature;
    this.flow = flow;
    this.model = model;
    this.isOnlyCall = isOnlyCall;
    this.isOfKeras3 = rule instanceof NamingRule.Keras3;
    flow.entries(model.region()).forEach(tensor -> entering.add(flow.source(tensor)));
  }

  /**
   * By name of the InputLayer. Signatures bear that name, or, from Keras 3's {@code
   * tf.saved_model.save}, {@code inputs}, {@code inputs_1} and so on in order. A signature that
   * changes what is fed before it calls the model ({@code pixels / 255}) has inputs of its own, and
   * one that calls it twice may give the same inputs in another order.
   */
  public Map<String, TensorId> inputs(Topology topology) {
    boolean areNamed = isOnlyCall || topology.inputs().size() == 1;
    Map<String, TensorId> known = areNamed ? byName(topology) : new HashMap<>();
    List<TensorId> fed = signature.inputs().values().stream().map(Port::tensor).toList();
    if (!fed.containsAll(entering)) {
      known.values().removeIf(tensor -> !entering.contains(tensor));
      if (topology.inputs().size() == 1 && entering.size() == 1) {
        known.put(topology.inputs().get(0).layer(), entering.iterator().next());
      }
    }
    return known;
  }

  private Map<String, TensorId> byName(Topology topology) {
    Map<String, TensorId> known = new HashMap<>();
    Map<String, Port> ports = signature.inputs();
    List<Reference> inputs = topology.inputs();
    for (int i = 0; i < inputs.size(); i++) {
      String layer = inputs.get(i).layer();
      Port port = ports.get(layer);
      if (port == null && ports.size() == inputs.size()) {
        port = ports.get(i == 0 ? "inputs" : "inputs_" + i);
      }
      if (port == null && ports.size() == 1 && inputs.size() == 1) {
        port = ports.values().iterator().next();
      }
      if (port != null) {
        known.put(layer, port.tensor());
      }
    }
    return known;
  }

  /**
   * By position. Keras 3 calls outputs {@code output_0}, {@code output_1}, or as the model does if
   * it returns them by name; Keras 2 calls them after their layers, with a suffix where the name is
   * taken. A signature that goes on with what the model gives ({@code scores / 2}) has outputs of
   * its own.
   */
  public Map<Integer, TensorId> outputs(Topology topology) {
    Map<Integer, TensorId> known = new HashMap<>();
    List<String> names = isOfKeras3 ? keras3Names(topology) : keras2Names(topology);
    Map<String, Port> ports = signature.outputs();
    for (int i = 0; i < topology.outputs().size(); i++) {
      Port port = ports.get(names.get(i));
      if (port == null) {
        port = ports.get("output_" + i);
      }
      if (port == null && ports.size() == 1 && topology.outputs().size() == 1) {
        port = ports.values().iterator().next();
      }
      if (port != null) {
        TensorId returned = flow.beforeReturn(port.tensor());
        if (isOfModel(returned)) {
          known.put(i, returned);
        }
      }
    }
    return known;
  }

  /** Whether the model computes the tensor, or takes it and hands it on. */
  private boolean isOfModel(TensorId tensor) {
    TensorId source = flow.source(tensor);
    return entering.contains(source)
        || Stream.of(tensor, source)
            .anyMatch(given -> model.region().contains(flow.graph().require(given.node())));
  }

  private static List<String> keras3Names(Topology topology) {
    return topology.outputKeys().size() == topology.outputs().size()
        ? topology.outputKeys()
        : IntStream.range(0, topology.outputs().size()).mapToObj(i -> "output_" + i).toList();
  }

  private static List<String> keras2Names(Topology topology) {
    List<String> names = new ArrayList<>();
    Map<String, Integer> suffixes = new HashMap<>();
    for (Reference output : topology.outputs()) {
      String name = output.layer();
      while (names.contains(name)) {
        name = output.layer() + "_" + suffixes.merge(output.layer(), 1, Integer::sum);
      }
      names.add(name);
    }
    return names;
  }
}
