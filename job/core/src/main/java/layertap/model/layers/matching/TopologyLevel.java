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
 * The calls of the layers of one model inside one call of it, connected as its topology says.
 *
 * @param calls in the order of the topology
 * @param taken what the model takes, in order
 * @param returned what the model gives, in order
 * @param unlisted paths of layers that the graph shows there and the topology lacks
 */
public record TopologyLevel(
    List<TopologyCall> calls,
    List<KerasTensor> taken,
    List<KerasTensor> returned,
    List<String> unlisted) {
  public TopologyLevel {
    calls = List.copyOf(calls);
    taken = List.copyOf(taken);
    returned = List.copyOf(returned);
    unlisted = List.copyOf(unlisted);
  }

  /**
   * Connects the layers inside a call of a model.
   *
   * @param around names of the models around its layers
   * @param numbers of the calls of these models
   * @param traced the layers in the graph
   * @param inputs what the call takes; a Sequential model without InputLayer hands it to its first
   *     layer
   */
  static TopologyLevel of(
      Topology topology,
      List<String> around,
      List<Integer> numbers,
      TracedLayers.Inside traced,
      List<KerasTensor> inputs) {
    Map<Reference, KerasTensor> tensors = new HashMap<>();
    List<List<KerasTensor>> takenByCalls = new ArrayList<>();
    for (Element element : topology.layers()) {
      for (List<Reference> references : element.calls()) {
        boolean takesModelInput =
            references.isEmpty() && topology.isSequential() && !element.isInput();
        takenByCalls.add(takesModelInput ? inputs : tensors(references, tensors));
      }
    }
    List<KerasTensor> returned = tensors(topology.outputs(), tensors);
    List<KerasTensor> taken = tensors(topology.inputs(), tensors);
    List<TopologyCall> calls = new ArrayList<>();
    for (Element element : topology.layers()) {
      for (int i = 0; i < element.calls().size(); i++) {
        calls.add(
            new TopologyCall(
                element,
                append(around, element.name()),
                append(numbers, i),
                takenByCalls.get(calls.size()),
                outputs(element, i, tensors),
                traced.layers().get(element.name())));
      }
    }
    return new TopologyLevel(calls, taken, returned, traced.unlisted());
  }

  /**
   * One call of a model, connected to nothing: one that no topology names.
   *
   * @param names of the model, after those of the models around it
   * @param traced the call in the graph
   */
  static TopologyLevel beside(Element model, List<String> names, TracedLayer traced) {
    Topology inside = model.nested();
    int inputCount = inside.isSequential() ? 1 : inside.inputs().size();
    List<KerasTensor> inputs = Stream.generate(KerasTensor::new).limit(inputCount).toList();
    TopologyCall call =
        new TopologyCall(model.calledOnce(), names, List.of(0), inputs, Map.of(), traced);
    return new TopologyLevel(List.of(call), inputs, List.of(), List.of());
  }

  private static List<KerasTensor> tensors(
      List<Reference> references, Map<Reference, KerasTensor> tensors) {
    return references.stream()
        .map(reference -> tensors.computeIfAbsent(reference, key -> new KerasTensor()))
        .toList();
  }

  private static Map<Integer, KerasTensor> outputs(
      Element element, int number, Map<Reference, KerasTensor> tensors) {
    Map<Integer, KerasTensor> outputs = new HashMap<>();
    tensors.forEach(
        (reference, tensor) -> {
          if (reference.layer().equals(element.name()) && reference.call() == number) {
            outputs.put(reference.output(), tensor);
          }
        });
    return outputs;
  }

  /** A list with one element more, as the names of a layer after those around it. */
  public static <T> List<T> append(List<T> list, T last) {
    return Stream.concat(list.stream(), Stream.of(last)).toList();
  }
}
