package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.graph.TensorId;
import layertap.graph.rewrite.StepRecording;
import layertap.model.layers.keras.Topology;

/**
 * The loop of a recurrent layer (LSTM, GRU, SimpleRNN, ConvLSTM, RNN over other cells) and what it
 * carries.
 *
 * @param sequence outputs of all steps, [batch, time, ...]
 * @param recordings loops to add to the graph so that it computes {@code sequence}; none if the
 *     layer's own loop keeps it
 * @param last output of the last step, [batch, ...], or null where the layer does not compute it
 * @param states after the last step, in Keras' order
 * @param stateNames of the states, in their order: hidden, then cell; empty where the ops do not
 *     tell which is which
 */
public record Recurrence(
    TensorId sequence,
    List<StepRecording> recordings,
    TensorId last,
    List<TensorId> states,
    List<String> stateNames) {
  static final String SEQUENCE = "sequence";
  static final String LAST = "last";

  public Recurrence {
    recordings = List.copyOf(recordings);
    states = List.copyOf(states);
    stateNames = List.copyOf(stateNames);
  }

  /** The tensors by the names that selectors give them. */
  public Map<String, TensorId> named() {
    Map<String, TensorId> named = new LinkedHashMap<>();
    named.put(SEQUENCE, sequence);
    if (last != null) {
      named.put(LAST, last);
    }
    for (int i = 0; i < stateNames.size(); i++) {
      named.put(stateNames.get(i), states.get(i));
    }
    return Collections.unmodifiableMap(named);
  }

  /** The states that no selector names. */
  public List<TensorId> unnamed() {
    return states.subList(stateNames.size(), states.size());
  }

  /**
   * What Keras returns from a layer with these settings; empty if the graph does not compute it.
   */
  Optional<List<TensorId>> outputs(Topology.Returned returned) {
    TensorId first = returned.sequence() ? sequence : last;
    if (first == null || (returned.sequence() && !recordings.isEmpty())) {
      return Optional.empty();
    }
    List<TensorId> outputs = new ArrayList<>(List.of(first));
    if (returned.states()) {
      outputs.addAll(states);
    }
    return Optional.of(List.copyOf(outputs));
  }

  /**
   * What Keras returns from the layer: the sequence or the last output, then, if asked to, the
   * states. The tensors that leave the layer tell which.
   */
  Optional<List<TensorId>> outputs(List<TensorId> leaving) {
    boolean returnsStates = leaving.stream().anyMatch(states::contains);
    boolean returnsSequence = leaving.contains(sequence);
    boolean returnsLast = last != null && leaving.contains(last);
    if (returnsSequence == returnsLast && (returnsSequence || recordings.isEmpty())) {
      return Optional.empty();
    }
    TensorId first = returnsSequence ? sequence : last;
    if (first == null) {
      return Optional.empty();
    }
    List<TensorId> outputs = new ArrayList<>(List.of(first));
    if (returnsStates) {
      outputs.addAll(states);
    }
    return Optional.of(List.copyOf(outputs));
  }
}
