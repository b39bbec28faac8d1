package layertap.model.layers.matching;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A topology of which each call and each Keras tensor was looked for in the graph. Immutable.
 *
 * @param calls by names of their layer, in the order of the topology
 * @param contradictions what in the graph contradicts the topology; empty if nothing does
 */
public record SolvedTopology(
    Map<List<String>, List<SolvedCall>> calls, List<String> contradictions) {
  public SolvedTopology {
    Map<List<String>, List<SolvedCall>> copied = new LinkedHashMap<>();
    calls.forEach((names, found) -> copied.put(names, found.stream().sorted().toList()));
    calls = Collections.unmodifiableMap(copied);
    contradictions = List.copyOf(contradictions);
  }
}
