package layertap.model.layers.matching.rule;

import java.util.List;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;
import org.tensorflow.proto.DataType;

/**
 * A layer of Keras' own that computes, and of which nothing but a mask leaves, gives what its ops
 * end in, if that is one tensor: nobody takes the layer's output.
 */
record UntakenOutput(CallTensors callTensors) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    if (Computation.isOfKeras(call)) {
      facts.tracedCall(call).ifPresent(traced -> know(call, traced, facts));
    }
  }

  private void know(TopologyCall call, TracedCall traced, Facts facts) {
    boolean leavesNothing =
        callTensors.exits(traced).stream()
            .allMatch(exit -> callTensors.graph().type(exit) == DataType.DT_BOOL);
    List<TensorId> ends = callTensors.ends(traced);
    if (leavesNothing && ends.size() == 1) {
      facts.know(facts.output(call, 0), ends.get(0), Facts.Teller.GIVER);
    }
  }
}
