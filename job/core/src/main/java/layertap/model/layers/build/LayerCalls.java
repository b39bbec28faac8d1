package layertap.model.layers.build;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import layertap.graph.TensorId;
import layertap.model.layers.GradientTensors;
import layertap.model.layers.LayerCall;
import layertap.model.layers.Region;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.Recurrence;
import layertap.model.layers.call.ScopeReadings;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.SolvedCall;
import org.tensorflow.proto.TensorShapeProto;

/** Describes calls of layers by what is known of them and of their traced calls. */
final class LayerCalls {
  private final CallTensors callTensors;
  private final ScopeReadings readings;

  LayerCalls(CallTensors callTensors, ScopeReadings readings) {
    this.callTensors = callTensors;
    this.readings = readings;
  }

  /** A call that a topology names. */
  LayerCall of(SolvedCall call) {
    List<TensorId> inputs = call.inputsAreKnown() ? call.inputs() : List.of();
    TracedCall tracedCall = call.tracedCall();
    if (tracedCall == null) {
      return new LayerCall(
          new Region(new int[0]),
          inputs,
          call.inputsAreKnown(),
          call.outputs(),
          call.unknownOutputs(),
          List.of(),
          Map.of(),
          List.of(),
          List.of(),
          call.gradients());
    }
    return new LayerCall(
        tracedCall.region(),
        call.inputsAreKnown() ? inputs : List.copyOf(callTensors.entries(tracedCall)),
        call.inputsAreKnown(),
        call.outputs(),
        call.unknownOutputs(),
        call.outputs().isEmpty() || !call.unknownOutputs().isEmpty()
            ? otherExits(tracedCall, call.outputs().values())
            : List.of(),
        callTensors.recurrence(tracedCall).map(Recurrence::named).orElse(Map.of()),
        callTensors.recurrence(tracedCall).map(Recurrence::unnamed).orElse(List.of()),
        callTensors.recurrence(tracedCall).map(Recurrence::recordings).orElse(List.of()),
        call.gradients());
  }

  private List<TensorId> otherExits(TracedCall tracedCall, Collection<TensorId> outputs) {
    Set<TensorId> known = new HashSet<>();
    outputs.forEach(output -> known.add(callTensors.source(output)));
    return callTensors.exits(tracedCall).stream()
        .filter(exit -> !known.contains(callTensors.source(exit)))
        .toList();
  }

  /**
   * Calls of a layer that only the scopes show. If one of several may be two in truth, their
   * numbers are not known, and none of them tells what it gives.
   */
  List<LayerCall> of(List<TracedCall> tracedCalls) {
    boolean areCounted = areCounted(tracedCalls);
    return tracedCalls.stream().map(tracedCall -> of(tracedCall, areCounted)).toList();
  }

  private boolean areCounted(List<TracedCall> tracedCalls) {
    return tracedCalls.size() == 1 || tracedCalls.stream().allMatch(readings::isOneCall);
  }

  /**
   * Calls that a signature makes of a layer beside its model. They give what calls that ran the
   * same ops in the model give; where there is none, only layers of Keras' own tell what they give.
   *
   * @param inModel calls of the layer that the topology names
   * @param areOthersCounted whether it is certain how many calls come before these
   */
  List<LayerCall> beside(
      List<TracedCall> tracedCalls, List<SolvedCall> inModel, boolean areOthersCounted) {
    boolean areCounted = areOthersCounted && areCounted(tracedCalls);
    return tracedCalls.stream()
        .map(
            tracedCall -> {
              LayerCall shown = of(tracedCall, areCounted);
              return areCounted ? alike(shown, tracedCall, inModel) : shown;
            })
        .toList();
  }

  private LayerCall alike(LayerCall shown, TracedCall tracedCall, List<SolvedCall> inModel) {
    AlikeCalls alike = new AlikeCalls(callTensors, tracedCall, shown.inputs());
    inModel.forEach(alike::add);
    boolean isKnown = alike.hasOutputs() || !inModel.get(0).element().isOfKeras();
    return isKnown
        ? new LayerCall(
            shown.region(),
            shown.inputs(),
            shown.inputsAreOrdered(),
            alike.outputs(),
            alike.unknownOutputs(),
            otherExits(tracedCall, alike.outputs().values()),
            shown.states(),
            shown.unnamedStates(),
            shown.recordings(),
            GradientTensors.NONE)
        : shown;
  }

  private LayerCall of(TracedCall tracedCall, boolean isCounted) {
    List<TensorId> entering = readings.entries(tracedCall);
    List<TensorId> leaving = readings.exits(tracedCall);
    Map<Integer, TensorId> outputs =
        isCounted && leaving.size() == callTensors.exits(tracedCall).size()
            ? outputs(tracedCall)
            : Map.of();
    return new LayerCall(
        tracedCall.region(),
        isCounted ? entering : List.of(),
        false /* whether ordered: a layer may use its inputs in any order, or leave out some */,
        outputs,
        Set.of(),
        outputs.isEmpty()
            ? likeInputsFirst(withUntaken(leaving, tracedCall, isCounted), entering)
            : List.of(),
        callTensors.recurrence(tracedCall).map(Recurrence::named).orElse(Map.of()),
        callTensors.recurrence(tracedCall).map(Recurrence::unnamed).orElse(List.of()),
        callTensors.recurrence(tracedCall).map(Recurrence::recordings).orElse(List.of()),
        GradientTensors.NONE);
  }

  /** What the layer may return and nobody takes, after what leaves it. */
  private List<TensorId> withUntaken(
      List<TensorId> leaving, TracedCall tracedCall, boolean isCounted) {
    boolean isAlone = isCounted && leaving.size() == 1;
    return isAlone
        ? Stream.concat(leaving.stream(), callTensors.untaken(tracedCall).stream()).toList()
        : leaving;
  }

  /**
   * What a reader most likely looks for before the rest: a layer of a transformer gives hidden
   * states of the shape of those that it takes, and beside them scores or biases.
   */
  private List<TensorId> likeInputsFirst(List<TensorId> leaving, List<TensorId> entering) {
    Set<TensorShapeProto> taken = new HashSet<>();
    entering.forEach(tensor -> callTensors.graph().notedShape(tensor).ifPresent(taken::add));
    Predicate<TensorId> isOther =
        tensor -> callTensors.graph().notedShape(tensor).filter(taken::contains).isEmpty();
    return leaving.stream().sorted(Comparator.comparing(isOther::test)).toList();
  }

  private Map<Integer, TensorId> outputs(TracedCall tracedCall) {
    List<TensorId> inOrder = callTensors.outputsInOrder(tracedCall).orElse(List.of());
    if (inOrder.size() == 1 && callTensors.recurrence(tracedCall).isEmpty()) {
      return callTensors.untaken(tracedCall).isEmpty()
          ? Map.of(LayerCall.ONLY_OUTPUT, inOrder.get(0))
          : Map.of();
    }
    Map<Integer, TensorId> outputs = new LinkedHashMap<>();
    inOrder.forEach(tensor -> outputs.put(outputs.size(), tensor));
    return outputs;
  }
}
