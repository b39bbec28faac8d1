package layertap.model.layers.matching.rule;

import java.util.List;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TracedLayers;

/** The rules by which a topology is matched to a graph. */
public final class Rules {
  private Rules() {}

  /** All of them; their order does not matter. */
  public static List<Rule> all(CallTensors callTensors, TracedLayers tracedLayers) {
    TracedCallChoice choice = new TracedCallChoice(callTensors);
    return List.of(
        // Which traced call is a call's.
        new OnlyTracedCall(),
        new TracedCallByInputs(choice),
        new TracedCallByOutputs(choice, callTensors),
        new LastTracedCall(choice),
        // Which tensor of the graph a Keras tensor is.
        new InputHandedOn(),
        new InputPicked(),
        new TracedOutputs(callTensors),
        new UntakenOutput(callTensors),
        new MergedInputs(callTensors),
        new LastUnknownInput(callTensors),
        new OperatorByInputs(callTensors),
        // Which calls there are inside a model's.
        new LayersInside(tracedLayers),
        // The last resort, where nothing else tells which traced call is a call's.
        new EqualTracedCalls(choice));
  }
}
