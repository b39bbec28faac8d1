package layertap.model.saved;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorShape;
import layertap.model.saved.Signature.Port;
import org.tensorflow.proto.DataType;

/**
 * Inputs of a signature that are parts of a ragged or a sparse tensor. TensorFlow writes a ragged
 * one as {@code words}, the values of all rows, and {@code words_1}, where each row ends in them,
 * with {@code words_2} and so on for rows within rows; a sparse one as three inputs: {@code words},
 * the indices, {@code words_1}, the values, and {@code words_2}, the shape.
 */
public final class CompositeInputs {
  private static final Set<DataType> POSITIONS = Set.of(DataType.DT_INT64, DataType.DT_INT32);

  private final Signature signature;
  private final GraphIndex graph;
  private final Map<String, Part> parts = new LinkedHashMap<>();

  /** What an input is, and what to export in its place. */
  private record Part(String what, String remedy) {}

  /** Finds them by their names and by the ops that take them. */
  public CompositeInputs(Signature signature, GraphIndex graph) {
    this.signature = signature;
    this.graph = graph;
    signature.inputs().keySet().forEach(this::addRagged);
    signature.inputs().keySet().forEach(this::addSparse);
  }

  private void addRagged(String values) {
    List<String> splits =
        IntStream.iterate(1, number -> number + 1)
            .mapToObj(number -> values + "_" + number)
            .takeWhile(this::isListOfPositions)
            .toList();
    boolean isRagged =
        splits.stream().anyMatch(each -> goesIntoOpsOf(signature.inputs().get(each), "ragged"));
    if (isRagged && isOpen(signature.inputs().get(values))) {
      String remedy = "export the model with a padded input";
      String what = "the row splits of the ragged tensor " + values;
      parts.put(values, new Part("the values of a ragged tensor", remedy));
      splits.forEach(each -> parts.put(each, new Part(what, remedy)));
    }
  }

  private boolean isListOfPositions(String input) {
    Port port = signature.inputs().get(input);
    return port != null && POSITIONS.contains(port.dtype()) && hasRank(port, 1) && isOpen(port);
  }

  private void addSparse(String indices) {
    Port places = signature.inputs().get(indices);
    Port values = signature.inputs().get(indices + "_1");
    Port shape = signature.inputs().get(indices + "_2");
    if (values != null
        && shape != null
        && places.dtype() == DataType.DT_INT64
        && shape.dtype() == DataType.DT_INT64
        && hasRank(places, 2)
        && hasRank(values, 1)
        && hasRank(shape, 1)
        && isOpen(places)
        && isOpen(values)
        && Stream.of(places, values, shape).anyMatch(part -> goesIntoOpsOf(part, "sparse"))) {
      String remedy = "export the model with a dense input";
      parts.put(indices, new Part("the indices of a sparse tensor", remedy));
      parts.put(indices + "_1", new Part("the values of the sparse tensor " + indices, remedy));
      parts.put(indices + "_2", new Part("the shape of the sparse tensor " + indices, remedy));
    }
  }

  private static boolean hasRank(Port port, int rank) {
    return port.shape().isRankKnown() && port.shape().sizes().size() == rank;
  }

  private static boolean isOpen(Port port) {
    List<Long> sizes = port.shape().isRankKnown() ? port.shape().sizes() : List.of();
    return !sizes.isEmpty() && sizes.get(0) == TensorShape.UNKNOWN;
  }

  /** TensorFlow's functions on such tensors trace ops of these names, or in scopes of them. */
  private boolean goesIntoOpsOf(Port port, String kind) {
    return graph.find(port.tensor().node()).isPresent()
        && IntStream.of(graph.consumers(graph.require(port.tensor().node())))
            .mapToObj(graph::node)
            .flatMap(node -> Stream.of(node.getName(), node.getOp()))
            .anyMatch(name -> name.toLowerCase(Locale.ROOT).contains(kind));
  }

  /**
   * Lets no part of such a tensor be fed.
   *
   * @throws UserException if the input is one
   */
  public void refuse(String input) {
    Part part = parts.get(input);
    if (part != null) {
      throw new UserException(
          "cannot feed the input '%s': it is %s; only plain tensors can be fed, %s"
              .formatted(input, part.what, part.remedy));
    }
  }

  /** What the input is of such a tensor, as a part of a sentence; empty for a plain tensor. */
  public Optional<String> partOf(String input) {
    return Optional.ofNullable(parts.get(input)).map(Part::what);
  }
}
