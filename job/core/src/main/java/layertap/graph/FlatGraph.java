package layertap.graph;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.proto.GraphDef;

/**
 * A graph without function calls. Bodies of {@code While}, {@code If} and {@code Case} are still
 * functions of its library.
 *
 * @param graph nodes in the order in which the model was traced
 * @param calls each call that was inlined: an {@code IdentityN} of that name now holds its outputs;
 *     the value is the name of the function
 */
public record FlatGraph(GraphDef graph, Map<String, String> calls) {
  public FlatGraph {
    requireNonNull(graph, "graph is null");
    calls = Collections.unmodifiableMap(new LinkedHashMap<>(calls));
  }
}
