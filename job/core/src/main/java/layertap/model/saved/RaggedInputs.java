package layertap.model.saved;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorShape;
import layertap.model.saved.Signature.Port;
import org.tensorflow.proto.DataType;

/**
 * Inputs of a signature that are parts of a ragged tensor. TensorFlow writes such a tensor as two
 * inputs: {@code words}, the values of all rows, and {@code words_1}, where each row ends in them.
 */
public final class RaggedInputs {
  private static final Pattern NUMBERED = Pattern.compile("(.+)_\\d+");
  private static final Set<DataType> POSITIONS = Set.of(DataType.DT_INT64, DataType.DT_INT32);

  private final Map<String, String> valuesBySplits = new LinkedHashMap<>();

  /** Finds them by their names and by the ops that take them. */
  public RaggedInputs(Signature signature, GraphIndex graph) {
    signature
        .inputs()
        .forEach(
            (name, port) -> {
              Matcher numbered = NUMBERED.matcher(name);
              if (numbered.matches()
                  && isListOfAnyLength(port)
                  && hasOpenAxis(signature.inputs().get(numbered.group(1)))
                  && goesIntoRaggedOps(port, graph)) {
                valuesBySplits.put(name, numbered.group(1));
              }
            });
  }

  private static boolean isListOfAnyLength(Port port) {
    return POSITIONS.contains(port.dtype())
        && hasOpenAxis(port)
        && port.shape().sizes().size() == 1;
  }

  private static boolean hasOpenAxis(Port port) {
    return port != null
        && port.shape().isRankKnown()
        && !port.shape().sizes().isEmpty()
        && port.shape().sizes().get(0) == TensorShape.UNKNOWN;
  }

  /** TensorFlow's functions on ragged tensors trace their ops in scopes that say so. */
  private static boolean goesIntoRaggedOps(Port port, GraphIndex graph) {
    return graph.find(port.tensor().node()).isPresent()
        && IntStream.of(graph.consumers(graph.require(port.tensor().node())))
            .mapToObj(consumer -> graph.node(consumer).getName().toLowerCase(Locale.ROOT))
            .anyMatch(name -> name.contains("ragged"));
  }

  /**
   * Lets no part of a ragged tensor be fed.
   *
   * @throws UserException if the input is one
   */
  public void refuse(String input) {
    partOf(input)
        .ifPresent(
            part -> {
              throw new UserException(
                  ("cannot feed the input '%s': it is %s; only plain tensors can be fed, export the"
                          + " model with a padded input")
                      .formatted(input, part));
            });
  }

  /** What the input is of a ragged tensor, as a part of a sentence; empty for a plain tensor. */
  public Optional<String> partOf(String input) {
    if (valuesBySplits.containsKey(input)) {
      return Optional.of("the row splits of the ragged tensor " + valuesBySplits.get(input));
    }
    return valuesBySplits.containsValue(input)
        ? Optional.of("the values of a ragged tensor")
        : Optional.empty();
  }
}
