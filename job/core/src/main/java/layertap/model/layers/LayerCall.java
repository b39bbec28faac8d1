package layertap.model.layers;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import layertap.graph.TensorId;
import layertap.graph.rewrite.StepRecording;

/**
 * One call of a layer and the tensors it takes and gives.
 *
 * @param region the nodes that the call traced; empty for a layer without ops
 * @param inputs activations that enter
 * @param inputsAreOrdered whether {@code inputs} are known to be all, in Keras' order and not only
 *     in that of their use
 * @param outputs by Keras' position, as far as the file tells; or at {@link #ONLY_OUTPUT}
 * @param unknownOutputs positions of outputs that others take and of which the tensor is not known
 * @param leaving activations that leave and of which the positions are not known
 * @param states tensors of a recurrent layer by name, whether or not Keras returns them
 * @param unnamedStates what the loop of a recurrent layer carries and no name tells apart
 * @param recordings loops to add to the graph so that it computes all of {@code states}
 * @param gradients inputs and outputs as a derivative tells them apart
 */
public record LayerCall(
    Region region,
    List<TensorId> inputs,
    boolean inputsAreOrdered,
    Map<Integer, TensorId> outputs,
    Set<Integer> unknownOutputs,
    List<TensorId> leaving,
    Map<String, TensorId> states,
    List<TensorId> unnamedStates,
    List<StepRecording> recordings,
    GradientTensors gradients) {
  /**
   * In place of a position: the one output that the graph shows. The layer may have others, which
   * nobody takes or which it hands on.
   */
  public static final int ONLY_OUTPUT = -1;

  public LayerCall {
    requireNonNull(region, "region is null");
    inputs = List.copyOf(inputs);
    outputs = Collections.unmodifiableMap(new TreeMap<>(outputs));
    unknownOutputs = Collections.unmodifiableSet(new TreeSet<>(unknownOutputs));
    leaving = List.copyOf(leaving);
    unnamedStates = List.copyOf(unnamedStates);
    recordings = List.copyOf(recordings);
    states = Collections.unmodifiableMap(new LinkedHashMap<>(states));
    requireNonNull(gradients, "gradients is null");
  }

  /** The same call with the tensors of {@link #gradients}, where these are known. */
  public LayerCall forGradients() {
    Map<Integer, TensorId> own = new LinkedHashMap<>(outputs);
    own.replaceAll((position, tensor) -> gradients.outputs().getOrDefault(position, tensor));
    boolean areKnown = inputsAreOrdered && gradients.inputs().size() == inputs.size();
    return new LayerCall(
        region,
        areKnown ? gradients.inputs() : inputs,
        inputsAreOrdered,
        own,
        unknownOutputs,
        leaving,
        states,
        unnamedStates,
        recordings,
        gradients);
  }

  /** Whether the call left ops in the graph. */
  public boolean hasOps() {
    return !region.isEmpty();
  }

  /**
   * The output that the bare name of the layer stands for: the first, if others take no other; or
   * the one that the graph shows, where nothing tells positions.
   */
  public Optional<TensorId> onlyOutput() {
    boolean isOnly = outputs.size() == 1 && unknownOutputs.isEmpty() && leaving.isEmpty();
    return isOnly
        ? Optional.ofNullable(outputs.getOrDefault(0, outputs.get(ONLY_OUTPUT)))
        : Optional.empty();
  }

  /** Whether at least one tensor is known to be the layer's output. */
  public boolean isResolved() {
    return !outputs.isEmpty();
  }
}
