package layertap.model.layers.build;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.model.layers.call.TracedCall;

/**
 * What a signature calls.
 *
 * @param name of the scope that is the model's; empty if the whole graph is
 * @param calls of the model itself, in the order in which they were traced
 * @param beside calls that the signature makes of the model's layers without the model, by the
 *     names of the layers
 * @param others calls of layers and models that are no part of the model, by name
 * @param rivals names of models of which each may be the one that is meant; empty if one is
 */
record ModelCalls(
    String name,
    List<TracedCall> calls,
    Map<List<String>, List<TracedCall>> beside,
    Map<String, List<TracedCall>> others,
    List<String> rivals) {
  ModelCalls {
    calls = List.copyOf(calls);
    beside = Collections.unmodifiableMap(new LinkedHashMap<>(beside));
    others = Collections.unmodifiableMap(new LinkedHashMap<>(others));
    rivals = List.copyOf(rivals);
  }

  /** Calls of a layer beside those of the model. */
  List<TracedCall> beside(List<String> names) {
    return beside.getOrDefault(names, List.of());
  }

  /** Whether the call is one that the signature makes beside the model. */
  boolean isBeside(TracedCall call) {
    return beside.values().stream().flatMap(List::stream).anyMatch(other -> covers(other, call));
  }

  /** Whether one call was traced inside the other, or is the same. */
  static boolean covers(TracedCall around, TracedCall call) {
    return around.region().contains(call.region().at(0));
  }
}
