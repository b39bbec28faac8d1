package layertap.model.layers.matching;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import layertap.graph.TensorId;
import layertap.model.layers.GradientTensors;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.keras.Topology.Element;

/**
 * What was found of a call of a topology.
 *
 * @param names of the layer, after those of the models around it
 * @param numbers of the calls of these models, then its own
 * @param tracedCall that the call takes in the graph, or null
 * @param tracedCalls all that the graph shows of the layer inside this call of its model
 * @param inputs the tensors that are known of those it takes, in order
 * @param inputsAreKnown whether these are all
 * @param outputs the tensors that are known of those it gives, by position
 * @param unknownOutputs positions of what others take and of which the tensor is not known
 * @param gradients inputs and outputs as a derivative tells them apart
 */
public record SolvedCall(
    Element element,
    List<String> names,
    List<Integer> numbers,
    TracedCall tracedCall,
    List<TracedCall> tracedCalls,
    List<TensorId> inputs,
    boolean inputsAreKnown,
    Map<Integer, TensorId> outputs,
    Set<Integer> unknownOutputs,
    GradientTensors gradients)
    implements Comparable<SolvedCall> {
  public SolvedCall {
    names = List.copyOf(names);
    numbers = List.copyOf(numbers);
    tracedCalls = List.copyOf(tracedCalls);
    inputs = List.copyOf(inputs);
    outputs = Collections.unmodifiableMap(new TreeMap<>(outputs));
    unknownOutputs = Set.copyOf(unknownOutputs);
  }

  /** The same where it is not certain that the ops are this call's: no tensor is told. */
  public SolvedCall withoutTensors() {
    Set<Integer> positions = new HashSet<>(unknownOutputs);
    positions.addAll(outputs.keySet());
    return new SolvedCall(
        element,
        names,
        numbers,
        tracedCall,
        tracedCalls,
        List.of(),
        false,
        Map.of(),
        positions,
        GradientTensors.NONE);
  }

  /** Orders the calls of one layer: by the calls around them first. */
  @Override
  public int compareTo(SolvedCall other) {
    return Arrays.compare(numbers.toArray(Integer[]::new), other.numbers.toArray(Integer[]::new));
  }
}
