package layertap.model.layers.matching;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.keras.Topology.Element;
import layertap.model.layers.keras.Topology.Reference;

/**
 * The calls of the layers of one model inside one call of it, wired as its topology says.
 *
 * @param returned what the model gives
 */
public record TopologyLevel(List<TopologyCall> calls, List<Wire> returned) {

  /**
   * Wires a call of a model.
   *
   * @param around names of the models around its layers
   * @param numbers of the calls of these models
   * @param sites of the layers, by name
   * @param inputs what the model takes
   */
  static TopologyLevel of(
      Topology topology,
      List<String> around,
      List<Integer> numbers,
      Map<String, TopologyCall.Sites> sites,
      List<Wire> inputs) {
    Map<Reference, Wire> wires = new HashMap<>();
    List<TopologyCall> calls = new ArrayList<>();
    for (Element element : topology.layers()) {
      for (int i = 0; i < element.calls().size(); i++) {
        List<Wire> taken = element.calls().get(i).stream().map(from -> wire(wires, from)).toList();
        boolean takesModelInput = taken.isEmpty() && topology.isSequential() && !element.isInput();
        calls.add(
            new TopologyCall(
                element,
                append(around, element.name()),
                append(numbers, i),
                takesModelInput ? inputs : taken,
                sites.get(element.name())));
      }
    }
    List<Wire> returned = topology.outputs().stream().map(from -> wire(wires, from)).toList();
    shareOutputs(calls, wires);
    for (int i = 0; i < Math.min(inputs.size(), topology.inputs().size()); i++) {
      wire(wires, topology.inputs().get(i)).join(inputs.get(i));
    }
    return new TopologyLevel(calls, returned);
  }

  /**
   * The calls inside a call of a model that is not found in the graph: the layers are there, and
   * their calls do not shift the numbers of those that are found.
   */
  static List<TopologyCall> unlocated(TopologyCall call) {
    List<TopologyCall> inside = new ArrayList<>();
    for (Element element : call.element.nested().layers()) {
      for (int i = 0; i < element.calls().size(); i++) {
        TopologyCall inner =
            new TopologyCall(
                element,
                append(call.names, element.name()),
                append(call.numbers, i),
                List.of(),
                new TopologyCall.Sites(List.of(), false));
        inside.add(inner);
        if (element.nested() != null) {
          inside.addAll(unlocated(inner));
        }
      }
    }
    return inside;
  }

  public static <T> List<T> append(List<T> list, T last) {
    return Stream.concat(list.stream(), Stream.of(last)).toList();
  }

  private static Wire wire(Map<Reference, Wire> wires, Reference reference) {
    return wires.computeIfAbsent(reference, key -> new Wire());
  }

  private static void shareOutputs(List<TopologyCall> added, Map<Reference, Wire> wires) {
    Map<String, List<TopologyCall>> byLayer = new HashMap<>();
    for (TopologyCall call : added) {
      byLayer.computeIfAbsent(call.element.name(), key -> new ArrayList<>()).add(call);
    }
    wires.forEach(
        (reference, wire) -> {
          List<TopologyCall> calls = byLayer.getOrDefault(reference.layer(), List.of());
          if (reference.call() >= 0 && reference.call() < calls.size()) {
            calls.get(reference.call()).outputs.put(reference.output(), wire);
          }
        });
  }
}
