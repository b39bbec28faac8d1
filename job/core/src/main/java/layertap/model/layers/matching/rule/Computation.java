package layertap.model.layers.matching.rule;

import layertap.model.layers.keras.BuiltinLayers;
import layertap.model.layers.matching.TopologyCall;

/** Tells which calls compute what they give. */
final class Computation {
  private Computation() {}

  /** Whether what the call gives is computed by its own ops, not handed on or by layers inside. */
  static boolean isOwn(TopologyCall call) {
    return !call.element().isIdentity() && !call.isModel() && !call.element().isInput();
  }

  /** Whether, besides, it is one of Keras' own layers that compute with all they take. */
  static boolean isOfKeras(TopologyCall call) {
    return isOwn(call) && BuiltinLayers.computes(call.element());
  }
}
